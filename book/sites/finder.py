"""The only finder of targets: the chapter to which an entry of an order, a link or an image refers, in any form that sites use."""

from __future__ import annotations

import itertools
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

from book.patterns import regex
from book.sites.names import without_number
from book.sites.site import Repository, Site
from book.source.manuscript import SUFFIXES

INDEXES = ("index", "README", "_index", "readme", "Readme", "Index")
ADDRESS = regex(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
PAGE = regex(r"\.(?:html?|mdx?|markdown|qmd|rmd|ipynb|rst)$", re.IGNORECASE)
VIEWS = ("blob", "tree", "raw", "edit", "src")
"""What precedes the branch in the address of a file: GitHub, GitLab, Gitea."""


class Hit(Struct, frozen=True, kw_only=True):
    """The chapter to which a target refers."""

    path: str
    exact: bool = True
    """Whether the case was right."""


class Finder:
    """Finds chapters by the names that the files of a book use for them."""

    def __init__(
        self,
        paths: Iterable[str],
        *,
        bases: Iterable[str] = ("",),
        suffixes: tuple[str, ...] = SUFFIXES,
        routes: Mapping[str, str] = MappingProxyType({}),
        redirects: Mapping[str, str] = MappingProxyType({}),
        site_url: str | None = None,
        repository: Repository | None = None,
    ) -> None:
        """Index the chapters.

        Args:
            paths: the chapters.
            bases: folders to which a path from the root of the site may refer, each with a slash at its end.
            suffixes: file extensions of chapters.
            routes: address on the site, or id -> chapter.
            redirects: old address or file -> its replacement.
            site_url: the address of the site; links that begin with it stay in the book.
            repository: the repository of the book; links to its files stay in the book, too.
        """
        self.paths = dict.fromkeys(paths)
        self.bases = tuple(dict.fromkeys((*bases, "")))
        self.endings = tuple(dict.fromkeys((*suffixes, ".Rmd") if ".rmd" in suffixes else suffixes))
        self.redirects = {trimmed(old): new for old, new in redirects.items()}
        self.routes = {trimmed(address): path for address, path in routes.items() if path in self.paths}
        self.site_url = site_url
        self.repository = repository
        self.unnumbered = self.without_numbers()
        self.composed: dict[str, str] = {}
        self.folded: dict[str, str] = {}
        self.decoded: dict[str, str] = {}
        for path in self.paths:  # a name may be typed composed, and be decomposed on the disk
            self.composed.setdefault(composed(path), path)
            self.folded.setdefault(composed(path).casefold(), path)
            if "%" in path:  # the address of a link is decoded
                self.decoded.setdefault(composed(unquote(path)), path)

    def find(self, target: str, origin: str = "") -> Hit | None:
        """Return the chapter to which *target* refers in a file of the folder *origin*; None if there is none.

        >>> Finder(["docs/a b/index.md", "docs/c.md"], bases=["docs/"]).find("/a%20b/").path
        'docs/a b/index.md'
        """
        written = self.local(target)
        if written is None:
            return None
        bare = written.partition("#")[0].partition("?")[0]
        names = tuple(dict.fromkeys((written, bare, unquote(bare))))
        tries = tuple(dict.fromkeys(path for name in names if name for path in self.tries(name, origin)))
        if (exact := self.exact(tries)) is not None:
            return Hit(path=exact)
        if (route := self.route(names[-1], origin)) is not None:
            return Hit(path=route)
        if (loose := self.loosely(tries)) is not None:
            return loose
        is_address = bool(self.unnumbered) and not PAGE.search(bare)  # the name of a file has its number
        steps = map(_unnumbered, self.addresses(names[-1], origin)) if is_address else ()
        if (counted := next((path for step in steps if (path := self.unnumbered.get(step))), None)) is not None:
            return Hit(path=counted)
        moved = self.moved(names[-1], origin) if names[-1] else None
        if moved is None or trimmed(moved) in self.redirects:  # a chain of redirects may be a circle
            return None
        return self.find(moved, origin)

    def moved(self, name: str, origin: str) -> str | None:
        """Return the new address of the page *name* of the folder *origin*; None if no redirect names it, as typed or from the root."""
        return next((new for address in self.addresses(name, origin) if (new := self.redirects.get(address))), None)

    def route(self, name: str, origin: str) -> str | None:
        """Return the chapter that has the address *name* on the site, as typed or from the folder *origin*; None if there is none."""
        return next((path for address in self.addresses(name, origin) if (path := self.routes.get(address))), None)

    def without_numbers(self) -> dict[str, str]:
        """Return the chapters in whose paths numbers stand before names, ``02-guide/01-start.md``, by their addresses without these.

        Addresses that two chapters share are left out.
        """
        by_address: dict[str, str] = {}
        shared = set()
        for path in self.paths:
            for base in dict.fromkeys((*self.bases, "")):
                inside = trimmed(path.removeprefix(base))
                address = _unnumbered(inside)
                if path.startswith(base) and address != inside and by_address.setdefault(address, path) != path:
                    shared.add(address)
        return {address: path for address, path in by_address.items() if address not in shared}

    def addresses(self, name: str, origin: str) -> Iterator[str]:
        """Yield the addresses on the site to which *name* may refer in a file of the folder *origin*: as typed, and from the root."""
        if not name:
            return
        yield trimmed(name)
        if not name.startswith("/"):
            path = posixpath.normpath(posixpath.join(origin, name))
            base = next((base for base in self.bases if base and path.startswith(base)), "")
            yield trimmed(path.removeprefix(base))

    def at(self, path: str) -> Hit | None:
        """Return the chapter at the *path* in the book, in any form of its name; no other folder is tried."""
        tries = tuple(self.spellings(path))
        exact = self.exact(tries)
        return Hit(path=exact) if exact is not None else self.loosely(tries)

    def exact(self, tries: Iterable[str]) -> str | None:
        """Return the first chapter with one of these names, whether or not its letters are composed, or encoded in its name."""
        tries = tuple(tries)
        known = next((path for path in tries if path in self.paths), None)
        if known is not None:
            return known
        # Only letters beyond ASCII have a composed and a decomposed form.
        there = (
            path_there for path in tries if not path.isascii() and (path_there := self.composed.get(composed(path)))
        )
        decoded = (path_there for path in tries if self.decoded and (path_there := self.decoded.get(composed(path))))
        return next(itertools.chain(there, decoded), None)

    def loosely(self, tries: Iterable[str]) -> Hit | None:
        """Return the first chapter with one of these names in another case."""
        names = (self.folded.get((path if path.isascii() else composed(path)).casefold()) for path in tries)
        return next((Hit(path=name, exact=False) for name in names if name is not None), None)

    def local(self, target: str) -> str | None:
        """Return *target* as a path of the site or of the repository, None for any other address."""
        if not ADDRESS.match(target):
            return target
        site = (self.site_url or "").rstrip("/")
        if site and (target == site or target.startswith((f"{site}/", f"{site}#", f"{site}?"))):
            return "/" + target[len(site) :].lstrip("/")
        path = in_repository(target, self.repository) if self.repository else None
        fragment = urlsplit(target).fragment
        return None if path is None else f"/{path}{f'#{fragment}' if fragment else ''}"

    def tries(self, name: str, origin: str) -> Iterator[str]:
        """Yield the paths to which *name* may refer, the most likely first."""
        folders = self.bases if name.startswith("/") else (origin, *self.bases)
        for folder in dict.fromkeys(folders):
            path = posixpath.normpath(posixpath.join(folder, name.lstrip("/")))
            if path == ".." or path.startswith(("../", "/")):
                continue
            yield from self.spellings("" if path == "." else path)

    def spellings(self, path: str) -> Iterator[str]:
        """Yield *path* itself, with another extension, as a folder, and as the file beside it."""
        if path:
            yield path
            stem = PAGE.sub("", path)
            for start in dict.fromkeys((path, stem)):
                yield from (start + ending for ending in self.endings)
            if stem != path and posixpath.basename(stem) == "index":
                path = posixpath.dirname(stem)
                yield from (path + ending for ending in self.endings if path)
        folder = f"{path}/" if path else ""
        yield from (folder + index + ending for index in INDEXES for ending in self.endings)


def file_address(file: str, repository: Repository) -> str:
    """Return the address of a *file* of the book in its repository.

    >>> file_address("a b.txt", Repository(address="https://github.com/ada/x", branch="main"))
    'https://github.com/ada/x/blob/main/a%20b.txt'
    """
    return f"{repository.address}/blob/{repository.branch or 'HEAD'}/{quote(repository.folder + file)}"


def finder_of(paths: Iterable[str], site: Site | None, routes: Mapping[str, str], bases: Iterable[str] = ()) -> Finder:
    """Return the finder of a book.

    Args:
        paths: its chapters.
        site: the site of the handbook; None for a book of Handbound's own.
        routes: address on the site, or id -> chapter.
        bases: further folders to which a path from the root of the site may refer.
    """
    if site is None:
        return Finder(paths, routes=routes, bases=bases)
    return Finder(
        paths,
        bases=(site.base, *site.static, *bases),
        suffixes=site.suffixes,
        routes=routes,
        redirects=site.routes,
        site_url=site.site_url,
        repository=site.repository,
    )


def in_repository(address: str, repository: Repository) -> str | None:
    """Return the path in the book of a file of its *repository*, None for any other address.

    >>> clef = Repository(address="https://github.com/clef/handbook")
    >>> in_repository("https://github.com/clef/handbook/blob/master/a%20b.md", clef)
    'a%20b.md'
    >>> in_repository("https://raw.githubusercontent.com/clef/handbook/master/a.md", clef)
    'a.md'
    """
    parts, own = urlsplit(address), urlsplit(repository.address)
    steps, mine = parts.path.strip("/").split("/"), own.path.strip("/").split("/")
    if [step.lower() for step in steps[: len(mine)]] != [step.lower() for step in mine]:
        return None
    rest = steps[len(mine) :]
    if (parts.hostname or "") == "raw.githubusercontent.com" and (own.hostname or "").endswith("github.com"):
        rest = rest[3:] if rest[:2] == ["refs", "heads"] else rest[1:]
    elif (parts.hostname or "").removeprefix("www.") == (own.hostname or "").removeprefix("www."):
        rest = rest[1:] if rest[:1] == ["-"] else rest
        if not rest or rest[0] not in VIEWS:
            return None
        rest = rest[1:]
        branch = repository.branch.split("/") if repository.branch else rest[:1]
        rest = rest[len(branch) :] if rest[: len(branch)] == branch else rest[1:]
    else:
        return None
    path = "/".join(rest)
    folder = repository.folder
    return path.removeprefix(folder) if f"{path}/".startswith(folder) else None


REPOSITORY = regex(
    r"(https?://[^/\s]+/(?:[^/\s]+/)+?[^/\s?#]+?)(?:\.git)?/?(?:/(?:-/)?(?:blob|tree|raw|edit|src)/([^/\s]+)(?:/([^\s?#]*))?)?"
)


def repository_of(address: str | None, branch: str | None = None, folder: str | None = None) -> Repository | None:
    """Return the repository that an *address* names, None if it names none.

    >>> repository_of("https://github.com/rust-lang/mdBook/tree/master/guide")
    Repository(address='https://github.com/rust-lang/mdBook', branch='master', folder='guide/')
    >>> repository_of("mkdocs/mkdocs").address
    'https://github.com/mkdocs/mkdocs'
    """
    text = (address or "").strip().partition("#")[0]
    if re.fullmatch(r"[\w.-]+/[\w.-]+", text):
        text = f"https://github.com/{text}"
    match = REPOSITORY.fullmatch(text)
    if not match:
        return None
    where = (folder if folder is not None else match[3] or "").strip("/")
    return Repository(address=match[1], branch=branch or match[2] or "", folder=f"{where}/" if where else "")


def trimmed(address: str) -> str:
    """Return a site address without the parts that make no difference.

    >>> trimmed("/Guide/index.html#x"), trimmed("https://example.org/guide/")
    ('guide', 'guide')
    """
    path = unquote(urlsplit(address).path if not address.startswith("//") else address).strip("/")
    return re.sub(r"(?:^|/)index$", "", PAGE.sub("", path)).casefold()


def _unnumbered(address: str) -> str:
    return "/".join(map(without_number, address.split("/")))


def composed(path: str) -> str:
    """Return *path* with its letters composed (UAX 15)."""
    return unicodedata.normalize("NFC", path)

"""Ids, links and notes: every href is resolved here, once, before any format uses it.

After this stage every id is unique in the book and begins with the name of its chapter; a link inside the book is ``#id``; any
other href is an absolute address. A link that cannot be resolved becomes text, with a warning that names the nearest target.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, unquote, urljoin, urlsplit

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from book.assemble import former, linked
from book.assemble.anchors import OF_GITHUB, OURS, Index, folded
from book.assemble.endpoints import Link, endpoints_of, lead_links
from book.assemble.linked import Linked
from book.body import Body, Element
from book.model import Chapter, Collation, Manuscript, Placed, changed
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, nearest
from book.schemes import SCHEMES, UNSAFE, scheme
from book.settings import Links
from book.sites import Site
from book.sites.finder import file_address, trimmed
from book.sites.names import is_folder_page
from book.source.manuscript import SUFFIXES
from book.style.links.addresses import INVALID, short, suggestion
from book.style.links.whatwg import parse

MISSING_FILE = Kind("R101", Severity.WARNING, "a link to a chapter that is not in the book")
MISSING_ANCHOR = Kind("R102", Severity.WARNING, "a link to a heading that its chapter does not have")
OUTSIDE = Kind("R103", Severity.WARNING, "a link that leaves the book's folder")
NO_SITE = Kind("R104", Severity.WARNING, "a link to a page of the site, whose address is not known")
CASE = Kind("R105", Severity.NOTE, "a link whose path differs in case")
ANCHOR_FORM = Kind("R106", Severity.NOTE, "an anchor written in another form than its heading")
SCHEME = Kind("R108", Severity.WARNING, "an address of a kind that readers' devices cannot open")
RUNS = Kind("R109", Severity.WARNING, "an address that could run something or open a file")
EMPTY = Kind("R110", Severity.WARNING, "a link without an address")
BACKSLASH = Kind("R111", Severity.WARNING, "a link whose path is written with backslashes")
NO_CHAPTER = Kind("R112", Severity.WARNING, "a link to a file in the folder that is not part of the book")
DEAD_ROUTE = Kind("R113", Severity.WARNING, "a route to a chapter that is not in the book")

FORMER = Kind("R115", Severity.NOTE, "a link to a file whose text now stands in this one")

NOT_IN_AN_ADDRESS = regex(r"""[\s"<>`]""")
"""Characters that must be escaped in an address (WHATWG URL §1.3); unescaped, they could end the attribute."""
TOPS = frozenset({"top", "readme"})
"""Names of the top of a page: of browsers, and of the README below the list of files of a folder on GitHub and GitLab."""
LINE = regex(r"L\d+(?:C\d+)?(?:-L\d+(?:C\d+)?)?")
"""A line of a file on GitHub: a book has none."""
ALIKE = 0.72
"""How similar a name of a chapter must be to one in a link that leads nowhere: more than *testing* is to *templating*."""
LOST = regex(r"/(?=[!-/:-@\[-`{-~])")
"""Characters after which a backslash would be an escape in Markdown (CommonMark 0.31 §2.4)."""


def resolve(
    collation: Collation[Placed],
    links: Links,
    root: Path | None = None,
    places: Mapping[str, Place] = MappingProxyType({}),
    site: Site | None = None,
    routes: Mapping[str, str] = MappingProxyType({}),
    broken: Collection[str] = (),
    folder: Path | None = None,
) -> tuple[Collation[Chapter], tuple[Problem, ...]]:
    """Return the chapters of *collation* with unique ids and resolved links, and the problems.

    Args:
        collation: the composed chapters in order.
        links: the address of the site, and routes into the book.
        root: the book's folder, to distinguish a file that is not a chapter from a missing one; nothing in it is opened.
        places: the places of the settings, for routes that lead nowhere.
        site: the site of the handbook.
        routes: addresses of the site: address, or id -> chapter.
        broken: files that were reported as errors; a link to a chapter that cannot be read is not reported, too.
        folder: the cache, or None.
    """
    index = Index(links=links, ids=set(_names(collation)), root=root, site=site, routes=routes, broken=broken)
    memory = linked.Memory(folder, root)
    ends = {placed.slug: memory.endpoints(placed.composed.body) for placed in collation.spine}
    names = {
        placed.slug: index.enter(placed, ends[placed.slug].targets, memory.aliases(placed.composed.title))
        for placed in collation.spine
    }
    names = index.terms(collation.spine, ends, names)
    index.close()
    index.problems.extend(_dead_routes(index, places))
    chapters = {}
    state = index.digest()
    for placed in collation.spine:
        own = ends[placed.slug].links
        make = functools.partial(_Linker(index, placed).hrefs, own)
        hrefs = memory.hrefs(placed, len(own), state, index, make)
        made = memory.linked(placed.composed, names[placed.slug], hrefs)
        typed = (target.typed for target in ends[placed.slug].targets)
        ids = dict(zip(typed, names[placed.slug], strict=True)) if placed.composed.marks else {}
        chapters[placed.slug] = _resolved(index, placed, made, ids)
    memory.close()

    def chapter(placed: Placed) -> Chapter:
        return chapters[placed.slug]

    resolved = Collation(
        metadata=collation.metadata,
        front=tuple(map(chapter, collation.front)),
        main=changed(collation.main, chapter),
        back=tuple(map(chapter, collation.back)),
    )
    return resolved, tuple(index.problems)


def _resolved(index: Index, placed: Placed, made: Linked, ids: Mapping[str, str]) -> Chapter:
    """Return the chapter *placed*, whose body is *made*, with resolved links in its questions; *ids* are those of its marks, by those in the file."""
    composed = placed.composed
    return Chapter(
        slug=placed.slug,
        source=composed.source,
        lang=composed.lang,
        role=composed.role,
        matter=placed.matter,
        number=placed.number,
        depth=placed.depth,
        title=composed.title,
        show_title=composed.show_title,
        heading=composed.heading,
        title_calls=made.calls,
        entry=composed.entry,
        description=composed.description,
        body=made.body,
        questions=tuple(_question(index, placed, number) for number in range(len(composed.questions))),
        sections=made.sections,
        address=site_address(composed.source, index.links),
        words=composed.words,
        wording=composed.wording,
        has_html=composed.has_html,
        marks=tuple(
            replace(mark, identifier=ids[mark.identifier] if mark.identifier else placed.slug)
            for mark in composed.marks
        ),
    )


def _question(index: Index, placed: Placed, number: int) -> Body:
    """Return one question for discussion with resolved links; it has no ids, because nothing links to it."""
    places = placed.source.front.places
    place = places.get(f"discussion.{number}") or places.get("discussion") or placed.source.place(1)

    def resolve(question: Element) -> None:
        lead_links(question, _Linker(index, placed, place).hrefs(endpoints_of(question).links))
        for element in question.iter(etree.Element):
            element.attrib.pop("id", None)

    return placed.composed.questions[number].changed(resolve)


def _dead_routes(index: Index, places: Mapping[str, Place]) -> Iterator[Problem]:
    for route, target in index.links.routes.items():
        place = places.get(f"links.routes.{route}")
        if place and index.find(target)[0] is None:
            near = nearest(target, index.paths)
            message = f"the route {route!r} leads to {target!r}, which is not a chapter of this book"
            fix = f'write "{near}"' if near else "write the path of a chapter, or remove the route"
            yield DEAD_ROUTE.at(place, message, fix=fix)


def site_address(source: Manuscript, links: Links) -> str:
    """Return the address of the chapter in *source* on the book's site: from its route, its permalink, or its file.

    Returns:
        An absolute address; empty if the settings have no ``site_url``.
    """
    if not links.site_url:
        return ""
    path = source.file
    bare = re.sub(r"(?:^|(?<=/))(?:index|README|readme|_index)$", "", re.sub(r"\.(?:mdx?|markdown)$", "", path))
    routes = [route for route, target in links.routes.items() if target in (path, bare)]
    written = (source.front.values.get("permalink"), source.front.slug)
    permalinks = [address for address in written if isinstance(address, str) and address.startswith("/")]
    route = (*routes, *permalinks, bare)[0]
    return _on_site(links.site_url, route)


def _on_site(site: str, address: str) -> str:
    """Return the absolute form of *address*, relative to the root of the *site*; what is encoded in it already stays."""
    return urljoin(site.rstrip("/") + "/", quote(address.lstrip("/"), safe="/?#[]@!$&'()*+,;=%:~-._"))


def _names(collation: Collation[Placed]) -> Iterator[str]:
    yield from (placed.slug for placed in collation.spine)
    yield from (part.slug for part in collation.parts)


class _Linker(Struct):
    """Resolves the links of one chapter."""

    index: Index
    chapter: Placed
    place: Place | None = None
    """The place of all links, for a text outside the body."""

    def hrefs(self, links: Iterable[Link]) -> tuple[str | None, ...]:
        """Return the href for each of *links*, None for one that must become text."""
        anchors = self.index.anchors[self.chapter.slug]
        return tuple(f"#{anchors[link.address]}" if link.kind else self.href(link, link.address) for link in links)

    def say(self, kind: Kind, link: Link, message: str, fix: str = "") -> None:
        """Record a problem at *link*."""
        self.index.problems.append(kind.at(self.place or link.spot.place(self.chapter.source), message, fix=fix))

    def href(self, link: Link, address: str) -> str | None:
        """Return the href for *link*, or None if it must become text."""
        address = address.strip()
        kind = scheme(address)
        if kind in UNSAFE:
            message = f"a link to {kind}: is shown as text: '{address}'"
            self.say(RUNS, link, message, "write a web address, or remove the link")
            return None
        if address.startswith("//"):
            address, kind = f"https:{address}", "https"
        if kind:
            if kind not in SCHEMES:
                self.say(
                    SCHEME, link, f"the link '{address}' is shown as text", "write an address that starts with https:"
                )
                return None
            if kind in ("http", "https") and parse(address) is None:
                # Only in an author's HTML: house style has checked the links of Markdown.
                message = f"this address cannot be read: {short(address)}"
                self.say(INVALID, link, message, "write the address as the browser shows it")
                return None
            if not address.partition(":")[2].strip("/ "):
                self.say(
                    EMPTY,
                    link,
                    f"the link '{address}' has no address after its scheme",
                    "write one, or remove the link",
                )
                return None
            return self.own_site(address) or NOT_IN_AN_ADDRESS.sub(lambda match: quote(match[0]), address)
        if not address:
            if not link.is_target:
                self.say(EMPTY, link, "this link has no address", "write one between the round brackets")
            return None
        typed, _, fragment = address.partition("#")
        path = unquote(typed.partition("?")[0])
        if not path:
            return self.anchor(link, self.chapter, fragment)
        if self.index.site and path.startswith("@"):
            path = self.index.site.rooted(path)
        slashed = path.replace("\\", "/")
        resolve = self.routed if slashed.startswith("/") else self.beside
        known = len(self.index.problems)
        href = resolve(link, slashed, address, fragment)
        if href and slashed != path and all(problem.code != BACKSLASH.code for problem in self.index.problems[known:]):
            right = re.sub(r"\\|%5C", "/", typed, flags=re.IGNORECASE) + address[len(typed) :]
            message = f"the link '{address}' is written with backslashes; they are read as slashes"
            self.say(BACKSLASH, link, message, f"write {right}")
        return href

    def own_site(self, address: str) -> str | None:
        """Return the id to which an absolute address of the book's own site leads; None if there is none."""
        site = (self.index.links.site_url or "").rstrip("/")
        local = self.index.finder.local(address)
        if site and (address == site or address.startswith(f"{site}/")):
            local = address[len(site) :]
        if local is None:
            return None
        path, _, fragment = local.partition("#")
        chapter = self.at_route(unquote(path.partition("?")[0]) or "/")
        if chapter is None or (fragment and fragment not in self.index.anchors_of(chapter)):
            return None
        return f"#{self.index.anchors_of(chapter)[fragment] if fragment else chapter.slug}"

    def at_route(self, path: str) -> Placed | None:
        """Return the chapter at *path* of the site; None if there is none."""
        key = trimmed(path)
        for route, target in self.index.links.routes.items():
            if trimmed(route) == key:
                return self.index.find(target)[0]
        if key in self.index.addresses:
            return self.index.addresses[key]
        for base in self.index.bases:
            chapter, _ = self.index.find(posixpath.join(base, path.strip("/")) if path.strip("/") else base or "index")
            if chapter is not None:
                return chapter
        hit = self.index.finder.find(f"/{path.lstrip('/')}")
        if hit is None and self.index.site and (rooted := self.index.site.rooted(path)) != path:
            return self.at_route(rooted)
        if hit is None and (inside := self.index.without_own_folder(path)):
            return self.at_route(f"/{inside}")
        return self.index.paths[hit.path] if hit else None

    def routed(self, link: Link, path: str, address: str, fragment: str) -> str | None:
        """Resolve a link that begins with a slash: a route, a page address, a file, or else the site."""
        if (chapter := self.at_route(posixpath.normpath(path))) is not None:
            return self.anchor(link, chapter, fragment)
        inside = posixpath.normpath(path).strip("/")
        folders = [posixpath.join(base, inside) for base in self.index.bases] if inside else []
        if href := self.included(link, folders, fragment):
            return href
        if site := self.index.links.site_url:
            if self.index.site and urlsplit(site).path.strip("/"):
                address = self.index.site.rooted(address)
            return _on_site(site, address)
        if (first := self.index.first_inside(folders)) is not None:
            return f"#{first.slug}"
        near = self.nearest(path)
        fix = f'set site_url = "https://…" under [links] in handbound.toml{"; " if near else ""}{near}'
        self.say(NO_SITE, link, f"the link {short(address)} leads to a page of the site; it is shown as text", fix)
        return None

    def beside(self, link: Link, path: str, address: str, fragment: str) -> str | None:
        """Resolve a link relative to the chapter's file, or to the address of its page on a site."""
        folder = posixpath.dirname(self.chapter.source.path)
        stem = re.sub(r"\.[^./]*$", "", self.chapter.source.path)
        # On a site, `../x/` is relative to the address of the page, which is one folder deeper than its file.
        site = self.index.site is not None and self.index.site.system != "readme"
        public = site and path.startswith("../") and path.endswith("/") and not is_folder_page(self.chapter.source.path)
        bases = (stem, folder) if public else (folder, stem)
        readings = [posixpath.normpath(posixpath.join(base, path)) for base in bases]
        readings += [posixpath.normpath(posixpath.join(base, path)) for base in self.index.bases]
        within = [reading for reading in readings if reading != ".." and not reading.startswith("../")]
        for reading in within:
            chapter, wrong_case = self.index.find("" if reading == "." else reading)
            if chapter is not None:
                if wrong_case:
                    self.say(CASE, link, f"the link '{address}' means {chapter.source.file}")
                return self.anchor(link, chapter, fragment)
        if (other := self.index.finder.find(path, f"{folder}/" if folder else "")) is not None:
            return self.anchor(link, self.index.paths[other.path], fragment)
        if public and within and (chapter := self.at_route(f"/{within[0]}")) is not None:
            return self.anchor(link, chapter, fragment)
        if written := self.unescaped(path, folder):
            message = f"the link '{address}' was written with backslashes, which Markdown reads as escapes"
            self.say(BACKSLASH, link, message, f"write {written}{address[len(address.partition('#')[0]) :]}")
            return self.anchor(link, self.index.paths[posixpath.normpath(posixpath.join(folder, written))], fragment)
        if href := self.included(link, within, fragment) or self.joined(link, path, fragment, within):
            return href
        if not re.search(r"\w\.\w+$", path) and (first := self.index.first_inside(within)) is not None:
            return f"#{first.slug}"
        # On a site, the address of a page is one folder deeper than its file; a name with an extension is not such an address.
        is_file = self.index.site is None or re.search(r"\.\w+$", path)
        leaves = is_file and posixpath.normpath(posixpath.join(folder, path)) not in within
        if not within or leaves:
            message = f"the link '{address}' leaves the book's folder; it is shown as text"
            self.say(OUTSIDE, link, message, "link to a chapter, or to a web address")
            return None
        if file := next((name for reading in within if (name := self.index.file(reading))), None):
            return self.no_chapter(link, address, file)
        written = suggestion(address)
        near = f"did you mean {written}?" if written else self.nearest(path)
        fix = near or "link to a chapter of this book, or remove the link"
        message = f"the link {short(address)} leads to no chapter of this book; it is shown as text"
        self.say(MISSING_FILE, link, message, fix)
        return None

    def included(self, link: Link, readings: Iterable[str], fragment: str) -> str | None:
        """Resolve a link to a file that a chapter includes; None if none includes it."""
        chapter, begins = former.included(self.index, readings) or (None, "")
        return self.anchor(link, chapter, fragment) if chapter and fragment else f"#{begins}" if chapter else None

    def joined(self, link: Link, path: str, fragment: str, readings: Iterable[str]) -> str | None:
        """Resolve a link to a file that was joined with others into the file of this chapter; None if it was not."""
        name = former.joined(self.index, self.chapter, path, fragment, readings)
        if name is not None:
            message = (
                f"the link '{link.address}' is taken for #{name}: the book has no such file, but a heading of that name"
            )
            self.say(FORMER, link, message, "no action needed, or link to the heading")
        return f"#{name}" if name is not None else None

    def unescaped(self, path: str, folder: str) -> str | None:
        r"""Return the relative path that *path* was before Markdown read its backslashes as escapes: ``..\..\b.md``."""
        if "\\" not in self.chapter.source.text:
            return None
        ways = (posixpath.relpath(known, folder or ".") for known in self.index.paths)
        return next((way for way in ways if path in (LOST.sub("", way), LOST.sub("", f"./{way}"))), None)

    def no_chapter(self, link: Link, address: str, file: str) -> str | None:
        """Resolve a link to a *file* in the folder that is not a chapter: its address on the site, if that is known."""
        if file in self.index.broken:
            return None
        repository = self.index.site.repository if self.index.site else None
        if repository:
            return file_address(file, repository)
        if site := self.index.links.site_url:
            name = file if not file.endswith(SUFFIXES) else posixpath.splitext(file)[0]
            return urljoin(site.rstrip("/") + "/", quote(name, safe="/!$&'()*+,;=:@~"))
        message = f"the link {short(address)} leads to a file that is not in the book; it is shown as text"
        fix = 'set site_url = "https://…" under [links] in handbound.toml, or write a web address'
        self.say(NO_CHAPTER, link, message, fix)
        return None

    def nearest(self, path: str) -> str:
        """Return the question whether the chapter whose path is most like *path* is meant; empty if none is."""
        # Compare without extensions, which would make any two short names alike.
        # The first page of a folder has the name of the folder.
        pages = {known: posixpath.dirname(known) if is_folder_page(known) else known for known in self.index.paths}
        known = {posixpath.splitext(posixpath.basename(page))[0]: known for known, page in pages.items() if page}
        typed = posixpath.dirname(path) if is_folder_page(path) else path.rstrip("/")
        name = nearest(posixpath.splitext(posixpath.basename(typed))[0], known, ALIKE)
        folder = posixpath.dirname(self.chapter.source.path)
        if name is None:
            return ""
        return f"did you mean {posixpath.relpath(known[name], folder or '.')}?"

    def anchor(self, link: Link, chapter: Placed, fragment: str) -> str:
        """Return the id to which *fragment* leads in *chapter*; the top of the chapter for ``#top``, ``#readme`` and for lines, and if there is no such id."""
        name = unquote(fragment)
        # Only browsers use text fragments: https://wicg.github.io/scroll-to-text-fragment/
        if not name or name.startswith(":~:"):
            return f"#{chapter.slug}"
        anchors = self.index.anchors_of(chapter)
        name = name if name in anchors else name.removeprefix(OF_GITHUB)
        if name in anchors:
            return f"#{anchors[name]}"
        if chapter is self.chapter and self.index.site and self.index.site.joined:
            elsewhere = next((known[name] for known in self.index.anchors.values() if name in known), None)
            if elsewhere is not None:
                return f"#{elsewhere}"
        loose = self.index.loosely(chapter, name)
        if loose is not None and folded(name):
            self.say(
                ANCHOR_FORM, link, f"the anchor #{fragment} is taken for #{loose.removeprefix(chapter.slug + '-')}"
            )
            return f"#{loose}"
        # https://html.spec.whatwg.org/#the-indicated-part-of-the-document
        if name.casefold() in TOPS or LINE.fullmatch(name):
            return f"#{chapter.slug}"
        known = [alias for alias in anchors if not OURS.fullmatch(alias)]
        near = nearest(name, known)
        fix = f"did you mean #{near}?" if near else "link to a heading of that chapter"
        where = "" if chapter.source.file == self.chapter.source.file else f" in {chapter.source.file}"
        self.say(
            MISSING_ANCHOR,
            link,
            f"there is no heading #{fragment}{where}; the link leads to the top of the chapter",
            fix,
        )
        return f"#{chapter.slug}"

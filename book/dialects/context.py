"""What a dialect can find out about a chapter and its book, and where it reports problems."""

from __future__ import annotations

import contextlib
import functools
import os
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec import Struct, field

from book.dialects.rows import Row
from book.images import ENDINGS
from book.markdown.marks import without_index
from book.model import Manuscript
from book.notation import NotationError, read_loose_yaml, read_toml
from book.patterns import regex
from book.problems import Kind, Place, Problem
from book.safe_open import Refusal, open_file
from book.settings import Settings
from book.sites.names import folded, title_of

_HEADING = regex(
    r"^#{1,6}[ \t]+(?P<text>.*?)(?:[ \t]+#+)?[ \t]*(?:\{[^{}\n]*#(?P<id>[\w:.-]+)[^{}\n]*\})?[ \t]*$", re.MULTILINE
)
_LINKED = regex(r"\[(?P<words>[^\[\]^][^\[\]]*)\]\([^()]*\)|\[\^[^\[\]]*\]")
"""A link or a note in a title, which a link cannot contain."""
NUMBER = regex(r"%s|\{(?:number|name)\}")
"""What Sphinx and MyST replace with the number or the title of the target."""
_BLOCK = regex(r"^[ \t]*(?:-[ \t]+)?id::[ \t]*(?P<id>[\w-]+)[ \t]*$", re.MULTILINE)
_BLOCK_NAME = regex(r"#(?:\^|%5[Ee])(?P<name>[\w-]+)")
_BLOCK_MARK = regex(r"(?:^|(?<=[ \t]))\^(?P<name>[\w-]+)[ \t]*$", re.MULTILINE)
_MINUTE = regex(r"\d{8,14}(?=\W|_|$)")
_WORD = regex(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Return the words of *text*, case folded.

    >>> words("A tip, or `two`")
    ['a', 'tip', 'or', 'two']
    """
    return _WORD.findall(text.casefold())


def value_of(name: str, values: Mapping[str, object], *, any_case: bool = False) -> str | None:
    """Return the value in *values* under a dotted *name*; None if it is neither text nor a number.

    >>> value_of("a.B", {"a": {"b": 2}}, any_case=True)
    '2'
    """
    level: object = values
    for piece in name.split("."):
        table = level if isinstance(level, Mapping) else {}
        folded = (key for key in table if any_case and key.casefold() == piece.casefold())
        level = table.get(piece, table.get(next(folded, piece)))
    return str(level) if isinstance(level, str | int | float) and not isinstance(level, bool) else None


class Label(Struct, frozen=True, kw_only=True):
    """Something in the book with a name, to which others can refer."""

    path: str
    """The chapter that contains it."""
    text: str
    """Its heading or caption, inline Markdown; empty if it has none."""
    kind: str = ""
    """What it is, if that is no heading: Figure, Table, Equation, Listing."""

    def in_words(self, name: str, words: str = "") -> str:
        """Return the text of a reference to this label: *words*, with its title in place of the marks for a number or a title.

        >>> Label(path="a.md", text="", kind="Figure").in_words("fig-a", "Figure %s below")
        'Figure below'
        >>> Label(path="a.md", text="Ends").in_words("ends", "Section {number}")
        'Section Ends'
        """
        title = self.text or self.kind or name
        if not NUMBER.search(words):
            return words or title
        number = "" if self.kind else title
        text = " ".join(NUMBER.sub(lambda match: title if "name" in match[0] else number, words).split())
        return text if re.search(r"\w", text) else title


def headings_of(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield id and words of the headings of a chapter; the id is that which its author gives, or made of the words, in lower case.

    >>> list(headings_of("# One two\n## Three {#x.y}"))
    [('one-two', 'One two'), ('x.y', 'Three')]
    """
    for match in _HEADING.finditer(text):
        yield match["id"].casefold() if match["id"] else id_of(match["text"]), match["text"]


def id_of(words: str) -> str:
    """Return the id that is made of the *words* of a heading, in lower case.

    >>> id_of("How it `works`, once")
    'how-it-works-once'
    """
    return "-".join(re.sub(r"[^\w\s-]", "", words.casefold()).split())


def anchor_of(name: str) -> str:
    """Return the *name* of a label as an id that a heading may have.

    >>> anchor_of("howto:proxy"), anchor_of("index/start")
    ('howto:proxy', 'index-start')
    """
    return re.sub(r"[^\w:.-]+", "-", name)


OF_THE_BOOK = frozenset(
    {
        "root",
        "labels",
        "manuscripts",
        "headings",
        "ends",
        "identifiers",
        "chapter",
        "titled",
        "numbered",
        "pictures",
        "blocks",
        "named_blocks",
        "files",
    }
)
"""What a :class:`Library` tells of other chapters and of files."""
MOST_DATA = 500_000
"""The most bytes of a file of data."""
MOST_NAMES = 20_000
"""The most files that are looked at for images."""
ENDS = (".md", ".mdx", ".markdown", ".qmd", ".Rmd", ".ipynb", "/index.md", "/README.md", "/_index.md", "/index.mdx")


class Library(Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """Data that all chapters of a book share."""

    root: Path
    """The book's folder, from which dialects include files."""
    settings: Settings
    names: frozenset[str]
    """The dialects that are switched on."""
    manuscripts: Mapping[str, Manuscript]
    """The chapters by path, as they are in their files."""
    labels: Mapping[str, Label] = field(default_factory=dict)
    """Everything that can be referred to, by its name in lower case."""
    variables: Mapping[str, object] = field(default_factory=dict)
    """Values from the site's settings that its templates may print."""
    snippets: tuple[str, ...] = ()
    """The folders in which PyMdown's snippets are."""
    appended: tuple[str, ...] = ()
    """Files whose text the site adds to the end of every chapter."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Values from the site's settings that its chapters may print by name."""
    projects: Mapping[str, str] = field(default_factory=dict)
    """The addresses of other projects' documentation, by the names that links use for them."""
    cites: bool = False
    """Whether the book has a bibliography; then citations are formatted after all dialects."""
    files: dict[str, object] = field(default_factory=dict)
    """What the files of data that a chapter asked for hold, by path; None for those that cannot be read."""
    _questions: list[str] = field(default_factory=list)
    _titles: dict[str, dict[str, str]] = field(default_factory=dict)
    """The words of the headings of each chapter by their ids, and its title, of the chapters for which they were asked."""

    def __getattribute__(self, name: str) -> Any:
        """Return an attribute, and count the question if the answer depends on other chapters or on files."""
        if name in OF_THE_BOOK:
            super().__getattribute__("_questions").append(name)
        return super().__getattribute__(name)

    @property
    def questions(self) -> int:
        """How often a dialect has asked for something outside its own chapter, other than the settings of the book."""
        return len(self._questions)

    @functools.cached_property
    def headings(self) -> Mapping[str, tuple[str, ...]]:
        """The chapters with a heading, by its id in lower case."""
        by_id: dict[str, list[str]] = {}
        for path in sorted(self.manuscripts):
            for name, _ in headings_of(self.manuscripts[path].text):
                by_id.setdefault(name, []).append(path)
        return {name: tuple(dict.fromkeys(paths)) for name, paths in by_id.items()}

    @functools.cached_property
    def ends(self) -> Mapping[str, tuple[str, ...]]:
        """The chapters by each end of their paths, without suffix, in lower case."""
        by_end: dict[str, list[str]] = {}
        for path in sorted(self.manuscripts):
            stem = posixpath.splitext(path)[0].casefold()
            stems = [stem, stem.rpartition("/")[0]] if stem.endswith(("/index", "/readme", "/_index")) else [stem]
            for name in filter(None, stems):
                pieces = name.split("/")
                for at in range(len(pieces)):
                    by_end.setdefault("/".join(pieces[at:]), []).append(path)
        return {end: tuple(paths) for end, paths in by_end.items()}

    @functools.cached_property
    def identifiers(self) -> Mapping[str, str]:
        """The chapters by the `id` in their front matter; of several, the first one."""
        by_name: dict[str, str] = {}
        for path in sorted(self.manuscripts):
            name = self.manuscripts[path].front.values.get("id")
            if isinstance(name, str):
                by_name.setdefault(name, path)
        return by_name

    @functools.cached_property
    def pictures(self) -> Mapping[str, tuple[str, ...]]:
        """The images in the book's folder by their names in lower case, the nearest to its root first."""
        by_name: dict[str, list[str]] = {}
        count = 0
        for where, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
            inside = os.path.relpath(where, self.root)
            for name in sorted(names):
                if name.lower().endswith(ENDINGS):
                    by_name.setdefault(name.casefold(), []).append(name if inside == "." else f"{inside}/{name}")
            count += len(names)
            if count > MOST_NAMES:
                break
        return {name: tuple(sorted(paths, key=lambda path: path.count("/"))) for name, paths in by_name.items()}

    @functools.cached_property
    def titled(self) -> Mapping[str, str]:
        """The chapters by their titles and aliases, without case; none that two chapters share is in it."""
        by_title: dict[str, list[str]] = {}
        for path in sorted(self.manuscripts):
            chapter = self.manuscripts[path]
            aliases = (alias for alias in chapter.front.addresses if not alias.startswith("/"))
            for title in dict.fromkeys(map(folded, (title_of(chapter), *aliases))):
                by_title.setdefault(title, []).append(path)
        return {title: paths[0] for title, paths in by_title.items() if len(paths) == 1}

    @functools.cached_property
    def numbered(self) -> Mapping[str, str]:
        """The chapters by the number with which the names of their files begin, the minute of a note; none that two chapters share."""
        by_number: dict[str, list[str]] = {}
        for path in self.manuscripts:
            if match := _MINUTE.match(posixpath.basename(path)):
                by_number.setdefault(match[0], []).append(path)
        return {number: paths[0] for number, paths in by_number.items() if len(paths) == 1}

    @functools.cached_property
    def blocks(self) -> Mapping[str, str]:
        """The chapters by the ids of blocks of Logseq in them."""
        paths = sorted(self.manuscripts)
        return {match["id"]: path for path in paths for match in _BLOCK.finditer(self.manuscripts[path].text)}

    @functools.cached_property
    def named_blocks(self) -> frozenset[str]:
        """The names of the blocks to which chapters of a vault refer, in lower case."""
        texts = (chapter.text for chapter in self.manuscripts.values())
        return frozenset(match["name"].casefold() for text in texts for match in _BLOCK_NAME.finditer(text))

    @functools.cached_property
    def marked_blocks(self) -> frozenset[tuple[str, str]]:
        """The blocks with a mark, ``^name``, in the chapters of a vault: the path, and the name in lower case."""
        return frozenset(
            (path, match["name"].casefold())
            for path, chapter in self.manuscripts.items()
            for match in _BLOCK_MARK.finditer(chapter.text)
        )

    def title(self, path: str, fragment: str = "") -> str:
        """Return the words for a link to the chapter *path*, inline Markdown: its title, or its heading with the id *fragment*."""
        chapter = self.manuscripts[path]
        if path not in self._titles:
            title = without_index(chapter.front.title or title_of(chapter))
            named = {identity: words for identity, words in reversed([*headings_of(chapter.text)]) if words}
            self._titles[path] = {
                identity: _LINKED.sub(lambda match: match["words"] or "", words)
                for identity, words in {**named, "": title}.items()
            }
        return self._titles[path].get(unquote(fragment).casefold(), self._titles[path][""])

    def chapter(self, target: str, path: str) -> str | None:
        """Return the path of the chapter to which *target* refers in the chapter *path*; None if there is none, or several."""
        plain = unquote(target).strip("/")
        for base in (posixpath.dirname(path), ""):
            joined = posixpath.normpath(posixpath.join(base, plain))
            for name in (joined, *(f"{joined}{end}" for end in ENDS)):
                if name in self.manuscripts:
                    return name
        stem = re.sub(r"\.(?:mdx?|markdown|html?|qmd|rmd|adoc|ipynb|rst)$", "", plain, flags=re.I).casefold()
        stem = re.sub(r"^(?:\.\.?/)+", "", stem)
        paths = self.ends.get(stem, ())
        return paths[0] if len(paths) == 1 else None


class Context(Struct):
    """One chapter while its dialects rewrite it."""

    manuscript: Manuscript
    """The chapter as it is in its file."""
    library: Library
    problems: list[Problem] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    """Words that a dialect removes on purpose, because they are not part of the text."""
    reported: set[tuple[str, str]] = field(default_factory=set)
    brought: int = 0
    """The number of bytes included so far, and of letters of values."""
    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Included file -> the chain of files through which it was last included, itself last."""
    values: dict[str, str | None] = field(default_factory=dict)
    """The texts of the variables that were asked for, by name; None for unknown ones, and for those that would be too long."""

    def tell(self, kind: Kind, place: Place, message: str, fix: str = "") -> None:
        """Report a problem."""
        self.problems.append(kind.at(place, message, fix=fix))

    def tell_once(self, kind: Kind, place: Place, name: str, message: str, fix: str) -> None:
        """Report a problem, unless one of its kind about *name* was reported for this chapter."""
        if (kind.code, name) not in self.reported:
            self.reported.add((kind.code, name))
            self.tell(kind, place, message, fix)

    def tell_at(self, kind: Kind, row: Row, at: int, message: str, fix: str) -> None:
        """Report a problem at the offset *at* of *row*."""
        self.tell(kind, row.place(at), message, fix)

    def data(self, path: str, read: Callable[[str], object] | None = None) -> object:
        """Return the plain data in the file *path* of the book, YAML, JSON or TOML; None if there is none that can be read.

        Args:
            path: from the root of the book.
            read: returns the data in the text of a file in another notation, always the same for *path*.
        """
        files = self.library.files
        if path not in files:
            text = open_file(self.library.root, path, limit=MOST_DATA)
            files[path] = None
            if not isinstance(text, Refusal):
                reader = read or (_toml if path.endswith(".toml") else _yaml)
                with contextlib.suppress(NotationError):
                    files[path] = reader(text.decode("utf-8", "replace"))
        return files[path]

    def table(self, path: str, read: Callable[[str], object] | None = None) -> Mapping[str, object] | None:
        """Return the plain table in the file *path* of the book, as :meth:`data`; None if it holds none, or cannot be read."""
        data = self.data(path, read)
        return data if isinstance(data, dict) else None

    def address(self, target: str) -> str | None:
        """Return the address, for a link in this chapter, of the chapter to which *target* refers; None if there is none.

        *target* is a path with or without suffix, relative to the folder of the chapter or the book, or the end of a path; it may have a
        fragment.
        """
        path, mark, fragment = target.partition("#")
        chapter = self.library.chapter(path.strip(), self.manuscript.path)
        return None if chapter is None else self._relative(chapter, mark, fragment)

    def picture(self, target: str) -> str | None:
        """Return the path from the root, with a slash, of the image that *target* names in a vault; None if it is where *target* says.

        In Obsidian the end of a path will do, usually the name of the file.
        """
        plain = unquote(target).strip().removeprefix("./").casefold()
        paths = self.library.pictures.get(posixpath.basename(plain), ())
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(self.manuscript.path), plain)).casefold()
        if any(path.casefold() == beside for path in paths):
            return None
        return next((f"/{path}" for path in paths if f"/{path}".casefold().endswith(f"/{plain}")), None)

    def address_of_title(self, title: str) -> str | None:
        """Return the address, for a link in this chapter, of the chapter called *title*; None if there is none, or several."""
        chapter = self.library.titled.get(folded(title))
        return None if chapter is None else self._relative(chapter)

    def address_of_number(self, number: str) -> str | None:
        """Return the address, for a link in this chapter, of the note with this *number*, as Zettlr and The Archive link; None if there is none."""
        chapter = self.library.numbered.get(number)
        return None if chapter is None else self._relative(chapter)

    def _relative(self, chapter: str, mark: str = "", fragment: str = "") -> str:
        address = posixpath.relpath(chapter, posixpath.dirname(self.manuscript.path) or ".")
        return f"{address.replace(' ', '%20').replace('(', '%28').replace(')', '%29')}{mark}{fragment}"

    def has_room(self, text: str) -> bool:
        """Count *text*, which a short name expands to in this chapter; return whether the chapter may grow by it."""
        self.brought += len(text)
        return self.brought <= self.library.settings.limits.chapter_bytes

    def take(self, text: str) -> None:
        """Record the words of *text*, which are not the chapter's own, as removed on purpose."""
        self.taken.update(words(text))


def _yaml(text: str) -> object:
    return read_loose_yaml(text).plain


def _toml(text: str) -> object:
    return read_toml(text).plain

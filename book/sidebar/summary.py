"""The order of a ``SUMMARY.md``: mdBook, HonKit and GitBook.

Its list of links is the tree of the chapters, a heading begins a part, a rule ends it. In an mdBook, links before the first
list are front matter, and links after the last one back matter.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from book.model import Entry, Matter, Sidebar
from book.notation import NotationError, Spot, read_json, read_loose_yaml, toml
from book.problems import Place, Problem
from book.sidebar.items import Item, Settling, not_read, outside, read, text_of, texts_of, toml_fault, unused
from book.sidebar.way import Folder, Said, leaves, paths

NAME = "SUMMARY.md"
MDBOOK, HONKIT, GITBOOK = "book.toml", "book.json", ".gitbook.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """What the settings file of such a system says."""

    system: str = ""
    """Name of that file."""
    summary: str = NAME
    title: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None


def order(folder: Folder) -> Said | None:
    """Return the order of the links in a ``SUMMARY.md``, None where there is none or it names no chapter."""
    problems: list[Problem] = []
    site = _site(folder, problems)
    text = read(folder, site.summary, problems)
    if text is None:
        return unused(problems)
    where = posixpath.dirname(site.summary)
    base = f"{where}/" if where else ""
    settling = Settling(folder=folder, nav=site.summary, base=base, problems=problems)
    listed = items(text, site.summary)
    # Links beside the list are an mdBook's, also where its settings lie above the book.
    mdbook = site.system == MDBOOK or any(item.matter != "main" for item in listed)
    entries = settling.entries(listed)
    if not paths(entries):
        return unused(problems)
    if not mdbook:
        entries = (*_own(settling, "README.md", first=True), *entries, *_own(settling, "GLOSSARY.md"))
    settling.unlisted()
    source = f"{site.summary}: its list of links, because no chapter has a number under `sidebar`"
    sidebar = Sidebar(source=source, entries=entries, title=site.title, authors=site.authors, language=site.language)
    return Said(sidebar=sidebar, problems=tuple(problems), base=base, by="nav", nav=site.summary)


def _own(settling: Settling, name: str, *, first: bool = False) -> Iterator[Entry]:
    """Yield the page of the book that HonKit and GitBook take in though the list does not name it."""
    path = f"{settling.base}{name}"
    if path in settling.folder.chapters and path not in settling.first:
        settling.first[path] = Place(path=path)
        matter: Matter = "front" if first else "back"
        yield Entry(kind="chapter", path=path, matter=matter, numbered=False, said=f"{name} of the book")


def _site(folder: Folder, problems: list[Problem]) -> _Site:
    """Return what the settings file of the system says, and where its list is."""
    for name, reader in ((MDBOOK, _mdbook), (HONKIT, _honkit), (GITBOOK, _gitbook)):
        text = read(folder, name, problems)
        if text is None:
            continue
        try:
            found = reader(text)
        except NotationError as fault:
            problems.append(not_read(name, text, fault))
            found = _Site()
        if leaves(found.summary):
            problems.append(outside(Place(path=name), found.summary))
            found = replace(found, summary=NAME)
        if found.system:
            return found
    where = next((path for path in (NAME, f"src/{NAME}", f"docs/{NAME}") if (folder.root / path).is_file()), NAME)
    return _Site(summary=where)


def _mdbook(text: str) -> _Site:
    try:
        table = toml.read(text).table.get("book")
    except toml.TomlError as fault:
        raise toml_fault(fault) from None
    if not isinstance(table, dict):
        return _Site()
    source, title, language = (table.get(key) for key in ("src", "title", "language"))
    authors = table.get("authors")
    return _Site(
        system=MDBOOK,
        summary=posixpath.join(source if isinstance(source, str) else "src", NAME),
        title=title if isinstance(title, str) else None,
        authors=tuple(name for name in authors if isinstance(name, str)) if isinstance(authors, list) else (),
        language=language if isinstance(language, str) else None,
    )


def _honkit(text: str) -> _Site:
    table = read_json(text, depth=32).value
    table = table if isinstance(table, Mapping) else {}
    return replace(
        _structure(table, HONKIT),
        title=text_of(table.get("title")),
        authors=texts_of(table.get("author")),
        language=text_of(table.get("language")),
    )


def _gitbook(text: str) -> _Site:
    table = read_loose_yaml(text).value
    return _structure(table if isinstance(table, Mapping) else {}, GITBOOK)


def _structure(table: Mapping[str, Spot], system: str) -> _Site:
    structure = table.get("structure")
    inner = structure.value if structure and isinstance(structure.value, Mapping) else {}
    root = text_of(table.get("root")) or ""
    summary = posixpath.join(root, text_of(inner.get("summary")) or NAME)
    return _Site(system=system, summary=posixpath.normpath(summary))


# The list ------------------------------------------------------------------------------------------------------------

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?^---[ \t]*$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
ANCHOR = re.compile(r"[ \t]*<a\b[^<>]*>[ \t]*</a>")
RULE = re.compile(r"[ \t]*(?:-[- \t]*-|\*[* \t]*\*[* \t]*\*|_[_ \t]*_[_ \t]*_)[ \t]*")
BULLET = re.compile(r"([ \t]*)(?:[-*+]|[0-9]{1,9}[.)])[ \t]+(.*)")
LINK = re.compile(
    r"""\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\([ \t]*(?:<([^<>]*)>|((?:[^\s()\\]|\\.|\([^\s()]*\))*))(?:[ \t]+(?:"[^"]*"|'[^']*'))?[ \t]*\)"""
)
LONGEST = 4_000
"""Characters of a line; a longer one is no entry."""
TAB = 4
DEEPEST = 32
"""Levels of a list."""


def items(text: str, path: str) -> tuple[Item, ...]:
    """Return the entries of the list in *text*, the file *path*.

    Args:
        text: Markdown; what is no list item, heading, rule or line of a link alone means nothing.
        path: for places.

    Returns:
        The entries; links before the list and after it are front and back matter, as in an mdBook.
    """
    for hidden in (FRONT_MATTER, FENCE, COMMENT):
        text = hidden.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return _Reading(path).read([line if len(line) <= LONGEST else "" for line in text.split("\n")])


@dataclass(slots=True)
class _Open:
    """An entry whose children are still to come."""

    item: Item
    indent: int = 0
    children: list[_Open] = field(default_factory=list)

    def closed(self) -> Item:
        return replace(self.item, children=tuple(child.closed() for child in self.children))


class _Reading:
    """One pass over the lines of a list."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.top: list[_Open] = []
        self.stack: list[_Open] = []
        """The bullet at hand and those it stands in."""
        self.part: _Open | None = None
        self.titled = False

    def read(self, lines: list[str]) -> tuple[Item, ...]:
        bullets = [number for number, line in enumerate(lines) if BULLET.fullmatch(line) and not RULE.fullmatch(line)]
        for number, line in enumerate(lines):
            place = Place(path=self.path, line=number + 1, column=len(line) - len(line.lstrip()) + 1)
            if heading := HEADING.fullmatch(line):
                self.heading(ANCHOR.sub("", heading[2]), len(heading[1]), place)
            elif RULE.fullmatch(line):
                self.part, self.stack = None, []
                self.top.append(_Open(Item(kind="separator", place=place)))
            elif bullet := BULLET.fullmatch(line):
                item = _item(bullet[2], replace(place, column=bullet.start(2) + 1))
                self.bullet(len(bullet[1].expandtabs(TAB)), item)
            elif (link := LINK.fullmatch(line.strip())) and place.column <= TAB:
                before, after = not bullets or number < bullets[0], bool(bullets) and number > bullets[-1]
                self.alone(_linked(link, place), "front" if before and bullets else "back" if after else "main")
        return tuple(one.closed() for one in self.top)

    def heading(self, title: str, level: int, place: Place) -> None:
        """Begin a part; the first heading of all names the list."""
        first = level == 1 and not self.top and not self.titled
        self.titled = True
        self.stack = []
        if not first:
            self.part = _Open(Item(title=title, place=place))
            self.top.append(self.part)

    def bullet(self, indent: int, item: Item) -> None:
        """Put an entry under the one it is indented below."""
        while self.stack and (self.stack[-1].indent >= indent or len(self.stack) >= DEEPEST):
            self.stack.pop()
        made = _Open(item, indent)
        above = self.stack[-1] if self.stack else self.part
        (above.children if above else self.top).append(made)
        self.stack.append(made)

    def alone(self, item: Item, matter: Matter) -> None:
        """Put an entry that is no list item."""
        if matter != "main":
            self.part, self.stack = None, []
            item = replace(item, matter=matter, numbered=False)
        self.bullet(0, item)


def _item(text: str, place: Place) -> Item:
    found = LINK.match(text.strip())
    return _linked(found, place) if found else Item(title=text.strip(), place=place)


def _linked(found: re.Match[str], place: Place) -> Item:
    target = found[2] if found[2] is not None else re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", found[3])
    return Item(title=found[1], target=target.strip(), place=place)

"""The only reader of Markdown lists that give an order: SUMMARY.md, _sidebar.md, literate-nav, README lists.

The list of links is the tree of the chapters, a heading begins a part, a rule ends it. Links on lines of their own before the first
list are front matter, those after the last one back matter, as in an mdBook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from book.model import Matter
from book.patterns import regex
from book.problems import Place
from book.sites.names import FENCE, FRONT_MATTER, unescaped
from book.sites.site import Item
from book.source.manuscript import NAV_LINK

COMMENT = regex(r"<!--.*?(?:-->|\Z)", re.DOTALL)
HEADING = regex(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
ANCHOR = regex(r"[ \t]*<a\b[^<>]*>[ \t]*</a>")
RULE = regex(r"[ \t]*(?:-[- \t]*-|\*[* \t]*\*[* \t]*\*|_[_ \t]*_[_ \t]*_)[ \t]*")
BULLET = regex(r"([ \t]*)(?:[-*+]|[0-9]{1,9}[.)])[ \t]+(.*)")
LINK = regex(
    r"""(?<!!)\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\([ \t]*(?:<([^<>]*)>|((?:[^\s()\\]|\\.|\([^\s()]*\))*))(?:[ \t]+(?:"[^"]*"|'[^']*'))?[ \t]*\)"""
)
DEFINITION = regex(r"^ {0,3}\[([^\[\]\n]+)\]:[ \t]*(?:<([^<>\n]*)>|(\S+))", re.MULTILINE)
"""The target of a link by reference."""
REFERENCE = regex(r"\[((?:[^\[\]\\]|\\.)+)\](?:\[((?:[^\[\]\\]|\\.)*)\]|(?![\[(:]))")
"""``[words][label]``, ``[label][]`` or ``[label]``."""
_SIGNS = r"→⇒➔➜➡⮕»›▶▸►▪■●•·|–—\-"
STRONG = regex(r"\A(?P<mark>\*\*|__)(?P<words>[^*_\n]+)(?P=mark)\Z")
ORNAMENT = regex(rf"^(?:[{_SIGNS}]+\uFE0F?[ \t]+)+(?=\S)|(?<=\S)(?:[ \t]+[{_SIGNS}:]+\uFE0F?)+$")
"""Arrows, dots and dashes around the words of an entry."""
LONGEST = 4_000
"""The most characters of a line; a longer one is not an entry."""
TAB = 4
DEEPEST = 32
"""The deepest level of a list."""


def read(text: str, path: str, *, nested: bool = False) -> tuple[Item, ...]:
    """Return the entries of the list in *text*, the file *path*.

    Args:
        text: Markdown; everything but list items, headings, rules and lines with a single link is ignored.
        path: for places.
        nested: whether a heading of a lower level begins a part within a part, and rows of tables are entries, too, as in a README.

    Returns:
        The entries; links before the list and after it are front and back matter, as in an mdBook.
    """
    for hidden in (FRONT_MATTER, FENCE, COMMENT):
        text = hidden.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    lines = [line if len(line) <= LONGEST else "" for line in text.split("\n")]
    targets = {_label(match[1]): match[2] or match[3] or "" for match in DEFINITION.finditer(text)}
    if targets:
        lines = [_with_targets(line, targets) if BULLET.match(line) else line for line in lines]
    return _Reading(path, nested=nested).read(lines)


def _label(words: str) -> str:
    return " ".join(words.split()).casefold()


def _with_targets(line: str, targets: Mapping[str, str]) -> str:
    """Return *line* with the links by reference written as links with their targets."""

    def inline(match: re.Match[str]) -> str:
        target = targets.get(_label(match[2] or match[1]))
        return match[0] if target is None else f"[{match[1]}](<{target}>)"

    return REFERENCE.sub(inline, line)


def links_to_files(text: str) -> bool:
    """Return whether *text* contains a list item that is a link to a file."""
    return bool(NAV_LINK.search(text))


def _is_in_words(lines: list[str], number: int) -> bool:
    """Return whether the line *number*, a link, is a line of a paragraph with other words."""
    beside = [lines[at].strip() for at in (number - 1, number + 1) if 0 <= at < len(lines)]
    return any(
        line and LINK.fullmatch(line) is None and not any(form.fullmatch(line) for form in (HEADING, RULE, BULLET))
        for line in beside
    )


class _Open(Struct):
    """An entry that may still get children."""

    item: Item
    indent: int = 0
    level: int = 0
    """The level of a heading."""
    children: list[_Open] = field(default_factory=list)

    def closed(self) -> Item:
        return replace(self.item, children=tuple(child.closed() for child in self.children))


class _Reading:
    """One pass through the lines of a list."""

    def __init__(self, path: str, *, nested: bool) -> None:
        self.path = path
        self.nested = nested
        self.top: list[_Open] = []
        self.stack: list[_Open] = []
        """The current bullet and those around it."""
        self.parts: list[_Open] = []
        """The current part and those around it."""
        self.titled = False

    def read(self, lines: list[str]) -> tuple[Item, ...]:
        bullets = [number for number, line in enumerate(lines) if BULLET.fullmatch(line) and not RULE.fullmatch(line)]
        for number, line in enumerate(lines):
            place = Place(path=self.path, line=number + 1, column=len(line) - len(line.lstrip()) + 1)
            if heading := HEADING.fullmatch(line):
                self.heading(ANCHOR.sub("", heading[2]), len(heading[1]), place)
            elif RULE.fullmatch(line):
                self.parts, self.stack = [], []
                self.top.append(_Open(Item(kind="separator", place=place)))
            elif bullet := BULLET.fullmatch(line):
                item = _item(bullet[2], replace(place, column=bullet.start(2) + 1))
                self.bullet(len(bullet[1].expandtabs(TAB)), item)
            elif self.nested and line.lstrip().startswith("|") and (row := LINK.search(line)):
                self.bullet(0, _linked(row, replace(place, column=row.start() + 1)))
            elif (link := LINK.fullmatch(line.strip())) and place.column <= TAB and not _is_in_words(lines, number):
                before, after = not bullets or number < bullets[0], bool(bullets) and number > bullets[-1]
                self.alone(_linked(link, place), "front" if before and bullets else "back" if after else "main")
        return tuple(entry.closed() for entry in self.top)

    def heading(self, title: str, level: int, place: Place) -> None:
        """Begin a part; the very first heading is the title of the list."""
        first = level == 1 and not self.top and not self.titled
        self.titled = True
        self.stack = []
        while self.parts and (not self.nested or self.parts[-1].level >= level):
            self.parts.pop()
        if not first:
            part = _Open(Item(title=plain_title(title), place=place), level=level)
            (self.parts[-1].children if self.parts else self.top).append(part)
            self.parts.append(part)

    def bullet(self, indent: int, item: Item) -> None:
        """Add an entry below the one with less indent."""
        while self.stack and (self.stack[-1].indent >= indent or len(self.stack) >= DEEPEST):
            self.stack.pop()
        made = _Open(item, indent)
        holders = self.stack or self.parts
        (holders[-1].children if holders else self.top).append(made)
        self.stack.append(made)

    def alone(self, item: Item, matter: Matter) -> None:
        """Add an entry that is not a list item."""
        if matter != "main":
            self.parts, self.stack = [], []
            item = replace(item, matter=matter, numbered=False)
        self.bullet(0, item)


def _item(text: str, place: Place) -> Item:
    match = LINK.search(text)
    return _linked(match, place) if match else Item(title=plain_title(text), place=place)


def plain_title(text: str) -> str:
    """Return the title in *text* without arrows, dots and dashes before and after it, and without marks around all of it.

    >>> plain_title("→ Setup"), plain_title("Work »"), plain_title("- **A** – B -"), plain_title("--help"), plain_title("**Work**")
    ('Setup', 'Work', '**A** – B', '--help', 'Work')
    """
    title = ORNAMENT.sub("", text.strip()).strip()
    return STRONG.sub(r"\g<words>", title)


def _linked(match: re.Match[str], place: Place) -> Item:
    target = match[2] if match[2] is not None else unescaped(match[3])
    return Item(title=plain_title(match[1]), target=target.strip(), place=place)


def flat(items: tuple[Item, ...]) -> Iterator[Item]:
    """Yield *items* and all items below them, in reading order."""
    for item in items:
        yield item
        yield from flat(item.children)

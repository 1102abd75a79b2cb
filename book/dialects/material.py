"""Comments that Material for MkDocs prints as badges: `<!-- md:version 9.1 -->`, `<!-- md:setting config.enabled -->`."""

from __future__ import annotations

from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_BADGE = regex(r"<!--[ \t]*md:(?P<name>[a-z]+)(?:[ \t]+(?P<words>[^\n<>]*?))?[ \t]*-->")
CODE = frozenset({"setting", "option"})
"""Badges that are the name of a setting: they stand for it in headings and as terms of definitions."""
KNOWN = CODE | frozenset(
    "version default flag feature extension plugin utility example demo sponsors experimental license tag".split()
)
NO_CODE = frozenset({"none", "computed", "empty"})
"""Defaults that are words, not values."""
ADDRESSES = frozenset({"example", "demo"})
"""Badges that lead to another page of the site."""
GAP = " · "
_GOES_ON = regex(r"(?:[ \t]*<!--[ \t]*md:(?:example|demo)\b[^\n<>]*-->)*+[ \t]*+(?:\n[ \t]*+)?(?=[\w\"'(\[`*])")
"""Text directly after a badge."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the words of its badges."""
    if "md:" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context))


def _edits(page: Passage, context: Context) -> Iterator[Edit]:
    end = -1
    for match in _BADGE.finditer(page.text):
        is_code = page.source.sorts[page.at(match.start())[0]] in (Sort.CODE, Sort.FENCE)
        if match["name"] not in KNOWN or is_code or page.text.count("`", *_line(page, match.start())) % 2:
            continue
        words = _words(match["name"], (match["words"] or "").strip())
        context.take("md" if words.startswith(match["name"]) else f"md {match['name'] if words else match[0]}")
        between = page.text[end : match.start()] if end >= 0 else "x"
        before_it = GAP if words and not between.strip() and between.count("\n") <= 1 else ""
        end = match.end() if words else end
        goes_on = words and match["name"] not in CODE and _GOES_ON.match(page.text, match.end())
        new = f"{before_it}{words}{GAP.rstrip() if goes_on else ''}"
        yield Edit(start=match.start(), end=match.end(), new=(page.made(new, match.start()),))


def _line(page: Passage, offset: int) -> tuple[int, int]:
    """Return the offsets between which the line of *offset* lies before it."""
    return page.starts[page.at(offset)[0]], offset


def _words(name: str, words: str) -> str:
    """Return what readers see of a badge.

    >>> _words("version", "9.1"), _words("default", "`true`"), _words("default", "none"), _words("setting", "a.b")
    ('version 9.1', 'default `true`', 'default none', '`a.b`')
    """
    if name in ADDRESSES:
        return ""
    if name in CODE and words and "`" not in words:
        return f"`{words}`"
    if name == "default" and words and words not in NO_CODE and "`" not in words:
        words = f"`{words}`"
    return f"{name} {words}" if name in ("version", "default") and words else words

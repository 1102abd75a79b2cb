"""Links without words, `[](ship.md)` or `[][ship]`: they get the title of the chapter or heading to which they lead, else their address."""

from __future__ import annotations

import re

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.footnotes import folded
from book.model import Manuscript
from book.patterns import regex

_EMPTY = regex(
    r"(?<![!\\])\[(?P<words>[ \t]*)\]\((?:<(?P<pointed>[^<>\n]+)>|(?P<plain>[^()\s<>]+(?:\([^()\s]*\)[^()\s]*)*))"
    r"(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\)"
)
_LABELLED = regex(r"(?<![!\\\]])\[(?P<words>[ \t]*)\]\[(?P<label>[^\[\]\n]+)\]")
_DEFINITION = regex(
    r"^[ ]{0,3}\[(?P<label>[^\[\]\n]+)\]:[ \t]*(?:<(?P<pointed>[^<>\n]+)>|(?P<plain>[^\s<>]+))", re.MULTILINE
)
_MARKS = regex(r"[\\\[\]*`]")
"""What would be Markdown in the text of a link."""
_ANY = regex(r"\[[ \t]*\](?:\([^)]|\[[^\]])")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with words for each link that has none."""
    if not _ANY.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    edits = []
    addresses = {
        folded(match["label"]): match["pointed"] or match["plain"] for match in _DEFINITION.finditer(page.visible)
    }
    links = [(match, match["pointed"] or match["plain"]) for match in _EMPTY.finditer(page.visible)]
    links += [(match, addresses.get(folded(match["label"]), "")) for match in _LABELLED.finditer(page.visible)]
    for match, address in links:
        start, end = match.span("words")
        if address and not page.text[start:end].strip():  # code cannot be seen there
            edits.append(Edit(start=start, end=end, new=(page.made(_words(address, context), start),)))
    return page.with_edits(edits)


def _words(address: str, context: Context) -> str:
    """Return the words for a link to *address*."""
    target, _, fragment = address.partition("#")
    own = context.manuscript.path
    path = context.library.chapter(target, own) if target and "://" not in target else None
    if path is not None or (fragment and not target):
        return context.library.title(path or own, fragment)
    return _MARKS.sub(r"\\\g<0>", address)

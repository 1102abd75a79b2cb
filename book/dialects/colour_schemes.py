"""Pictures that a site shows on light or on dark pages only (`![x](a.png#only-dark)`): those for light pages are printed."""

from __future__ import annotations

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.model import Manuscript
from book.patterns import regex

_MARK = regex(r"#(?:only|gh)-(?P<scheme>light|dark)(?:-mode-only)?(?=[)\"'\s])")
_PICTURE = regex(
    r"!\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]\([^()\n]*#(?:only-dark|gh-dark-mode-only)[^()\n]*\)(?:\{[^{}\n]*\})?"
    r"|<img\s[^<>]*#(?:only-dark|gh-dark-mode-only)[^<>]*>"
)
_LINKED = regex(rf"\[(?:{_PICTURE.pattern})\]\([^()\n]*\)(?:\{{[^{{}}\n]*\}})?|{_PICTURE.pattern}")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without pictures for dark pages, if it has those for light pages, and without these marks."""
    if "#only-" not in manuscript.text and "#gh-" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    edits: list[Edit] = []
    if any(match["scheme"] == "light" for match in _MARK.finditer(page.visible)):
        for match in _LINKED.finditer(page.visible):
            context.take(match[0])
            edits.append(Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),)))
    for match in _MARK.finditer(page.visible):
        context.take(match[0])
        edits.append(Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),)))
    return page.with_edits(edits)

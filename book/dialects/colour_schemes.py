"""Pictures that a site shows on light or on dark pages only: those for light pages are printed.

The mark stands in the address (`![x](a.png#only-dark)`), or it is a class (`<img className="hidden dark:block" …>`).
"""

from __future__ import annotations

import re

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
_IMAGE = regex(r"<img\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_CLASS = regex(r"""\bclass(?:Name)?\s*=\s*(?P<quote>["'])(?P<names>.*?)(?P=quote)""", re.DOTALL)
DARK = ({"hidden", "dark:block"}, {"hidden", "dark:inline"}, {"hidden", "dark:inline-block"}, {"light:sl-hidden"})
"""Classes of pictures for dark pages."""
LIGHT = ({"dark:hidden"}, {"dark:sl-hidden"})


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without pictures for dark pages, if it has those for light pages, and without these marks."""
    if "dark:" in manuscript.text:
        manuscript = _without_dark(manuscript, context)
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


def _without_dark(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without pictures whose classes hide them on light pages, if others are hidden on dark ones."""
    page = Passage(manuscript)
    pictures = [(match, _classes(match[0])) for match in _IMAGE.finditer(page.visible)]
    dark = [match for match, names in pictures if any(marks <= names for marks in DARK)]
    if not any(marks <= names for _, names in pictures for marks in LIGHT):
        return manuscript
    return page.with_texts(context, ((*match.span(), "") for match in dark))


def _classes(tag: str) -> set[str]:
    match = _CLASS.search(tag)
    return set(match["names"].split()) if match else set()

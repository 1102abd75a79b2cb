"""Components that hold a formula, `<Math>…</Math>`, `<Latex formula="…" />`, `<BlockMath math={String.raw`…`} />`: a formula between dollars."""

from __future__ import annotations

import re

from book.dialects.context import Context, words
from book.dialects.formulas import COMPONENT, COMPONENTS
from book.dialects.tags import Edit, Passage
from book.model import Manuscript
from book.patterns import regex

_TAG = regex(
    rf"<(?P<name>{COMPONENTS})(?P<rest>(?:\s+[\w:-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|\{{(?:[^{{}}]|\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}})*\}}))?)*)\s*"
    r"(?:/>|>(?P<inside>(?:(?!</?(?P=name)\b)[\s\S])*)</(?P=name)>)"
)
_STRING = regex(
    r"\s*\{\s*(?:(?P<raw>String\.raw\s*`|r`)|(?P<quote>[`\"']))(?P<text>[\s\S]*?)(?:(?(raw)`|(?P=quote)))\s*\}\s*"
)
_VALUE = regex(
    r"\b(?:math|formula|tex|latex|expression|equation|value|code|children)\s*=\s*(?P<value>\{[\s\S]*\}|\"[^\"]*\"|'[^']*')"
)
_DISPLAY = regex(r"\b(?:block|display|displayMode)\b(?!\s*=\s*\{\s*false)")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these components as formulas; one that the book defines under ``[components]`` is left to it."""
    if not COMPONENT.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    edits = []
    for match in _TAG.finditer(page.text):
        start, end = match.span()
        if page.visible[start] != "<" or match["name"] in context.library.settings.components:
            continue
        formula = _formula(match)
        if not formula:
            continue
        alone = page.is_alone(start, end)
        name = match["name"].casefold()
        displayed = "block" in name or "display" in name or bool(_DISPLAY.search(match["rest"]))
        if "$" in formula:  # words with formulas in them
            new = formula
        elif alone and (displayed or "inline" not in name):
            new = f"$$\n{formula}\n$$"
        else:
            new = f"${' '.join(formula.split())}$"
        context.take(match[0])
        context.taken.subtract(words(new))
        lines = tuple(page.made(line, start) for line in new.split("\n"))
        edits.append(Edit(start=start, end=end, new=lines, block=len(lines) > 1))
    return page.with_edits(edits)


def _formula(match: re.Match[str]) -> str:
    """Return the TeX of a component: its text, a string in braces, or an attribute; empty if only a program knows it."""
    typed = (match["inside"] or "").strip()
    if not typed:
        value = _VALUE.search(match["rest"])
        typed = value["value"] if value else ""
        if typed[:1] in ("'", '"'):
            return typed[1:-1].strip()
    string = _STRING.fullmatch(typed)
    if string is None:
        return "" if re.fullmatch(r"\{\s*[\w.]+\s*\}", typed) else _plain(typed)
    if string["raw"]:
        return string["text"].strip()
    return "" if "${" in string["text"] else re.sub(r"\\([\\`'\"])", r"\1", string["text"]).strip()


def _plain(typed: str) -> str:
    """Return TeX without the dollars around all of it, and without blank lines, which would end a formula."""
    dollars = re.fullmatch(r"(\${1,2})([^$]*)\1", typed)
    return re.sub(r"\n(?:[ \t]*\n)+", "\n", dollars[2] if dollars else typed).strip()

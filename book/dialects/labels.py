"""Named targets in a book: `(label)=` of MyST, `{#sec-x}` and `#| label:` of Quarto and bookdown, headings of chapters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from book.dialects.context import Label
from book.model import Manuscript
from book.patterns import regex

_TARGET = regex(
    r"^[ \t]*\((?P<name>[^()\s][^()\n]*)\)=[ \t]*$"
    r"(?=\n+(?:^[ \t]*\([^()\n]+\)=[ \t]*$\n+)*(?:^#{1,6}[ \t]+(?P<text>.*)$)?)",
    re.M,
)
_HEADING = regex(r"^#{1,6}[ \t]+(?P<text>.*?)[ \t]*\{[^{}\n]*#(?P<name>[\w:./-]+)[^{}\n]*\}[ \t]*$", re.M)
_PLAIN_HEADING = regex(r"^(#{1,6})[ \t]+(?P<text>.*?)[ \t]*#*$", re.M)
_OPTION = regex(r"^[ \t]*#\|[ \t]*label:[ \t]*[\"']?(?P<name>[\w:.-]+)[\"']?[ \t]*$", re.M)
_DIRECTIVE = regex(
    r"^[ \t>]*(?:`{3,}|~{3,}|:{3,})[ \t]*\{(?P<kind>[A-Za-z][\w:+.-]*)\}[ \t]*(?P<argument>[^\n]*)\n"
    r"(?P<options>[ \t]*---[ \t]*\n(?:(?![ \t]*---)[^\n]*\n)*[ \t]*---[ \t]*\n|(?:[ \t]*:[\w-]+:[^\n]*\n)+)(?P<first>[^\n]*)",
    re.M,
)
_NAME = regex(r"^[ \t]*:?(?:name|label):[ \t]*[\"']?(?P<name>[\w:.-]+)[\"']?[ \t]*$", re.M)
_TITLE = regex(r"^[ \t]*:?caption:[ \t]*[\"']?(?P<text>.+?)[\"']?[ \t]*$", re.M)
KINDS: Mapping[str, str] = {
    "figure": "Figure",
    "image": "Figure",
    "table": "Table",
    "list-table": "Table",
    "csv-table": "Table",
    "math": "Equation",
    "code-block": "Listing",
    "code": "Listing",
    "literalinclude": "Listing",
    "code-cell": "Listing",
}
"""The word that stands for the number of a directive, because editions do not number figures."""
LONGEST = 80
"""The longest caption, in letters, that stands in a sentence for a figure."""
_CHUNK = regex(r"^[ \t]*`{3,}\{r[ ,]+(?P<name>[\w.-]+)", re.M)
_CAPTION = regex(
    r"(?:^[ \t]*#\|[ \t]*fig-cap:|fig\.cap[ \t]*=|^[ \t]*#\|[ \t]*tbl-cap:)(?![ \t]*[>|])[ \t]*(?P<quote>[\"']?)(?P<text>.+?)(?P=quote)[ \t]*(?:,|\}|$)",
    re.M,
)
_FIGURE = regex(r"!\[(?P<text>[^\]\n]*)\]\([^)\n]*\)\{[^{}\n]*#(?P<name>[\w:.-]+)")
_TABLE = regex(r"^[ \t]*(?:Table)?:[ \t]+(?P<text>.*?)[ \t]*\{[^{}\n]*#(?P<name>[\w:.-]+)[^{}\n]*\}[ \t]*$", re.M)
_DIV = regex(r"^:{3,}[ \t]*\{[^{}\n]*#(?P<name>[\w:.-]+)[^{}\n]*\}[ \t]*$(?:\n+#{1,6}[ \t]+(?P<text>.*)$)?", re.M)
_EQUATION = regex(r"\$\$[ \t]*(?:\{#(?P<quarto>[\w:.-]+)\}|\((?P<myst>[\w:.-]+)\))")
_LISTING = regex(
    r"^[ \t]*`{3,}[ \t]*\{(?=[^{}\n]*#(?P<name>[\w:.-]+))(?=(?:[^{}\n]*lst-cap=[\"'](?P<text>[^\"'\n]*))?)[^{}\n]*\}[ \t]*$",
    re.M,
)
_BOOKDOWN = regex(r"\(\\#(?P<name>[\w:.-]+)\)")


def labels(manuscripts: Iterable[Manuscript]) -> Mapping[str, Label]:
    """Return every named target in *manuscripts* by name; the first of two with the same name counts."""
    by_name: dict[str, Label] = {}
    for manuscript in manuscripts:
        for pattern in (_TARGET, _HEADING, _FIGURE, _TABLE, _DIV, _LISTING):
            for match in pattern.finditer(manuscript.text):
                text = re.sub(r"[ \t]*\{[^{}]*\}$", "", (match["text"] or "").strip())
                _keep(by_name, match["name"], manuscript.path, text)
        for match in _PLAIN_HEADING.finditer(manuscript.text):
            # In bookdown, the name of a heading is its text.
            text = re.sub(r"[ \t]*\{[^{}]*\}$", "", match["text"])
            _keep(by_name, "-".join(re.findall(r"[\w-]+", text.casefold())), manuscript.path, text)
        for pattern in (_OPTION, _CHUNK):
            for match in pattern.finditer(manuscript.text):
                end = manuscript.text.find("```", match.end(), match.end() + 600)
                caption = _CAPTION.search(manuscript.text, match.end(), match.end() + 600 if end < 0 else end)
                _keep(by_name, match["name"], manuscript.path, caption["text"] if caption else "")
        for match in _DIRECTIVE.finditer(manuscript.text):
            if (name := _NAME.search(match["options"])) is not None:
                _keep(by_name, name["name"], manuscript.path, _caption(match), KINDS.get(match["kind"].casefold(), ""))
        for match in _EQUATION.finditer(manuscript.text):
            _keep(by_name, match["quarto"] or match["myst"], manuscript.path, "", "Equation")
        for match in _BOOKDOWN.finditer(manuscript.text):
            _keep(by_name, match["name"], manuscript.path, "")
    return by_name


def _caption(match: re.Match[str]) -> str:
    """Return the caption or title of a directive, if it is short enough for a sentence."""
    kind, title = match["kind"].casefold(), _TITLE.search(match["options"])
    if kind == "math":
        return ""
    if kind == "figure":
        text = match["first"].strip()
    else:
        text = title["text"] if title else "" if kind in CODE else match["argument"].strip()
    return text if len(text) <= LONGEST and not re.match(r"[`:~*|-]", text) else ""


CODE = frozenset({"code-block", "code", "literalinclude", "code-cell", "image"})
"""Directives whose argument is no title."""


def _keep(by_name: dict[str, Label], name: str, path: str, text: str, kind: str = "") -> None:
    before = by_name.get(name.casefold())
    if before is None or (not before.text and text and before.path == path):
        by_name[name.casefold()] = Label(path=path, text=text, kind=kind or (before.kind if before else ""))

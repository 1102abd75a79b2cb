"""What can be referred to in a book by name: `(label)=` of MyST, `{#sec-x}` and `#| label:` of Quarto and bookdown, headings of chapters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from book.dialects.context import Label
from book.model import Manuscript

_TARGET = re.compile(
    r"^[ \t]*\((?P<name>[^()\s][^()\n]*)\)=[ \t]*$\n+(?:^[ \t]*\([^()\n]+\)=[ \t]*$\n+)*(?:^#{1,6}[ \t]+(?P<text>.*)$)?",
    re.M,
)
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<text>.*?)[ \t]*\{[^{}\n]*#(?P<name>[\w:.-]+)[^{}\n]*\}[ \t]*$", re.M)
_PLAIN_HEADING = re.compile(r"^(#{1,6})[ \t]+(?P<text>.*?)[ \t]*#*$", re.M)
_OPTION = re.compile(r"^[ \t]*(?::(?:name|label):|#\|[ \t]*label:)[ \t]*[\"']?(?P<name>[\w:.-]+)[\"']?[ \t]*$", re.M)
_CHUNK = re.compile(r"^[ \t]*`{3,}\{r[ ,]+(?P<name>[\w.-]+)", re.M)
_CAPTION = re.compile(
    r"(?:^[ \t]*#\|[ \t]*fig-cap:|fig\.cap[ \t]*=|^[ \t]*#\|[ \t]*tbl-cap:)[ \t]*(?P<quote>[\"']?)(?P<text>.+?)(?P=quote)[ \t]*(?:,|\}|$)",
    re.M,
)
_FIGURE = re.compile(r"!\[(?P<text>[^\]\n]*)\]\([^)\n]*\)\{[^{}\n]*#(?P<name>[\w:.-]+)")
_DIV = re.compile(r"^:{3,}[ \t]*\{[^{}\n]*#(?P<name>[\w:.-]+)[^{}\n]*\}[ \t]*$(?:\n+#{1,6}[ \t]+(?P<text>.*)$)?", re.M)
_EQUATION = re.compile(r"\$\$[ \t]*(?:\{#(?P<quarto>[\w:.-]+)\}|\((?P<myst>[\w:.-]+)\))")
_BOOKDOWN = re.compile(r"\(\\#(?P<name>[\w:.-]+)\)")


def titles(manuscripts: Iterable[Manuscript]) -> Mapping[str, str]:
    """Return the title of each chapter by its path, inline Markdown; the file's name where it has none."""
    found = {}
    for one in manuscripts:
        heading = _PLAIN_HEADING.search(one.text)
        text = one.front.title or (re.sub(r"[ \t]*\{[^{}]*\}$", "", heading["text"]) if heading else "")
        found[one.path] = text or one.path.rpartition("/")[2].rpartition(".")[0]
    return found


def labels(manuscripts: Iterable[Manuscript]) -> Mapping[str, Label]:
    """Return everything in *manuscripts* that has a name, by its name; the first of two counts."""
    found: dict[str, Label] = {}
    for one in manuscripts:
        for pattern in (_TARGET, _HEADING, _FIGURE, _DIV):
            for match in pattern.finditer(one.text):
                text = re.sub(r"[ \t]*\{[^{}]*\}$", "", (match["text"] or "").strip())
                _keep(found, match["name"], one.path, text)
        for match in _PLAIN_HEADING.finditer(one.text):
            # bookdown names a heading by its words.
            text = re.sub(r"[ \t]*\{[^{}]*\}$", "", match["text"])
            _keep(found, "-".join(re.findall(r"[\w-]+", text.casefold())), one.path, text)
        for pattern in (_OPTION, _CHUNK):
            for match in pattern.finditer(one.text):
                caption = _CAPTION.search(one.text, match.end(), match.end() + 600)
                _keep(found, match["name"], one.path, caption["text"] if caption else "")
        for match in _EQUATION.finditer(one.text):
            _keep(found, match["quarto"] or match["myst"], one.path, "")
        for match in _BOOKDOWN.finditer(one.text):
            _keep(found, match["name"], one.path, "")
    return found


def _keep(found: dict[str, Label], name: str, path: str, text: str) -> None:
    before = found.get(name.casefold())
    if before is None or (not before.text and text and before.path == path):
        found[name.casefold()] = Label(path=path, text=text)

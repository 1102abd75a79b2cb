"""Named targets in a book: `(label)=` of MyST, `{#sec-x}` and `#| label:` of Quarto and bookdown, headings of chapters."""

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
_TABLE = re.compile(r"^[ \t]*(?:Table)?:[ \t]+(?P<text>.*?)[ \t]*\{[^{}\n]*#(?P<name>[\w:.-]+)[^{}\n]*\}[ \t]*$", re.M)
_DIV = re.compile(r"^:{3,}[ \t]*\{[^{}\n]*#(?P<name>[\w:.-]+)[^{}\n]*\}[ \t]*$(?:\n+#{1,6}[ \t]+(?P<text>.*)$)?", re.M)
_EQUATION = re.compile(r"\$\$[ \t]*(?:\{#(?P<quarto>[\w:.-]+)\}|\((?P<myst>[\w:.-]+)\))")
_BOOKDOWN = re.compile(r"\(\\#(?P<name>[\w:.-]+)\)")


def titles(manuscripts: Iterable[Manuscript]) -> Mapping[str, str]:
    """Return the title of each chapter by path, inline Markdown; the file name if it has none."""
    by_path = {}
    for manuscript in manuscripts:
        heading = _PLAIN_HEADING.search(manuscript.text)
        text = manuscript.front.title or (re.sub(r"[ \t]*\{[^{}]*\}$", "", heading["text"]) if heading else "")
        by_path[manuscript.path] = text or manuscript.path.rpartition("/")[2].rpartition(".")[0]
    return by_path


def labels(manuscripts: Iterable[Manuscript]) -> Mapping[str, Label]:
    """Return every named target in *manuscripts* by name; the first of two with the same name counts."""
    by_name: dict[str, Label] = {}
    for manuscript in manuscripts:
        for pattern in (_TARGET, _HEADING, _FIGURE, _TABLE, _DIV):
            for match in pattern.finditer(manuscript.text):
                text = re.sub(r"[ \t]*\{[^{}]*\}$", "", (match["text"] or "").strip())
                _keep(by_name, match["name"], manuscript.path, text)
        for match in _PLAIN_HEADING.finditer(manuscript.text):
            # In bookdown, the name of a heading is its text.
            text = re.sub(r"[ \t]*\{[^{}]*\}$", "", match["text"])
            _keep(by_name, "-".join(re.findall(r"[\w-]+", text.casefold())), manuscript.path, text)
        for pattern in (_OPTION, _CHUNK):
            for match in pattern.finditer(manuscript.text):
                caption = _CAPTION.search(manuscript.text, match.end(), match.end() + 600)
                _keep(by_name, match["name"], manuscript.path, caption["text"] if caption else "")
        for match in _EQUATION.finditer(manuscript.text):
            _keep(by_name, match["quarto"] or match["myst"], manuscript.path, "")
        for match in _BOOKDOWN.finditer(manuscript.text):
            _keep(by_name, match["name"], manuscript.path, "")
    return by_name


def _keep(by_name: dict[str, Label], name: str, path: str, text: str) -> None:
    before = by_name.get(name.casefold())
    if before is None or (not before.text and text and before.path == path):
        by_name[name.casefold()] = Label(path=path, text=text)

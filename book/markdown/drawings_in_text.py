"""SVG drawings written directly into a chapter: each becomes an image with a data URI."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from book.html_names import SVG
from book.images import svg
from book.images.rasters import BROKEN, Refused
from book.images.svg import vocabulary
from book.markdown.nodes import attribute, node
from book.model import Node
from book.problems import Kind, Severity, line_and_column, offset_of
from book.settings import Limits

DRAWN = Kind("I118", Severity.NOTE, "an inline drawing with blank lines in it")

Say = Callable[[Kind, tuple[int, int], str, str], None]
"""Reports a problem: kind, (line, column), message, fix."""


def picture(text: str, start: tuple[int, int], say: Say, *, block: bool) -> tuple[list[Node], tuple[int, int]] | None:
    """Return the drawing that begins at *start* in the author's *text*, cleaned, and the place after it.

    It reads the text itself, because pandoc would read asterisks and line breaks in a drawing as Markdown. None if the drawing has no
    end: its tags are then sanitised one by one.

    Args:
        text: the text of the chapter.
        start: line and column, both from 1.
        say: receives what was fixed, or why the drawing is left out.
        block: whether the drawing is on lines of its own.
    """
    span = _extent(text, *start)
    if span is None:
        return None
    first, last = span
    after = line_and_column(text, last)
    try:
        drawing = svg.cleaned(_as_file(text[first:last]), "<svg>", Limits())
    except Refused as refusal:
        if refusal.kind is BROKEN:
            return None  # HTML is not as strict as XML
        say(refusal.kind, start, f"{refusal.message}; it is left out", refusal.fix)
        return [], after
    for kind, message, fix in drawing.faults:
        say(kind, start, message, fix)
    source = text[first:last]
    if re.search(r"\n[ \t>]*\n", source):
        message = "this drawing has blank lines; it is read to its </svg>, not as Markdown"
        say(DRAWN, start, message, "no action needed, or put it into a file of its own")
    head = re.match(r"<svg\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", source, re.I)
    tag = head[0] if head else ""
    share = re.search(r"\swidth\s*=\s*[\"']?\s*(\d+(?:\.\d+)?%)", tag, re.I)
    # A drawing without a size is as wide as the text (CSS 2.2 §10.3.2); within a line of text it is a symbol.
    width = share[1] if share else "" if not block or re.search(r"\s(?:width|height)\s*=", tag, re.I) else "100%"
    hidden = re.search(r"aria-hidden\s*=\s*[\"']?true|role\s*=\s*[\"']?(?:presentation|none)", tag, re.I)
    size = {"width": width} if width else {}
    mark = attribute(["decorative"] if hidden else [], hb_pos=f"{start[0]}:{start[1]}", **size)
    address = f"data:image/svg+xml;base64,{base64.b64encode(drawing.data).decode('ascii')}"
    image = node("Image", mark, [node("Str", svg.description(drawing, source))], [address, ""])
    return [node("Para", [image]) if block else image], after


def _extent(text: str, line: int, column: int) -> tuple[int, int] | None:
    """Return the start and end offset in *text* of the drawing at *line* and *column*; None if it never ends."""
    at = offset_of(text, line, column)
    opened = re.compile(r"<svg\b", re.I).search(text, at) if at is not None else None
    if opened is None or text[at : opened.start()].strip():
        return None
    deep = 0
    for tag in re.compile(r"<svg\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*?(/?)>|</svg\s*>", re.I).finditer(
        text, opened.start()
    ):
        deep += 0 if tag[1] else -1 if tag[0].startswith("</") else 1
        if deep <= 0:
            return opened.start(), tag.end()
    return None


def _as_file(drawing: str) -> bytes:
    """Return an inline drawing as a file of its own, with the namespaces that HTML implies."""
    head = re.match(r"<svg\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", drawing, re.I)
    pairs = head[1] if head else ""
    names = "" if "xmlns=" in pairs else f' xmlns="{SVG}"'
    names += "" if "xmlns:xlink" in pairs else f' xmlns:xlink="{vocabulary.XLINK}"'
    return f"<svg{names}{drawing[4:]}".encode("utf-8", "replace")

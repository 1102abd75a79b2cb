"""Lines of text: what a paragraph contains before it is broken into lines, and what a line has become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from book.paged.boxes import tree
from book.paged.boxes.tree import Box
from book.paged.pages import Context, Line

PARAGRAPHS = frozenset({"p", "li", "dd"})
"""Elements whose lines are running text."""
TITLES = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "p"})
"""Elements whose lines are of about the same length; of paragraphs, that is :data:`SUBTITLE` alone."""
SUBTITLE = "hb-subtitle"
WHOLE = frozenset({"b", "dfn", "strong"})
"""Elements whose words are divided only where they have no room: a bold or defined term is read as one."""

STARTS, ENDS, TEXT, PICTURE = range(4)


class OwnLayoutError(Exception):
    """A line has content whose width is not known before it is laid out: a float, or a box with a layout of its own."""


class Content(Struct, frozen=True):
    """A part of a line before it is broken."""

    kind: int
    """:data:`STARTS` or :data:`ENDS` of an inline element, :data:`TEXT` or :data:`PICTURE`."""
    box: Box
    path: tuple[int, ...] = ()
    """The indexes that lead to a text or a picture from the line, level by level."""
    style: Any = None
    text: str = ""
    whole: bool = False
    """Whether its words must not be divided."""
    solid: tuple[bool, ...] = ()
    """Whether no line ends between the children of each box that contains it, from the line on."""


def is_line(box: Box) -> bool:
    """Return whether *box* is a line, or a paragraph that is not yet broken into lines."""
    return type(box).__name__ == "LineBox"


def is_title(box: Box) -> bool:
    """Return whether the line *box* belongs to a heading, the subtitle of the book, or a caption."""
    if box.element is None or box.element_tag not in TITLES:
        return False
    return box.element_tag != "p" or SUBTITLE in box.element.get("class", "").split()


def is_running(box: Box) -> bool:
    """Return whether the line *box* belongs to running text."""
    return box.element is not None and box.element_tag in PARAGRAPHS


def line(box: Box, context: Context, measure: float, *, paragraph: int = 0, ragged: bool = False) -> Line:
    """Return the line that *box* is.

    Args:
        box: a line.
        context: its context.
        measure: the width for which it has room, in pixels.
        paragraph: identifies its paragraph; 0 outside running text.
        ragged: whether the lines of that may end at the punctuation of a long name.
    """
    even = bool(paragraph) and box.style["text_align_all"] == "justify"
    return Line(
        text=tree.text_of(box),
        context=context,
        top=float(box.position_y),
        bottom=float(box.position_y + box.height),
        width=float(box.width),
        measure=measure,
        paragraph=paragraph,
        broken=bool(paragraph) and any(inner.element_tag == "br" for inner in tree.within(box)),
        ragged=ragged,
        even=even,
        gap=_gap(box) if even else 0.0,
    )


def _gap(line: Box) -> float:
    """Return the width of the word spaces of a justified *line*; 0 if it is not justified."""
    texts = (inner for inner in tree.within(line) if tree.is_text(inner) and " " in inner.text)
    extra = next((float(text.justification_spacing) for text in texts), 0.0)
    return float(line.space) + extra if extra else 0.0


def style_of(box: Box) -> Any:
    """Return WeasyPrint's style of *box*."""
    return box.style


def painted(box: Box) -> tuple[str, float, Any]:
    """Return the text of a text *box*, the size of its type in pixels, and its layout by Pango."""
    return box.text, box.style["font_size"], box.pango_layout


def words_width(line: Box) -> float:
    """Return the width of the words of a *line*, in pixels."""
    return line.width  # type: ignore[no-any-return]


def indent(line: Box) -> float:
    """Return how far the first *line* of its paragraph is indented, in pixels; 0 for the others."""
    return line.text_indent  # type: ignore[no-any-return]


def room(line: Box, container: Box) -> tuple[float, float, float]:
    """Return where a *line* from left to right begins in its *container*, where no float stands beside it, its top, and how wide it may be."""
    begin = container.content_box_x()
    end = begin + container.width - line.margin_right
    begin += line.margin_left
    return begin - line.margin_left, line.border_box_y() - line.margin_top, end - begin


def is_behind(box: Box, position: float) -> bool:
    """Return whether *box* begins behind a horizontal *position*, in pixels."""
    return box.position_x > position  # type: ignore[no-any-return]


def attributes(line: Box) -> Mapping[str, str]:
    """Return the attributes of the paragraph of a *line*; none if it is something else."""
    element = line.element
    return element.attrib if element is not None and element.tag == "p" else {}


def words(parent: Box) -> Iterator[str]:
    """Yield the texts in a line."""
    for box in parent.children:
        name = type(box).__name__
        if name == "TextBox":
            yield box.text
        elif name == "InlineBox":
            yield from words(box)


def content(line: Box) -> Iterator[Content]:
    """Yield the parts of a *line* that is not yet broken.

    Raises:
        OwnLayoutError: the width of one is not known before it is laid out.
    """
    yield from _content(line, (), (), whole=False)


def _content(parent: Box, path: tuple[int, ...], outer: tuple[bool, ...], *, whole: bool) -> Iterator[Content]:
    solid = (*outer, parent.style["white_space"] == "nowrap")
    for index, box in enumerate(parent.children):
        name = type(box).__name__
        if not box.is_in_normal_flow():
            if box.is_floated():
                raise OwnLayoutError
        elif name == "TextBox":
            if box.text and box.style["font_size"]:
                yield Content(TEXT, box, (*path, index), box.style, box.text, whole, solid)
        elif name == "InlineReplacedBox":
            yield Content(PICTURE, box, (*path, index), box.style, "", whole, solid)
        elif name == "InlineBox" and not box.is_leader:
            yield Content(STARTS, box)
            yield from _content(box, (*path, index), solid, whole=whole or box.element_tag in WHOLE)
            yield Content(ENDS, box)
        else:
            raise OwnLayoutError


def edge(box: Box, side: str) -> float:
    """Return the width of margin, border and padding of an inline *box* on one side; its percentages must be resolved."""
    margin = getattr(box, f"margin_{side}")
    known = 0.0 if margin == "auto" else margin
    return float(known + getattr(box, f"padding_{side}") + getattr(box, f"border_{side}_width"))


def outer_width(picture: Box) -> float:
    """Return the width of a *picture* with its margins."""
    return float(picture.margin_width())


def typed(parent: Box) -> Iterator[tuple[str, float]]:
    """Yield the texts in a line that are not generated, each with the size of its type in pixels."""
    for box in parent.children:
        name = type(box).__name__
        if name == "TextBox" and not tree.is_generated(box):
            yield box.text, float(box.style["font_size"])
        elif name == "InlineBox":
            yield from typed(box)


def paragraph(line: Box) -> tuple[str | None, Any]:
    """Return the text of which the paragraph of a *line* was measured, and the paragraph, as :mod:`book.paged.box_changes` noted them."""
    return getattr(line, "measured", None), getattr(line, "paragraph", None)


def source(line: Box) -> Any:
    """Return what a *line* was broken from, as noted; None if it is not the first of a block."""
    return getattr(line, "source", None)


def space(line: Box) -> float:
    """Return the natural width of a space of a *line*, in pixels, as noted."""
    return float(line.space)


def narrowest(line: Box) -> float:
    """Return how much narrower the spaces of a *line* may be, as noted: negative, in pixels; 0 if they may not."""
    return getattr(line, "narrowest", None) or 0.0

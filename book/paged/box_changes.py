"""Changes to WeasyPrint's boxes, during layout and between layout and writing, for which it has no public interface.

WeasyPrint derives the tags of a PDF from element names, paints an inline drawing as it was read, and knows one place for a margin box.
Each function here changes one thing and says why; nothing else in Handbound changes a box. Elements tagged under a borrowed name get
their own name when the PDF is finished (:mod:`book.paged.finishing`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from book.body import MOVED, ON_PAPER, kinds
from book.paged.boxes import margins, placing, tree
from book.paged.boxes.placing import Place
from book.paged.boxes.tree import Box
from book.paged.pages import ADDED

LABEL_TAG = "li::marker"
"""The only element that WeasyPrint tags /Lbl (PDF 1.7 §14.8.4.3.3): a list marker."""
NOTE_TAG = "main"
"""An element that paged editions do not use: WeasyPrint tags it /Part."""
INNER_LIST_TAG = "dl"
"""The only list that WeasyPrint tags where it stands: others in an item it tags behind the whole item."""
BLOCK_TAG = "tfoot"
"""An element that occurs in tables only: WeasyPrint tags it /TFoot."""
FORMULA_MARK = "\ue0fe"
"""Prefix of the alternative text of a formula, until its tag is a Formula."""

BEYOND_CUT = 6.0
"""How far the ground of a box goes on beyond the lines at which a page cuts it, at most; in pixels of CSS."""

Line = Callable[[str, Any], tuple[Any, float]]
"""Sets a text in a style; returns Pango's layout of it, and its width."""


def prepare(sheets: Iterable[Any], *, tagged: bool) -> None:
    """Change the boxes of a document that is about to be written.

    Args:
        sheets: pages of a document that WeasyPrint laid out.
        tagged: whether it is written with tags.
    """
    for page in tree.walk(sheets):
        notes: set[int] = set()
        blocks: set[int] = set()
        for box in page:
            if tree.is_of(box, tree.BLOCK):
                extend_ground(box)
                if tagged:
                    tag_inner_lists(box)
            if tagged and (block := order(box)) and block not in blocks:
                blocks.add(block)
                tag_block(box)
            if tree.is_formula(box):
                ink_formula(box)
                if tagged:
                    mark_formula(box)
            elif tagged and is_added(box):
                tag_addition(box)
            elif tagged and is_note(box) and id(box.element) not in notes:
                # Boxes in it without an element of their own refer to it too.
                notes.add(id(box.element))
                tag_note(box)


def extend_ground(box: Box) -> None:
    """Let the ground of a box that goes on over pages reach beyond its lines there: WeasyPrint ends it with them, so that letters stand at its edge.

    Nothing moves: the ground reaches into the margin of the page.
    """
    ground = box.background
    if ground is None or len(ground.layers) != 1 or ground.layers[0].image is not None:
        return
    above = _beyond(box, "top") if not box.padding_top else 0.0
    below = max(0.0, _beyond(box, "bottom") - _slack(box)) if not box.padding_bottom else 0.0
    if not (above or below):
        return
    box.position_y -= above
    box.padding_top += above
    box.padding_bottom += below
    x, y, width, height = ground.layers[0].painting_area
    area = x, y - above, width, height + above + below
    ground.layers[0] = ground.layers[0]._replace(painting_area=area, clipped_boxes=[box.rounded_border_box()])


def _slack(box: Box) -> float:
    """Return how far *box* goes on below what is in it: a box that goes on over the page reaches to the end of that page."""
    last = box.children[-1] if box.children else None
    return float(box.content_box_y() + box.height - last.position_y - last.margin_height()) if last is not None else 0.0


def _beyond(box: Box, side: str) -> float:
    """Return how far the ground of *box* shall go on beyond a *side* of it, ``top`` or ``bottom``; 0 if no page cuts it there."""
    padding = box.style[f"padding_{side}"]
    cut = side in box.remove_decoration_sides and padding.unit == "px"
    return min(float(padding.value), BEYOND_CUT) if cut else 0.0


def is_added(box: Box) -> bool:
    """Return whether *box* contains inline text that an edition added."""
    return (
        type(box).__name__ == "InlineBox"
        and box.element is not None
        and not tree.is_generated(box)
        and ADDED in kinds(box.element)
    )


def is_note(box: Box) -> bool:
    """Return whether *box* belongs to a note."""
    return box.element is not None and not tree.is_generated(box) and box.element.get("role") == "doc-footnote"


def order(box: Box) -> int:
    """Return the identity of the element of *box*, if it is a block of a chapter with moved blocks; else 0."""
    element = box.element
    return id(element) if element is not None and not tree.is_generated(box) and element.get(ON_PAPER[MOVED]) else 0


def ink_formula(box: Box) -> None:
    """Give a formula the colour of the surrounding text: WeasyPrint paints an inline drawing as if it were a separate file."""
    drawing = box.replacement._svg.tree  # noqa: SLF001 - nothing public sets the ink of a drawing in the line
    red, green, blue = (round(channel * 255) for channel in box.style["color"].to("srgb").coordinates)
    drawing.attrib["color"] = drawing.attrib["fill"] = f"#{red:02x}{green:02x}{blue:02x}"
    drawing._children = None  # noqa: SLF001 - they keep the ink of before


def mark_formula(box: Box) -> None:
    """Mark the alternative text of a formula: WeasyPrint tags every drawing /Figure, never /Formula (PDF/UA-1 §7.7)."""
    title = tree.title_of(box)
    if not title.text.startswith(FORMULA_MARK):
        title.text = FORMULA_MARK + title.text


def tag_addition(box: Box) -> None:
    """Tag text that an edition added as a label, so that software that reads the tags can distinguish it from the author's words."""
    box.element_tag = LABEL_TAG


def tag_block(box: Box) -> None:
    """Tag a block of a chapter with moved blocks under a name that no other block has, so that it is found and put in its order."""
    box.element_tag = BLOCK_TAG


def tag_inner_lists(box: Box) -> None:
    """Let the lists in an item that goes on behind them be tagged where they stand; readers would hear them after its last words."""
    if box.element_tag == "li" and not tree.is_generated(box):
        for inner in box.children[:-1]:
            if inner.element_tag in {"ul", "ol"}:
                inner.element_tag = INNER_LIST_TAG


def tag_note(box: Box) -> None:
    """Tag a note under a name that nothing else uses: WeasyPrint has no element for the tag /Note."""
    box.element_tag = NOTE_TAG


def put_root(sheet: Any, page: Box) -> None:
    """Make *page* the box of a page: WeasyPrint paints it without its folio, or without its margin boxes, which are painted when it is joined."""
    sheet._page_box = page  # noqa: SLF001 - as in book/paged/boxes/tree.py


def add_anchors(sheet: Any, names: Iterable[str]) -> None:
    """Let a page have anchors of other *names*: WeasyPrint drops links to ids that no page has."""
    sheet.anchors.update(dict.fromkeys(names, (0.0, 0.0, 0.0, 0.0)))


def copied(box: Box) -> Box:
    """Return a copy of *box*: WeasyPrint writes the size of a picture to the box that it measures."""
    return box.copy()


def note_paragraph(line: Box, text: str, paragraph: Any) -> None:
    """Note the *paragraph* that was measured of a *line* that is not yet broken, and its *text*: WeasyPrint asks for line after line, and may begin again."""
    line.measured, line.paragraph = text, paragraph


def note_line(line: Box, *, space: float, narrowest: float, source: Any) -> None:
    """Note at a *line* what the functions need that align it, and those that read it: WeasyPrint keeps only the breaks.

    Args:
        line: broken, not yet aligned.
        space: the natural width of a space, in pixels.
        narrowest: how much narrower it may be, negative; 0 if it may not.
        source: what the line was broken from, if it is the first of a block.
    """
    line.space, line.narrowest, line.source = space, narrowest, source


def set_apart(box: Box, share: float, width: Callable[[Any, str], float], shift: float = 0.0) -> float:
    """Set the letters of a line apart, and return how much wider it is: WeasyPrint justifies by word spaces alone.

    Args:
        box: the line, or a part of it.
        share: what is added after each letter, in sizes of the type. Generated text, such as a page number, stays as it is.
        width: returns the width of a text in a style.
        shift: how far the box is moved by what is before it.
    """
    if type(box).__name__ == "TextBox" and not tree.is_generated(box):
        style = box.style.copy()
        spacing = style["letter_spacing"]
        style["letter_spacing"] = (0.0 if spacing == "normal" else spacing) + share * style["font_size"]
        wider = width(style, box.text) - width(box.style, box.text)
        box.style = style
        box.position_x += shift
        box.width += wider
        return shift + wider
    if type(box).__name__ in {"LineBox", "InlineBox"}:
        box.position_x += shift
        after = shift
        for child in box.children:
            if child.is_in_normal_flow():
                after = set_apart(child, share, width, after)
        box.width += after - shift
        return after
    box.translate(shift, 0)
    return shift


def free_notes(page: Box) -> None:
    """Let the area of the notes of a *page* that is no longer needed not keep the page: each would keep the other."""
    for box in page.children:
        vars(box).pop("page", None)


def move(box: Box, place: Place) -> None:
    """Put a block of a chapter where the grid of lines has it, and note that: WeasyPrint knows no grid."""
    box.translate(0, place.above - placing.place(box).above)
    box.grid = place


def without_folios(page: Box) -> Box:
    """Return *page* without its folios: a chapter that is remembered does not know its page numbers.

    Raises:
        UnjoinableError: a margin box has a page number beside something else.
    """
    numbers = set(map(id, margins.folios(page)))
    return page.copy_with_children([child for child in page.children if id(child) not in numbers]) if numbers else page


def without_edges(page: Box) -> Box:
    """Return *page* without its margin boxes and backgrounds, which are painted when its side is known."""
    inner = page.copy_with_children([child for child in page.children if not margins.is_margin(child)])
    inner.background = inner.canvas_background = None
    return inner


def body(sheet: Any) -> Any:
    """Return a page without its edges."""
    result = copy.copy(sheet)
    put_root(result, without_edges(tree.root(sheet)))
    return result


def edges(page: Box) -> Box:
    """Return *page* without its text: its margin boxes are painted for both sides."""
    return page.copy_with_children([child for child in page.children if margins.is_margin(child)])


def put_in_corner(page: Box) -> None:
    """Put an empty *page* where pages begin, as WeasyPrint does for its own."""
    page.position_x = page.position_y = 0


def put_edges(page: Box, like: Box, boxes: Iterable[Box]) -> None:
    """Put margin *boxes* on an empty *page*, with an empty text *like* that of another: WeasyPrint takes the background from there."""
    root = like.children[0].copy()
    root.children = []
    page.children = [root, *boxes]


def with_numbers(page: Box, folios: Iterable[tuple[Box, Box]], number: int, line: Line) -> Box:
    """Return *page* with nothing but folios for *number*: WeasyPrint does not lay it out again.

    Args:
        page: a sample of its kind.
        folios: its margin boxes with a short number and with a long one, a pair for each.
        number: the page number.
        line: sets a text in a style.
    """
    result = page.copy_with_children([_numbered(short, long, number, line) for short, long in folios])
    result.background = result.canvas_background = None
    return result


def _numbered(short: Box, long: Box, number: int, line: Line) -> Box:
    """Return the margin box *short* with *number*."""
    before = margins.number_of(short)
    text, width = with_text(before, margins.folio_text(short, number), line)
    text.width, text.position_x = width, margins.position(short, long, width)
    return _replaced(short, before, text)


def to_paint(box: Box, text: str, line: Line) -> Box:
    """Return the text box *box* with another *text*, ready to be painted: that shows the glyphs of all digits."""
    result, _ = with_text(box, text, line)
    result.pango_layout.reactivate(box.style)
    return result


def with_text(box: Box, text: str, line: Line) -> tuple[Box, float]:
    """Return the text box *box* with another *text*, and its width: page numbers change when nothing is laid out any more."""
    result = box.copy_with_text(text)
    result.pango_layout, width = line(text, box.style)
    return result, width


def _replaced(box: Box, before: Box, after: Box) -> Box:
    """Return *box* with the box *after* in place of *before*."""
    if box is before:
        return after
    children = getattr(box, "children", None)
    return box.copy_with_children([_replaced(child, before, after) for child in children]) if children else box

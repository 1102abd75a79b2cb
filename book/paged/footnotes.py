"""Footnotes at the foot of the page with their reference: which chapters can have them there, and how they get there.

WeasyPrint 70 may put a footnote on the page after its reference. So the layout is checked, and a chapter with a misplaced note
gets its notes at its end.
"""

from __future__ import annotations

from lxml import etree

from book.body import HEADINGS, KIND, Element, kinds, mark, take_out
from book.paged import on_paper

CLASS = "foot-note"
"""The kind of a note at the foot of a page."""
CLOSED = frozenset({*HEADINGS, "a", "caption", "figcaption", "figure", "pre", "table"})
"""A reference in one of these elements moves the notes to the end: the element is copied, must not break, or spans pages."""

MOST = 1000
"""The most references in a chapter with notes at the foot: WeasyPrint 70 lays a page out again for each of its notes."""
BLOCKS = frozenset({"p", "li", "dd", "dt", "div"})


def unfit(body: Element) -> str:
    """Return why the notes of a chapter cannot be at the foot of pages; empty if they can.

    Args:
        body: the body of the chapter, from :attr:`book.body.Body.root`.
    """
    calls = _calls(body)
    if len(calls) > MOST:
        return f"it has more than {MOST} note references, which take too long to lay out at the foot"
    for call in calls:
        if any(_is_note(above) for above in call.iterancestors()):
            return "a note is referenced in another note"
        place = next((str(above.tag) for above in call.iterancestors() if above.tag in CLOSED), "")
        if place:
            return f"a note is referenced in a <{place}>"
    if any(child.tag != "p" for note in body.iter("aside") if _is_note(note) for child in note):
        return "a note contains more than paragraphs"
    return ""


def lower(body: Element, moved: frozenset[str] = frozenset(), *, by_block: bool = False) -> None:
    """Move every note directly after its reference, as an element that the style sheet floats to the foot of the page.

    A note on the page of its reference needs no way back.

    Args:
        body: the body of a chapter for which :func:`unfit` gives no reason; it is changed.
        moved: ids of notes whose block, with the headings before it, begins a page: kind ``begins-page``.
        by_block: whether a note that does not fit takes its whole block to the next page (kind ``by-block``) instead of its line.
    """
    notes = {note.get("id"): note for note in body.iter("aside") if _is_note(note)}
    for call in _calls(body):
        note = notes.pop((call.get("href") or "#")[1:], None)
        if note is None:
            continue
        on_paper.without_ways_back(note)
        kind = f"footnote {CLASS} by-block" if by_block else f"footnote {CLASS}"
        footnote = etree.Element("span", {KIND: kind, "id": note.get("id", ""), "role": "doc-footnote"})
        for paragraph in note:
            paragraph.tag = "span"
            paragraph.set(KIND, "note-paragraph")
            paragraph.tail = None
        footnote.extend(list(note))
        block = next((above for above in call.iterancestors() if above.tag in BLOCKS), None)
        if note.get("id") in moved and block is not None:
            before = block.getprevious()
            while before is not None and before.tag in HEADINGS:
                block, before = before, before.getprevious()
            mark(block, "begins-page")
        take_out(note)
        footnote.tail, call.tail = call.tail, None
        call.addnext(footnote)
    for box in [box for box in body.iter(etree.Element) if "footnotes" in kinds(box)]:
        if not any(_is_note(note) for note in box.iter("aside")):
            take_out(box)


def letters(body: Element) -> int:
    """Return the number of letters and digits that WeasyPrint has to lay out, without drawings and formulas.

    A layout with footnotes may lose whole paragraphs (measured with WeasyPrint 70), so they are counted.
    """
    count, drawing = 0, 0
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if etree.QName(element).localname in {"svg", "math"}:
            drawing += 1 if event == "start" else -1
        text = element.text if event == "start" else element.tail
        if text and not drawing and not (event == "end" and element is body):
            count += sum(map(str.isalnum, text))
    return count


def _calls(body: Element) -> list[Element]:
    return [call for call in body.iter("a") if call.get("role") == "doc-noteref"]


def _is_note(element: Element) -> bool:
    return element.tag == "aside" and element.get("role") == "doc-footnote"

"""The footnotes of a chapter: numbered in the order of their references, in a box of their own, with links back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree
from msgspec.structs import replace

from book.body import KIND, NOTE, Element, take_out
from book.html_names import EPUB_TYPE
from book.labels import label
from book.markdown.html_table import BLOCKS
from book.model import Chapter

LISTS = frozenset({"ul", "ol", "dl"})
NEXT = "\u202f"
"""What stands between the numbers of two notes in a row: a narrow space that does not break."""


def number(body: Element, language: str) -> None:
    """Number the footnotes in the order of their references, and collect them at the end, with links back."""
    notes = {note.get(NOTE): note for note in body.iter("div") if note.get(KIND) == "footnote" and note.get(NOTE)}
    called = _calls(body, notes)
    if not called:
        return
    # Not a section: it has no heading, and outlines are made from headings (HTML 4.3.3).
    section = etree.Element("div", {KIND: "footnotes", EPUB_TYPE: "footnotes", "role": "doc-endnotes"})
    section.set("aria-label", label(language, "notes"))
    etree.SubElement(section, "p", {KIND: "footnotes-title"}).text = label(language, "notes")
    numbers: dict[str, int] = {}
    backs: dict[str, list[str]] = {}
    for call in called:
        name = str(call.get(NOTE))
        number = numbers.setdefault(name, len(numbers) + 1)
        ways = backs.setdefault(name, [])
        # The second reference to a note is named as on GitHub.
        ways.append(f"noteref-{number}" if not ways else f"noteref-{number}-{len(ways) + 1}")
        call.text = str(number)
        call.attrib.clear()
        call.attrib.update(
            {
                KIND: "noteref",
                "href": f"#note-{number}",
                "id": ways[-1],
                EPUB_TYPE: "noteref",
                "role": "doc-noteref",
            }
        )
    for call in called:
        beside = call.getnext()
        if beside is not None and beside.get(KIND) == "noteref" and not call.tail:
            call.tail = NEXT  # notes 4 and 5, not note 45
    for name, number in numbers.items():
        note = notes[name]
        take_out(note)
        note.tag = "aside"
        note.attrib.clear()
        note.attrib.update({KIND: "footnote", "id": f"note-{number}", EPUB_TYPE: "footnote", "role": "doc-footnote"})
        first = note[0] if len(note) and note[0].tag == "p" else None
        if first is None:
            first = etree.Element("p")
            note.insert(0, first)
        number_of = etree.Element("span", {KIND: "note-number"})
        number_of.text, number_of.tail = f"{number}", f"\u00a0{first.text or ''}"
        first.text = None
        first.insert(0, number_of)
        _lead_back(note, backs[name], label(language, "back_to_text"))
        section.append(note)
    body.append(section)


def as_sources(chapter: Chapter) -> Chapter:
    """Return *chapter* with its notes titled as sources, for an edition in which "Notes" is a column to write in."""

    def retitle(body: Element) -> None:
        for head in body.iter("p"):
            if head.get(KIND) == "footnotes-title":
                head.text = label(chapter.lang, "handout_sources")

    return replace(chapter, body=chapter.body.changed(retitle))


def _lead_back(note: Element, ways: Sequence[str], name: str) -> None:
    """Add a link to each reference at the end of *note*; the second and later links have a number, as on GitHub."""
    last = _last_line(note)
    if last is None:
        last = etree.SubElement(note, "p", {KIND: "ways-back"})
    elif len(last):
        last[-1].tail = (last[-1].tail or "").rstrip() or None
    else:
        last.text = (last.text or "").rstrip()
    for number, way in enumerate(ways, 1):
        before = last[-1] if len(last) else None
        space = "\u00a0" if last.get(KIND) != "ways-back" or before is not None else ""
        if before is not None:
            before.tail = (before.tail or "") + space
        else:
            last.text = (last.text or "") + space
        link = etree.SubElement(last, "a", {KIND: "backlink", "href": f"#{way}", "role": "doc-backlink"})
        link.set("aria-label", name if number == 1 else f"{name} ({number})")
        link.text = "↩\ufe0e"
        if number > 1:
            etree.SubElement(link, "sup").text = str(number)


def _last_line(note: Element) -> Element | None:
    """Return the paragraph or the item of a list with which *note* ends; None if it ends with something else."""
    last: Element | None = note[-1]
    while last is not None and last.tag in LISTS:
        last = last[-1] if len(last) else None
    if last is None or last.tag not in ("li", "dd"):
        return last if last is not None and last.tag == "p" else None
    inner = last[-1] if len(last) else None
    if inner is None or (inner.tail or "").strip() or inner.tag not in BLOCKS:
        return last
    return _last_line(last)


def _calls(body: Element, notes: Mapping[str | None, Element]) -> list[Element]:
    """Return the references to *notes* in reading order: those in the text, then those inside each note."""
    holders = {note: name for name, note in notes.items()}
    calls: dict[str | None, list[Element]] = {}
    for call in body.iter("a"):
        if call.get(KIND) == "noteref" and call.get(NOTE) in notes:
            holder = next((holders[above] for above in call.iterancestors() if above in holders), None)
            calls.setdefault(holder, []).append(call)
    result: list[Element] = []
    turns: dict[str | None, None] = {None: None}
    while turns:
        turn = next(iter(turns))
        del turns[turn]
        calls_here = calls.pop(turn, [])
        result += calls_here
        turns |= dict.fromkeys(call.get(NOTE) for call in calls_here)
    return result

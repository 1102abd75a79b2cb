"""The questions for discussion at the end of a chapter, for books whose every edition prints them (``questions = "all"``)."""

from __future__ import annotations

import copy

from lxml import etree
from msgspec.structs import replace

from book.body import KIND, Element, kinds, take_out
from book.labels import label
from book.model import Chapter

DISCUSSION = "discussion"
"""The kind of the box with the questions."""


def appended(chapter: Chapter) -> Chapter:
    """Return *chapter* with its questions at the end of its body, before its notes."""
    if not chapter.questions:
        return chapter

    def append(body: Element) -> None:
        # Not a section, like the notes: its title is not among the headings of the chapter.
        box = etree.Element("div", {KIND: DISCUSSION})
        etree.SubElement(box, "p", {KIND: "discussion-title"}).text = label(chapter.lang, "discussion")
        questions = etree.SubElement(box, "ol")
        for question in chapter.questions:
            item = etree.SubElement(questions, "li")
            item.text = question.root.text
            item.extend(copy.deepcopy(child) for child in question.root)
        notes = body[-1] if len(body) and "footnotes" in kinds(body[-1]) else None
        if notes is None:
            body.append(box)
        else:
            notes.addprevious(box)

    return replace(chapter, body=chapter.body.changed(append))


def without(chapter: Chapter) -> Chapter:
    """Return *chapter* as it was before :func:`appended`, for an edition that prints the questions in its own way."""
    if not asks(chapter):
        return chapter

    def remove(body: Element) -> None:
        for box in [element for element in body if DISCUSSION in kinds(element)]:
            take_out(box)

    return replace(chapter, body=chapter.body.changed(remove))


def asks(chapter: Chapter) -> bool:
    """Return whether the body of *chapter* contains its questions."""
    return DISCUSSION in chapter.body.facts.kinds

"""Excerpts and composed chapters as bytes for the cache; what is read back is trusted no more than an author's chapter."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree
from msgspec import Struct

from book import cache, lint, schemes
from book.assemble.formulas import Formula
from book.body import ADDRESSES, Body, Element, own
from book.html_names import EPUB_TYPE, MATH, SVG
from book.markdown import html_policy
from book.model import Change, Composed, IndexMark, Manuscript, Wording
from book.problems import Problem
from book.style.lessons import Sample


class Excerpt(Struct, frozen=True, kw_only=True):
    """Everything that a book needs of a chapter before the chapter is composed."""

    problems: tuple[Problem, ...]
    """The problems in its text."""
    findings: lint.Findings
    """The findings of the editor's checks."""
    hosts: frozenset[str]
    """The hosts to which it has an https link."""
    formulas: tuple[Formula, ...]
    sample: Sample
    """What it may teach the house style of the book."""


class Head(Struct, frozen=True, kw_only=True):
    """A composed chapter as the cache has it, but for its body and its words."""

    problems: tuple[Problem, ...]
    misplaced: tuple[Problem, ...]
    changes: tuple[Change, ...]
    answers: dict[str, dict[str, bool]]
    lang: str
    role: str | None
    title: str
    show_title: bool
    heading: str
    entry: str
    description: str
    digest: str
    questions: tuple[str, ...]
    anchors: tuple[str, ...]
    words: int
    has_html: bool
    counted: tuple[str, int]
    """The digest and the number of its words."""
    signs: tuple[str, ...]
    marks: tuple[IndexMark, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Its bodies, as XHTML."""
        return self.heading, self.entry, *self.questions, *(mark.words for mark in self.marks)


class Whole(Head, frozen=True, kw_only=True):
    """A composed chapter as the cache has it."""

    body: str
    wording: tuple[str, str, str]
    """The words of its three streams."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Its bodies, as XHTML."""
        return self.body, *super().lines


class Result(Struct, frozen=True, kw_only=True):
    """A composed chapter, with its problems and changes."""

    chapter: Composed
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]
    misplaced: tuple[Problem, ...]
    """Problems of marks for the index, and notes on tags that were repaired."""
    answers: Mapping[str, Mapping[str, bool]]
    """The questions of its house style about the rest of the book, with their answers."""


Sound = Callable[[str, Callable[[], object]], object]
"""Takes a digest of bodies, and a function that raises an exception if one of them is not sound; it need not call that if it did before."""


def head_of(result: Result) -> Head:
    """Return *result* without the body and the words of its chapter."""
    return Head(**_head(result))


def whole_of(result: Result) -> Whole:
    """Return *result* as the cache has it."""
    chapter = result.chapter
    running, notes, questions = chapter.wording.texts
    return Whole(**_head(result), body=chapter.body.spell(), wording=(running, notes, questions))


def _head(result: Result) -> dict[str, Any]:
    chapter = result.chapter
    return {
        "problems": result.problems,
        "misplaced": result.misplaced,
        "changes": result.changes,
        "answers": {question: dict(answers) for question, answers in result.answers.items()},
        "lang": chapter.lang,
        "role": chapter.role,
        "title": chapter.title,
        "show_title": chapter.show_title,
        "heading": chapter.heading.spell(),
        "entry": chapter.entry.spell(),
        "description": chapter.description,
        "digest": chapter.body.digest,
        "questions": tuple(question.spell() for question in chapter.questions),
        "anchors": chapter.anchors,
        "words": chapter.words,
        "has_html": chapter.has_html,
        "counted": (chapter.wording.digest, chapter.wording.count),
        "signs": chapter.wording.signs,
        "marks": chapter.marks,
    }


def is_sound(head: Head, sound: Sound) -> bool:
    """Return that the bodies of *head*, from the cache, contain only what those of a chapter may contain, to which *sound* sees.

    Raises:
        ValueError: they contain something else.
    """
    sound(cache.key(*head.lines), lambda: [_checked(body) for body in head.lines])
    return True


def of_whole(whole: Whole, source: Manuscript) -> Result:
    """Return the result *whole* of the chapter *source*."""
    running, notes, questions = whole.wording
    wording = Wording(running=running, notes=notes, questions=questions, signs=whole.signs)
    return _result(whole, source, unread(whole.body), wording)


def of_head(head: Head, source: Manuscript, whole: Callable[[], Result]) -> Result:
    """Return the result *head* of the chapter *source*.

    Args:
        head: all but the body and the words.
        source: the chapter.
        whole: returns the whole result, when something needs its body or its words.
    """
    digest, count = head.counted
    wording = Wording.later(lambda: whole().chapter.wording, count=count, digest=digest, signs=head.signs)
    return _result(head, source, Body.later(lambda: whole().chapter.body.root, digest=head.digest), wording)


def _result(head: Head, source: Manuscript, body: Body, wording: Wording) -> Result:
    return Result(
        chapter=Composed(
            source=source,
            lang=head.lang,
            role=head.role,
            title=head.title,
            show_title=head.show_title,
            heading=unread(head.heading),
            entry=unread(head.entry),
            description=head.description,
            body=body,
            questions=tuple(map(unread, head.questions)),
            anchors=head.anchors,
            words=head.words,
            wording=wording,
            has_html=head.has_html,
            marks=head.marks,
        ),
        problems=head.problems,
        changes=head.changes,
        misplaced=head.misplaced,
        answers=head.answers,
    )


# A body from the cache is checked separately: it contains only what the sanitisers let through, and what shapes.py adds.

_TAGS = frozenset(
    (
        *html_policy.TAGS,
        *(f"{{{SVG}}}{tag}" for tag in html_policy.SVG_TAGS),
        *(f"{{{MATH}}}{tag}" for tag in html_policy.MATH_TAGS),
    )
)
_ATTRIBUTES = frozenset(
    (
        *html_policy.GLOBAL_ATTRIBUTES,
        *html_policy.SVG_ATTRIBUTES,
        *(name for names in html_policy.OWN_ATTRIBUTES.values() for name in names),
        *("role", "scope", "alt", "href", "src", EPUB_TYPE, "{http://www.w3.org/XML/1998/namespace}lang"),
    )
)


def unread(xhtml: str) -> Body:
    """Return the body *xhtml*, which is parsed and checked when its tree is needed."""
    return Body.later(functools.partial(_checked, xhtml), xhtml=xhtml)


def _checked(xhtml: str) -> Element:
    try:
        root = Body.of(xhtml).root
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    for element in root.iter():
        if element.tag not in _TAGS and element is not root:
            raise ValueError(element.tag)
        for name, value in element.items():
            if name not in _ATTRIBUTES and not name.startswith(_OURS):
                raise ValueError(name)
            # An unresolved address may have any text: it is a mark of ours, which nothing follows.
            if name in ADDRESSES and name[0] != "{" and schemes.scheme(value) not in _SCHEMES:
                raise ValueError(value)
    return root


_OURS = (own(""), "aria-")
_SCHEMES = schemes.SCHEMES | {""}

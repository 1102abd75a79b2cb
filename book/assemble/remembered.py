"""Excerpts and composed chapters as bytes for the cache; what is read back is trusted no more than an author's chapter."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree
from msgspec import Struct

from book import cache, forms, lint, schemes
from book.assemble.formulas import Formula
from book.body import ADDRESSES, Body, Element, own
from book.html_names import EPUB_TYPE, MATH, SVG
from book.markdown import html_policy
from book.model import Change, Composed, Manuscript, Wording
from book.problems import Place, Problem, Severity, Subject
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


class Result(Struct, frozen=True, kw_only=True):
    """A composed chapter, with its problems and changes."""

    chapter: Composed
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]
    misplaced: tuple[Problem, ...]
    """Notes on tags that were repaired."""
    answers: Mapping[str, Mapping[str, bool]]
    """The questions of its house style about the rest of the book, with their answers."""


_SIGHTING = (str, str, str, int, int, str)
_CHANGE = (str, str, int, int, str, str)
"""What the fields of a :class:`book.lint.Sighting` and of a :class:`book.model.Change` are."""

Sound = Callable[[str, Callable[[], object]], object]
"""Takes a digest of bodies, and a function that raises an exception if one of them is not sound; it need not call that if it did before."""


def of_excerpt(excerpt: Excerpt) -> dict[str, Any]:
    """Return *excerpt* as what JSON can write, for :func:`excerpt`."""
    findings = excerpt.findings
    return {
        "problems": [_of_problem(problem) for problem in excerpt.problems],
        "checks": {name: [_of_problem(problem) for problem in own] for name, own in findings.problems.items()},
        "sightings": {name: [list(sighting) for sighting in own] for name, own in findings.sightings.items()},
        "hosts": sorted(excerpt.hosts),
        "paragraphs": list(excerpt.sample.paragraphs),
        "labels": sorted(excerpt.sample.labels),
        "formulas": [[*formula.key, *_of_place(formula.place)] for formula in excerpt.formulas],
    }


def excerpt(table: Mapping[str, Any]) -> Excerpt:
    """Return the excerpt in *table*, what JSON gives.

    Raises:
        Exception: it is not valid (:func:`book.forms.believed`).
    """
    sightings = {
        forms.text(name): tuple(map(lint.Sighting._make, forms.rows(own, _SIGHTING)))
        for name, own in table["sightings"].items()
    }
    checks = {forms.text(name): tuple(map(_problem, own)) for name, own in table["checks"].items()}
    return Excerpt(
        problems=tuple(map(_problem, table["problems"])),
        findings=lint.Findings(problems=checks, sightings=sightings),
        hosts=frozenset(_texts(table["hosts"])),
        sample=Sample(paragraphs=_texts(table["paragraphs"]), labels=frozenset(_texts(table["labels"]))),
        formulas=tuple(
            Formula(key=(forms.text(kind), forms.text(tex)), place=_place(*place))
            for kind, tex, *place in table["formulas"]
        ),
    )


def of_result(result: Result) -> bytes:
    """Return *result* as bytes for :func:`result`."""
    chapter, wording = result.chapter, result.chapter.wording
    texts = {"body": chapter.body.spell(), "wording": list(wording.texts)}
    return json.dumps({**of_head(result), **texts}, separators=(",", ":")).encode()


def of_head(result: Result) -> dict[str, Any]:
    """Return *result*, but for the body and the words of its chapter, as what JSON can write, for :func:`head`."""
    chapter = result.chapter
    return {
        "problems": [_of_problem(problem) for problem in result.problems],
        "misplaced": [_of_problem(problem) for problem in result.misplaced],
        "changes": [list(change) for change in result.changes],
        "answers": {question: dict(answers) for question, answers in result.answers.items()},
        "lang": chapter.lang,
        "role": chapter.role,
        "title": chapter.title,
        "show_title": chapter.show_title,
        "heading": chapter.heading.spell(),
        "entry": chapter.entry.spell(),
        "description": chapter.description,
        "digest": chapter.body.digest,
        "questions": [question.spell() for question in chapter.questions],
        "anchors": list(chapter.anchors),
        "words": chapter.words,
        "has_html": chapter.has_html,
        "counted": [chapter.wording.digest, chapter.wording.count],
        "signs": list(chapter.wording.signs),
    }


def result(
    data: bytes,
    source: Manuscript,
    holds: Callable[[Mapping[str, Mapping[str, bool]]], bool],
    sound: Sound = lambda _, check: check(),
) -> Result | None:
    """Return the result in *data*; None if the answers in it no longer hold.

    Args:
        data: the content of the cache entry.
        source: the chapter.
        holds: returns whether the book still gives the same answers.
        sound: sees to it that its bodies are sound.

    Raises:
        Exception: it is not valid, as for :func:`excerpt`.
    """
    table = json.loads(data)
    if not holds(table["answers"]):
        return None
    running, notes, questions = _texts(table["wording"])
    wording = Wording(running=running, notes=notes, questions=questions, signs=_texts(table["signs"]))
    return _result(table, source, unread(table["body"]), wording, sound, forms.text(table["body"]))


def head(
    table: Mapping[str, Any],
    source: Manuscript,
    holds: Callable[[Mapping[str, Mapping[str, bool]]], bool],
    whole: Callable[[], Result],
    sound: Sound = lambda _, check: check(),
) -> Result | None:
    """Return the result of which *table* has all but the body and the words; None if the answers in it no longer hold.

    Args:
        table: what JSON gives.
        source: as for :func:`result`.
        holds: as for :func:`result`.
        whole: returns the whole result, when something needs its body or its words.
        sound: as for :func:`result`.

    Raises:
        Exception: it is not valid, as for :func:`excerpt`.
    """
    if not holds(table["answers"]):
        return None
    digest, count = forms.row(table["counted"], 1, 1)
    wording = Wording.later(lambda: whole().chapter.wording, count=count, digest=digest, signs=_texts(table["signs"]))
    body = Body.later(lambda: whole().chapter.body.root, digest=forms.text(table["digest"]))
    return _result(table, source, body, wording, sound)


def _result(
    table: Mapping[str, Any], source: Manuscript, body: Body, wording: Wording, sound: Sound, *texts: str
) -> Result:
    """Return the result in *table*, with this *body* and this *wording*; *texts* are checked with the other bodies."""
    bodies = [forms.text(table[name]) for name in ("heading", "entry")] + [*texts, *forms.texts(table["questions"])]
    sound(cache.key(*bodies), lambda: [_checked(body) for body in bodies])
    return Result(
        chapter=Composed(
            source=source,
            lang=forms.text(table["lang"]),
            role=None if table["role"] is None else forms.text(table["role"]),
            title=forms.text(table["title"]),
            show_title=bool(table["show_title"]),
            heading=unread(table["heading"]),
            entry=unread(table["entry"]),
            description=forms.text(table["description"]),
            body=body,
            questions=tuple(map(unread, _texts(table["questions"]))),
            anchors=_texts(table["anchors"]),
            words=int(table["words"]),
            wording=wording,
            has_html=bool(table["has_html"]),
        ),
        problems=tuple(map(_problem, table["problems"])),
        changes=tuple(map(Change._make, forms.rows(table["changes"], _CHANGE))),
        misplaced=tuple(map(_problem, table["misplaced"])),
        answers=table["answers"],
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(forms.texts(value))


def _of_place(place: Place | Subject) -> list[Any]:
    return [place.name] if isinstance(place, Subject) else list(place.spot)


def _place(name: object, *spot: object) -> Place | Subject:
    return _spot(name, *spot) if spot else Subject(name=forms.text(name))


def _spot(path: object, line: object, column: object) -> Place:
    return Place(path=forms.text(path), line=forms.integer(line), column=forms.integer(column))


def _of_problem(problem: Problem) -> list[Any]:
    return [problem.code, int(problem.severity), problem.message, problem.fix, *_of_place(problem.place)]


def _problem(row: list[Any]) -> Problem:
    code, severity, message, fix, *place = row
    return Problem(
        code=forms.text(code),
        severity=Severity(severity),
        message=forms.text(message),
        fix=forms.text(fix),
        place=_place(*place),
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


def unread(xhtml: object) -> Body:
    """Return the body *xhtml*, which is parsed and checked when its tree is needed."""
    text = forms.text(xhtml)
    return Body.later(functools.partial(_checked, text), xhtml=text)


def _checked(xhtml: str) -> Element:
    try:
        root = Body.of(xhtml).root
    except etree.XMLSyntaxError as error:
        raise forms.WrongFormError(str(error)) from error
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

r"""HOUSE STYLE: one rule per file, run in the order of the list RULES.

A chapter is laid out as runs of characters once (:mod:`book.style.runs`). Every rule reads the same runs and proposes changes of
characters; if two rules want to change the same one, the first in the list wins. Characters in code, addresses, formulas,
attributes and comments are invisible to the rules, and ``\"`` is left as typed.

Rules over the tree (TREE_RULES) run before the runs are made. Cleaning the addresses of links is not a rule of either list,
because it depends on the hosts in the whole book: :func:`book.style.links.links` runs before, chapter by chapter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from book.model import Change, Draft, Rule
from book.patterns import regex
from book.problems import Place, Problem, Subject
from book.style.fixpoint import applied, composed, origins
from book.style.flatten import flatten
from book.style.lessons import learn
from book.style.options import Doubt, RunRule, Style, Switch, always
from book.style.protection import protected, without_code, without_foreign_marks
from book.style.rules.captions import captions
from book.style.rules.dashes import dashes
from book.style.rules.ellipses import ellipses
from book.style.rules.french import french
from book.style.rules.lists import lists
from book.style.rules.pasted import pasted
from book.style.rules.quotes import UNMATCHED, quotes
from book.style.rules.spaces import spaces
from book.style.rules.stray_attributes import stray_attributes
from book.style.rules.urls import urls
from book.style.runs import Edit, Run, edited, plain
from book.style.source_map import Locator
from book.style.writing import rebuild

__all__ = ["RULES", "Correction", "Style", "apply", "corrections", "learn", "settled", "text"]

TREE_RULES: tuple[Rule, ...] = (urls, captions, lists)
"""Rules over the tree, applied before the runs are made: they correct what pandoc read."""

RULES: tuple[tuple[RunRule, Switch], ...] = (
    (quotes, lambda style: style.quotes),
    (ellipses, lambda style: style.dashes),
    (dashes, lambda style: style.dashes),
    (french, lambda style: style.spaces),
    (spaces, lambda style: style.spaces),
    (pasted, lambda style: style.spaces),
    (stray_attributes, always),
)
"""Rules over the runs of a chapter, each with its switch in the style; the last one only reports."""

STRAIGHT = regex("[\"']")
MOST_READINGS = 4
"""The most readings of a chapter that has unmatched marks, curly marks, or spaces beside marks."""

Edits = dict[int, tuple[Edit, ...]]
Doubts = dict[int, list[Doubt]]


class Correction(Struct, frozen=True, kw_only=True):
    """One edit with its place in the author's file, for `book fix`."""

    change: Change
    exact: bool
    """Whether the file contains `change.before` at `change.place`, on one line."""


def apply(chapter: Draft, style: Style) -> tuple[Draft, tuple[Problem, ...], tuple[Change, ...]]:
    """Return *chapter* in house style, the problems and the changes, in order of place.

    Args:
        chapter: the chapter as pandoc read it, with positions in wrappers.
        style: the style of the book.

    Returns:
        The chapter without wrappers (other nodes keep their ``hb:pos``); problems; changes.
    """
    reading = _read(chapter, style)
    return (
        rebuild(reading.chapter, reading.runs, reading.edits),
        reading.problems,
        tuple(correction.change for correction in reading.corrections),
    )


def corrections(chapter: Draft, style: Style) -> tuple[Correction, ...]:
    """Return the changes that :func:`apply` makes, each with whether the file contains the text that it replaces."""
    return _read(chapter, style).corrections


class _Reading(Struct, frozen=True, kw_only=True):
    """The result of all rules for one chapter."""

    chapter: Draft
    """The chapter after the rules over the tree."""
    runs: tuple[Run, ...]
    edits: Edits
    problems: tuple[Problem, ...]
    corrections: tuple[Correction, ...]


def _read(chapter: Draft, style: Style) -> _Reading:
    """Apply the rules over the tree, then the rules over the runs."""
    problems: list[Problem] = []
    for rule in TREE_RULES:
        chapter, more, _ = rule(chapter)
        problems += more
    runs = tuple(_guarded(run, style) for run in without_code(flatten(chapter), chapter.source.text))
    edits, doubts = settled(runs, chapter.source.path, style)
    locate = Locator(chapter.source)
    problems += (
        doubt.kind.at(locate(runs[index], doubt.start, doubt.end)[0], doubt.message, fix=doubt.fix)
        for index, doubtful in doubts.items()
        for doubt in doubtful
    )
    return _Reading(
        chapter=chapter,
        runs=runs,
        edits=edits,
        problems=_ordered(problems),
        corrections=_placed(runs, edits, locate),
    )


def _guarded(run: Run, style: Style) -> Run:
    """Return *run* with all protected text masked."""
    run = protected(run)
    return without_foreign_marks(run, style.language) if style.guessed and run.language(0) == style.language else run


def text(words: str, style: Style) -> str:
    r"""Return plain *words* in house style: a title or a description from the settings.

    >>> text('What\'s "new"?', Style())
    'What’s “new”?'
    """
    runs = (_guarded(plain(words, style.language), style),)
    edits, _ = settled(runs, "", style)
    return edited(words, edits.get(0, ()))


def settled(runs: Sequence[Run], path: str, style: Style) -> tuple[Edits, Doubts]:
    """Apply the rules until nothing changes; return, by index of the run, edits that do not overlap, and doubts."""
    edits, doubts = _apply_rules(runs, path, style)
    alone = any(doubt.kind is UNMATCHED for doubts_of_run in doubts.values() for doubt in doubts_of_run)
    telling = alone or any(
        edit.rule == "quotes" and not (STRAIGHT.match(runs[index].text, edit.start) and len(edit.new) == 1)
        for index, edits_of_run in edits.items()
        for edit in edits_of_run
    )
    for _ in range(MOST_READINGS if telling else 0):
        now = [_guarded(applied(run, edits[index]), style) if index in edits else run for index, run in enumerate(runs)]
        more, still = _apply_rules(now, path, style)
        doubts = _all_doubts(runs, edits, doubts, still)
        if not more:
            break
        for index, edits_of_run in more.items():
            run = runs[index]
            combined = composed(edits.get(index, ()), edits_of_run, len(run.text))
            edits[index] = tuple(edit for edit in combined if run.text[edit.start : edit.end] != edit.new)
    return edits, doubts


def _all_doubts(runs: Sequence[Run], edits: Edits, first: Doubts, last: Doubts) -> Doubts:
    """Return the doubts of two readings: all of the *first*, which read the text as typed, and those that are new in the *last*."""
    result: Doubts = {index: list(doubts) for index, doubts in first.items()}
    for index, doubts in last.items():
        original = origins(edits.get(index, ()), len(runs[index].text))
        spots = {doubt.start for doubt in first.get(index, ())}
        for doubt in doubts:
            if doubt.kind is UNMATCHED:
                start, is_new = original(doubt.start)
                # A mark that was changed had a partner then, or was reported then.
                if not is_new and start not in spots:
                    end = start + doubt.end - doubt.start
                    result.setdefault(index, []).append(replace(doubt, start=start, end=end))
    return result


def _apply_rules(runs: Sequence[Run], path: str, style: Style) -> tuple[Edits, Doubts]:
    """Apply every rule once."""
    edits: dict[int, list[Edit]] = {}
    doubts: Doubts = {}
    for rule, switch in RULES:
        if not switch(style) or (rule is quotes and style.skips(path)):
            continue
        for index, finding in rule(runs, style):
            if isinstance(finding, Edit):
                edits.setdefault(index, []).append(finding)
            else:
                doubts.setdefault(index, []).append(finding)
    return {index: _without_overlaps(edits_of_run) for index, edits_of_run in edits.items()}, doubts


def _without_overlaps(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return *edits* in order, without those that overlap an edit of an earlier rule."""
    used: set[int] = set()
    result = []
    for edit in edits:
        letters = range(edit.start, edit.end)
        if used.isdisjoint(letters):
            used.update(letters)
            result.append(edit)
    return tuple(sorted(result, key=attrgetter("start")))


def _placed(runs: Sequence[Run], edits: dict[int, tuple[Edit, ...]], locate: Locator) -> tuple[Correction, ...]:
    corrections = []
    for index, edits_of_run in edits.items():
        run = runs[index]
        for edit in edits_of_run:
            place, exact = locate(run, edit.start, edit.end)
            change = Change(edit.rule, *place.spot, run.text[edit.start : edit.end], edit.new)
            corrections.append(Correction(change=change, exact=exact))
    return tuple(sorted(corrections, key=lambda correction: _position_key(correction.change.place)))


def _ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: _position_key(problem.place)))


def _position_key(place: Place | Subject) -> tuple[int, int]:
    return place.line, place.column

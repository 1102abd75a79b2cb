"""Gives WeasyPrint the line breaks of justified paragraphs; by itself it fills line after line, and only widens spaces.

WeasyPrint has no interface for this, so four of its private functions are wrapped while a document is laid out, and nowhere else. The
one that fills a line gets a width for each line at which it breaks where :mod:`book.paged.optimum` chose; the one that aligns a line
may also narrow spaces, and the one that widens them may set letters a hair apart (:mod:`book.paged.render.tracking`). Text and copied
text do not change. The one that fills a line with text is told what is at its beginning: WeasyPrint takes all text inside emphasis
that goes on from the line before for that, and cuts words there as if they were too long for any line. A paragraph that cannot be measured beforehand (with a float, or from right to left) is left to WeasyPrint. If a
line breaks elsewhere than planned, the next lines are chosen again from there.

The lines of titles and captions are of about the same length, so that no word is alone on the last one.

A paragraph that is a line longer or shorter than by itself, so that a page is filled, has the number of its lines as an attribute
(:data:`book.body.LINES`), ragged ones too; :func:`variants` returns the numbers that a paragraph allows.
``tests/test_even_lines.py`` fails if a wrapped function is renamed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from weasyprint.css.properties import ZERO_PIXELS
from weasyprint.layout import inline

from book.body import BLOCK, LINES, ON_PAPER
from book.paged import box_changes, optimum
from book.paged.boxes import lines as reading
from book.paged.boxes.tree import Box
from book.paged.optimum import shrink_of
from book.paged.render import tracking, wrapping
from book.paged.render.paragraphs import CannotMeasureError, Paragraph, Run, measure, natural_width
from book.paged.render.shaping import Memory, Plan

__all__ = ["evenly", "lines_with", "variants"]

BLOCK_NUMBER, LINE_COUNT = ON_PAPER[BLOCK], ON_PAPER[LINES]


class _Source(Struct, frozen=True):
    """What a paragraph was before it was broken into lines."""

    box: Box
    """Its line box."""
    container: Box
    first: float
    """The width of its first line."""
    measure: float
    """The width of the other lines."""


@contextlib.contextmanager
def evenly(memory: Memory) -> Iterator[None]:
    """Give even lines to documents that are laid out in the ``with`` block; *memory* has the text that was measured."""
    split, align, justify = inline.split_inline_box, inline.text_align, inline.justify_line
    begins_at: list[float] = []

    def split_evenly(
        context: Any, box: Any, position_x: float, max_x: float, bottom: float, skip: Any, container: Any, *rest: Any
    ) -> Any:
        line = reading.is_line(box)
        paragraph = _measured(context, box, container, skip, memory.paragraphs) if line else None
        runs: list[Run] = []
        plan = None
        width = max_x - position_x
        if paragraph is not None and (offset := paragraph.offset(skip)) < len(paragraph.text):
            fill, end, divides = paragraph.fill(offset, width, width + reading.indent(box))
            max_x, runs = position_x + fill, paragraph.between(offset, end)
            plan = _plan(runs, offset, end, divides=divides)
        # Contexts of Python's would take a fiftieth of the time of a layout.
        outer, memory.plan, limits = memory.plan, plan, _loosened(runs)
        if line:
            begins_at.append(position_x)
        try:
            result = split(context, box, position_x, max_x, bottom, skip, container, *rest)
        finally:
            memory.plan = outer
            _restore(limits)
            if line:
                begins_at.pop()
        if paragraph is not None:
            after = len(paragraph.text) if result[1] is None else paragraph.offset(result[1])
            paragraph.expected = context.current_page, after
        if line:
            begins = skip is None and BLOCK_NUMBER in reading.attributes(box)
            box_changes.note_line(
                result[0],
                space=paragraph.space if paragraph else natural_width(reading.style_of(box), " "),
                narrowest=-shrink_of(paragraph.space, paragraph.size) if paragraph and not paragraph.ragged else 0.0,
                source=_Source(box, container, width, width + reading.indent(box)) if begins else None,
            )
        return result

    def align_evenly(context: Any, line: Any, available: float, last: bool) -> Any:
        missing = available - reading.words_width(line)
        if missing < 0 and (narrowest := reading.narrowest(line)):
            count = inline.count_expandable_spaces(line)
            if count:  # a line that is too wide even so is as narrow as possible
                justify(context, line, max(missing, narrowest * count - optimum.TOLERANCE))
            return 0
        return align(context, line, available, last)

    def justify_evenly(context: Any, line: Any, missing: float) -> None:
        if reading.narrowest(line) and (count := inline.count_expandable_spaces(line)):
            missing = tracking.track(line, missing, count)
        justify(context, line, missing)

    inline.split_inline_box, inline.text_align, inline.justify_line = split_evenly, align_evenly, justify_evenly
    try:
        with wrapping.replaced(inline.split_text_box, _splitting(begins_at)):
            yield
    finally:
        inline.split_inline_box, inline.text_align, inline.justify_line = split, align, justify


def _splitting(begins_at: Sequence[float]) -> Any:
    """Return what fills a line with text; *begins_at* has the horizontal position of its beginning last."""
    split = inline.split_text_box

    def split_text(context: Any, box: Any, available: float, skip: int, is_line_start: bool = True) -> Any:
        begins = is_line_start and not (begins_at and reading.is_behind(box, begins_at[-1]))
        return split(context, box, available, skip, begins)

    return split_text


def _measured(
    context: Any, box: Box, container: Box, skip: dict[int, Any] | None, known: dict[Any, Any]
) -> Paragraph | None:
    """Return the paragraph of a line box, measured once; None if WeasyPrint should break it. Those that are *known* were measured before."""
    style = reading.style_of(box)
    lines, justified = reading.attributes(box).get(LINE_COUNT), style["text_align_all"] == "justify"
    title = not justified and reading.is_title(box)
    if not (justified or lines or title) or style["direction"] != "ltr" or context.excluded_shapes:
        return None
    paragraph: Paragraph | None
    measured, paragraph = reading.paragraph(box)
    if paragraph is not None and paragraph.expected == (context.current_page, paragraph.offset(skip)):
        return paragraph  # the line after the last one
    text = "".join(reading.words(box))  # page numbers in it are not known before the second layout
    if measured != text:
        try:
            paragraph = measure(box, container, known)
            paragraph.lines, paragraph.ragged, paragraph.title = int(lines) if lines else None, not justified, title
        except CannotMeasureError:
            paragraph = None
        box_changes.note_paragraph(box, text, paragraph)
    return paragraph


def variants(line: Box, lines: int) -> Mapping[int, float]:
    """Return the numbers of lines that a paragraph may have without harm, one more or less than it has, each with its cost, from 0 to 1.

    Args:
        line: the first line of a paragraph that is a block of its chapter, as it was laid out.
        lines: the number of its lines.
    """
    source: _Source | None = reading.source(line)
    if source is None or (paragraph := _again(line, source)) is None:
        return {}
    return optimum.variants(paragraph.choices(paragraph.begins, source.first, source.measure), lines)


def lines_with(line: Box, indent: float) -> int:
    """Return the number of lines of a justified paragraph with another *indent*, in pixels; 0 if it is unknown.

    Args:
        line: the first line of a paragraph that is a block of its chapter, as it was laid out.
        indent: of its first line.
    """
    source: _Source | None = reading.source(line)
    if source is None or (paragraph := _again(line, source)) is None or paragraph.ragged:
        return 0
    return len(optimum.choose(paragraph.choices(paragraph.begins, source.measure - indent, source.measure)))


def _again(line: Box, source: _Source) -> Paragraph | None:
    """Return the paragraph with the first *line*, measured; None if it cannot be measured, or has line breaks of the author."""
    style = reading.style_of(line)
    align = style["text_align_all"]
    if style["direction"] != "ltr" or align not in {"justify", "left", "start"}:
        return None
    try:
        paragraph: Paragraph = reading.paragraph(source.box)[1] or measure(source.box, source.container)
    except CannotMeasureError:
        return None
    if len(paragraph.ends) != 1 or not paragraph.text.strip(" "):
        return None
    paragraph.ragged = align != "justify"
    return paragraph


def _plan(runs: Sequence[Run], offset: int, end: int, *, divides: bool) -> Plan | None:
    """Return where a line ends that is planned from *offset* to *end*; None if WeasyPrint should look: between two boxes, or near what is rare.

    Args:
        runs: all that are on the line.
        offset: of its first character.
        end: of the first character after it.
        divides: whether it divides a word.
    """
    last = next((run for run in runs if run.offset < end < run.offset + len(run.text)), None)
    if last is None or last.style["white_space"] != "normal":
        return None
    skipped = max(offset - last.offset, 0)
    text, length = last.text[skipped:], end - last.offset - skipped
    alike = sum(run.style is last.style and run.text.endswith(text) for run in runs)
    if alike > 1 or "\u00ad" in text or "\n" in text or "\t" in text or text[:length].endswith("  "):
        return None
    return Plan(last.style, text, length, divides)


def _loosened(runs: list[Run]) -> list[tuple[Any, Any, Any]]:
    """Let WeasyPrint divide words of *runs* wherever a plan may: after one letter fewer than the style sheet allows, however full the line is.

    Return each style with its limits, for :func:`_restore`.
    """
    styles = {id(run.style): run.style for run in runs}
    before = [(style, style["hyphenate_limit_chars"], style["hyphenate_limit_zone"]) for style in styles.values()]
    for style, (total, left, right), _ in before:
        style["hyphenate_limit_chars"], style["hyphenate_limit_zone"] = (total - 1, left - 1, right), ZERO_PIXELS
    return before


def _restore(before: list[tuple[Any, Any, Any]]) -> None:
    """Give the styles of a line the limits back that they had before."""
    for style, limits, zone in before:
        style["hyphenate_limit_chars"], style["hyphenate_limit_zone"] = limits, zone

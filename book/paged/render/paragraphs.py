"""Paragraphs as measured text: the widths of their letters, the places where their lines may end, and the lines that are chosen.

The widths and places are WeasyPrint's own, from its private functions: :mod:`book.paged.render.even_lines` gives it the lines in return.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from typing import Any, Final

import pyphen
from msgspec import Struct, field
from msgspec.structs import replace
from weasyprint.layout import percent, replaced
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, ffi

from book.paged import box_changes, optimum
from book.paged.boxes import lines as reading
from book.paged.boxes.tree import Box
from book.paged.optimum import Break
from book.paged.render import shaping
from book.paged.render.dictionaries import dictionary
from book.patterns import regex

FEWEST: Final = 4
"""The least letters of a last line."""
LINE_BREAK: Final = memoryview(ffi.buffer(ffi.new("PangoLogAttr *", {"is_line_break": 1}))).cast("I")[0]
"""The bit of Pango's attributes of a character before which a line may begin."""
SLACK: Final = 1.0
"""CSS pixels that a line may be wider than planned: WeasyPrint measures the letters of a line alone, this module within the paragraph."""
WIDTHS: Final = "_widths"
"""The attribute of a style that holds the widths of texts."""
OBJECT: Final = "\ufffc"
"""The character for a picture in a line, as WeasyPrint uses it in the search for breaks."""
WORD: Final = regex(r"[^\W\d_]+")
"""A word as WeasyPrint divides it: an apostrophe ends one."""


class CannotMeasureError(Exception):
    """The widths of a paragraph are not known before it is laid out."""


class Run(Struct, frozen=True):
    """A box of text, or a picture, in a line box."""

    path: tuple[int, ...]
    """The indexes that lead to the box from the line box, level by level."""
    style: Any
    text: str
    offset: int
    """Offset of its first character in the paragraph."""
    whole: bool
    """Whether its words must not be divided."""
    solid: tuple[bool, ...]
    """Whether no line ends between the children of each box that contains it, from the line box on."""


class Paragraph(Struct):
    """The text of a line box, measured."""

    runs: list[Run]
    text: str
    widths: list[float]
    """Width of the paragraph before each character, and its whole width."""
    spaces: list[int]
    """Number of spaces that justification can widen before each character, and in total."""
    space: float
    """Natural width of a space."""
    size: float
    """Size of its type."""
    breaks: list[Break]
    ends: list[int]
    """Offsets after the author's line breaks, and of the end."""
    runt: int
    lines: int | None = None
    """The number of lines in which it is set; None for the best."""
    ragged: bool = False
    """Whether it is not justified."""
    title: bool = False
    """Whether its lines are to be of about the same length."""
    paths: list[tuple[int, ...]] = field(default_factory=list)
    """The paths of the runs."""
    plans: dict[tuple[int | None, bool, float, int], tuple[float, int, bool]] = field(default_factory=dict)
    """Width to fill, offset of the first character after the line, and whether it divides a word, by :attr:`lines` and
    :attr:`ragged`, the measure, and the offset of its first character."""
    expected: tuple[int, int] = (0, -1)
    """The page of the last line, and the offset of the first character after it."""

    def offset(self, skip: dict[int, Any] | None) -> int:
        """Return the offset of the character at which WeasyPrint resumes, after skipped spaces.

        Args:
            skip: its "skip stack": an index of a child for each level, then a byte offset in a text.
        """
        path = []
        while skip is not None:
            ((index, skip),) = skip.items()
            path.append(index)
        where = tuple(path)
        offset = len(self.text)
        if (number := bisect_left(self.paths, where[:-1])) < len(self.paths) and self.paths[number] == where[:-1]:
            run = self.runs[number]
            offset = run.offset + len(run.text.encode()[: where[-1]].decode(errors="ignore"))
        elif (number := bisect_left(self.paths, where)) < len(self.paths):
            offset = self.runs[number].offset
        while offset < len(self.text) and self.text[offset] == " ":
            offset += 1
        return offset

    def fill(self, offset: int, first: float, measure: float) -> tuple[float, int, bool]:
        """Return the width at which WeasyPrint breaks the line from *offset* at the chosen place, the offset of that place, and whether it divides a word.

        Args:
            offset: the offset of its first character.
            first: the width of this line.
            measure: the width of the lines after it.
        """
        key = self.lines, self.ragged, round(measure, 3), offset
        if key not in self.plans:
            self._plan(offset, first, measure)
        return self.plans[key]

    def between(self, offset: int, end: int) -> list[Run]:
        """Return the runs from *offset* to *end*, and the one after them, at which WeasyPrint may look."""
        first = bisect_right(self.runs, offset, key=_offset) - 1
        return self.runs[max(first, 0) : bisect_right(self.runs, end, key=_offset) + 1]

    def _plan(self, offset: int, first: float, measure: float) -> None:
        chosen_from = self.choices(offset, first, measure)
        breaks, start = chosen_from.breaks, chosen_from.start
        chosen = optimum.balanced(chosen_from) if self.title else []
        chosen = chosen or optimum.choose(chosen_from, None if offset > self.begins else self.lines)
        for index in chosen:
            place = breaks[index]
            natural = (
                max(place.end, place.start) - start
            )  # with its last space: WeasyPrint counts it before another box
            wider = [later.end - start - natural for later in breaks[index + 1 : index + 4]]
            room = min((more / 2 for more in wider if more > 0), default=SLACK) if wider else measure
            width = natural + min(room, SLACK if wider else measure)
            self.plans[self.lines, self.ragged, round(measure, 3), offset] = width, place.offset, place.hyphen
            offset, start = place.offset, place.start

    def choices(self, offset: int, first: float, measure: float) -> optimum.Paragraph:
        """Return what the lines from *offset* on are chosen from."""
        end = next(end for end in self.ends if end > offset)
        return optimum.Paragraph(
            breaks=[place for place in self.breaks if offset < place.offset <= end],
            measure=measure,
            space=self.space,
            size=self.size,
            first=first,
            start=self.widths[offset],
            spaces=self.spaces[offset],
            runt=self.runt,
            ragged=self.ragged,
        )

    @property
    def begins(self) -> int:
        """The offset of its first letter."""
        return len(self.text) - len(self.text.lstrip(" "))


def _offset(run: Run) -> int:
    return run.offset


Part = tuple[str, Any, tuple[int, ...], bool, tuple[bool, ...], float]
"""Of a line: its text, the style, the path and what a :class:`Run` has of it; or nothing, and the width of a picture or an edge."""


def measure(line: Box, container: Box, known: dict[Any, Any] | None = None) -> Paragraph:
    """Return the paragraph of a line box.

    Args:
        line: before it is broken.
        container: the box that contains it.
        known: paragraphs that were measured before, by what they consist of; it receives this one.

    Raises:
        CannotMeasureError: it has a float, a box with its own layout, or text from right to left.
    """
    try:
        parts = list(_parts(line, container))
    except reading.OwnLayoutError as error:
        raise CannotMeasureError from error
    style = reading.style_of(line)
    known = {} if known is None else known
    key = id(style), *((text, id(style), *rest) for text, style, *rest in parts)
    if key not in known:
        known[key] = style, _measured(parts, style)
    paragraph: Paragraph = known[key][1]
    return replace(paragraph, expected=(0, -1))


def _parts(line: Box, container: Box) -> Iterator[Part]:
    """Yield the parts of a line box.

    Raises:
        OwnLayoutError: the width of one is not known before it is laid out.
    """
    for part in reading.content(line):
        if part.kind == reading.TEXT:
            yield part.text, part.style, part.path, part.whole, part.solid, 0.0
        elif part.kind == reading.PICTURE:
            yield OBJECT, part.style, part.path, part.whole, part.solid, _picture(part.box, container)
        else:
            if part.kind == reading.STARTS:
                percent.resolve_percentages(part.box, container)
            yield "", None, (), False, (), reading.edge(part.box, "left" if part.kind == reading.STARTS else "right")


def _measured(parts: Sequence[Part], style: Any) -> Paragraph:
    """Return the paragraph that consists of *parts*, in the *style* of its lines.

    Raises:
        CannotMeasureError: it has no text, or some from right to left.
    """
    runs, widths = list[Run](), list[float]()
    position = 0.0
    for text, own, path, whole, solid, width in parts:
        if text:
            runs.append(Run(path, own, text, len(widths), whole, solid))
        if text == OBJECT:
            widths.append(position)
        elif text:
            advances = _advances(text, own)
            widths.extend(position + advance for advance in advances[:-1])
            position += advances[-1]
        position += width
    if not runs:
        raise CannotMeasureError
    widths.append(position)
    return _paragraph(runs, "".join(run.text for run in runs), widths, style)


def _picture(box: Box, container: Box) -> float:
    """Return the width of a picture in a line, with its margins."""
    picture = box_changes.copied(box)
    percent.resolve_percentages(picture, container)
    replaced.inline_replaced_box_layout(picture, container)
    return reading.outer_width(picture)


def _advances(text: str, style: Any) -> list[float]:
    """Return the width of a text before each of its characters, and its whole width.

    Raises:
        CannotMeasureError: the text runs from right to left, or keeps a line break or a tab.
    """
    if text == "\n":
        return [0.0, 0.0]
    if "\n" in text or "\t" in text:
        raise CannotMeasureError
    layout = line_break.Layout(style)
    layout.set_text(text)
    line, _ = layout.get_first_line()
    raw = text.encode()
    clusters = [0] * (len(raw) + 1)
    run = line.runs
    while run != ffi.NULL:
        item = run.data
        if item.item.analysis.level % 2:
            raise CannotMeasureError
        begin, count = item.item.offset, item.glyphs.num_glyphs
        widths = shaping.integers(item.glyphs.glyphs, shaping.FIELDS * count)[shaping.WIDTH :: shaping.FIELDS]
        for at, width in zip(shaping.integers(item.glyphs.log_clusters, count), widths, strict=True):
            clusters[begin + at] += width
        run = run.next
    before = [0, *accumulate(clusters)]
    return [*(before[at] * FROM_UNITS for at, byte in enumerate(raw) if byte & 0xC0 != 0x80), before[-1] * FROM_UNITS]


def natural_width(style: Any, text: str) -> float:
    """Return the natural width of a text."""
    widths: dict[str, float] = vars(style).setdefault(WIDTHS, {})
    if text not in widths:
        layout = line_break.Layout(style)
        layout.set_text(text)
        line, _ = layout.get_first_line()
        widths[text] = float(line_break.line_size(line, style)[0])
    return widths[text]


def _paragraph(runs: list[Run], text: str, widths: list[float], style: Any) -> Paragraph:
    spaces = list(accumulate((letter in " \u00a0" for letter in text), initial=0))
    ends = [match.end() for match in re.finditer("\n", text)]
    if not ends or text[ends[-1] :].strip(" "):
        ends.append(len(text))
    words = text.split()
    last = len(text.rstrip()) - len(words[-1]) if words else 0
    letters = (offset for offset in range(len(text) - 1, -1, -1) if text[offset].isalnum() or text[offset] == "_")
    paragraph = Paragraph(
        runs=runs,
        paths=[run.path for run in runs],
        text=text,
        widths=widths,
        spaces=spaces,
        space=natural_width(style, " "),
        size=style["font_size"],
        breaks=[],
        ends=ends,
        runt=next(islice(letters, FEWEST - 1, None), 0),
    )
    paragraph.breaks.extend(sorted(_breaks(paragraph, last), key=lambda place: place.offset))
    return paragraph


def _breaks(paragraph: Paragraph, last: int) -> Iterator[Break]:
    """Yield the places where a line may end: where Unicode allows it, within words, and at the end.

    Args:
        paragraph: the measured paragraph, without breaks.
        last: offset of its last word, which stays whole if it has room.
    """
    text, starts = paragraph.text, [run.offset for run in paragraph.runs]
    hyphens: dict[int, float] = {}

    def hyphen(run: Run) -> float:
        if run.offset not in hyphens:
            hyphens[run.offset] = natural_width(run.style, run.style["hyphenate_character"])
        return hyphens[run.offset]

    def place(end: int, offset: int, added: float = 0.0, *, divides: bool = False, **kinds: bool) -> Break:
        return Break(
            offset=offset,
            end=paragraph.widths[end] + added,
            end_spaces=paragraph.spaces[end],
            start=paragraph.widths[offset],
            start_spaces=paragraph.spaces[offset],
            hyphen=divides,
            **kinds,
        )

    before = 0
    for offset in (*_opportunities(paragraph, starts), len(text)):
        for run in paragraph.runs[bisect_right(starts, before) - 1 : bisect_right(starts, offset - 1)]:
            begin, stop = max(before, run.offset), min(offset, run.offset + len(run.text))
            if stop - begin < run.style["hyphenate_limit_chars"][0] - 1:
                continue  # most words are too short to be divided
            for inside in _divisions(run, text[begin:stop]):
                at, whole = begin + inside.at, run.whole or begin + inside.start >= last
                yield place(at, at, hyphen(run), divides=True, fragment=inside.fragment, whole=whole)
        end = offset
        while end > before and text[end - 1] in " \n":
            end -= 1
        divided = text[offset - 1] == "\u00ad"
        added = hyphen(paragraph.runs[bisect_right(starts, offset - 1) - 1]) if divided else 0.0
        yield place(end, offset, added, divides=divided)
        before = offset


def _opportunities(paragraph: Paragraph, starts: list[int]) -> Iterator[int]:
    """Yield the offsets at which WeasyPrint may begin a line between words, except the end."""
    text, lang = paragraph.text, paragraph.runs[0].style["lang"]
    log = line_break.get_log_attrs(text, lang)
    flags = memoryview(ffi.buffer(log)).cast("I")
    lines = (offset + 1 for offset, letter in enumerate(text) if letter == "\n")
    for offset in sorted({*starts, *lines, *(offset for offset, flag in enumerate(flags) if flag & LINE_BREAK)}):
        if not 0 < offset < len(text):
            continue
        number = bisect_right(starts, offset) - 1
        if text[offset - 1] == "\n":
            yield offset
        elif starts[number] == offset:  # between two boxes WeasyPrint examines only two letters
            solid = _solid(paragraph.runs[number - 1], paragraph.runs[number])
            if not solid and line_break.can_break_text(text[offset - 1 : offset + 1], lang):
                yield offset
        elif paragraph.runs[number].style["white_space"] != "nowrap":
            yield offset


def _solid(run: Run, after: Run) -> bool:
    """Return whether the innermost box that contains two runs keeps them on one line."""
    depth = 0
    for first, second in zip(run.path[:-1], after.path[:-1], strict=False):
        if first != second:
            break
        depth += 1
    return run.solid[depth]


class _Division(Struct, frozen=True):
    """A place where a word may be divided, in text without other breaks."""

    start: int
    """Offset of the word."""
    at: int
    """Offset of the division."""
    fragment: bool
    """Whether fewer letters stand alone than the style sheet allows; only for lines that would otherwise be very loose."""


_language = functools.cache(pyphen.language_fallback)


def _positions(word: str, language: str, left: int, right: int) -> tuple[int, ...]:
    """Return the places at which a *word* may be divided, with so many letters at least on the *left* and on the *right*."""
    return tuple(dictionary(language, left, right).positions(word))


def _divisions(run: Run, piece: str) -> tuple[_Division, ...]:
    """Return the divisions that WeasyPrint would find in a piece of text: those of its first word that is long enough."""
    style = run.style
    if style["hyphens"] != "auto" or not style["lang"] or style["white_space"] == "nowrap" or "\u00ad" in piece:
        return ()
    language = _language(style["lang"])
    return _divided(piece, language, *style["hyphenate_limit_chars"]) if language else ()


@functools.lru_cache(maxsize=20_000)
def _divided(piece: str, language: str, total: int, left: int, right: int) -> tuple[_Division, ...]:
    """Return the divisions of the first word in a *piece* of text that has *total* letters, with so many at least on the *left* and on the *right*."""
    for match in WORD.finditer(piece):
        word = match.group()
        if len(word) >= total - 1:
            places = (
                (position, position < left or len(word) < total)
                for position in _positions(word, language, left - 1, right)
            )
            return tuple(
                _Division(match.start(), match.start() + position, fragment)
                for position, fragment in places
                if not (fragment and word[0].isupper())  # a name is not divided after its first two letters
            )
    return ()

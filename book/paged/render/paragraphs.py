"""Paragraphs as measured text: the widths of their letters, the places where their lines may end, and the lines that are chosen.

The widths and places are WeasyPrint's own, from its private functions: :mod:`book.paged.render.even_lines` gives it the lines in return.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pyphen
from weasyprint.layout import percent, replaced
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, ffi

from book.paged import box_changes, optimum
from book.paged.boxes import lines as reading
from book.paged.boxes.tree import Box
from book.paged.optimum import Break

FEWEST: Final = 4
"""The least letters of a last line."""
SLACK: Final = 1.0
"""CSS pixels that a line may be wider than planned: WeasyPrint measures the letters of a line alone, this module within the paragraph."""
OBJECT: Final = "\ufffc"
"""The character for a picture in a line, as WeasyPrint uses it in the search for breaks."""
WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


class CannotMeasureError(Exception):
    """The widths of a paragraph are not known before it is laid out."""


@dataclass(frozen=True, slots=True)
class Run:
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


@dataclass(slots=True)
class Paragraph:
    """The text of a line box, measured."""

    runs: list[Run]
    text: str
    widths: list[float]
    """Width of the paragraph before each character, and its whole width."""
    spaces: list[int]
    """Number of spaces that justification can widen before each character, and in total."""
    space: float
    """Natural width of a space."""
    breaks: list[Break]
    ends: list[int]
    """Offsets after the author's line breaks, and of the end."""
    runt: int
    lines: int | None = None
    """The number of lines in which it is set; None for the best."""
    ragged: bool = False
    """Whether it is not justified."""
    paths: list[tuple[int, ...]] = field(default_factory=list)
    """The paths of the runs."""
    plans: dict[tuple[float, int], tuple[float, int]] = field(default_factory=dict)
    """Width to fill, and offset of the first character after the line, by the measure and the offset of its first character."""
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

    def fill(self, offset: int, first: float, measure: float) -> tuple[float, int]:
        """Return the width at which WeasyPrint breaks the line from *offset* at the chosen place, and the offset of that place.

        Args:
            offset: the offset of its first character.
            first: the width of this line.
            measure: the width of the lines after it.
        """
        key = (round(measure, 3), offset)
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
        chosen = optimum.choose(chosen_from, None if offset > self.begins else self.lines)
        for index in chosen:
            place = breaks[index]
            natural = (
                max(place.end, place.start) - start
            )  # with its last space: WeasyPrint counts it before another box
            wider = [later.end - start - natural for later in breaks[index + 1 : index + 4]]
            room = min((more / 2 for more in wider if more > 0), default=SLACK) if wider else measure
            width = natural + min(room, SLACK if wider else measure)
            self.plans[round(measure, 3), offset] = width, place.offset
            offset, start = place.offset, place.start

    def choices(self, offset: int, first: float, measure: float) -> optimum.Paragraph:
        """Return what the lines from *offset* on are chosen from."""
        end = next(end for end in self.ends if end > offset)
        return optimum.Paragraph(
            breaks=[place for place in self.breaks if offset < place.offset <= end],
            measure=measure,
            space=self.space,
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


def measure(line: Box, container: Box) -> Paragraph:
    """Return the paragraph of a line box.

    Raises:
        CannotMeasureError: it has a float, a box with its own layout, or text from right to left.
    """
    runs, text, widths = list[Run](), list[str](), list[float]()
    position = 0.0
    try:
        for part in reading.content(line):
            if part.kind == reading.TEXT:
                runs.append(Run(part.path, part.style, part.text, len(widths), part.whole, part.solid))
                text.append(part.text)
                advances = _advances(part.text, part.style)
                widths.extend(position + advance for advance in advances[:-1])
                position += advances[-1]
            elif part.kind == reading.PICTURE:
                runs.append(Run(part.path, part.style, OBJECT, len(widths), part.whole, part.solid))
                text.append(OBJECT)
                widths.append(position)
                position += _picture(part.box, container)
            elif part.kind == reading.STARTS:
                percent.resolve_percentages(part.box, container)
                position += reading.edge(part.box, "left")
            else:
                position += reading.edge(part.box, "right")
    except reading.OwnLayoutError as error:
        raise CannotMeasureError from error
    if not runs:
        raise CannotMeasureError
    widths.append(position)
    return _paragraph(runs, "".join(text), widths, reading.style_of(line))


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
        item = ffi.cast("PangoGlyphItem *", run.data)
        if item.item.analysis.level % 2:
            raise CannotMeasureError
        for number in range(item.glyphs.num_glyphs):
            clusters[item.item.offset + item.glyphs.log_clusters[number]] += item.glyphs.glyphs[number].geometry.width
        run = run.next
    advances, total, place = [], 0, 0
    for letter in text:
        advances.append(total * FROM_UNITS)
        size = len(letter.encode())
        total += sum(clusters[place : place + size])
        place += size
    return [*advances, (total + clusters[-1]) * FROM_UNITS]


def natural_width(style: Any, text: str) -> float:
    """Return the natural width of a text."""
    layout = line_break.Layout(style)
    layout.set_text(text)
    line, _ = layout.get_first_line()
    return float(line_break.line_size(line, style)[0])


def _paragraph(runs: list[Run], text: str, widths: list[float], style: Any) -> Paragraph:
    spaces = [0]
    for letter in text:
        spaces.append(spaces[-1] + (letter in " \u00a0"))
    ends = [match.end() for match in re.finditer("\n", text)]
    if not ends or text[ends[-1] :].strip(" "):
        ends.append(len(text))
    words = list(re.finditer(r"[^\s]+", text))
    last = words[-1].start() if words else 0
    letters = [match.start() for match in re.finditer(r"\w", text)]
    paragraph = Paragraph(
        runs=runs,
        paths=[run.path for run in runs],
        text=text,
        widths=widths,
        spaces=spaces,
        space=natural_width(style, " "),
        breaks=[],
        ends=ends,
        runt=letters[-FEWEST] if len(letters) >= FEWEST else 0,
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
    for offset in range(1, len(text)):
        number = bisect_right(starts, offset) - 1
        if text[offset - 1] == "\n":
            yield offset
        elif starts[number] == offset:  # between two boxes WeasyPrint examines only two letters
            solid = _solid(paragraph.runs[number - 1], paragraph.runs[number])
            if not solid and line_break.can_break_text(text[offset - 1 : offset + 1], lang):
                yield offset
        elif log[offset].is_line_break and paragraph.runs[number].style["white_space"] != "nowrap":
            yield offset


def _solid(run: Run, after: Run) -> bool:
    """Return whether the innermost box that contains two runs keeps them on one line."""
    depth = 0
    for first, second in zip(run.path[:-1], after.path[:-1], strict=False):
        if first != second:
            break
        depth += 1
    return run.solid[depth]


@dataclass(frozen=True, slots=True)
class _Division:
    """A place where a word may be divided, in text without other breaks."""

    start: int
    """Offset of the word."""
    at: int
    """Offset of the division."""
    fragment: bool
    """Whether fewer letters stand alone than the style sheet allows; only for lines that would otherwise be very loose."""


_dictionaries: dict[tuple[str, int, int], Any] = {}


def _divisions(run: Run, piece: str) -> Iterator[_Division]:
    """Yield the divisions that WeasyPrint would find in a piece of text: those of its first word that is long enough."""
    style = run.style
    if style["hyphens"] != "auto" or not style["lang"] or style["white_space"] == "nowrap" or "\u00ad" in piece:
        return
    language = pyphen.language_fallback(style["lang"])
    if not language:
        return
    total, left, right = style["hyphenate_limit_chars"]
    for match in WORD.finditer(piece):
        word = match.group()
        if len(word) >= total - 1:
            key = (language, left - 1, right)
            if key not in _dictionaries:
                _dictionaries[key] = pyphen.Pyphen(lang=language, left=left - 1, right=right)
            for position in _dictionaries[key].positions(word):
                fragment = position < left or len(word) < total
                if not (fragment and word[0].isupper()):  # a name is not divided after its first two letters
                    yield _Division(match.start(), match.start() + position, fragment)
            return

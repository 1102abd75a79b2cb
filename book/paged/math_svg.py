"""Formulas on paper: MathML drawn as inline SVG, because WeasyPrint does not support MathML. The only module that imports ziamath.

A drawing has the size, the baseline and the colour of the surrounding text, and its TeX is the alternative text in the
tags. Lengths are in em of the text.
"""

from __future__ import annotations

import copy
import functools
import json
import logging
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from book import packages
from book.assemble import formulas
from book.body import HEADINGS, KIND, LABEL, LETTERS, Body, Element, kinds, mark
from book.cache import key, program, remember
from book.html_names import MATH, SVG
from book.model import Book, Chapter, Section, Title
from book.paged import math_lines
from book.paged.on_paper import RAGGED, points
from book.paged.pages import Formula, Page
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, Subject
from book.theme import Theme
from book.theme.fonts import Face, until_changed

UNDRAWN = Kind("F103", Severity.WARNING, "a formula that cannot be drawn is printed as code")
SHRUNK = Kind("F104", Severity.NOTE, "a formula that was scaled down to fit the line")
TINY = Kind("F105", Severity.WARNING, "a formula that is too long for the line")

FAMILY = "Handbound Math"
"""The name of the typeface of formulas in style sheets."""
TYPEFACE = "STIX Two Math"
"""The font's own name (OFL-1.1), for the colophon."""
EM = 1000
"""Units of a drawing per em."""
INVISIBLE = frozenset("\u2061\u2062\u2063\u2064\u200b\u00ad")
"""Invisible characters in formulas (MathML Core §B)."""
SMALLEST = 0.7
"""The least share of its size: a formula that is reduced further is hard to read."""
SQUEEZED = 0.97
"""The least share of its size to which a displayed formula is reduced before it gets a second line."""
BROAD = 0.4
"""A formula of this share of the line makes its paragraph ragged: it goes to the next line as a whole."""
WIDTH = regex(r"--width: ([0-9.]+)em")
INDENTS = {"li": 1.9, "blockquote": 1.4, "dd": 1.4, "td": 99.0, "th": 99.0}
"""Elements whose text is narrower, and by how many em; in a cell a formula stays on its line."""
ONCE = frozenset("mfrac mroot msub msup msubsup munder mover munderover mmultiscripts mtable".split())
"""Elements whose children ziamath 0.13 lays out once. It lays out those of all others twice: to learn their height, then to draw."""
MOST_WORK = 60_000
"""The most elements laid out for one formula, counting each layout (fractions nested ten deep: 18,000); takes some seconds."""
FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, NameError, RuntimeError),
    *(SyntaxError, TypeError, ValueError),
)
"""Exceptions of ziamath 0.13 for invalid MathML written by hand: it does not validate its input."""


def face() -> Face:
    """Return the font for formulas: STIX Two Math (OFL-1.1), from ziamath."""
    return Face(family=FAMILY, weight=400, style="normal", path=_file(), role="math")


@functools.cache
def _file() -> Path:
    from importlib.util import find_spec  # noqa: PLC0415 - only a book with formulas needs it

    spec = find_spec("ziamath")
    assert spec is not None  # noqa: S101 - it is a dependency
    assert spec.origin is not None  # noqa: S101
    return Path(spec.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"


class Drawing(Struct, frozen=True, kw_only=True):
    """A formula as outlines."""

    paths: str
    """SVG elements, with the baseline at 0, in units of 1/:data:`EM` em."""
    left: float
    top: float
    width: float
    height: float
    """The box of the drawing in the same units; *top* is negative above the baseline."""


class Undrawn(Exception):
    """The formula cannot be drawn; the message says why."""


def drawn(mathml: str, cache: Path | None = None) -> Drawing:
    """Return the outlines of *mathml*, cached in *cache*.

    Raises:
        Undrawn: it contains an element or a letter that cannot be drawn.
    """
    entry = key(program(), _version(), mathml)
    value = json.loads(remember(cache, "drawings", entry, lambda: json.dumps(_drawn(mathml)).encode(), _is_drawing))
    if isinstance(value, str):
        raise Undrawn(value)
    return Drawing(**value)


@functools.cache
def _version() -> str:
    return f"{packages.version('ziamath')} {packages.version('ziafont')}"


def _is_drawing(data: bytes) -> bool:
    """Return whether *data* has the form of a result of :func:`_drawn`; anyone may have written the cache entry."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return False
    numbers = ("left", "top", "width", "height")
    return isinstance(value, str) or (
        isinstance(value, dict)
        and value.keys() == {"paths", *numbers}
        and isinstance(value["paths"], str)
        and all(isinstance(value[name], int | float) for name in numbers)
    )


def _drawn(mathml: str) -> dict[str, Any] | str:
    """Return the fields of a drawing, or why it cannot be made."""
    with warnings.catch_warnings():
        # ziafont 0.11 finds its own folder through a function that is deprecated in Python 3.11 and 3.12.
        warnings.simplefilter("ignore", DeprecationWarning)
        from ziamath.config import config  # noqa: PLC0415 - slow, and only a paged edition with formulas needs it
        from ziamath.zmath import Math  # noqa: PLC0415

    math = etree.fromstring(mathml)
    if _work(math) > MOST_WORK:
        return "it is nested too deep"
    letters = {letter for text in math.itertext() for letter in str(text) if not letter.isspace()} - INVISIBLE
    config.svg2 = False  # outlines in place: no ids, so no two drawings share one
    config.precision = 1
    with _Log() as lines:
        try:
            formula = Math(mathml, size=EM)
            missing = sorted(letter for letter in letters if not formula.font.glyphindex(letter))
            if missing:
                return f"its font has no {' '.join(missing)}"
            svg = formula.svgxml()
        except FAULTS as error:
            return f"ziamath reported: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    if lines:
        return f"ziamath reported: {lines[0]}"
    box = formula.node.bbox
    painted = [_plain(element) for element in svg]
    left, top = min(0.0, float(box.xmin)), -float(box.ymax)
    return {
        "paths": "".join(painted),
        "left": round(left, 1),
        "top": round(top, 1),
        "width": round(max(float(box.xmax) - left, 1.0), 1),
        "height": round(max(float(box.ymax) - float(box.ymin), 1.0), 1),
    }


def _work(math: Element) -> int:
    """Return the number of elements that ziamath lays out for *math*; each level of nested rows doubles it."""
    work, stack = 0, [(math, 1)]
    while stack and work <= MOST_WORK:
        element, times = stack.pop()
        work += times
        name = str(element.tag).rpartition("}")[2]
        inside = times * (1 if name in ONCE else 4 if name == "mfenced" else 2)
        stack += ((child, inside) for child in element)
    return work


def _plain(element: Any) -> str:
    """Return one element of ziamath's drawing, with the colour of the text in place of black."""
    own = etree.Element(str(element.tag))
    for name, value in element.attrib.items():
        own.set(name, {"black": "currentColor"}.get(value, value))
    if own.get("fill") == "currentColor":
        del own.attrib["fill"]  # the colour of the drawing
    for child in element:
        own.append(etree.fromstring(_plain(child)))
    return etree.tostring(own, encoding="unicode")


class _Log:
    """Collects ziamath's log instead of letting it reach the terminal; ziamath uses the root logger."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._handler = logging.Handler(logging.WARNING)
        self._handler.emit = lambda record: self.lines.append(record.getMessage())  # type: ignore[method-assign]

    def __enter__(self) -> list[str]:
        """Start to collect."""
        logging.getLogger().addHandler(self._handler)
        return self.lines

    def __exit__(self, *_: object) -> None:
        """Stop collecting."""
        logging.getLogger().removeHandler(self._handler)


# The book with its formulas drawn.


def on_paper(book: Book, theme: Theme) -> tuple[Book, tuple[Problem, ...]]:
    """Return *book* with an SVG in place of every formula; one that cannot be drawn is replaced by its TeX, with a warning.

    Args:
        book: after composition.
        theme: the theme as adapted to the edition: the size and the fonts of its text, and the cache.
    """
    if not any(piece.holds(f"{{{MATH}}}math") for piece in book.bodies):
        return book, ()
    engraver = _Engraver(theme)

    def chapter_set(chapter: Chapter) -> Chapter:
        engraver.chapter = chapter
        return replace(
            chapter,
            body=engraver.drawn(chapter.body),
            heading=engraver.drawn(chapter.heading),
            entry=engraver.drawn(chapter.entry),
            questions=tuple(engraver.drawn(question) for question in chapter.questions),
            sections=tuple(section_set(section) for section in chapter.sections),
        )

    def section_set(section: Section) -> Section:
        return replace(section, heading=engraver.drawn(section.heading))

    def title_set(title: Title) -> Title:
        return replace(title, heading=engraver.drawn(title.heading))

    book = book.map_chapters(chapter_set, title_set)
    return book, tuple(engraver.problems.values())


class _Engraver:
    """Draws the formulas of one edition."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.scale = _scale(theme)
        self.measure = _measure(theme)
        self.lead = _points(theme.tokens["type"]["lead"]) / _points(theme.tokens["type"]["size"])
        self.chapter: Chapter | None = None
        self.problems: dict[str, Problem] = {}

    def drawn(self, body: Body) -> Body:
        """Return *body* with its formulas drawn; a heading with a formula also carries its text in plain letters."""
        return body.changed(self._draw) if body.holds(f"{{{MATH}}}math") else body

    def _draw(self, body: Element) -> None:
        for heading in body.iter(*HEADINGS):
            if heading.find(f".//{{{MATH}}}math") is not None:
                heading.set(LABEL, _letters(heading))
        for math in list(body.iter(f"{{{MATH}}}math")):
            drawing = self.formula(math)
            drawing.tail, parent = math.tail, math.getparent()
            block = next((above for above in math.iterancestors() if above.tag in RAGGED), None)
            if block is not None and self._is_broad(drawing):
                mark(block, "ragged")
            if parent is not None:
                parent.replace(math, drawing)

    def formula(self, math: Element) -> Element:
        """Return one formula as an SVG element, or as code."""
        mathml = _alone(math)
        tex, letters = formulas.spoken(math), formulas.plainly(math)
        try:
            drawing = self._on_lines(math, drawn(mathml, self.theme.cache))
        except Undrawn as fault:
            self.problems.setdefault(
                mathml,
                UNDRAWN.at(
                    place_of(self.chapter, tex),
                    f"the formula {tex[:80]} is printed as code: {fault}",
                    fix="write it with other letters, or explain it in the text",
                ),
            )
            code = etree.Element("code", {KIND: f"{formulas.CLASS} {formulas.TEX}"})
            code.text = tex
            return code
        return self.svg(drawing, tex, letters, display=math.get("display") == "block")

    def _is_broad(self, drawing: Element) -> bool:
        """Return whether the line before *drawing* may be so short that its words would fly apart."""
        width = WIDTH.match(drawing.get("style", ""))
        return width is not None and float(width[1]) > BROAD * self.measure > 0

    def _on_lines(self, math: Element, drawing: Drawing) -> Drawing:
        """Return the drawing of a displayed formula with several lines if *drawing*, with one, is wider than the text where it stands."""
        indents = sum(INDENTS.get(str(parent.tag), 0.0) for parent in math.iterancestors())
        room = (self.measure - indents) * EM / self.scale
        if math.get("display") != "block" or not EM < room < SQUEEZED * drawing.width:
            return drawing
        lines = math_lines.on_lines(math, room, lambda piece: drawn(_alone(piece), self.theme.cache).width)
        return drawn(_alone(lines), self.theme.cache) if lines is not None else drawing

    def svg(self, drawing: Drawing, tex: str, letters: str, *, display: bool) -> Element:
        """Return *drawing* as an element; its measurements are custom properties for the style sheet."""
        unit = self.scale / EM
        width, height, depth = drawing.width * unit, drawing.height * unit, (drawing.top + drawing.height) * unit
        # Fills up to a whole number of lines, so that the lines below stay on the grid.
        room = (-height % self.lead) / 2 if display else 0.0
        svg = etree.Element("svg", {"xmlns": SVG, KIND: formulas.CLASS})
        svg.set("viewBox", f"{drawing.left:g} {drawing.top:g} {drawing.width:g} {drawing.height:g}")
        svg.set("fill", "currentColor")
        svg.set(LETTERS, letters)
        svg.set("style", f"--width: {width:.3f}em; --depth: {-depth:.3f}em; --room: {room:.3f}em")
        etree.SubElement(svg, "title").text = tex
        text = etree.tostring(svg, encoding="unicode")
        return etree.fromstring(f"{text.removesuffix('</svg>')}{drawing.paths}</svg>")


def _alone(math: Element) -> str:
    """Return the MathML of *math* without what Handbound adds to it."""
    alone = copy.deepcopy(math)
    alone.tail = None
    for element in alone.iter():
        element.attrib.pop(KIND, None)
    etree.cleanup_namespaces(alone)
    return etree.tostring(alone, encoding="unicode")


def _letters(heading: Element) -> str:
    """Return the words of *heading* without notes, with formulas in plain letters."""
    pieces: list[str] = []

    def read(element: Element) -> None:
        if etree.QName(element).namespace == MATH:
            pieces.append(formulas.plainly(element))
        elif "noteref" not in kinds(element):
            pieces.append(element.text or "")
            for child in element.iterchildren(etree.Element):
                read(child)
                pieces.append(child.tail or "")

    read(heading)
    return " ".join("".join(pieces).split())


def _points(length: str) -> float:
    number = re.match(r"[0-9.]+", length)
    return float(number[0]) if number else 1.0


def _measure(theme: Theme) -> float:
    """Return the width of the text on the pages of *theme* in em; 0 if it is unknown."""
    page, size = theme.tokens["page"]["screen"], points(str(theme.tokens["type"]["size"]))
    width, inner, outer = (points(str(page[name])) for name in ("width", "inner", "outer"))
    return (width - inner - outer) / size if width and size and inner is not None and outer is not None else 0.0


def _scale(theme: Theme) -> float:
    """Return the factor that gives the formulas the x-height of the text."""
    path = next((face.path for face in theme.faces if face.role == "serif" and face.weight == 400), None)
    return _x_height(path) / _x_height(_file()) if path else 1.0


@until_changed
def _x_height(path: Path) -> float:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - slow to import

    with TTFont(path, lazy=True) as font:
        return (float(font["OS/2"].sxHeight) or 480.0) / float(font["head"].unitsPerEm)


# Laid out.


def squeezed(pages: Iterable[Page]) -> dict[str, float]:
    """Return the formulas on *pages* that were scaled down to fit: their TeX -> the share of their width that is left."""
    widths: dict[str, float] = {}
    for page in pages:
        for item in page.items:
            if isinstance(item, Formula) and item.full_width and item.width < item.full_width - 0.5:
                widths[item.tex] = min(item.width / item.full_width, widths.get(item.tex, 1.0))
    return widths


def warnings_of(widths: Mapping[str, float], book: Book, name: str) -> Iterator[Problem]:
    """Yield the warnings about formulas that were scaled down in the file *name*; *widths* is from :func:`squeezed`."""
    for tex, scale in widths.items():
        chapter = next((chapter for chapter in book.spine if _titled(chapter.body, tex)), None)
        kind = SHRUNK if scale >= SMALLEST else TINY
        short = tex if len(tex) <= 60 else f"{tex[:60]}…"
        message = f"in {name} the formula {short} is set at {scale:.0%} of its size to fit"
        fix = r"break it into lines with \begin{aligned} … \\ … \end{aligned}"
        yield kind.at(place_of(chapter, tex, name), message, fix=fix)


def _titled(body: Body, tex: str) -> bool:
    return any(title.text == tex for title in body.iter(f"{{{SVG}}}title"))


def place_of(chapter: Chapter | None, tex: str, name: str = "") -> Place | Subject:
    """Return the place of the formula *tex* in the author's file; if it is not found, its chapter or the file *name*."""
    if chapter is None:
        return Subject(name=name or "formulas")
    match = re.search(r"\s+".join(map(re.escape, tex.split())), chapter.source.text)
    return chapter.source.place_at(match.start()) if match else Place(path=chapter.source.file)

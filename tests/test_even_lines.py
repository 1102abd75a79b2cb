"""The lines of justified paragraphs: chosen together, even, and with the text as it is typed."""

from __future__ import annotations

import inspect
import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from book.paged import inspection, optimum
from book.paged.optimum import Break, Paragraph, choose, variants
from book.paged.pages import Line
from book.paged.render import Layout, Renderer
from tests.loops import some

ROOT = Path(__file__).parent.parent
SERIF = (ROOT / "themes" / "_fonts" / "source-serif-4" / "Regular.ttf").read_bytes()
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="12"><rect width="40" height="12"/></svg>'
TEXT = (
    "The consequences of an organisation’s disproportionate investment in predictability are understandable, particularly "
    "when experimentation is unfashionable; nevertheless responsibility remains with individual practitioners, whose "
    "independent judgement determines what is eventually delivered to the people who asked for it."
)
HEAD = """<!DOCTYPE html><html lang="en-GB"><head><title>T</title><style>
@font-face { font-family: Serif; src: url(book:serif.ttf) }
@page { size: 340px 400px; margin: 20px } body, p { margin: 0 }
html { font: 14px/20px Serif; text-align: justify; hyphens: auto; hyphenate-character: "\\2010"; hyphenate-limit-chars: 6 3 3; hyphenate-limit-zone: 8% }
</style></head><body>"""


def lay_out(body: str) -> Layout:
    return Renderer({"book:serif.ttf": (SERIF, "font/ttf")}).lay_out(HEAD + body)


def lines(layout: Layout) -> list[str]:
    return [item.text for page in layout.pages for item in page.items if isinstance(item, Line)]


def typed(painted: Sequence[str]) -> str:
    """The text of lines as it was typed: without the hyphens at line ends."""
    return "".join(line[:-1] if line.endswith("\N{HYPHEN}") else f"{line} " for line in painted).rstrip()


def boxes(layout: Layout) -> Iterator[Any]:
    """The line boxes of WeasyPrint."""
    stack = [page._page_box for page in layout.document.pages]
    while stack:
        box = stack.pop()
        if type(box).__name__ == "LineBox":
            yield box
        stack.extend(reversed(getattr(box, "children", ())))


def texts(box: Any) -> Iterator[Any]:
    if type(box).__name__ == "TextBox":
        yield box
    for child in getattr(box, "children", ()):
        yield from texts(child)


def widened(layout: Layout) -> list[float]:
    """By how much the spaces of each line are wider than they are by nature."""
    return [
        next(text.justification_spacing for text in texts(line) if " " in text.text)
        for line in boxes(layout)
        if any(" " in text.text for text in texts(line))
    ]


def unevenness(layout: Layout) -> float:
    """The sum of the squares of what the spaces differ from their natural width."""
    return sum(spacing**2 for spacing in widened(layout))


def without(monkeypatch: pytest.MonkeyPatch, body: str) -> Layout:
    """The pages as WeasyPrint alone lays them out."""
    from book.paged.render import even_lines

    monkeypatch.setattr(even_lines, "_measured", lambda *_: None)
    return lay_out(body)


# The choice of breaks.


def cost(breaks: Sequence[Break], ways: Sequence[int], measure: float, space: float) -> float | None:
    """Demerits of one way to break a paragraph, worked out from the definition; None if a line is too long or too short."""
    total, fitness, run, start, spaces = 0.0, optimum.EVEN, 0, 0.0, 0
    for number, index in enumerate(ways):
        place, last = breaks[index], number == len(ways) - 1
        extra, count = measure - (place.end - start), place.end_spaces - spaces
        if extra < -optimum.SHRINK * space * count - 1e-6 or (
            not last and measure - extra < optimum.SHORTEST * measure
        ):
            return None
        unit = optimum.STRETCH if extra > 0 else optimum.SHRINK
        ratio = extra / (unit * space * count) if count else extra / (optimum.STRETCH * space)
        ratio = min(0, ratio) if last else ratio
        kind = 1 if last else 0 if ratio < -0.5 else 1 if ratio <= 0.5 else 2 if ratio <= 1 else 3
        total += (optimum.LINE + 100 * abs(ratio) ** 3) ** 2 + (optimum.CONTRAST if abs(kind - fitness) > 1 else 0)
        if place.hyphen:
            total += optimum.HYPHEN**2
        if run and (place.hyphen or last):
            total += optimum.RUN
        run = run + 1 if place.hyphen else 0
        total += optimum.RARE if run > optimum.LONGEST_RUN else 0
        fitness, start, spaces = kind, place.start, place.start_spaces
    return total


@st.composite
def paragraphs(draw: st.DrawFn) -> list[Break]:
    breaks, width, spaces, offset = list[Break](), 0.0, 0, 0
    for _ in range(draw(st.integers(2, 9))):
        size = draw(st.integers(1, 6))
        if size > 3 and draw(st.booleans()):
            half = width + size / 2
            breaks.append(
                Break(
                    offset=offset + size // 2,
                    end=half + 0.5,
                    end_spaces=spaces,
                    start=half,
                    start_spaces=spaces,
                    hyphen=True,
                )
            )
        width, offset = width + size, offset + size + 1
        breaks.append(Break(offset=offset, end=width, end_spaces=spaces, start=width + 1, start_spaces=spaces + 1))
        width, spaces = width + 1, spaces + 1
    return breaks


@settings(max_examples=40)
@given(paragraphs(), st.integers(6, 14))
def test_no_other_way_to_break_a_paragraph_has_fewer_demerits(breaks: list[Break], measure: int) -> None:
    end = len(breaks) - 1
    ways = [[*inner, end] for count in range(end + 1) for inner in itertools.combinations(range(end), count)]
    costs = [value for way in ways if (value := cost(breaks, way, measure, 1.0)) is not None]
    chosen = choose(Paragraph(breaks=breaks, measure=float(measure), space=1.0))
    assert chosen == sorted(set(chosen))
    assert chosen[-1] == end
    if costs:
        assert cost(breaks, chosen, measure, 1.0) == pytest.approx(min(costs))


def words(*sizes: float) -> list[Break]:
    breaks, width, offset = list[Break](), 0.0, 0
    for number, size in enumerate(sizes):
        width, offset = width + size, offset + int(size) + 1
        breaks.append(Break(offset=offset, end=width, end_spaces=number, start=width + 1, start_spaces=number + 1))
        width += 1
    return breaks


def test_a_word_wider_than_the_line_stands_alone_and_the_rest_is_set_as_ever() -> None:
    assert choose(Paragraph(breaks=words(3, 4, 40, 3, 4), measure=8.0, space=1.0)) == [1, 2, 4]


def test_a_last_line_of_a_few_letters_is_avoided() -> None:
    breaks = words(2, 2, 2, 2, 2, 2, 2, 2)
    assert choose(Paragraph(breaks=breaks, measure=20.0, space=1.0)) == [6, 7]
    assert choose(Paragraph(breaks=breaks, measure=20.0, space=1.0, runt=breaks[-1].offset - 4)) == [5, 7]


def test_the_rest_of_a_paragraph_is_set_like_a_paragraph() -> None:
    breaks = words(4, 4, 4, 3, 4, 4)
    start, spaces = breaks[1].start, breaks[1].start_spaces
    rest = choose(Paragraph(breaks=breaks[2:], measure=14.0, space=1.0, start=start, spaces=spaces))
    assert [index + 2 for index in rest] == [4, 5]


@given(paragraphs(), st.integers(6, 14))
def test_a_paragraph_has_as_many_lines_as_it_is_given_if_it_allows_them(breaks: list[Break], measure: int) -> None:
    paragraph = Paragraph(breaks=breaks, measure=float(measure), space=1.0)
    best = choose(paragraph)
    for lines, weight in variants(paragraph, len(best)).items():
        chosen = choose(paragraph, lines)
        assert abs(lines - len(best)) == 1
        assert len(chosen) == lines
        assert chosen[-1] == len(breaks) - 1
        assert 0 <= weight < 1
    assert choose(paragraph, len(best)) == best
    assert choose(paragraph, len(breaks) + 1) == best  # there is no such way


def test_a_ragged_paragraph_can_be_a_line_longer() -> None:
    paragraph = Paragraph(breaks=words(*[1] * 29), measure=20.0, space=1.0, ragged=True)
    assert choose(paragraph) == [9, 19, 28]
    assert list(variants(paragraph, 3)) == [4]
    assert len(choose(paragraph, 4)) == 4


# What WeasyPrint makes of it.


def test_what_is_wrapped_has_the_names_and_arguments_that_even_lines_knows() -> None:
    from weasyprint.layout import inline
    from weasyprint.text import line_break

    assert list(inspect.signature(inline.split_inline_box).parameters)[:7] == [
        "context", "box", "position_x", "max_x", "bottom_space", "skip_stack", "containing_block",
    ]  # fmt: skip
    assert list(inspect.signature(inline.text_align).parameters) == ["context", "line", "available_width", "last"]
    text = list(inspect.signature(inline.split_text_box).parameters)
    assert text == ["context", "box", "available_width", "skip", "is_line_start"]
    assert "split_text_box(" in inspect.getsource(inline.split_inline_level)
    for function in ("get_next_linebox", "split_inline_level"):
        assert "split_inline_box(" in inspect.getsource(getattr(inline, function))
    for name in ("justify_line", "count_expandable_spaces"):
        assert callable(getattr(inline, name))
    for name in ("Layout", "line_size", "get_log_attrs", "can_break_text"):
        assert callable(getattr(line_break, name))


@pytest.mark.needs_pango
def test_lines_are_more_even_than_weasyprint_alone_makes_them_and_the_text_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    even = lay_out(f"<p>{TEXT}")
    greedy = without(monkeypatch, f"<p>{TEXT}")
    assert typed(lines(even)) == typed(lines(greedy)) == TEXT
    assert max(widened(even)) < max(widened(greedy))
    assert unevenness(even) < 0.6 * unevenness(greedy)
    assert all(line.width == pytest.approx(300) for line in some(list(boxes(even))[:-1]))


@pytest.mark.needs_pango
@pytest.mark.parametrize("align", ["justify", "left"])
def test_a_paragraph_is_set_in_the_lines_that_it_is_given(align: str) -> None:
    own = lines(lay_out(f'<p data-block="1" style="text-align: {align}">{TEXT * 2}'))
    for count in (len(own), len(own) + 1):
        given = lines(lay_out(f'<p data-block="1" data-lines="{count}" style="text-align: {align}">{TEXT * 2}'))
        assert len(given) == count
        assert typed(given) == typed(own)


@pytest.mark.needs_pango
def test_spaces_become_narrower_by_a_third_at_most() -> None:
    from weasyprint.text import line_break

    layouts = [lay_out(f'<p style="width: {width}px">{TEXT}') for width in range(180, 300, 10)]
    line = next(boxes(layouts[0]))
    space = line_break.Layout(line.style)
    space.set_text(" ")
    natural = line_break.line_size(space.get_first_line()[0], line.style)[0]
    narrowed = [spacing for layout in layouts for spacing in widened(layout) if spacing < 0]
    assert narrowed
    assert min(narrowed) >= -optimum.SHRINK * natural - 0.05


@pytest.mark.needs_pango
def test_neither_the_last_word_nor_a_bold_one_is_divided_and_never_three_lines_in_succession() -> None:
    bold = TEXT.replace("predictability", "<strong>predictability</strong>").replace(
        "experimentation", "<b>experimentation</b>"
    )
    for width in range(320, 480, 10):
        painted = lines(lay_out(f'<p style="width: {width}px">{bold.removesuffix(" for it.")}'))
        assert typed(painted).endswith("who asked")
        whole = " ".join(painted)
        assert "predictability" in whole
        assert "experimentation" in whole
        assert painted[-1].split()[-1] == "asked"
        hyphens = "".join("-" if line.endswith("\N{HYPHEN}") else "." for line in painted)
        assert "---" not in hyphens


@pytest.mark.parametrize("form", ["{}", "It is <b>{}</b> there", "It is the {}"], ids=["alone", "bold", "last"])
@pytest.mark.needs_pango
def test_a_word_that_should_stay_whole_is_divided_where_it_has_no_room(form: str) -> None:
    word = "Antidisestablishmentarianismcounterrevolutionaries"
    layout = lay_out(f'<p style="width: 200px">{form.format(word)}')
    assert word in typed(lines(layout))
    assert all(line.width <= 200.01 for line in boxes(layout))
    fitting = lines(lay_out(f'<p style="width: 330px">{form.format("counterrevolutionaries")}'))
    assert "counterrevolutionaries" in " ".join(fitting)


@pytest.mark.needs_pango
def test_a_paragraph_goes_on_over_the_page_with_the_lines_it_had() -> None:
    whole = lines(lay_out(f"<p>{TEXT} {TEXT}"))
    parted = lay_out(f'<div style="height: 280px"></div><p>{TEXT} {TEXT}')
    assert len(parted.pages) == 2
    assert lines(parted) == whole


@pytest.mark.needs_pango
def test_numbers_of_pages_known_only_in_the_second_layout_are_measured_again() -> None:
    link = '<style>.to::after { content: " (page " target-counter("#end", page) ")" }</style>'
    page = '<div style="break-before: page"></div>'
    layout = lay_out(
        f'{link}<p>{TEXT[:120]}<a class="to" href="#end">place</a> {TEXT[120:]}</p>{page * 104}<p id="end">End</p>'
    )
    first = [item.text for item in layout.pages[0].items if isinstance(item, Line)]
    assert first == lines(lay_out(f"<p>{TEXT[:120]}place (page 105) {TEXT[120:]}"))


@pytest.mark.needs_pango
def test_pictures_and_line_breaks_stand_in_even_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    body = f"<p>{TEXT[:150]} {DOT} {TEXT[150:]}<br>{TEXT}"
    layout = lay_out(body)
    painted = lines(layout)
    assert unicodedata.normalize("NFC", typed(painted)).split()[-1] == "it."
    ends = [line for line in boxes(layout) if line.width < 299]
    assert len(ends) == 2, "only the line before the line break and the last one are not filled"
    assert unevenness(layout) < 0.6 * unevenness(without(monkeypatch, body))


@pytest.mark.parametrize(
    "body",
    [
        f'<p style="text-align: left">{TEXT}',
        f'<p><span style="float: left; width: 60px">Aside</span>{TEXT}',
        f'<p dir="rtl" lang="he">{"שלום עולם טוב " * 20}',
        f'<p>{TEXT[:100]}<span style="display: inline-block">box</span>{TEXT[100:]}',
        f'<pre style="white-space: pre-wrap">{TEXT}\n\tb</pre>',
    ],
    ids=["left", "float", "rtl", "inline block", "preserved"],
)
@pytest.mark.needs_pango
def test_what_cannot_be_measured_is_left_to_weasyprint(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    even = lines(lay_out(body))
    assert even == lines(without(monkeypatch, body))
    assert len(even) > 3


@pytest.mark.needs_pango
def test_an_address_wider_than_the_line_is_divided_without_a_hyphen_and_the_lines_after_it_are_even(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = "https://example.org/" + "alongpath" * 12
    body = f'<p>{TEXT} <a style="hyphens: none; overflow-wrap: break-word">{address}</a> {TEXT}'
    layout = lay_out(body)
    painted = lines(layout)
    assert "".join(typed(painted).split()) == "".join(f"{TEXT} {address} {TEXT}".split())
    assert unevenness(layout) < 0.6 * unevenness(without(monkeypatch, body))


@pytest.mark.needs_pango
def test_two_letters_stand_alone_only_in_a_justified_line_and_never_those_of_a_name() -> None:
    text = "It was reported after some experiments at {} that only one in three of all the ideas did much good at all"

    def painted(word: str, style: str, widths: range) -> list[str]:
        paragraphs = (f'<p style="{style}; width: {width}px">{text.format(word)}' for width in widths)
        return lines(lay_out("".join(paragraphs)))

    for word, divided in (("machinery", True), ("Machinery", False)):
        ends = [
            line
            for line in painted(word, "", range(200, 420, 2))
            if line.endswith("a\N{HYPHEN}") and line.lower().endswith(" ma\N{HYPHEN}")
        ]
        assert bool(ends) == divided
    ragged = painted("machinery", "text-align: left", range(200, 420, 5))
    assert not [line for line in some(ragged) if line.endswith(" ma\N{HYPHEN}")]


@pytest.mark.needs_pango
def test_weasyprint_is_as_it_was_after_a_layout() -> None:
    from weasyprint.layout import inline

    def wrapped() -> list[object]:
        return [inline.split_inline_box, inline.split_text_box, inline.text_align, inline.justify_line]

    before = wrapped()
    lay_out(f"<p>{TEXT}")
    assert wrapped() == before


@pytest.mark.needs_pango
def test_the_word_spaces_of_justified_lines_are_measured() -> None:
    layout = lay_out(f"<p>{TEXT}<p style='text-align: left'>{TEXT}")
    every = [item for page in layout.pages for item in page.items if isinstance(item, Line)]
    even = [line for line in every if line.even]
    space = natural_space()
    extra = iter(widened(layout))
    assert [round(line.gap, 2) for line in even] == [
        round(space + more, 2) if (more := next(extra)) else 0.0 for _ in even
    ]
    assert not any(line.gap for line in every if not line.even)
    figures = inspection.inspect(layout.pages).evenness
    assert (figures.lines, figures.justified) == (len(even), sum(1 for line in even if line.gap))
    assert figures.hyphens == sum(line.text.endswith("\N{HYPHEN}") for line in even)
    assert figures.gaps == pytest.approx(sum(line.gap for line in even) * 0.75, abs=0.01)
    doubled = figures + figures
    assert (doubled.lines, doubled.hyphens, doubled.words) == (2 * figures.lines, 2 * figures.hyphens, figures.words)


def natural_space() -> float:
    """The width of a space that nothing has widened."""
    layout = lay_out("<p style='text-align: left'>nn<br>n n</p>")
    pair, spaced = (next(texts(line)) for line in sorted(boxes(layout), key=lambda line: line.position_y))
    return float(spaced.width - pair.width)


@pytest.mark.needs_pango
def test_a_paragraph_is_read_once_a_page_however_many_pieces_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    from book.paged.boxes import lines as reading

    reads: list[Any] = []
    read = reading.words

    def counted(box: Any) -> Iterator[str]:
        reads.append(box)
        return read(box)

    monkeypatch.setattr(reading, "words", counted)
    layout = lay_out("<p>" + " ".join(f"{word} <em>{word}</em>" for word in TEXT.split() * 6))
    assert len(layout.pages) > 2
    assert len(lines(layout)) > 50
    top = [box for box in reads if type(box).__name__ == "LineBox"]
    assert len(top) <= 2 * len(layout.pages)


@pytest.mark.needs_pango
@pytest.mark.parametrize(
    "kept",
    [
        '<span class="r">(page <b>88</b>)</span>',
        '<span class="r">(page <i><b>8</b> 8</i>)</span>',
        '<b class="r">(page <i>88</i>) ff.</b>',
    ],
)
def test_no_line_is_planned_to_end_in_what_stays_on_one_line(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from book.paged.render import even_lines, paragraphs

    measured: list[paragraphs.Paragraph] = []

    def measure(box: Any, container: Any, known: dict[Any, Any]) -> paragraphs.Paragraph:
        measured.append(paragraphs.measure(box, container, known))
        return measured[-1]

    monkeypatch.setattr(even_lines, "measure", measure)
    lay_out(f"<style>.r {{ white-space: nowrap }}</style><p>Read it first {kept} and then the rest of it.")
    (paragraph,) = measured
    begins, ends = paragraph.text.index("("), paragraph.text.index(" and")
    assert not [place for place in paragraph.breaks if begins < place.offset <= ends]
    assert {begins, ends + 1} < {place.offset for place in paragraph.breaks}

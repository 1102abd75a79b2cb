"""The grid of lines: behind a listing, a table or a figure, text goes on at the next line of the grid, on every page."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from book.paged.boxes import tree
from book.paged.pages import Line
from book.paged.render import Layout, Renderer
from tests.loops import some

ROOT = Path(__file__).parent.parent
LEAD = 20.0
SHEET = """
@page { size: 340px 540px; margin: 20px } body { margin: 0; font: 14px/20px serif } p { margin: 0 }
ul { margin: 20px 0 } pre { margin: 20px 0; font-size: 11px; line-height: 13px; orphans: 1; widows: 1 } h2 { margin: 10px 0 5px; font-size: 14px; line-height: 27px }
figure { margin: 20px 0 } svg { display: block } .hb-callout { margin: 20px 0; border-top: 1px solid; break-inside: avoid }
.hb-chapter { --hb-grid: 15pt }
"""
TEXT = "<p>one<br>two<br>three</p>"
CODE = "<pre>{}</pre>"
DRAWING = '<figure><svg xmlns="http://www.w3.org/2000/svg" width="90" height="33"><rect width="90" height="33"/></svg></figure>'


def lay_out(body: str, style: str = "") -> Layout:
    page = f'<html lang="en"><body><section class="hb-chapter" id="a">{body}</section></body></html>'
    return Renderer({}).lay_out(page, SHEET + style)


def tops(layout: Layout, *words: str) -> list[float]:
    """Return where lines with *words* begin on their pages."""
    return [
        item.top - 20.0 for page in layout.pages for item in page.items if isinstance(item, Line) and item.text in words
    ]


def off(layout: Layout) -> list[float]:
    """Return how far lines of running text are from the grid."""
    return [min(top % LEAD, LEAD - top % LEAD) for top in tops(layout, "one", "two", "three")]


@pytest.mark.needs_pango
@pytest.mark.parametrize(
    "block",
    [
        CODE.format("a\nb"),
        CODE.format("\n".join("abcdefghijklmnopqrstuvwxy")),  # it goes on on the next page
        DRAWING,
        "<h2>Head</h2>",
        f'<div class="hb-callout" style="padding-top: 5px">{TEXT.replace("one", "1").replace("two", "2").replace("three", "3")}</div>',
        f"<ul><li>{CODE.format('a')}<p>1</p></li></ul>",
    ],
)
def test_text_behind_a_block_of_another_height_is_on_the_grid(block: str) -> None:
    body = (TEXT + block) * 9 + TEXT
    assert max(off(lay_out(body))) < 0.1 * LEAD  # a block that is so little too high takes no other line
    assert max(off(lay_out(body, ".hb-chapter { --hb-grid: none }"))) > 0.1 * LEAD


@pytest.mark.needs_pango
def test_the_space_is_divided_above_and_below_but_stands_above_at_the_foot_of_a_page() -> None:
    (code,) = tops(lay_out(TEXT + CODE.format("code") + TEXT), "code")
    assert code == pytest.approx(60 + 20 + 3.5)
    (code,) = tops(lay_out(TEXT * 7 + CODE.format("code") + TEXT), "code")
    assert code == pytest.approx(420 + 20 + 7)
    (code,) = tops(lay_out(CODE.format("code") + TEXT), "code")  # the first on its page
    assert code == pytest.approx(20)


@pytest.mark.needs_pango
def test_a_heading_moves_down_and_stays_as_near_to_its_text() -> None:
    layout = lay_out(TEXT + "<h2>Head</h2>" + TEXT)
    (head,) = tops(layout, "Head")
    assert tops(layout, "one") == [0.0, pytest.approx(120.0)]
    assert head == pytest.approx(120 - 5 - 27)


@pytest.mark.needs_pango
@pytest.mark.parametrize("value", ["none", "red", "0", "-2pt", "20px 20px", "2em"])
def test_a_value_that_is_no_length_is_no_grid(value: str) -> None:
    body = TEXT + CODE.format("a") + TEXT
    layout = lay_out(body, f".hb-chapter {{ --hb-grid: {value} }}")
    assert max(off(layout)) == pytest.approx(7.0)


@pytest.mark.needs_pango
def test_a_theme_takes_single_blocks_off_the_grid() -> None:
    body = TEXT + CODE.format("a") + TEXT + DRAWING + TEXT
    layout = lay_out(body, "pre { --hb-grid: none }")
    assert [round(top % LEAD) for top in tops(layout, "one")] == [0, 13, 0]


@pytest.mark.needs_pango
def test_a_block_at_the_foot_of_a_page_that_is_no_whole_number_of_lines_stays_on_it() -> None:
    style = "@page { size: 340px 233px }"  # nine lines and 13 pixels
    for lines in some(range(1, 12)):
        body = TEXT + TEXT + CODE.format("\n".join("x" * lines))
        assert len(lay_out(body, style).pages) == len(lay_out(body, style + ".hb-chapter { --hb-grid: none }").pages)


@pytest.mark.needs_pango
def test_weasyprint_is_as_it_was_after_a_layout_and_has_what_is_wrapped() -> None:
    from weasyprint.layout import block

    before = block._in_flow_layout
    assert list(inspect.signature(before).parameters)[:11] == [
        "context", "box", "index", "child", "new_children", "page_is_empty", "absolute_boxes", "fixed_boxes",
        "adjoining_margins", "bottom_space", "position_y",
    ]  # fmt: skip
    lay_out(TEXT)
    assert block._in_flow_layout is before
    root = tree.root(lay_out(TEXT).document.pages[0])
    assert any(box.is_for_root_element for box in tree.within(root))


@pytest.mark.needs_pango
def test_what_the_grid_adds_is_noted_for_the_galley() -> None:
    layout = lay_out(TEXT + CODE.format("code") + TEXT)
    places = [box.grid for box in tree.within(tree.root(layout.document.pages[0])) if hasattr(box, "grid")]
    assert [place.step for place in places] == [LEAD]
    assert [(place.above, place.below) for place in places] == [pytest.approx((3.5, 3.5))]


@pytest.mark.needs_pango
def test_a_high_letter_makes_no_space_between_paragraphs() -> None:
    high = '<p>1 <span style="font-size: 20px; line-height: 23px">A</span></p>'
    assert tops(lay_out(TEXT + high + TEXT), "one") == tops(
        lay_out(TEXT + high + TEXT, ".hb-chapter { --hb-grid: none }"), "one"
    )


@pytest.mark.needs_pango
def test_a_block_that_has_to_begin_a_page_begins_at_its_top() -> None:
    sheet = (ROOT / "themes" / "base" / "css" / "screen.css").read_text("utf-8")
    rule = next(line for line in sheet.splitlines() if line.endswith("{ margin-break: discard; }"))
    begins = '<div style="break-before: page; margin-top: 40px"><p style="margin-top: 10px">one</p></div>'
    body = f'<header class="hb-opener">Head</header><p>two</p>{begins}'
    assert tops(lay_out(body, rule), "one") == [0.0]
    assert tops(lay_out(body), "one") == [40.0]


@pytest.mark.needs_pango
def test_a_chapter_that_may_begin_on_either_side_is_known_by_its_style() -> None:
    cases = ("break-before: page", None), ("break-before: recto", 1), ("break-before: right", 1)
    for style, first in some(cases):
        layout = lay_out(TEXT, f".hb-chapter {{ {style} }}")
        galley = layout.galley("a")
        assert galley is not None
        assert galley.first == first

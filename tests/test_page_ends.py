"""How pages end: blocks that break or move so that no page is left white, and chapters that do not end with a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from lxml import etree
from msgspec.structs import replace

from book.body import BLOCK, KIND, LINES, MOVED, TABLE, parse_html
from book.paged import filling
from book.paged.filling import BREAKS, DOWN, UP, Filling, Way
from book.paged.galley import Galley
from book.paged.page_ends import BlockSize, Hole, PageEnds, Sheet, ShortPage, reason
from book.paged.pages import Context, Page, Picture
from book.proof import pdf_text
from tests import looks
from tests.loops import some
from tests.making import build_book

LEAD = 20.0


def block(number: int, tag: str = "p", **fields: Any) -> BlockSize:
    """Return a paragraph of five lines on page 1."""
    about = {"kinds": frozenset(), "page": 1, "top": 100.0 * (number - 1), "height": 100.0, "text": "The end."}
    return BlockSize(number=number, tag=tag, **{**about, **fields})


def figure(number: int, **fields: Any) -> BlockSize:
    return block(number, "figure", page=2, top=0.0, height=180.0, **fields)


def page_ends(begins: int, *blocks: BlockSize, lines: float = 8.0, heading: bool = False) -> PageEnds:
    """Return the ends of the pages of a chapter whose first page has a hole before the block *begins*."""
    context = Context(chapter="a", block=begins, heading=heading)
    hole = Hole(page=1, begins=context, text="x", room=lines * LEAD, lines=lines, share=0.2, ends=480.0)
    return PageEnds(lead=LEAD, holes=(hole,), blocks=blocks)


def next_fill(ends: PageEnds, before: Filling = Filling()) -> dict[int, tuple[int, int]]:  # noqa: B008 - it is frozen
    way = Way(0.0, before.start, before.fills)
    return dict(next(filling.moves(way, ends), Way(0.0, 0, {})).fills)


def test_a_figure_moves_behind_the_text_that_fills_the_page() -> None:
    after = [block(4, page=2, height=60.0), block(5, page=2), block(6, page=2)]
    assert next_fill(page_ends(3, block(1), block(2), figure(3), *after)) == {3: (DOWN, 5)}
    assert next_fill(page_ends(3, block(1), block(2), figure(3), *after, lines=5.0)) == {3: (DOWN, 4)}


def test_a_table_of_a_few_high_rows_may_break_and_one_of_low_rows_may_not() -> None:
    def fill(rows: int, lines: float) -> dict[int, tuple[int, int]]:
        table = block(2, "div", kinds=frozenset({"table"}), page=2, top=0.0, rows=rows, height=lines * LEAD)
        return next_fill(page_ends(2, block(1), table, block(3, "h2", page=2)))

    assert fill(4, 12) == fill(5, 15) == fill(6, 7) == {2: (BREAKS, 1)}
    assert fill(5, 14) == fill(4, 11) == fill(3, 12) == {}
    body = parse_html(f"<p>1</p><div><table><tbody>{'<tr><td>1</td></tr>' * 5}</tbody></table></div>")
    body[1].set(TABLE, "1")
    filling.arrange(body, Filling(fills={2: (BREAKS, 1)}))
    assert body[1].get(KIND) == "long-table"


def test_figures_and_tables_behind_one_another_move_together() -> None:
    table = block(4, "div", kinds=frozenset({"table"}), page=2, top=180.0, rows=5)
    after = [block(5, page=2, height=60.0), block(6, page=2), block(7, page=2)]
    blocks = block(1), block(2), figure(3), table, *after
    assert next_fill(page_ends(3, *blocks)) == {3: (DOWN, 6), 4: (DOWN, 6)}
    assert filling.ordered(range(1, 8), {3: (DOWN, 6), 4: (DOWN, 6)}) == [1, 2, 5, 6, 3, 4, 7]


def test_text_does_not_move_pages_before_the_tables_that_it_follows() -> None:
    def fill(page: int) -> dict[int, tuple[int, int]]:
        table = block(4, "div", kinds=frozenset({"table"}), page=page, top=180.0, rows=5)
        after = [block(number, page=page, height=60.0) for number in (5, 6, 7)]
        return next_fill(page_ends(3, block(1), block(2), figure(3), table, *after))

    assert fill(2) == {3: (DOWN, 6), 4: (DOWN, 6)}
    assert DOWN not in {step for step, _ in fill(3).values()}


def test_a_figure_that_would_reach_the_next_section_moves_up_on_its_page() -> None:
    blocks = [block(1), block(2), block(3), figure(4), block(5, "h2", page=2), block(6, page=2)]
    assert next_fill(page_ends(4, *blocks)) == {4: (UP, 2)}
    assert next_fill(page_ends(4, *blocks), Filling(fills={4: (UP, 2)})) == {}


def test_no_figure_moves_before_the_heading_of_its_section_or_the_words_that_introduce_it() -> None:
    behind = [figure(4), block(5, "h2", page=2)]
    assert next_fill(page_ends(4, block(1), block(2), block(3, "h2"), *behind)) == {}
    assert next_fill(page_ends(4, block(1), block(2), block(3, text="As here:"), *behind)) == {}


def test_a_figure_with_a_caption_moves_behind_the_next_heading_if_it_cannot_stay_in_its_section() -> None:
    blocks = [block(1, page=0), figure(2), block(3, "h2", page=2, height=40.0), block(4, page=2), block(5, page=2)]
    assert next_fill(page_ends(2, *blocks)) == {2: (DOWN, 4)}
    assert next_fill(page_ends(2, blocks[0], replace(blocks[1], text=""), *blocks[2:])) == {}
    two = [*blocks[:3], replace(blocks[3], tag="h3"), blocks[4]]
    assert next_fill(page_ends(2, *two)) == {}


def test_no_figure_moves_between_words_with_a_colon_and_what_they_announce() -> None:
    after = [block(4, page=2, height=60.0), block(5, page=2, text="Its output:"), block(6, "pre", page=2)]
    assert next_fill(page_ends(3, block(1), block(2), figure(3), *after)) == {3: (DOWN, 6)}
    before = [block(1), block(2, text="Its output:"), block(3, "pre"), figure(4), block(5, "h2", page=2)]
    assert next_fill(page_ends(4, *before)) == {4: (UP, 1)}


def test_a_table_of_six_rows_breaks_before_it_moves_and_a_short_one_moves_at_once() -> None:
    text = [block(5, page=2), block(6, page=2)]
    for rows, fills in ((6, {3: (BREAKS, 2)}), (5, {3: (DOWN, 5)})):
        table = block(3, "div", kinds=frozenset({"table"}), rows=rows, page=2)
        assert next_fill(page_ends(3, block(1), block(2), table, *text)) == fills
    table = block(3, "div", kinds=frozenset({"table", "long-table"}), rows=6, page=2)
    ends = page_ends(3, block(1), block(2), table, *text)
    assert next_fill(ends, Filling(fills={3: (BREAKS, 2)})) == {3: (DOWN, 5)}


def test_a_callout_breaks_and_never_moves() -> None:
    callout = block(3, "div", kinds=frozenset({"callout"}), page=2)
    ends = page_ends(3, block(1), block(2), callout, block(4, page=2), block(5, page=2))
    assert next_fill(ends) == {3: (BREAKS, 2)}
    assert next_fill(ends, Filling(fills={3: (BREAKS, 2)})) == {}


def test_what_is_introduced_and_has_no_caption_stays_below_its_introduction_unless_a_quarter_of_the_page_is_white() -> (
    None
):
    after = [block(5, page=2, height=60.0), block(6, page=2), block(7, page=2)]
    table = block(4, "div", kinds=frozenset({"table"}), page=2, rows=2)

    def fill(words: str, shown: BlockSize, share: float = 0.2) -> dict[int, tuple[int, int]]:
        ends = page_ends(3, block(1), block(2), block(3, page=2, text=words, height=20.0), shown, *after)
        return next_fill(replace(ends, holes=tuple(replace(hole, share=share) for hole in ends.holes)))

    assert fill("As here:", table) == fill("As here:", figure(4, text="")) == {}
    assert fill("As here:", figure(4)) == fill("As here:", table, 0.3) == {4: (DOWN, 5)}


def test_a_figure_moves_neither_behind_nor_before_the_label_of_the_next_card() -> None:
    label = frozenset({"label"})
    ends = page_ends(
        3, block(1), block(2), figure(3, text=""), block(4, page=2, kinds=label), block(5, page=2, height=200.0)
    )
    assert [step for fills in filling.moves(Way(0.0, 0, {}), ends) for step, _ in fills.fills.values()] == [UP]
    ends = page_ends(4, block(1), block(2), block(3, kinds=label), figure(4, text=""), block(5, "h2", page=2))
    assert next_fill(ends) == {}


def test_what_follows_a_heading_or_an_introduction_is_what_did_not_fit() -> None:
    blocks = [block(1), block(2, "h2", page=2), block(3, page=2, text="Such as:"), figure(4), block(5, page=2)]
    assert next_fill(page_ends(2, *blocks, heading=True)) == {4: (DOWN, 5)}
    text = [block(1), block(2, "h2", page=2), block(3, page=2), figure(4), block(5, page=2)]
    assert next_fill(page_ends(2, *text, heading=True)) == {}


def test_a_page_that_ends_early_says_what_had_no_room() -> None:
    table = {"kinds": frozenset({"table"}), "page": 2}
    head = block(2, "h2", page=2)
    cases = (
        ((head, block(3, "div", rows=5, height=220.0, **table)), "the heading stays with what follows it, and the table of 5 rows takes 11 lines"),
        ((block(2, "div", rows=6, **table),), "the first three rows of the table have no room"),
        ((figure(2),), "the figure takes 9 lines"),
        ((block(2, "pre", page=2),), "the first lines of the listing have no room"),
        ((block(2, "pre"),), "a listing keeps three lines together"),
        ((block(2),), "the next line has a note without room"),
        ((block(2, "ol"),), "what follows in the list has no room"),
        ((block(2, "aside"),), "what follows in the text has no room"),
        ((block(9),), "the rest has no room"),
    )  # fmt: skip
    for blocks, words in some(cases):
        ends = page_ends(2, block(1), *blocks)
        assert reason(ends.holes[0], ends) == words


def test_lines_and_spaces_are_written_to_the_blocks() -> None:
    body = parse_html('<p>1</p><h2 style="color: red">2</h2>')
    body.append(parse_html("<ul><li>1</li><li>2</li></ul>")[0])
    early = frozenset({(1, 4), (3, 0), (9, 2)})
    filling.arrange(body, Filling(lines={1: 5}, spaces={(2, 0): 30.0, (3, 2): 6.5, (3, 9): 9.0}, early=early))
    assert (body[0].get(LINES), body[1].get("style")) == ("5", "color: red; margin-top: 30.00px")
    assert [body[at].get("style") for at in (0, 2)] == ["widows: 4", "break-before: page; margin-top: 0"]
    assert [item.get("style") for item in body[2]] == [None, "margin-top: 6.50px"]


def plan(*whites: float) -> tuple[Way, ...]:
    return tuple(Way(white, start, {}) for start, white in enumerate(whites, 1))


def filled(before: Filling, lines: float, *, plans: tuple[Way, ...] = (), misplaced: bool = False) -> Filling:
    """Return what is done next about a chapter with a hole of some *lines*, for which there are *plans*."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "planned", lambda *_, **__: plans)
        galley = Galley(chapter="a", units=(), gaps={}, begins=0.0, notes=0.0)
        return filling.improve(before, page_ends(1, block(1), lines=lines), lambda: galley, misplaced=misplaced)


def test_plans_are_laid_out_until_the_pages_end_as_was_estimated() -> None:
    first = filled(Filling(), 8.0, plans=plan(0.0, 0.5, 0.7, 1.9))
    assert (first.start, first.settled) == (1, False)
    good = filling.improve(first, PageEnds(lead=LEAD), lambda: None)
    assert good is first
    second = filled(first, 7.0)
    third = filled(second, 9.0)
    assert (second.start, third.start) == (2, 3)
    last = filled(third, 7.5)
    assert (last.start, last.settled) == (1, True)
    assert filled(last, 7.0) is last


def test_a_plan_that_gains_little_is_not_laid_out_and_misplaced_notes_weigh_more_than_white_space() -> None:
    assert filled(Filling(), 8.0, plans=plan(1.6)).same_pages(Filling())
    assert filled(Filling(), 8.0, plans=plan(1.6), misplaced=True).start == 1
    assert filled(Filling(), 8.0).settled


def test_a_chapter_that_cannot_be_read_as_one_column_stays_as_it_is() -> None:
    short = PageEnds(lead=LEAD, short=ShortPage(page=2, begins=Context(chapter="a"), text="x", lines=2))
    assert filling.improve(Filling(), short, lambda: None).same_pages(Filling())
    assert filling.improve(Filling(), PageEnds(lead=LEAD), lambda: None) == Filling()


def test_blocks_are_numbered_and_moved_and_nothing_else_changes() -> None:
    body = parse_html("<p>1</p><figure>2</figure><p>3</p><div>4</div><p>5</p>")
    body[3].set(TABLE, "1")
    filling.arrange(body, Filling(fills={2: (DOWN, 3), 4: (BREAKS, 3), 99: (DOWN, 1)}))
    assert [(child.text, child.get(BLOCK), child.get(MOVED)) for child in body] == [
        ("1", "1", "no"), ("3", "3", "no"), ("2", "2", "yes"), ("4", "4", "no"), ("5", "5", "no"),
    ]  # fmt: skip
    assert [child.get(KIND) for child in body] == [None, None, "may-break", "long-table", None]
    plain = parse_html("<p>1</p><p>2</p>")
    filling.arrange(plain, Filling())
    assert [child.get(MOVED) for child in plain] == [None, None]
    two = parse_html("<p>1</p><p>2</p><figure>3</figure><figure>4</figure><p>5</p>")
    filling.arrange(two, Filling(fills={3: (UP, 0), 4: (UP, 0)}))
    assert [child.text for child in two] == ["3", "4", "1", "2", "5"]
    assert etree.tostring(two).count(b"figure") == 4


# A book of one chapter.

SENTENCE = "Glue holds the back of a book together, and a book that is opened flat shows how well it was bound. "
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="240"><title>A drawing</title><rect width="300" height="240"/></svg>'
PARAGRAPHS = 2
"""Before the figure, so that there is no room for it on the first page."""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    text = "\n\n".join(f"Number{number} {SENTENCE * 3}" for number in range(11)).split("\n\n")
    text.insert(PARAGRAPHS, '![A drawing](a.svg "The caption")')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "LINES_LOWER", (0,))  # another start would fill the page too
        return build_book(
            tmp_path_factory.mktemp("moved"), {"handbound.toml": 'title = "T"\nslug = "t"\n', "a.svg": DRAWING, "a.md": "# A\n\n" + "\n\n".join(text)},
            ("pdf",),
        )  # fmt: skip


@pytest.fixture(scope="module")
def pdf(out: Path) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(out / "t.pdf") as document:
        yield document


def test_a_moved_figure_is_read_where_it_stands_in_the_book(out: Path, pdf: pikepdf.Pdf) -> None:
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert not [problem for problem in report["problems"] if problem["code"] in {"E127", "E128"}]
    assert {check["status"] for check in report["checks"]} <= {"passed", "not run"}
    runs = pdf_text.runs(pdf)
    names = [word for run in runs for word in run.text.split() if word.startswith(("Number", "caption"))]
    numbers = [f"Number{number}" for number in range(11)]
    assert names == [*numbers[:PARAGRAPHS], "caption", *numbers[PARAGRAPHS:]]
    painted = sorted(runs, key=lambda run: (run.page, run.mark))
    order = [word for run in painted for word in run.text.split() if word.startswith(("Number", "caption"))]
    assert order != names
    assert sorted(order) == sorted(names)


def test_the_tags_of_a_chapter_with_a_moved_figure_are_those_of_any_other(pdf: pikepdf.Pdf) -> None:
    from book.paged import tags

    names = {str(element.S) for element in tags.elements(pdf)}
    assert "/TFoot" not in names
    assert {"/P", "/Sect", "/Figure", "/Caption"} <= names


def test_the_table_of_looks_has_the_figures_of_the_report(out: Path) -> None:
    report = json.loads((out / "report.json").read_text("utf-8"))
    figures = looks.look(report, "pdf", "folio", out)
    assert (figures.pages, figures.white, figures.short, figures.evenness["stray"]) == (8, 0, 0, 0)
    problems = [{"code": code, "edition": name, "message": code} for code, name in (("E127", "pdf"), ("E128", "epub"))]
    white = looks.look({**report, "problems": problems}, "pdf", "folio", out)
    assert (white.white, white.short, white.told) == (1, 0, ("E127",))
    even = {"lines": 200, "justified": 100, "gaps": 310.0, "over_5": 3, "over_6": 1, "hyphens": 9, "stray": 0}
    head, rule, row = looks.table(
        [replace(figures, evenness=even, level=(9, 10)), replace(figures, evenness={})]
    ).splitlines()[:3]
    assert head.count("|") == rule.count("|") == row.count("|")
    assert row.startswith("| pdf | folio | 8 | 3.10 | 3.0 | 1.0 | 4.5 | 0 | 9 of 10 (90 %) |")


def test_a_tick_box_does_not_fill_a_page_and_a_figure_does() -> None:
    context = Context(chapter="a")
    page = Page(number=1, left=0, top=0, width=100, height=400, items=(), margins="", notes=None, lowest=0)
    for height, full in ((10.0, False), (200.0, True)):
        sheet = Sheet(page=page)
        sheet.see(Picture(context=context, bottom=height, height=height))
        assert sheet.pictures is full

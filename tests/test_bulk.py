"""Large inputs take time in proportion to their size, or are refused with their line; blocks too long for paper cost no other edition."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from book import dialects, press, printing
from book.body import Body
from book.catalogue import EDITIONS
from book.markdown import leaves, marks, pandoc, raw_marks, reader
from book.model import Draft
from book.paged import blocks, fit
from book.paged.render import Layout, Renderer
from book.problems import Problem, lines
from book.settings import Limits, Settings
from book.source.manuscript import gather
from book.style import Style, apply
from tests.making import make_draft, write_book

HEAD = 'title = "B"\nlanguage = "en"\n'


def lay_out(folder: Path, text: str, settings: str = "") -> Path:
    return write_book(folder, "# A\n\nFirst.\n\n" + text, HEAD + settings)


BLOCKS: dict[str, tuple[str, str]] = {
    "a table": ("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 200, "a table of 408 cells, links and lines"),
    "a table in tags": (
        "<table>" + "<tr><td>x</td></tr>" * 200 + "</table>\n",
        "a table of 203 cells, links and lines",
    ),
    "a table of spans": (
        '<table><tr><td colspan="60">x</td></tr><tr><td>y</td></tr></table>\n',
        "a table of 120 cells, links and lines",
    ),
    "a list": ("- x\n" * 101, "a list of 101 items"),
    "a numbered list": ("1. x\n" * 101, "a list of 101 items"),
    "code": ("```\n" + "x\n" * 150 + "```\n", "a block of code of 150 lines"),
    "a paragraph": ("word and word " * 600 + "\n", "a paragraph of some 139 lines"),
    "an item": ("- " + "word and word " * 600 + "\n", "a paragraph of some 139 lines"),
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_block_that_is_too_long_for_paper_is_reported_at_its_line(kind: str, tmp_path: Path) -> None:
    text, said = BLOCKS[kind]
    source = lay_out(tmp_path / "book", text, "[limits]\npaper_block = 100\n")
    book = press.read(source)
    refusal = blocks.refusal(book.book, (EDITIONS["pdf"],), book.settings.limits.paper_block)
    line = 6 if kind == "code" else 5
    assert refusal.reasons == {"pdf": f"a.md:{line} {said} is too much for one block on paper"}
    assert [lines(problem) for problem in refusal.problems] == [
        (
            f"a.md:{line}:1: E190 {said}: paper takes 100 in one block; the paged editions are not made",
            "    fix: split it, or raise limits.paper_block in handbound.toml; EPUB and HTML are built",
        )
    ]


def test_blocks_of_an_ordinary_book_are_far_below_the_limit(tmp_path: Path) -> None:
    source = lay_out(
        tmp_path / "book", "".join(text + "\n" for text, _ in BLOCKS.values()) * 2, "[limits]\npaper_block = 5000\n"
    )
    book = press.read(source)
    refusal = blocks.refusal(book.book, tuple(EDITIONS.values()), book.settings.limits.paper_block)
    assert refusal == blocks.Refusal()


PAGED = ("pdf", "print", "large", "booklet", "handout")


@pytest.mark.parametrize(
    ("items", "wanted", "refused"),
    [
        (57, PAGED, ""),
        (58, PAGED, "handout"),
        (100, PAGED, "handout"),
        (100, ("handout", "pdf"), ""),
        (100, ("handout",), ""),
        (100, ("handout", "pdf", "print"), "handout"),
        (101, ("handout", "pdf"), "handout pdf"),
    ],
)
def test_a_block_without_a_layout_prevents_only_the_editions_that_need_one(
    items: int, wanted: tuple[str, ...], refused: str, tmp_path: Path
) -> None:
    book = press.read(lay_out(tmp_path / "book", "- x\n" * items)).book
    refusal = blocks.refusal(book, [EDITIONS[name] for name in wanted], 100)
    assert sorted(refusal.reasons) == refused.split()
    assert len(refusal.problems) == bool(refused)


def test_the_editions_that_a_block_prevents_are_named_with_the_command_that_builds_them(tmp_path: Path) -> None:
    book = press.read(lay_out(tmp_path / "book", "- x\n" * 100)).book
    refusal = blocks.refusal(book, [EDITIONS[name] for name in PAGED], 100)
    assert refusal.reasons == {
        "handout": "a.md:5 a list of 100 items is too much for one block on paper beside the other editions"
    }
    assert [lines(problem) for problem in refusal.problems] == [
        (
            "a.md:5:1: E190 a list of 100 items: too much for all paged editions in one build; not made: handout",
            "    fix: build the rest with -e handout, split the block, or raise limits.paper_block in handbound.toml",
        )
    ]


TOO_MUCH = "too much for all paged editions in one build; not made: handout"
SPLIT = "split the block, or raise limits.paper_block in handbound.toml"


@pytest.mark.parametrize(
    ("wanted", "longest", "told"),
    [
        (PAGED, 372, f"{TOO_MUCH}\n    fix: build the rest with -e handout, {SPLIT}"),
        (("handout",), 372, ""),
        (("pdf", "print"), 186, ""),
        (("pdf", "handout"), 186, f"{TOO_MUCH}\n    fix: {SPLIT}"),
        (("handout",), 186, f"too much for the layouts of one edition; not made: handout\n    fix: {SPLIT}"),
    ],
)
def test_a_line_of_a_paragraph_costs_as_much_as_two_cells(
    wanted: tuple[str, ...], longest: int, told: str, tmp_path: Path
) -> None:
    book = press.read(lay_out(tmp_path / "book", "word and word " * 800 + "\n")).book
    refusal = blocks.refusal(book, [EDITIONS[name] for name in wanted], longest)
    assert list(refusal.reasons) == ["handout"] * bool(told)
    assert ["\n".join(lines(problem)) for problem in refusal.problems] == [
        f"a.md:5:1: E190 a paragraph of some 186 lines: {told}"
    ] * bool(told)


@pytest.mark.parametrize(
    ("longest", "wanted", "told"),
    [
        (175, PAGED, ""),
        (174, PAGED, "too much for all paged editions in one build; not made: handout"),
        (25, ("pdf",), ""),
        (24, ("pdf",), "too much for the layouts of one edition; not made: pdf"),
        (19, ("pdf",), "paper takes 19 in one block; the paged editions are not made"),
    ],
)
def test_a_note_costs_as_much_as_five_cells(longest: int, wanted: tuple[str, ...], told: str, tmp_path: Path) -> None:
    text = "".join(f"A[^{note}] " for note in range(20)) + "\n\n" + "".join(f"[^{note}]: N\n" for note in range(20))
    book = press.read(lay_out(tmp_path / "book", text)).book
    refusal = blocks.refusal(book, [EDITIONS[name] for name in wanted], longest)
    assert [lines(problem)[0] for problem in refusal.problems] == [
        f"a.md:1:1: E190 a chapter with 20 notes: {told}"
    ] * bool(told)


PARTS: dict[str, tuple[str, int, str]] = {
    "headings": ("## H\n\n" * 20, 40, "a chapter with 20 headings"),
    "rules": ("- - -\n\n" * 20 + "Last.\n", 40, "a chapter with 20 rules"),
    "inline elements": ("`a` and *b*\n\n" * 20, 40, "a chapter with 40 inline elements"),
    "links": ("[a](https://example.org/)\n\n" * 20, 20, "a chapter with 20 inline elements"),
    "all of them": (
        "## *H*\n\n***\n\n" * 20 + "Last.\n",
        100,
        "a chapter with 20 headings, 20 rules and 20 inline elements",
    ),
}


@pytest.mark.parametrize("kind", PARTS)
def test_the_parts_of_a_chapter_are_weighed_together(kind: str, tmp_path: Path) -> None:
    text, cells, said = PARTS[kind]
    book = press.read(lay_out(tmp_path / "book", text)).book
    assert blocks.refusal(book, (EDITIONS["pdf"],), cells) == blocks.Refusal()
    refusal = blocks.refusal(book, (EDITIONS["pdf"],), cells - 1)
    assert refusal.reasons == {"pdf": f"a.md:1 {said} is too much for one chapter on paper"}
    assert [lines(problem)[0] for problem in refusal.problems] == [
        f"a.md:1:1: E190 {said}: paper takes {cells - 1} in one block; the paged editions are not made"
    ]


@pytest.mark.parametrize("longest", [70, 69])
def test_the_parts_of_a_chapter_cost_the_edition_with_the_most_layouts_first(longest: int, tmp_path: Path) -> None:
    book = press.read(lay_out(tmp_path / "book", PARTS["rules"][0])).book
    refusal = blocks.refusal(book, [EDITIONS[name] for name in PAGED], longest)
    assert list(refusal.reasons) == ["handout"] * (longest < 70)


def test_elements_in_tables_and_code_count_with_their_block(tmp_path: Path) -> None:
    text = "| a |\n|---|\n" + "| `b` |\n" * 20 + "\n```python\n" + "x = 1\n" * 20 + "```\n"
    book = press.read(lay_out(tmp_path / "book", text)).book
    assert blocks.refusal(book, (EDITIONS["pdf"],), 43) == blocks.Refusal()


@pytest.mark.parametrize("mark", ["a\\\n", f"**{'a' * 59}** "])
def test_each_line_of_a_paragraph_with_many_pieces_costs_more(mark: str, tmp_path: Path) -> None:
    pieces = 4 * blocks.CROWDED
    book = press.read(lay_out(tmp_path / "book", mark * pieces + "b\n")).book
    assert blocks.refusal(book, (EDITIONS["pdf"],), pieces + 20) == blocks.Refusal()
    (problem,) = blocks.refusal(book, (EDITIONS["pdf"],), pieces - 20).problems[-1:]
    assert "a paragraph of some 8" in problem.message


def test_content_that_paper_cannot_carry_prevents_no_other_edition(tmp_path: Path) -> None:
    source = lay_out(tmp_path / "book", BLOCKS["a list"][0], "[limits]\npaper_block = 100\n")
    report = press.build(source, tmp_path / "out", editions=["html", "pdf"]).report
    assert [work.edition for work in report.works] == ["html"]
    assert [(one.edition, one.reason) for one in report.unmade] == [
        ("pdf", "a.md:5 a list of 101 items is too much for one block on paper")
    ]


def test_of_a_very_long_book_fewer_editions_are_made_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = press.read(lay_out(tmp_path / "book", "x\n")).book
    paged = tuple(EDITIONS[name] for name in ("print", "large", "booklet"))
    monkeypatch.setattr(printing, "CORES", 4)
    monkeypatch.setattr(printing, "LONG", 1)
    monkeypatch.setattr(printing, "resident", lambda: 200_000_000)  # of this process, which has run other tests
    assert printing.side_by_side(book, paged) == 4
    book = book.map_chapters(lambda chapter: replace(chapter, body=Body.of("x" * 600_000)))
    assert 0 < printing.side_by_side(book, paged) < 4
    book = book.map_chapters(lambda chapter: replace(chapter, body=Body.of("x" * 3_000_000)))
    assert printing.side_by_side(book, paged) == 0


def chapter(text: str) -> Draft:
    """Return a chapter of one paragraph, as the Markdown reader splits it."""
    nodes = []
    for word in text.split(" "):
        nodes += [{"t": "Str", "c": word}, {"t": "Space"}]
    return make_draft([{"t": "Para", "c": nodes}], markdown=text)


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of *work* without the collector of cycles, which rests while a book is read, too."""
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.enable()


INPUTS: dict[str, Callable[[int], str]] = {
    "marks without partners": lambda count: "\"a' " * count,
    "marks in pairs": lambda count: "\"a 'b' c\" " * count,
    "curls the wrong way round": lambda count: "”a“ ‘b’s " * count,
    "dashes and dots": lambda count: "a -- b - c ... " * count,
}


@pytest.mark.parametrize("kind", INPUTS)
def test_the_time_of_the_house_style_is_linear_in_a_long_paragraph(kind: str) -> None:
    def cost(count: int) -> float:
        one = chapter(INPUTS[kind](count))
        return seconds(lambda: apply(one, Style(language="en")))

    small, large = cost(500), cost(5_000)
    # Ten times as long: quadratic work would take a hundred times as long.
    assert large < 40 * max(small, 0.01)


LINES: dict[str, Callable[[int], str]] = {
    "tasks of Confluence": lambda count: (
        "<ac:task-list><ac:task><ac:task-status>complete</ac:task-status><ac:task-body>x</ac:task-body></ac:task></ac:task-list> "
        * (count // 4)
    ),
    "macros that are never closed": lambda count: '<ac:structured-macro ac:name="info"> ' * count,
    "tags around texts": lambda count: "<ac:x><![CDATA[a]]> " * count,
    "nested layouts": lambda count: "<ac:layout>" * (count // 2) + "x" + "</ac:layout>" * (count // 2),
    "a note that is never closed": lambda count: "[^" + "a " * (10 * count),
    "a badge before many blanks": lambda count: "<!-- md:version 9 -->" + " " * (10 * count) + ".",
}


@pytest.mark.parametrize("kind", LINES)
def test_the_time_for_what_a_line_is_made_of_is_linear(kind: str, tmp_path: Path) -> None:
    def cost(count: int) -> float:
        book = lay_out(tmp_path / str(count), LINES[kind](count))
        (manuscript,) = gather(book, Settings())[0]
        return seconds(lambda: dialects.read((manuscript,), book, Settings(dialects=("confluence", "material"))))

    cost(10)  # compiles the patterns
    small, large = cost(200), cost(4_000)
    assert large < 80 * max(small, 0.01)


@pytest.mark.parametrize("rows", [11, 140])
@pytest.mark.needs_pango
def test_a_long_table_in_a_short_book_is_laid_out_once(
    rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "| Key | Value |\n|---|---|\n" + "".join(f"| key {row} | value of {row} |\n" for row in range(rows))
    source = lay_out(tmp_path / "book", text)
    layouts: list[str] = []
    lay_out_page = Renderer.lay_out

    def counted(self: Renderer, page: str, *rest: Any, **more: Any) -> Layout:
        layouts.append(page)
        return lay_out_page(self, page, *rest, **more)

    monkeypatch.setattr(Renderer, "lay_out", counted)
    result = press.build(source, tmp_path / "out", editions=["pdf"])
    assert result.status == 0, result.report.problems
    assert len([page for page in layouts if "value of 10<" in page]) == 1


def test_chapters_are_set_again_alone_unless_they_are_most_of_the_book(tmp_path: Path) -> None:
    source = lay_out(tmp_path / "book", "x " * 100)
    for name in ("b", "c", "d"):
        (source / f"{name}.md").write_text(f"# {name}\n\n{'x ' * 100}\n", "utf-8")
    sizes = {chapter.slug: len(chapter.body.spell()) for chapter in press.read(source).book.spine}
    slugs = list(sizes)
    assert fit.worth_alone(sizes, frozenset(slugs[:1])) == frozenset(slugs[:1])
    assert fit.worth_alone(sizes, frozenset(slugs[:3])) == frozenset()
    assert fit.worth_alone(sizes, frozenset(slugs)) == frozenset()


def test_the_marks_of_other_dialects_in_a_long_line_are_found_in_a_time_that_grows_with_it() -> None:
    def cost(count: int) -> float:
        words = [word for _ in range(count) for word in ("{%", "raw", "%}", "{{", "a", "}}")]
        text = " ".join(words)
        starts = itertools.accumulate((len(word) + 1 for word in words), initial=1)
        pieces = [
            (1, f"1:{at}-1:{at + len(word)}", f"{word} ", leaves.TEXT) for at, word in zip(starts, words, strict=False)
        ]
        problems: list[Problem] = []
        source, tree = make_draft([], markdown=text).source, leaves.Tree(leaves=pieces)
        time_taken = seconds(lambda: problems.extend(raw_marks.find(source, tree, math=True)))
        assert [problem.place.column for problem in problems] == [1, 11]
        return time_taken

    small, large = cost(500), cost(5_000)
    assert large < 40 * max(small, 0.01)


def test_the_time_to_find_hidden_letters_is_linear_in_a_chapter_of_many_paragraphs() -> None:
    def cost(count: int) -> float:
        text = "Some *words* of a paragraph, and `code`.\n\n" * count + "A reference by number: &#38;\n"
        source = make_draft([], markdown=text).source
        blocks = marks.loads(pandoc.read(text, Limits()))
        return seconds(lambda: reader.parse(source, blocks, reader.Words(), Settings()))

    small, large = cost(200), cost(2_000)
    assert large < 25 * max(small, 0.02)

"""Fitting: wide tables, and notes at the foot of the page."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from msgspec.structs import replace

from book.body import Body, kinds, parse_html
from book.editions import EDITIONS
from book.labels import labels, languages
from book.model import Book, Metadata
from book.paged import fit, footnotes, inspection, sheets, tables, tags
from book.paged.filling import Filling
from book.paged.fit import Fitting
from book.paged.page_ends import Hole, PageEnds
from book.paged.pages import Context
from book.paged.render import Renderer
from book.proof.pdf_text import runs
from book.proof.pdf_words import letters
from tests.making import build_book, make_chapter

WORDS = "Glue holds the back of a book together, and a book that is opened flat shows how well it was bound. "


def wide(columns: int, rows: int, word: str) -> str:
    heads = ["Key", *(f"{word}{column}" for column in range(2, columns + 1))]
    body = [
        [f"row{row}", *(f"{word}{row}in{column}" for column in range(2, columns + 1))] for row in range(1, rows + 1)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ["---"] * columns, *body))


TEXT = {
    "handbound.toml": """
title = "The Bindery"
authors = ["A. Binder"]
language = "en"
slug = "bindery"
date = "2026-01-31"
sidebar = ["one.md", "two.md", "three.md", "four.md"]
""",
    "one.md": f"# One\n\n{WORDS}\n\n{wide(12, 2, 'Col')}\n\n{WORDS}\n",
    "two.md": f"# Two\n\n{WORDS}\n\n{wide(22, 3, 'Considerable')}\n\n{WORDS}\n",
    "three.md": f"""# Three

{WORDS}Glue.[^1] {WORDS}Paste.[^2]

[^1]: Made of *bones*, see [a place](https://example.org/bones).
[^2]: Made of flour.

    And of water.

{(WORDS * 5 + chr(10) + chr(10)) * 6}
{WORDS}Thread.[^3]

[^3]: Of linen.
""",
    "four.md": f"# Four\n\n## A heading[^h]\n\n[^h]: Its note.\n\n{WORDS}\n",
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    """The screen's and the printed edition of a small book, built and proved: nothing lost, every link true."""
    return build_book(tmp_path_factory.mktemp("bindery"), TEXT, ("epub", "pdf", "print"), be_strict=True)


@pytest.fixture(scope="module", params=["bindery.pdf", "bindery-print.pdf"])
def tagged(request: pytest.FixtureRequest, out: Path) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(out / request.param) as found:
        yield found


def broad(page: pikepdf.Page) -> bool:
    left, bottom, right, top = (float(side) for side in page.mediabox)
    return right - left > top - bottom


def test_a_table_of_twelve_columns_is_printed_on_a_rotated_page(tagged: pikepdf.Pdf) -> None:
    said = [run for run in runs(tagged) if re.fullmatch(r"Col\d+in\d+", run.text)]
    assert len(said) == 2 * 11
    assert all(broad(tagged.pages[run.page]) for run in said)
    assert sum(map(broad, tagged.pages)) == 1


@pytest.mark.needs_pango
@pytest.mark.parametrize("edition", ["pdf", "print"])
def test_the_headings_of_a_table_stand_on_its_rotated_page(edition: str, tmp_path: Path) -> None:
    head = "|".join(f" Col{number}in12 " for number in range(12))
    table = f"|{head}|\n|{'---|' * 12}\n|{'1,234|' * 12}\n"
    text = f"# One\n\nBefore it.\n\n## Above\n\n### Below\n\n{table}\nAfter it.\n"
    out = build_book(tmp_path, {"one.md": text}, (edition,))
    with pikepdf.open(next(out.glob("*.pdf"))) as pdf:
        [turned] = [number for number, page in enumerate(pdf.pages) if broad(page)]
        words = [{run.text for run in runs(pdf) if run.page == turned + step} for step in (-1, 0, 1)]
    assert {"Above", "Below", "Col3in12"} <= words[1]
    assert "Before" in words[0]
    assert not {"Above", "Below"} & words[0]
    assert any(word.startswith("After") for word in words[2])


def test_the_pages_of_a_bound_book_all_stand_upright(out: Path) -> None:
    with pikepdf.open(out / "bindery-print.pdf") as printed:
        assert {int(page.obj.get("/Rotate", 0)) for page in printed.pages if broad(page)} == {270}
    with pikepdf.open(out / "bindery.pdf") as screen:
        assert not any("/Rotate" in page.obj for page in screen.pages)


def test_a_page_on_its_side_stands_upright_on_the_sheet_of_a_booklet() -> None:
    with pikepdf.new() as pages:
        for size in ((420, 595), (595, 420)):
            pages.add_blank_page(page_size=size)
        pages.pages[1].Rotate = 270
        assert [sheets.trim_of(page) for page in pages.pages] == [(0, 0, 420, 595)] * 2
        whole = io.BytesIO()
        pages.save(whole)
    metadata = Metadata(
        title="T", slug="t", language="en", identifier="urn:uuid:1", modified="2026-01-31T00:00:00Z", date=""
    )
    book = Book(metadata=metadata)
    with sheets.Sheets(whole.getvalue(), book, most=40) as placed:
        folded = placed.impose(EDITIONS["booklet"].papers[0].size, (1, 2))
    with pikepdf.open(io.BytesIO(folded)) as opened:
        assert [float(side) for side in opened.pages[0].mediabox][2:] == pytest.approx([841.89, 595.28], abs=0.01)
        form = next(
            form for page in opened.pages for name, form in page.obj.Resources.XObject.items() if name == "/Page2"
        )
        assert [round(float(number)) for number in form.Matrix] == [0, 1, -1, 0, 420, 0]


def test_a_table_that_is_too_wide_even_so_is_printed_in_pieces_and_read_in_rows(tagged: pikepdf.Pdf) -> None:
    said = [run for run in runs(tagged) if run.text.startswith("Considerable")]
    cells = [run.text for run in said if not run.head]
    assert cells == [f"Considerable{row}in{column}" for row in range(1, 4) for column in range(2, 23)]
    keys = [run.text for run in runs(tagged) if run.text == "row3"]
    assert keys == ["row3"]  # those of the other pieces are the press's
    assert not any(broad(tagged.pages[run.page]) for run in said)


@pytest.mark.parametrize(
    ("widths", "step"), [((30, 30, 45), 1), ((50, 50, 40), 2), ((60, 60, 60), 3), ((80, 80, 80), 4)]
)
def test_a_step_without_a_chance_is_passed_over(widths: tuple[float, ...], step: int) -> None:
    table = inspection.WideTable(chapter="a", table="1", room=100, page_height=150, widths=widths)
    found = inspection.Inspection(defects=(), smallest=9, openings=(), blanks=(), wide_tables=(table,))
    once = fit.improve(Fitting(), found, {})
    assert once.steps == {("a", "1"): step}
    assert fit.improve(once, found, {}).steps == {("a", "1"): step + 1}


def test_a_table_that_nothing_helps_stays_at_the_last_step() -> None:
    table = inspection.WideTable(chapter="a", table="1", room=100, page_height=150, widths=(300, 300))
    found = inspection.Inspection(defects=(), smallest=9, openings=(), blanks=(), wide_tables=(table,))
    last = Fitting()
    for _ in tables.BOOK.steps:
        last = fit.improve(last, found, {})
    assert last.cut == {("a", "1")}
    assert fit.improve(last, found, {}) == last


def test_the_repeated_head_of_a_table_is_marked_as_added() -> None:
    body = Body.of(
        '<div hb:kind="table" hb:table="1"><table id="t"><caption>C</caption><thead><tr><th>K</th><th>A</th><th>B</th></tr></thead>'
        '<tbody><tr><td id="x"><a href="#y">k</a></td><td>a</td><td>b</td></tr></tbody></table></div>'
    ).root
    taken = Fitting(steps={("one", "1"): 4}, pieces={("one", "1"): ((0, 1), (0, 2))})
    fit.apply(body, make_chapter(path="one.md", language="en"), taken)
    assert [" ".join(table.itertext()) for table in body.iter("table")] == ["C K A k a", "(continued) K B k b"]
    again = list(body.iter("table"))[1]
    assert [span.text for span in again.iter("span") if "added" in kinds(span)] == ["(continued)", "K", "k"]
    assert [element.get("id") for element in body.iter() if element.get("id")] == ["t", "x"]


def test_a_table_with_cells_over_several_columns_is_not_split() -> None:
    body = Body.of(
        '<div hb:kind="table" hb:table="1"><table><tr><td colspan="2">a</td><td>b</td></tr></table></div>'
    ).root
    fit.apply(
        body,
        make_chapter(path="one.md", language="en"),
        Fitting(steps={("one", "1"): 4}, pieces={("one", "1"): ((0, 1), (0, 2))}),
    )
    assert len(list(body.iter("table"))) == 1


def test_tags_whose_order_is_not_known_are_left_alone(out: Path) -> None:
    with pikepdf.open(out / "bindery.pdf") as found:
        before = [str(element.S) for element in tags.elements(found)]
        tags.join(found, [("one", "1", 1)])
        assert [str(element.S) for element in tags.elements(found)] == before


# Notes.


def test_notes_stand_on_the_page_of_their_call(tagged: pikepdf.Pdf) -> None:
    pages: dict[str, set[int]] = {}
    for run in runs(tagged):
        for word in ("Glue.", "bones", "Paste.", "flour", "water", "Thread.", "linen"):
            if word in run.text and run.note is (word[-1] != "."):
                pages.setdefault(word, set()).add(run.page)
    assert pages["Glue."] == pages["bones"]
    assert pages["Paste."] == pages["flour"] == pages["water"]
    assert pages["Thread."] == pages["linen"]
    assert pages["Thread."] != pages["Glue."]


def test_no_title_of_notes_is_left_where_there_are_none(tagged: pikepdf.Pdf) -> None:
    titles = [run for run in runs(tagged) if run.text.strip() == "Notes"]
    assert len(titles) == 1  # of the one chapter whose notes stand at its end


def test_every_note_is_tagged_as_one_and_has_a_name_of_its_own(tagged: pikepdf.Pdf) -> None:
    notes = [element for element in tags.elements(tagged) if pikepdf.Name.Note == element.S]
    assert len({str(note.ID) for note in notes}) == len(notes) == 4


def test_a_chapter_whose_notes_cannot_stand_at_the_foot_is_reported(out: Path) -> None:
    report = json.loads((out / "report.json").read_text("utf-8"))
    told = [one for one in report["problems"] if one["code"] == "E126"]
    assert {one["path"] for one in told} == {"four.md"}
    assert all("a note is referenced in a <h2>" in one["message"] for one in told)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<p>a{call}</p>{note}", ""),
        ("<p>a{call}</p>" * 1000 + "{note}", ""),
        (
            "<p>a{call}</p>" * 1001 + "{note}",
            "it has more than 1000 note references, which take too long to lay out at the foot",
        ),
        ("<h3>a{call}</h3>{note}", "a note is referenced in a <h3>"),
        ("<table><tr><td>a{call}</td></tr></table>{note}", "a note is referenced in a <table>"),
        (
            '<p>a{call}</p><aside role="doc-footnote" id="n"><ul><li>b</li></ul></aside>',
            "a note contains more than paragraphs",
        ),
        ('<p>a</p><aside role="doc-footnote" id="n"><p>b{call}</p></aside>', "a note is referenced in another note"),
    ],
)
def test_some_notes_do_not_fit_at_a_foot(body: str, why: str) -> None:
    call = '<a role="doc-noteref" href="#n">1</a>'
    note = '<aside role="doc-footnote" id="n"><p>b</p></aside>'
    assert footnotes.unfit(Body.of(body.format(call=call, note=note)).root) == why


def test_a_lowered_note_stands_behind_its_call_and_nothing_is_lost() -> None:
    body = Body.of(
        '<h2>H</h2><p>a<a role="doc-noteref" href="#n">1</a> b</p><div hb:kind="footnotes"><p hb:kind="footnotes-title">Notes</p>'
        '<aside role="doc-footnote" id="n"><p>c</p><p>d</p></aside></div>'
    ).root
    footnotes.lower(body, frozenset({"n"}))
    assert Body(body).spell() == (
        '<h2 hb:kind="begins-page">H</h2><p>a<a role="doc-noteref" href="#n">1</a><span hb:kind="footnote foot-note" id="n" role="doc-footnote">'
        '<span hb:kind="note-paragraph">c</span><span hb:kind="note-paragraph">d</span></span> b</p>'
    )
    assert footnotes.letters(body) == len("Ha1cdb")


def test_letters_are_counted_outside_drawings() -> None:
    assert footnotes.letters(parse_html("a<b>b</b>-c <svg><title>no</title><text>no</text></svg>d")) == 4


def laid(body: str, style: str = "") -> inspection.Inspection:
    sheet = (
        "@page { size: 300px 200px; margin: 20px } body { margin: 0 } p { margin: 0; font: 16px/20px serif }"
        ".hb-foot-note { float: footnote } .hb-foot-note::footnote-call, .hb-foot-note::footnote-marker { content: none }"
    )
    page = f'<html lang="en"><style>{sheet}{style}</style><section class="hb-chapter" id="a">{body}</section></html>'
    return inspection.inspect(Renderer({}).lay_out(page).pages)


def noted(lines: int, note: str = "word", attributes: str = "") -> str:
    foot = f'<span class="hb-foot-note" id="a-note-1" role="doc-footnote" {attributes}>{note}</span>'
    return f'<p>x</p><p style="orphans: 1; widows: 1">{"a<br>" * lines}b<a role="doc-noteref" href="#a-note-1">1</a>{foot}</p>'


@pytest.mark.needs_pango
def test_the_gate_finds_a_note_on_another_page_than_its_call() -> None:
    assert laid(noted(2)).astray_notes == frozenset()
    assert laid(noted(4)).astray_notes == {("a", "a-note-1")}
    assert laid(noted(2), ".hb-foot-note { display: none }").astray_notes == {("a", "a-note-1")}  # lost
    assert laid(noted(2, "word<br>" * 12)).astray_notes == {("a", "a-note-1")}  # longer than the page


@pytest.mark.needs_pango
def test_the_gate_finds_words_that_are_lost() -> None:
    body = '<header class="hb-opener"><h1>Not counted</h1></header>' + noted(2)
    count = footnotes.letters(parse_html(noted(2)))
    assert laid(body).letters == {"a": count}
    assert fit.improve(Fitting(), laid(body), {"a": count}).tries == {}
    lost = laid(body + "<p style='display: none'>word</p>")
    assert fit.improve(Fitting(), lost, {"a": count + 4}).tries == {"a": 1}


def test_notes_on_a_wrong_page_are_tried_in_other_ways_and_then_go_to_the_end_of_the_chapter() -> None:
    found = inspection.Inspection(
        defects=(), smallest=9, openings=(), blanks=(), astray_notes=frozenset({("a", "a-note-1")}), letters={"a": 5}
    )
    taken, ways = Fitting(), [Fitting().note_step("a")]
    while "a" not in taken.ended:
        after = fit.improve(taken, found, {"a": 5})
        assert fit.changed(taken, after) == {"a"}
        taken = after
        ways.append(taken.note_step("a"))
    assert tuple(ways) == (*fit.NOTE_STEPS, ())
    assert ways[-2] == ("by-block", "moved")
    assert taken.astray == {("a", "a-note-1")}
    assert taken.ended == {"a": "WeasyPrint puts note 1 on another page than its reference"}
    well = inspection.Inspection(defects=(), smallest=9, openings=(), blanks=(), letters={"a": 5})
    assert fit.improve(Fitting(tries={"a": 2}), well, {"a": 5}) == Fitting(tries={"a": 2})


def test_a_note_that_would_leave_a_hole_goes_to_the_end_of_the_chapter() -> None:
    hole = Hole(page=1, begins=Context(chapter="a"), text="x", room=90.0, lines=4.5, share=0.4, ends=200.0)
    found = inspection.Inspection(
        defects=(), smallest=9, openings=(), blanks=(), letters={"a": 5}, ends={"a": PageEnds(lead=20.0, holes=(hole,))}
    )
    taken = Fitting(tries={"a": len(fit.NOTE_STEPS) - 1}, astray=frozenset({("a", "a-note-1")}))
    assert fit.improve(taken, found, {"a": 5}).ended == {"a": "a note would leave a third of a page empty"}
    assert fit.improve(Fitting(), found, {"a": 5}).tries == {}
    table = PageEnds(lead=20.0, holes=(replace(hole, begins=Context(chapter="a", table="1")),))
    taken = replace(taken, fillings={"a": Filling(settled=True)})
    assert fit.improve(taken, replace(found, ends={"a": table}), {"a": 5}) == taken


def test_every_language_has_a_word_for_a_table_that_continues() -> None:
    said = [labels(language)["continued"] for language in languages() if language != "en"]
    assert labels("en")["continued"] not in said
    assert letters("".join(said)).isprintable()

"""The handout: opened, read and scanned as in a workshop."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from msgspec.structs import replace

from book import press, theme
from book import report as reports
from book.assemble import references
from book.body import Body
from book.editions import EDITIONS, handout, leaves
from book.labels import labels, languages
from book.model import Book, Work
from book.paged import tags
from book.paged.boxes import tree
from book.paged.render import Layout
from book.proof import handout as proof
from book.proof import pdf_targets, pdf_text
from book.settings import Links
from tests import told_by_pdf
from tests.loops import some
from tests.making import reworded

SENTENCE = "The bench stands by the window so that the light falls from the left, and nobody would have it otherwise. "
GUILD = "https://guild.example.org/rules/benches/what-a-bench-is-for_and_what-it-is-not.html?edition=2&page=12#heights"
OUTSIDE = ("https://example.org/a", "https://example.org/table", "mailto:bench@example.org", "https://example.org/a/b")
ASKED = "https://example.org/catalogue?a=1&b=2"

SETTINGS = """title = "Letters from the workshop"
slug = "letters"
version = "2.1"
date = "2026-11-23"
editions = ["handout"]
"""
BENCH = f"""---
title: The bench
sidebar: 1
description: 'What a bench is for -- and why it is "a tool too".'
discussion:
  - What do *you* stand at when you work? See [the catalogue]({ASKED}).
  - Which tool would you miss first?
---

A bench is a tool, says [the guild]({GUILD}), and *more* than that.[^1] See [the glue](02-the-glue.md#when-it-sets), <a id="mine">an anchor</a>,
[what it is made of](#height) and <https://example.org/a>.

[^1]: A note, with [a link](https://example.org/a/b).

{(SENTENCE * 4 + chr(10) * 2) * 12}

## Height

{SENTENCE * 3}

| a | b |
|---|---|
| 1 | [two](https://example.org/table) |

> [!NOTE]
> A callout with [the guild]({GUILD}) again, and [our address](mailto:bench@example.org).
"""
GLUE = """---
title: The glue
sidebar: 2
showTitle: false
---

Back to [the beginning](01-the-bench.md).

## When it sets

Overnight.
"""


def workshop(folder: Path, *, language: str = "en", more: str = "") -> Path:
    folder.mkdir()
    (folder / "handbound.toml").write_text(f'language = "{language}"\n{SETTINGS}{more}', "utf-8")
    (folder / "01-the-bench.md").write_text(BENCH, "utf-8")
    (folder / "02-the-glue.md").write_text(GLUE, "utf-8")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    """The output folder of a small book with its handout."""
    root = tmp_path_factory.mktemp("handout")
    site = '[links]\nsite_url = "https://workshop.example.org/handbook"\n'
    result = press.build(workshop(root / "book", more=site), root / "out")
    assert result.status == 0
    assert {problem.code for problem in result.report.problems} <= {"N103"}, (
        "its text stands in the book again and again"
    )
    return root / "out"


@pytest.fixture(scope="module")
def book(built: Path) -> Book:
    return press.read(built.parent / "book").book


@pytest.fixture(scope="module")
def bench(built: Path) -> Work:
    return next(work for work in reports.read(built).works if work.path == "handouts/the-bench.pdf")


def painted(pdf_: pikepdf.Pdf) -> list[str]:
    """Return the text of each page, including running heads and feet."""
    return ["\n".join(text for _, text in told_by_pdf.texts(page)) for page in pdf_.pages]


def said(pdf_: pikepdf.Pdf) -> str:
    return "".join(run.text for run in pdf_text.runs(pdf_)).replace("\u200b", "")


def scanned(path: Path, folder: Path) -> set[str]:
    """Return the content of the QR codes on all pages of a PDF, scanned at 150 dpi."""
    import zxingcpp
    from PIL import Image

    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", str(path), str(folder / "page")], check=True)
    return {code.text for picture in folder.glob("page*.png") for code in zxingcpp.read_barcodes(Image.open(picture))}


def test_there_is_a_whole_handout_on_both_papers_and_a_file_for_each_chapter(built: Path) -> None:
    assert [work.path for work in reports.read(built).works] == [
        "letters-handout.pdf",
        "letters-handout-letter.pdf",
        "handouts/the-bench.pdf",
        "handouts/the-glue.pdf",
    ]


def test_the_pages_of_both_papers_are_the_same_in_the_middle_of_each(built: Path) -> None:
    sizes = {"letters-handout.pdf": (210, 297), "letters-handout-letter.pdf": (215.9, 279.4)}
    contents = []
    for name, (width, height) in some(sizes.items()):
        with pikepdf.open(built / name) as file:
            for page in some(file.pages):
                left, bottom, right, top = (float(side) * 25.4 / 72 for side in page.mediabox)
                assert (right - left, top - bottom) == pytest.approx((width, height), abs=0.1)
                assert (left + right, bottom + top) == pytest.approx((210, 279.4), abs=0.1)
            contents.append(list(painted(file)))
    assert contents[0] == contents[1]


def test_the_report_counts_pages_and_words_of_every_file(built: Path) -> None:
    report = json.loads((built / "report.json").read_bytes())
    table = {work["path"]: work for work in report["works"]}
    whole, one, two = (table[f"{name}.pdf"] for name in ("letters-handout", "handouts/the-bench", "handouts/the-glue"))
    assert whole["pages"] == one["pages"] + two["pages"]
    assert whole["words"] == one["words"] + two["words"]
    assert two["words"] == 8
    for work in some(table.values()):
        names = {check["name"] for check in report["checks"] if check["work"] == work["path"]}
        assert names == {"PDF syntax", "PDF facts", "ids and links", "nothing lost", "links on paper"}
    assert {check["status"] for check in report["checks"]} == {"passed"}


@pytest.mark.parametrize(
    "address", [GUILD, *OUTSIDE, ASKED, "https://example.org/" + "long/" * 60, "https://bücher.example/ü"]
)
def test_a_drawn_code_encodes_its_address(address: str) -> None:
    import io

    import resvg_py
    import zxingcpp
    from PIL import Image

    drawing = leaves.code(address)
    assert drawing is not None
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=800))))
    sheet = Image.new("RGB", (1000, 1000), "white")
    sheet.paste(picture, (100, 100), picture if picture.mode == "RGBA" else None)
    (found,) = zxingcpp.read_barcodes(sheet)
    assert found.text == address
    assert found.ec_level in {"M", "Q", "H"}


@pytest.mark.needs_poppler
def test_every_code_on_paper_is_scanned_and_says_the_address_beside_it(built: Path, tmp_path: Path) -> None:
    assert scanned(built / "handouts" / "the-bench.pdf", tmp_path) == {
        GUILD,
        *OUTSIDE,
        ASKED,
        "https://workshop.example.org/handbook/01-the-bench",
    }


@pytest.mark.needs_poppler
def test_the_code_of_the_chapter_is_on_its_first_page_when_the_site_is_known(built: Path, tmp_path: Path) -> None:
    assert scanned(built / "handouts" / "the-glue.pdf", tmp_path) == {
        "https://workshop.example.org/handbook/02-the-glue"
    }


def test_the_address_of_a_chapter_is_its_route_its_permalink_or_its_file(book: Book) -> None:
    chapter = book.spine[0]
    site = "https://x.example/docs/"
    assert references.site_address(chapter.source, Links()) == ""
    assert references.site_address(chapter.source, Links(site_url=site)) == f"{site}01-the-bench"
    routed = Links(site_url=site, routes={"/bench/": "01-the-bench.md"})
    assert references.site_address(chapter.source, routed) == f"{site}bench/"
    front = replace(chapter.source.front, values={"permalink": "/the bench"})
    linked = replace(chapter.source, front=front)
    assert references.site_address(linked, Links(site_url=site)) == f"{site}the%20bench"


def test_every_outside_address_is_printed_whole_below_its_number_and_the_words_of_its_link(built: Path) -> None:
    with pikepdf.open(built / "handouts" / "the-bench.pdf") as file:
        text = said(file)
        printed = (
            ("the guild", GUILD),
            *zip(("", "two", "our address", "a link"), OUTSIDE, strict=True),
            ("the catalogue", ASKED),
        )
        numbers = [text.index(f"[{number}]{name}{address}") for number, (name, address) in enumerate(printed, 1)]
    assert numbers == sorted(numbers)


def test_the_same_number_stands_behind_each_link_in_the_text(built: Path) -> None:
    with pikepdf.open(built / "handouts" / "the-bench.pdf") as file:
        text = "".join(painted(file))
    assert len(re.findall(r"\[1\]", text)) == 3  # twice in the text, once in the list
    assert all(len(re.findall(rf"\[{number}\]", text)) == 2 for number in range(2, 7))


def test_a_link_within_the_chapter_names_the_page_and_one_to_another_the_chapter(built: Path) -> None:
    with pikepdf.open(built / "handouts" / "the-bench.pdf") as file:
        (first, *_) = painted(file)
        page = pdf_targets.pages(file)["the-bench-height"] + 1
    flat = re.sub(r"\s+", "", first)
    assert page > 1
    assert f"whatitismadeof(page{page})" in flat
    assert "theglue(Chapter2)" in flat
    with pikepdf.open(built / "handouts" / "the-glue.pdf") as file:
        assert "thebeginning(Chapter1:Thebench)" in re.sub(r"\s+", "", painted(file)[0])


def test_what_the_press_adds_to_a_line_is_tagged_as_a_label_and_every_link_leads_somewhere(built: Path) -> None:
    with pikepdf.open(built / "letters-handout.pdf") as file:
        roles = [(element.S, element) for element in tags.elements(file)]
        links = [element for role, element in roles if role == pikepdf.Name.Link]
        assert all(any(_is_reference(kid) for kid in element.K) for element in some(links))
        text = said(file)
    assert "the guild, and" in text


def _is_reference(kid: Any) -> bool:
    return isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == pikepdf.Name.OBJR


def test_the_foot_of_every_handout_shows_the_page_and_the_pages_of_its_chapter(built: Path) -> None:
    for name in ("letters-handout", "letters-handout-letter", "handouts/the-bench", "handouts/the-glue"):
        with pikepdf.open(built / f"{name}.pdf") as file:
            feet = [re.findall(r"(\d+)\u2009/\u2009(\d+)", page)[-1:] for page in painted(file)]
            shown = [pikepdf.Page(page).label for page in file.pages]
        expected: list[list[tuple[str, str]]] = []
        while len(expected) < len(feet):
            ((_, pages),) = feet[len(expected)]
            expected += [[(str(page), pages)] for page in range(1, int(pages) + 1)] + [[]] * (int(pages) % 2)
        assert feet == expected
        assert all(label == foot[0][0] for label, foot in zip(shown, feet, strict=True) if foot)


def test_the_questions_are_printed_with_room_to_write(book: Book, built: Path) -> None:
    with pikepdf.open(built / "handouts" / "the-bench.pdf") as file:
        text = said(file)
    assert "Questions for discussion" in text
    assert "What do you stand at when you work? See the catalogue." in text
    assert "Which tool would you miss first?" in text
    del book


@pytest.fixture(scope="module")
def laid_out(book: Book) -> dict[str, Layout]:
    """The first chapter in each way, not yet written."""
    made = made_of(book)
    pages = {way: made.page(made.leaves[0], way) for way in ("", "tight")}
    return {way: made.renderer.lay_out(page, made.sheet) for way, page in pages.items()}


def made_of(book: Book, name: str = "folio") -> handout.Handout:
    edition = EDITIONS["handout"]
    return handout.Handout(book, edition, theme.load(name).for_edition(edition))


def boxes_of(layout: Layout, kind: str) -> list[tuple[int, Any]]:
    """Return page and laid-out box of every element of the class *kind*."""
    return [
        (number, box)
        for number, page in enumerate(tree.walk(layout.document.pages))
        for box in page
        if box.element is not None and box.element.get("class") == f"hb-{kind}" and not hasattr(box, "text")
    ]


def test_three_rules_or_two_stand_below_each_question(laid_out: dict[str, Layout]) -> None:
    millimetre = 96 / 25.4
    for way, rules in (("", 3), ("tight", 2)):
        heights = [box.height / millimetre for _, box in boxes_of(laid_out[way], "room")]
        assert heights == pytest.approx([24 * 25.4 / 72 * rules] * 2)


def test_all_questions_stand_on_one_page_behind_the_links(laid_out: dict[str, Layout]) -> None:
    for layout in some(laid_out.values()):
        (questions,) = {number for number, _ in boxes_of(layout, "room")}
        assert questions >= max(number for number, _ in boxes_of(layout, "links"))


def test_every_chapter_fills_whole_sheets(built: Path) -> None:
    for name in ("letters-handout", "letters-handout-letter", "handouts/the-bench", "handouts/the-glue"):
        with pikepdf.open(built / f"{name}.pdf") as file:
            assert len(file.pages) % 2 == 0


def test_a_ruled_page_without_a_number_makes_the_pages_of_a_chapter_even(book: Book) -> None:
    made = made_of(book)
    counts = set()
    for leaf in some(made.leaves):
        plain = len(made.renderer.lay_out(made.page(leaf, ""), made.sheet).pages)
        layout = made.chapter(leaf).layout
        counts.add(plain % 2)
        ruled = [(number, len(box.children)) for number, box in boxes_of(layout, "even")]
        assert ruled == [(plain, 28)] * (plain % 2)
        numbers = [re.findall("(\\d+)\u2009/\u2009(\\d+)", page.margins) for page in layout.pages]
        assert numbers[:plain] == [[(str(at), str(plain))] for at in range(1, plain + 1)]
        assert numbers[plain:] == [[]] * (plain % 2)
        assert leaf.item.label in layout.pages[-1].margins
    assert 1 in counts


def test_the_rules_of_the_column_meet_the_lines_of_text(laid_out: dict[str, Layout]) -> None:
    page = list(list(tree.walk(laid_out[""].document.pages))[1])
    rules = [
        box.position_y + box.height for box in page if box.element is not None and box.element.get("class") == "hb-rule"
    ]
    lines = [
        box.position_y + box.baseline for box in page if type(box).__name__ == "LineBox" and box.element.tag == "p"
    ]
    point = 96 / 72
    near = [min(abs(rule - line) for line in lines) / point for rule in rules]
    # Every second rule stands under a line.
    assert sum(distance < 1.5 for distance in near) >= len(rules) * 0.4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "de",
            (
                "Notizen",
                "Datum",
                "Lesezeit:",
                "Fragen zum Gespräch",
                "Links in diesem Kapitel",
                "Kapitel eins",
                "Seite",
            ),
        ),
        ("ja", ("メモ", "氏名", "日付", "読了時間：約1分", "この章のリンク", "第一章", "（")),
    ],
)
def test_a_handout_speaks_the_language_of_its_book(language: str, words: tuple[str, ...], tmp_path: Path) -> None:
    source = workshop(tmp_path / "book", language=language)
    (source / "01-the-bench.md").write_text(BENCH.replace(SENTENCE, ""), "utf-8")
    read = press.read(source).book
    made = made_of(read)
    page = made.page(made.leaves[0], "")
    shown = re.sub(r"<[^>]*>", "", page)  # the figure of a chapter stands in an element of its own
    for word in some(words):
        assert word in shown
    assert 'class="hb-head"' in page  # no site, no code


def test_all_languages_have_all_words_of_the_handout() -> None:
    mine = ("edition_handout", "purpose_handout", "handout_single", "handout_name", "handout_date", "handout_notes")
    for language in some(languages()):
        table = languages()[language] if "-" not in language and language != "nn" else labels(language)
        for name in (*mine, "handout_links", "reading_time", "code_of", "aside"):
            assert name in table or language == "en", f"{language} lacks {name}"
        assert "{n}" in labels(language)["reading_time"]
        assert "{address}" in labels(language)["code_of"]


def test_reading_takes_a_minute_at_least_and_japanese_is_counted_by_letters(book: Book) -> None:
    chapter = book.spine[0]
    assert leaves.minutes(replace(chapter, body=Body.of("<p>Short.</p>"))) == 1
    assert leaves.minutes(replace(chapter, body=Body.of(f"<p>{'word ' * 460}</p>"))) == 2
    assert leaves.minutes(replace(chapter, body=Body.of(f"<p>{'読' * 1500}</p>"))) == 3


def test_the_download_page_offers_the_wholes_as_cards_and_the_chapters_in_a_list(built: Path) -> None:
    page = (built / "index.html").read_text("utf-8")
    cards, _, rest = page.partition("Single chapters")
    assert '<a href="letters-handout.pdf" aria-label="Handout A4">A4</a>' in cards
    assert '<a href="letters-handout-letter.pdf" aria-label="Handout Letter">Letter</a>' in cards
    assert "handouts/" not in cards
    assert re.findall(r'<a href="(handouts/[^"]+)">([^<]+)</a>', rest) == [
        ("handouts/the-bench.pdf", "The bench"),
        ("handouts/the-glue.pdf", "The glue"),
    ]


def test_a_lost_question_a_lost_word_and_a_lost_address_are_found(built: Path, book: Book, bench: Work) -> None:
    assert proof.words(built, bench, book).status == "passed"
    assert proof.links(built, bench, book).status == "passed"
    chapter = book.spine[0]

    def changed(**fields: Any) -> Book:
        fixed = replace(chapter, **fields)
        return book.map_chapters(lambda one: fixed if one is chapter else one)

    asked = changed(questions=(chapter.questions[0],))
    assert proof.words(built, bench, asked).status == "failed"
    more = changed(
        questions=(*chapter.questions, Body.of("And what more?")),
        wording=reworded(chapter.wording, questions=f"{chapter.wording.questions} {chapter.title}"),
    )
    assert proof.words(built, bench, more).status == "failed"
    longer = changed(body=Body.of(str(chapter.body).replace("Overnight", "") + "<p>One word more.</p>"))
    assert proof.words(built, bench, longer).status == "failed"
    linked = changed(body=Body.of(f'{chapter.body}<p><a hb:kind="external" href="https://lost.example/">x</a></p>'))
    found = proof.links(built, bench, linked)
    assert found.status == "failed"
    assert "https://lost.example/ is not printed in full or as a QR code" in found.problems[0].message
    # A longer address begins with this one; that is not the same.
    shorter = changed(
        body=Body.of(str(chapter.body).replace(GUILD.replace("&", "&amp;"), "https://guild.example.org/rules/"))
    )
    assert proof.links(built, bench, shorter).status == "failed"


def test_two_builds_give_the_same_bytes(built: Path, book: Book) -> None:
    made = handout.make(book, EDITIONS["handout"], theme.load("folio"))
    files, faults = made.files, made.problems
    assert not faults
    assert {name: data == (built / name).read_bytes() for name, data in files.items()} == dict.fromkeys(files, True)

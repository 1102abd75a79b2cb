"""Paper: the printed book, large print and the booklet, checked by the content of their pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from book import press, theme
from book.body import AFTER, MARKS, Body, parse_html
from book.editions import EDITIONS, adapted
from book.labels import labels, languages
from book.paged import inspection, layout_warnings, on_paper
from book.paged.render import Renderer
from book.problems import Severity, ThemeError
from book.proof import pdf_targets
from book.proof.pdf_text import painted
from tests import told_by_pdf
from tests.loops import some
from tests.making import build_book, make_chapter, write_book, write_files

WORDS = "Glue holds the back of a book together, and a book that is opened flat shows how well it was bound. "
TEXT = {
    "handbound.toml": """
title = "The Bindery"
authors = ["A. Binder"]
language = "en"
slug = "bindery"
date = "2026-01-31"
sidebar = ["preface.md", { part = "The bench", chapters = ["one.md", "two.md"] }, "three.md"]
""",
    "preface.md": f"---\nrole: preface\n---\n# Before\n\n{WORDS * 4}\n",
    "one.md": f"""# One

See [the preface](preface.md), [the second chapter](two.md), [a place](https://example.org/a/b?c=1) and <https://example.net/plain>.
The same [place](https://example.org/a/b?c=1) again, and [another](https://example.com/).[^1]

[^1]: A note that leads to [a third](http://example.edu/third).

## A section of it

{(WORDS * 6 + chr(10) + chr(10)) * 9}
""",
    "two.md": f"""# Two

{WORDS}

| {" | ".join(f"Column{n}" for n in range(1, 13))} |
|{"---|" * 12}
| {" | ".join(f"Incomprehensible{n}" for n in range(1, 13))} |

```
{"a line of code that is longer than any measure, " * 4}
```
""",
    "three.md": f"# Three\n\n{WORDS}\n",
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    """The three editions of a small book, built and proved."""
    return build_book(tmp_path_factory.mktemp("bindery"), TEXT, ("print", "large", "booklet"))


@pytest.fixture(scope="module")
def printed(out: Path) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(out / "bindery-print.pdf") as found:
        yield found


def text(page: pikepdf.Page) -> str:
    return " ".join(" ".join(text for _, text in told_by_pdf.texts(page)).replace("\u200b", "").split())


def tight(said: str) -> str:
    """Return *said* without spaces, because text painted in pieces has none between them."""
    return re.sub(r"\s", "", said)


def label(page: pikepdf.Page) -> str:
    return str(page.label)


def where(found: pikepdf.Pdf) -> dict[str, int]:
    """Return for each id the index of its page."""
    return pdf_targets.pages(found)


def test_every_edition_on_paper_passes_its_proofs(out: Path) -> None:
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert {check["status"] for check in report["checks"] if check["work"].endswith(".pdf")} == {"passed"}
    assert [work["path"] for work in report["works"]] == [
        "bindery-print.pdf",
        "bindery-large.pdf",
        "bindery-booklet.pdf",
        "bindery-booklet-letter.pdf",
        "booklets/preface.pdf",
        "booklets/one.pdf",
        "booklets/two.pdf",
        "booklets/three.pdf",
    ]


def test_the_printed_book_has_its_trim_and_a_bleed(printed: pikepdf.Pdf) -> None:
    for page in some(printed.pages):
        left, bottom, right, top = (float(side) for side in page.trimbox)
        assert (right - left, top - bottom) == pytest.approx((432, 648), abs=0.1)  # 6 x 9 in
        bleed, sheet = ([float(side) for side in box] for box in (page.bleedbox, page.mediabox))
        assert [bleed[0] - left, bleed[3] - top] == pytest.approx([-8.5, 8.5], abs=0.1)  # 3 mm
        assert [sheet[0] - left, sheet[3] - top] == pytest.approx([-17, 17], abs=0.1)  # and room for the marks


def test_every_chapter_and_part_opens_on_the_right(printed: pikepdf.Pdf) -> None:
    found = where(printed)
    assert {found[slug] % 2 for slug in ("preface", "one", "two", "three")} == {0}


def test_front_matter_has_roman_folios_and_the_body_begins_at_1(printed: pikepdf.Pdf) -> None:
    found = where(printed)
    labels_of = [label(page) for page in printed.pages]
    assert labels_of[:6] == ["i", "ii", "iii", "iv", "v", "vi"]
    assert labels_of[found["preface"]] == "vii"
    start = labels_of.index("1")
    assert start % 2 == 0
    assert labels_of[start:] == [str(number) for number in range(1, len(labels_of) - start + 1)]


def test_a_printed_folio_is_the_label_of_its_page(printed: pikepdf.Pdf) -> None:
    for page in some(list(printed.pages)[4:]):
        said = text(page)
        if said and "The bench" not in said:
            assert re.search(rf"(?:^|\D){label(page)}(?:\D|$)", said), (label(page), said[-80:])


def test_a_blank_verso_carries_no_folio_and_no_head(printed: pikepdf.Pdf) -> None:
    found = where(printed)
    before = [found["one"] - 1, found["two"] - 1]
    assert [text(printed.pages[index]) for index in (1, before[0])] == ["", ""]


def test_the_running_heads_are_the_chapter_on_the_left_and_the_section_on_the_right(printed: pikepdf.Pdf) -> None:
    first = where(printed)["one"]
    left, right = text(printed.pages[first + 1]), text(printed.pages[first + 2])
    assert re.search(r"\bOne\b", left)
    assert "A section of it" in right
    assert text(printed.pages[first]).count("One") == 1  # no running head on an opener


def test_every_number_in_the_contents_is_that_of_the_page(printed: pikepdf.Pdf) -> None:
    said = " ".join(painted(printed.pages[4]).values())  # leaders and folios have no tag
    found = where(printed)
    for slug, title in (("preface", "Before"), ("one", "One"), ("two", "Two"), ("three", "Three")):
        number = label(printed.pages[found[slug]])
        assert re.search(rf"{title}\s+{number}(?!\w)", said), (title, number, said)


def test_on_paper_an_inner_link_shows_its_page_and_an_outer_link_its_address(printed: pikepdf.Pdf) -> None:
    found = where(printed)
    first = found["one"]
    chapter = " ".join(text(printed.pages[index]) for index in range(first, found["two"]))
    assert tight("the preface (page vii)") in tight(chapter)
    assert tight(f"the second chapter (page {label(printed.pages[found['two']])})") in tight(chapter)
    listed = chapter[chapter.index("Links in this chapter") :]
    assert tight(listed).startswith(
        tight("Links in this chapter example.org/a/b?c=1 example.com example.edu/third 1.2.3.")
    )
    assert all(f"[{number}]" in tight(chapter) for number in (1, 2, 3))
    assert "example.net" not in listed  # its address stands in the text
    assert "http" not in listed


def test_no_text_in_large_print_is_small(out: Path) -> None:
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert not [problem for problem in report["problems"] if problem["code"] == "E125"]
    with pikepdf.open(out / "bindery-large.pdf") as found:
        for page in some(found.pages):
            assert [float(side) for side in page.mediabox][2:] == pytest.approx([595.3, 841.9], abs=0.1)
            assert min(sizes(page), default=16.0) >= 15.99


def sizes(page: pikepdf.Page) -> list[float]:
    """Return the font sizes on a page in points; the page is drawn in CSS pixels."""
    found, matrix, stack = [], pikepdf.Matrix(), []
    for instruction in pikepdf.parse_content_stream(page, "q Q cm Tf Tm Tj TJ"):
        operands, word = instruction.operands, str(instruction.operator)
        if word == "q":
            stack.append(matrix)
        elif word == "Q":
            matrix = stack.pop()
        elif word == "cm":
            matrix = pikepdf.Matrix(*map(float, operands)) @ matrix
        elif word == "Tf":
            size = float(operands[1])
        elif word == "Tm":
            place = pikepdf.Matrix(*map(float, operands)) @ matrix
        else:
            found.append(abs(place.d) * size)
    return found


def test_a_theme_whose_large_print_is_small_or_pale_is_refused(tmp_path: Path) -> None:
    for tokens, said in (
        ('[edition.large.type]\nsmall_size = "9pt"\n', "16pt or more"),
        ('[color.muted]\nlight = "#625b55"\ndark = "#a59c92"\nprint = "#6b6b6b"\n', "7 : 1"),
    ):
        write_files(tmp_path / "themes/ours", {"theme.toml": 'extends = "folio"\n', "tokens.toml": tokens})
        look = theme.load("ours", tmp_path)
        look.for_edition(EDITIONS["print"])
        with pytest.raises(ThemeError, match=said):
            look.for_edition(EDITIONS["large"])


@pytest.mark.needs_pango
def test_a_table_of_words_that_no_column_holds_is_reported_at_its_line_and_stays_on_the_page(tmp_path: Path) -> None:
    word = "4a8f13b2c70d965e" * 10  # nobody knows where to hyphenate it
    chapter = f"# One\n\n| Column | Column |\n|---|---|\n| {word} | {word} |\n"
    book = write_files(
        tmp_path / "book", {"handbound.toml": 'title = "T"\nlanguage = "de"\nslug = "t"\n', "one.md": chapter}
    )
    result = press.build(book, tmp_path / "out", editions=("print",))
    told = [
        (one.code, one.place.path, one.place.line) for one in result.report.problems if one.code in {"E120", "E121"}
    ]
    assert told == [("E121", "one.md", 3)]
    with pikepdf.open(tmp_path / "out" / "t-print.pdf") as found:
        assert "".join(tight(text(page)) for page in found.pages).replace("-", "").count(word) == 2


def test_every_cell_of_a_wide_table_is_on_a_page(out: Path) -> None:
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert not [one for one in report["problems"] if one["code"] in {"E120", "E121"}]
    with pikepdf.open(out / "bindery-print.pdf") as found:
        whole = re.sub(r"\W", "", "".join(text(page) for page in found.pages))
    for number in range(1, 13):
        assert f"Incomprehensible{number}" in whole


def test_a_line_outside_the_page_is_a_warning_and_the_rest_is_a_note() -> None:
    assert layout_warnings.OUTSIDE.severity is Severity.WARNING
    assert {kind.severity for kind, _, _ in layout_warnings.MESSAGES.values()} == {Severity.WARNING, Severity.NOTE}


def laid(body: str) -> inspection.Inspection:
    sheet = "@page { size: 300px 200px; margin: 20px } body { margin: 0 } p, h2 { margin: 0; font: 16px/20px serif }"
    page = f'<html lang="en"><style>{sheet}</style><section class="hb-chapter" id="a">{body}</section></html>'
    return inspection.inspect(Renderer({}).lay_out(page).pages)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("heading last", "<p>a<br>b<br>c<br>d<br>e<br>f<br>g</p><h2>Head</h2><p style='break-before: page'>x</p>"),
        ("widow", "<p style='orphans: 1; widows: 1'>" + "a<br>" * 8 + "b</p>"),
        ("short line", "<p>a b <span style='white-space: nowrap'>" + "long" * 8 + "</span> c</p>"),
        ("outside", "<p style='white-space: nowrap'>" + "long " * 20 + "</p>"),
        ("outside", '<div class="hb-table" data-table="1"><table><tr><td>' + "long" * 30 + "</td></tr></table></div>"),
    ],
)
@pytest.mark.needs_pango
def test_what_a_printer_would_not_let_pass_is_found(kind: str, body: str) -> None:
    found = laid(body)
    assert kind in {one.kind for one in found.defects}
    assert [table.table for table in found.wide_tables] == (["1"] if "data-table" in body else [])
    assert laid("<p>" + "a few words and " * 12 + "</p>").defects == ()


def test_page_references_speak_the_language_of_the_chapter() -> None:
    said = {}
    for language in ("en", "de", "ja"):
        body = parse_html('<p>so <a href="#x">there</a>.</p>')
        on_paper.annotate(body, make_chapter(language=language), frozenset())
        (mark,) = body.xpath("//span[@hb:after]", namespaces={"hb": MARKS})
        said[language] = Body(body).text + mark.get(AFTER)
    assert said == {"en": "so there (page .)", "de": "so there (Seite .)", "ja": "so there（.ページ）"}


def test_an_entry_of_a_glossary_is_found_without_a_page_number(tmp_path: Path) -> None:
    chapters = {
        "a.md": "# A\n\nA [term](z.md#term), and [a part](#b).\n\n## B\n",
        "z.md": "---\nrole: glossary\n---\n\n[Term]{#term}\n: A word.\n",
    }
    book = press.read(write_book(tmp_path / "book", chapters)).book
    first = next(chapter for chapter in book.spine if chapter.title == "A")
    body = first.body.copy()
    on_paper.annotate(body, first, frozenset(), on_paper.glossary_ids(book))
    assert Body(body).text.startswith("A term, and a part (page ")


def test_the_words_of_paper_are_there_in_every_language() -> None:
    english = labels("en")
    for language in some(languages()):
        own = labels(language)
        for word in ("edition_print", "edition_large", "edition_booklet", "addresses", "page_reference"):
            assert own[word]
            assert language == "en" or own[word] != english[word] or word == "page_reference"
        assert own["page_reference"].count("{n}") == 1


def test_the_settings_choose_the_trim_and_the_signature() -> None:
    from book import settings

    chosen = settings.parse('title = "x"\n[print]\ntrim = "a5"\nsignature = 16\n')
    look = theme.load("folio")
    small = adapted(EDITIONS["print"], chosen, look)
    assert (small.page, small.trim and small.trim.width_mm) == ("a5", 148)
    booklet = adapted(EDITIONS["booklet"], chosen, look)
    assert (booklet.signature, booklet.page, booklet.trim) == (16, "a5", small.trim)
    assert "148mm 210mm" in look.for_edition(small).sheet(*small.sheets, mode="print")
    assert adapted(EDITIONS["epub"], chosen, look) == EDITIONS["epub"]

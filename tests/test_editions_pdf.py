"""The PDF of the little book in `tests/editions/book`: it is opened, and its facts are checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from book import theme
from book.editions import EDITIONS
from book.proof import pdf_text
from book.proof.pdf_targets import pages
from tests import told_by_pdf
from tests.little_handbook import SLUG, built_in
from tests.loops import some

pytestmark = pytest.mark.usefixtures("exact_letters")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, pango: bool) -> Path:
    return built_in(tmp_path_factory, pango=pango)


@pytest.fixture(scope="module")
def pdf(built: Path, needs_pango: None) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(built / f"{SLUG}.pdf") as opened:
        yield opened


@pytest.fixture(scope="module")
def painted(pdf: pikepdf.Pdf) -> list[list[str]]:
    """The text of each page in the order of painting, with running heads and folio last."""
    return [list(paint(page)) for page in pdf.pages]


def paint(page: pikepdf.Page) -> Iterator[str]:
    """Yield the texts of a page: those with a tag by their numbers, then those without."""
    if "/Font" in page.resources:
        tagged = pdf_text.painted(page)
        yield from (tagged[number] for number in sorted(tagged))
        yield from (text for number, text in told_by_pdf.texts(page) if number < 0)


def folio_of(texts: list[str]) -> str:
    """Return the folio of a page; empty if it has none. Leaders, which are no words either, are painted before it."""
    match = re.search(r"(?:^|\.)(\d+)$", texts[-1]) if texts else None
    return match[1] if match else ""


def test_the_title_page_says_authors_title_subtitle_and_publisher_and_has_no_folio(painted: list[list[str]]) -> None:
    assert painted[0] == [], "the cover is a drawing"
    assert painted[1] == [
        "Ada Writer, Ben Writer",
        "The “Little”",
        "Handbook",
        "All that a book can hold",
        "The Small Press",
    ]
    assert "Screen edition · Version 2 · 31 January 2026" in painted[2], "the imprint"


def test_every_number_in_the_contents_is_the_label_of_its_page(pdf: pikepdf.Pdf, painted: list[list[str]]) -> None:
    (number,) = (number for number, said in enumerate(painted) if said and said[0].casefold() == "contents")
    where = pages(pdf)
    # Links of one entry lead to one id; behind the leader of a chapter, or the words of a section, stands the number printed.
    targets = list(dict.fromkeys(str(link.Dest) for link in pdf.pages[number].Annots))
    assert folio_of(painted[number]) == str(number + 1), "the folio"
    lines = [text for text in painted[number][1:-1] if not re.fullmatch(r"[\s.·]*", text)]
    line = "|".join(lines) + "|"
    folios = re.findall(r"\|\s+(\d+)(?=\|)", line)
    assert len(folios) == len(targets) == 10, (line, targets)
    for target, folio in zip(targets, folios, strict=True):
        page = where[target]
        assert int(folio) == page + 1
        if "part" not in target:
            assert painted[page][-1] == folio, "the folio on that page"


def test_the_page_labels_are_the_printed_folios(pdf: pikepdf.Pdf, painted: list[list[str]]) -> None:
    labels = pdf.Root.PageLabels.Nums
    assert (int(labels[0]), labels[1].get("/S"), labels[1].get("/P"), labels[1].get("/St")) == (
        0,
        pikepdf.Name.D,
        None,
        None,
    )
    shown = {number: folio for number, said in enumerate(painted, 1) if (folio := folio_of(said))}
    assert shown == {number: str(number) for number in shown}
    assert len(shown) == len(painted) - 5, "all but the cover, the title page, the imprint and the two parts"


def test_running_heads_stand_on_every_page_but_openers(painted: list[list[str]]) -> None:
    (opener,) = (said for said in painted if "row 1" in said)
    assert (opener.count("Tables"), opener.count("The table")) == (1, 1), "an opener has no running head"
    after = [said for said in painted if said and said[0] == "Name"]
    assert [said[-3:] for said in after] == [["Tables", "The table", "10"], ["Tables", "The table", "11"]]
    part = "".join(painted[5]).casefold()
    assert part == "part onefirst part1 where it “starts”2 tables", "the page of a part has neither head nor folio"


def test_the_bookmarks_are_the_contents(pdf: pikepdf.Pdf) -> None:
    def told(items: list[pikepdf.OutlineItem]) -> list[object]:
        found: list[object] = []
        for item in items:
            found.append(str(item.title))
            if item.children:
                found.append(told(list(item.children)))
        return found

    with pdf.open_outline() as outline:
        assert told(list(outline.root)) == [
            "The “Little” Handbook",
            "Contents",
            "Preface",
            "First part",
            ["Where it “starts”", ["A section", "A section"], "Tables", ["The table"]],
            "Second part",
            ["A hidden title", "Ein deutsches Kapitel"],
            "Colophon",
        ]


def test_links_of_the_pdf_are_live_inside_and_outside(pdf: pikepdf.Pdf) -> None:
    where = pages(pdf)
    annotations = [
        link for page in pdf.pages for link in page.get("/Annots", ()) if link.get("/Subtype") == pikepdf.Name.Link
    ]
    inside = {str(link.Dest) for link in annotations if "/Dest" in link}
    outside = {str(link.A.URI) for link in annotations if "/A" in link}
    assert inside <= set(where)
    assert {
        "preface",
        "start-a-section",
        "start-a-section-2",
        "table-the-table",
        "start-note-1",
    } <= inside
    assert "deutsch-noteref-1" not in inside, "a note on the page of its call needs no way back"
    assert outside == {
        "https://example.org/guide?a=b&c=d",
        "https://example.org/pricing",
        "https://creativecommons.org/licenses/by/4.0/",
    }
    assert all("/URI" in link.A for link in annotations if "/A" in link)
    assert not any(name in pdf.Root for name in ("/OpenAction", "/AA", "/AcroForm"))
    assert "/JavaScript" not in pdf.Root.get("/Names", {})


def test_the_pdf_is_tagged_with_language_title_and_embedded_fonts(pdf: pikepdf.Pdf) -> None:
    assert str(pdf.Root.Lang) == "en-GB"
    assert bool(pdf.Root.MarkInfo.Marked)
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    assert str(pdf.docinfo["/Title"]) == "The “Little” Handbook"
    assert str(pdf.docinfo["/Keywords"]) == "Handbooks", (
        "the subjects, by which programs for libraries of books file it"
    )
    assert "/StructTreeRoot" in pdf.Root
    with pdf.open_metadata() as xmp:
        assert xmp["pdfuaid:part"] == "1"
    fonts = {}
    for page in pdf.pages:
        for font in page.Resources.get("/Font", {}).values():  # may be empty: a page without letters
            below = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            fonts[str(font.BaseFont)] = any(
                name in below.FontDescriptor for name in ("/FontFile", "/FontFile2", "/FontFile3")
            )
            assert "/ToUnicode" in font
    assert all(fonts.values())
    assert all(re.fullmatch(r"/[A-Z]{6}\+Handbound-.*", name) for name in fonts), "no font of this machine"


def test_every_page_of_the_pdf_has_the_trim_of_its_edition(pdf: pikepdf.Pdf) -> None:
    trim = theme.load("folio").sized(EDITIONS["pdf"]).trim
    assert trim
    for page in some(pdf.pages):
        width, height = (float(side) * 25.4 / 72 for side in page.mediabox[2:])
        assert (round(width, 1), round(height, 1)) == (trim.width_mm, trim.height_mm)

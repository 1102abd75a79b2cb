"""What the validators check in pages and EPUBs, as far as it shows without a browser; the book is tests/everything."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import zipfile
from collections import Counter
from pathlib import Path

import html5lib
import pytest
from lxml import etree

from book import press
from book.labels import label
from tests.making import build_book

XHTML = "{http://www.w3.org/1999/xhtml}"
TYPE = "{http://www.idpf.org/2007/ops}type"
HEADINGS = tuple(f"h{level}" for level in range(1, 7))


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("web")
    assert press.build(root / "tests/everything/book", out / "book", editions=("epub", "html")).status == 0
    assert press.build(root / "tests/everything/screens", out / "screens", editions=("epub", "html")).status == 0
    return out


@pytest.fixture(scope="module")
def text(built: Path) -> str:
    return (built / "book/one-of-each.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> etree._Element:
    parser = html5lib.HTMLParser(html5lib.getTreeBuilder("lxml"), namespaceHTMLElements=False, strict=True)
    tree: etree._ElementTree[etree._Element] = parser.parse(text)
    return tree.getroot()


@pytest.fixture(scope="module")
def chapters(built: Path) -> dict[str, etree._Element]:
    with zipfile.ZipFile(built / "book/one-of-each.epub") as book:
        names = [name for name in book.namelist() if name.endswith(".xhtml")]
        return {Path(name).stem: etree.fromstring(book.read(name)) for name in names}


@pytest.fixture(scope="module")
def package(built: Path) -> str:
    with zipfile.ZipFile(built / "book/one-of-each.epub") as book:
        return book.read("EPUB/content.opf").decode("utf-8")


def classed(root: etree._Element, tag: str, name: str) -> list[etree._Element]:
    return [one for one in root.iter(tag) if f"hb-{name}" in (one.get("class") or "").split()]


# The page.


def test_no_fact_of_the_edition_ends_with_the_sign_before_the_next_one(page: etree._Element) -> None:
    facts = ["".join(map(str, fact.itertext())) for fact in classed(page, "span", "fact")]
    assert len(facts) > 1
    assert not [fact for fact in facts if "\u00b7" in fact]  # the style sheet prints it, but not where a line begins


def test_a_box_that_scrolls_can_be_focused_and_has_a_unique_name(page: etree._Element) -> None:
    boxes = [*page.iter("pre"), *classed(page, "div", "table")]
    assert len(boxes) > 30
    assert all((box.get("tabindex"), box.get("role")) == ("0", "region") for box in boxes)
    names = Counter(box.get("aria-label") for box in boxes)
    assert set(names.values()) == {1}
    assert "Table 7.1 With a caption, and slant in it." in names


def test_a_page_has_one_main_part_and_no_chapter_a_landmark_of_the_page(page: etree._Element) -> None:
    (main,) = page.iter("main")
    assert not list(main.iter("footer"))
    assert {head.get("class", "").split()[0] for head in main.iter("header")} == {"hb-opener"}
    assert all(aside.get("role") in {"note", "doc-footnote"} for aside in main.iter("aside"))


def test_every_section_and_article_has_a_heading_or_a_name(page: etree._Element) -> None:
    boxes = [*page.iter("section", "article")]
    assert len(boxes) > 10
    bare = [box for box in boxes if not box.get("aria-label") and next(box.iter(*HEADINGS), None) is None]
    assert bare == []


def test_signs_are_drawn_by_the_style_sheet_and_have_words_for_those_who_hear_the_page(page: etree._Element) -> None:
    backs = classed(page, "a", "backlink")
    assert backs
    # The second and later ways back from a note bear their number.
    assert all(back.get("aria-label") and back.text is None and [*back][1:] == back.findall("sup") for back in backs)
    marks = classed(page, "span", "task")
    assert {(mark.get("role"), mark.get("aria-label"), mark.text) for mark in marks} == {
        ("img", "done", None),
        ("img", "to do", None),
    }
    # Without a style sheet, as in reading modes, there are letters in their place.
    hidden = {sign[0].text for sign in (*backs, *marks) if sign[0].get("class") == "hb-plain hb-added"}
    assert hidden == {"↩", "[x] ", "[ ] "}


def test_the_number_that_calls_a_note_is_raised_without_a_style_sheet(page: etree._Element) -> None:
    calls = classed(page, "a", "noteref")
    assert calls
    assert {(call.text, *(inner.tag for inner in call)) for call in calls} == {(None, "sup")}
    assert all(call[0].text == call.get("href", "").rpartition("-")[2] for call in calls)


def test_the_page_has_no_tag_or_attribute_that_html_does_not_know(text: str, page: etree._Element) -> None:
    assert "</wbr>" not in text
    assert not list(page.iter("tt", "center", "font"))
    assert not [image for image in page.iter("img") if image.get("role") and not image.get("alt")]


def test_the_policy_allows_the_one_script_and_no_other(text: str) -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script == script.strip()
    policy = html.unescape(re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[0])
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    assert f"script-src 'sha256-{digest}';" in policy


def test_a_bare_address_is_marked_so_that_paper_shows_it_once(page: etree._Element) -> None:
    bare = {"".join(link.itertext()) for link in classed(page, "a", "uri")}
    assert "https://example.org/quotation" in bare
    assert not any(" " in address for address in bare)


# The EPUB.


def test_the_notes_of_a_chapter_are_a_box_with_a_name_and_no_section(chapters: dict[str, etree._Element]) -> None:
    (notes,) = (one for one in chapters["deutsch"].iter(f"{XHTML}*") if one.get(TYPE) == "footnotes")
    assert (notes.tag, notes.get("role"), notes.get("aria-label")) == (f"{XHTML}div", "doc-endnotes", "Anmerkungen")


def test_every_document_of_the_epub_that_has_headings_begins_with_the_first_level(
    chapters: dict[str, etree._Element],
) -> None:
    first = {
        name: next((str(one.tag).removeprefix(XHTML) for one in root.iter(*(f"{XHTML}{h}" for h in HEADINGS))), None)
        for name, root in chapters.items()
    }
    assert first["raw"] == "h1"  # its title is not shown
    assert set(first.values()) <= {"h1", None}


def test_a_table_of_the_epub_can_be_reached_and_has_a_name_in_the_language_of_its_chapter(built: Path) -> None:
    with zipfile.ZipFile(built / "screens/on-screens.epub") as book:
        farsi = etree.fromstring(book.read("EPUB/farsi.xhtml"))
        formulas = book.read("EPUB/formulas.xhtml").decode("utf-8")
    (box,) = classed(farsi, f"{XHTML}div", "table")
    assert (box.get("tabindex"), box.get("role"), box.get("aria-label")) == ("0", "region", label("fa", "table", n=1))
    assert "<ruby>漢<rt>kan</rt></ruby>" in formulas


def test_the_package_declares_only_what_was_examined(package: str) -> None:
    said = dict(re.findall(r'<meta property="schema:(accessModeSufficient|accessibilitySummary)">([^<]*)<', package))
    assert said["accessModeSufficient"] == "textual,visual"  # one image says nothing
    assert "Some images have no description." in said["accessibilitySummary"]
    assert "alternativeText" not in package


def test_a_long_word_breaks_rather_than_leave_the_screen(built: Path) -> None:
    with zipfile.ZipFile(built / "book/one-of-each.epub") as book:
        sheet = book.read("EPUB/style.css").decode("utf-8")
    assert re.search(r"body \{[^}]*overflow-wrap: break-word", sheet)


def test_chapters_of_one_title_are_no_landmarks_of_one_name(tmp_path: Path) -> None:
    files = {
        name: f"# {title}\n\nWords.\n"
        for name, title in (("a.md", "Overview"), ("b.md", "Bench"), ("c.md", "Overview"))
    }
    page = (
        build_book(tmp_path, {"handbound.toml": 'title = "T"\nslug = "t"\n', **files}, ("html",)) / "t.html"
    ).read_text("utf-8")
    sections = re.findall(r'<section class="hb-chapter" id="(\w+)"( aria-label\w*)?', page)
    assert [(name, bool(named)) for name, named in sections] == [("a", False), ("b", True), ("c", False)]

"""The page map: which letter begins a page, and the marks that say so."""

from __future__ import annotations

import pytest

from book.body import Body
from book.html_names import EPUB_TYPE
from book.model import Book, Page
from book.paged import page_map
from book.paged.render import Renderer
from tests.making import ABOUT, make_chapter

TEXT = Body.of(
    "<p>One two three, four.</p><table><thead><tr><th>Head</th></tr></thead><tbody><tr><td>five</td></tr></tbody></table>"
)


def letters(body: Body) -> str:
    """Return the letters of a body, as the map counts them."""
    return "".join(letter for letter in body.text if letter.isalnum())


def test_a_mark_stands_before_the_letter_that_begins_the_page() -> None:
    marked = page_map.mark(TEXT, (Page(label="7", place="a", letters=6),), "en", epub=True)
    root = marked.root
    (span,) = root.xpath("//span[@role='doc-pagebreak']")
    assert (span.get("id"), span.get("aria-label"), span.get(EPUB_TYPE)) == ("page-7", "page 7", "pagebreak")
    assert span.tail == "three, four."
    assert letters(marked) == letters(TEXT)


def test_several_pages_may_begin_in_one_piece_of_text_and_after_an_element() -> None:
    body = "<p>One <em>two</em> three four</p>"
    wanted = tuple(Page(label=str(n), place="a", letters=at) for n, at in ((1, 0), (2, 6), (3, 11)))
    root = page_map.mark(Body.of(body), wanted, "de", epub=False).root
    assert [span.tail for span in root.iter("span")] == ["One ", "three ", "four"]
    assert [span.get("title") for span in root.iter("span")] == ["Seite 1", "Seite 2", "Seite 3"]


def test_a_chapter_without_pages_stays_as_it_is() -> None:
    assert page_map.mark(TEXT, (), "en", epub=True) is TEXT


@pytest.mark.needs_pango
def test_the_map_is_read_from_the_laid_out_pages_and_a_head_that_is_printed_again_counts_once() -> None:
    rows = "".join(f"<tr><td>row{n}</td></tr>" for n in range(40))
    source = (
        "<style>@page { size: 80mm 60mm; margin: 5mm; @bottom-center { content: counter(page); } }</style>"
        "<section class=hb-chapter id=a><header class=hb-opener><h1>Title</h1></header><p>Before</p>"
        f"<table><thead><tr><th>Head</th></tr></thead><tbody>{rows}</tbody></table></section>"
        "<section class=hb-chapter id=b style='break-before: page'><p>Last</p></section>"
    )
    pages = Renderer({}).lay_out(source).pages
    labels = [str(number) for number in range(1, len(pages) + 1)]
    found = page_map.read(pages, labels)
    body = "Before" + "Head" + "".join(f"row{n}" for n in range(40))
    assert len(found) > 3
    assert (found[0].label, found[0].place, found[0].letters, found[0].title) == ("1", "a", 0, True)
    assert found[-1] == Page(label=labels[-1], place="b", title=True, begins="last")
    for page in found[1:-1]:
        assert body[page.letters :].startswith("row")
        assert body[page.letters :].casefold().startswith(page.begins)
    assert set(page_map.by_place(found)) == {"a", "b"}


@pytest.mark.needs_pango
def test_what_stands_at_the_foot_and_what_the_press_adds_is_not_counted() -> None:
    source = (
        "<style>@page { size: 90mm 60mm; margin: 5mm } .note { float: footnote }</style>"
        "<section data-place=contents><p>Contents</p></section>"
        "<section class=hb-chapter id=a style='break-before: page'><header class=hb-opener><h1>Title</h1></header>"
        "<p>Body<span class=note>A note at the foot</span> <span class=hb-added>(page 3)</span></p>"
        "<p style='break-before: page'>Again</p></section>"
    )
    assert page_map.read(Renderer({}).lay_out(source).pages, ("i", "1", "2")) == (
        Page(label="i", place="contents", title=True, begins="contents"),
        Page(label="1", place="a", title=True, begins="body"),
        Page(label="2", place="a", letters=4, begins="again"),
    )


def bound(body: str, *where: Page) -> Book:
    return Book(metadata=ABOUT, main=(make_chapter(body),), pages=where, paged="t.pdf")


def test_a_page_that_was_counted_wrong_is_found_by_its_first_letters_and_one_that_is_nowhere_is_reported() -> None:
    body = "<p>Cells of a row go on over pages and are counted in another order.</p>"
    book = bound(body)
    wrong = Page(label="2", place="a", letters=3, begins=page_map.folded("pages and are counted in another"))
    nowhere = Page(label="3", place="a", letters=9, begins="nothinglikethisishere")
    (fixed, lost), problems = page_map.agreed((wrong, nowhere), book)
    assert page_map.folded_body(Body.of(body))[fixed.letters :].startswith("pagesand")
    assert lost == Page(label="3")
    assert [problem.code for problem in problems] == ["E130"]


def test_the_second_page_of_the_contents_has_no_mark_elsewhere() -> None:
    first = Page(label="iii", place="contents", title=True)
    second = Page(label="iv", place="contents", letters=400)
    chapter = Page(label="1", place="a", title=True)
    half = Page(label="i", place="half-title", title=True)
    assert page_map.marked(bound("<p>a</p>", half, first, second, chapter)) == (first, chapter)


@pytest.mark.parametrize("epub", [True, False])
def test_marking_adds_marks_and_changes_no_word(*, epub: bool) -> None:
    text = "".join(f"<p>Paragraph {n} (“of” <em>many</em>), and <code>code</code>.</p>" for n in range(30))
    letters_before = page_map.folded_body(Body.of(text))
    where = tuple(Page(label=str(n), place="a", letters=at) for n, at in enumerate(range(0, len(letters_before), 37)))
    (chapter,) = page_map.marks(bound(text, *where), epub=epub).spine
    assert page_map.folded_body(chapter.body) == letters_before
    root = chapter.body.root
    assert [span.get("id") for span in root.iter("span")] == [f"page-{page.label}" for page in where]
    assert all((span.get(EPUB_TYPE) == "pagebreak") is epub for span in root.iter("span"))


@pytest.mark.parametrize(("epub", "name", "other"), [(True, "aria-label", "title"), (False, "title", "aria-label")])
def test_a_mark_is_named_by_what_the_readers_of_its_edition_know(*, epub: bool, name: str, other: str) -> None:
    (before,) = page_map.mark(TEXT, (Page(label="7", place="a", letters=6),), "en", epub=epub).iter("span")
    page = Page(label="iii", place="contents", title=True)
    (opens,) = Body.of(page_map.opening([page], "contents", "en", epub=epub)).iter("span")
    assert [(span.get(name), span.get(other)) for span in (before, opens)] == [("page 7", None), ("page iii", None)]

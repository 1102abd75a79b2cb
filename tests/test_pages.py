"""The page map: which letter begins a page, and the marks that say so."""

from __future__ import annotations

from typing import Any

import pytest

from book import markup, pages

TEXT = "<p>One two three, four.</p><table><thead><tr><th>Head</th></tr></thead><tbody><tr><td>five</td></tr></tbody></table>"


def letters(body: str) -> str:
    """Return the letters of a body, as the map counts them."""
    return "".join(letter for letter in "".join(markup.restore(body).itertext()) if letter.isalnum())


def test_a_mark_stands_before_the_letter_that_begins_the_page() -> None:
    marked = pages.mark(TEXT, (pages.Page(label="7", chapter="a", letters=6),), "en", epub=True)
    root = markup.restore(marked)
    (span,) = root.xpath("//span[@role='doc-pagebreak']")
    assert (span.get("id"), span.get("aria-label"), span.get(markup.EPUB_TYPE)) == ("page-7", "page 7", "pagebreak")
    assert span.tail == "three, four."
    assert letters(marked) == letters(TEXT)


def test_several_pages_may_begin_in_one_piece_of_text_and_after_an_element() -> None:
    body = "<p>One <em>two</em> three four</p>"
    wanted = tuple(pages.Page(label=str(n), chapter="a", letters=at) for n, at in ((1, 0), (2, 6), (3, 11)))
    root = markup.restore(pages.mark(body, wanted, "de", epub=False))
    assert [span.tail for span in root.iter("span")] == ["One ", "three ", "four"]
    assert [span.get("aria-label") for span in root.iter("span")] == ["Seite 1", "Seite 2", "Seite 3"]


def test_a_chapter_without_pages_stays_as_it_is() -> None:
    assert pages.mark(TEXT, (), "en", epub=True) is TEXT


def test_the_map_is_read_from_the_laid_out_pages_and_a_head_that_is_printed_again_counts_once(*, pango: bool) -> None:
    if not pango:
        pytest.skip("Pango is not on this machine")
    import weasyprint

    rows = "".join(f"<tr><td>row{n}</td></tr>" for n in range(40))
    source = (
        "<style>@page { size: 80mm 60mm; margin: 5mm; @bottom-center { content: counter(page); } }</style>"
        "<section class=chapter id=a><header class=opener><h1>Title</h1></header><p>Before</p>"
        f"<table><thead><tr><th>Head</th></tr></thead><tbody>{rows}</tbody></table></section>"
        "<section class=chapter id=b style='break-before: page'><p>Last</p></section>"
    )
    document: Any = weasyprint.HTML(string=source).render()
    labels = [str(number) for number in range(1, len(document.pages) + 1)]
    found = pages.read(document.pages, labels)
    body = "Before" + "Head" + "".join(f"row{n}" for n in range(40))
    assert len(found) > 3
    assert found[0] == pages.Page(label="1", chapter="a", letters=0)
    assert found[-1] == pages.Page(label=labels[-1], chapter="b", letters=0)
    for page in found[1:-1]:
        assert body[page.letters :].startswith("row")
    assert set(pages.by_chapter(found)) == {"a", "b"}

"""Chapters that stand on other sides than they were laid out for: nothing but their own pages depends on the pages before them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pikepdf
import pytest

from book import cache, press
from book.paged import segments, tags
from tests.loops import some
from tests.making import picture, published, write_files
from tests.test_segments import assert_same_pictures
from tests.told_by_pdf import seen

SETTINGS = 'title = "The turn"\nlanguage = "en"\nauthors = ["A. Author"]\nslug = "turn"\ntheme = "aside"\n'
THEME = {
    "themes/aside/theme.toml": 'extends = "folio"\n',
    # The text of a page moves when the page is turned.
    "themes/aside/tokens.toml": '[page.large]\ninner = "31mm"\nouter = "17mm"\n',
}
PAGE = "Words that fill a page of this book. " * 30
SECOND = f"""# The second

To [the first](1.md) and [a site](https://example.org/), with a note.[^1]

![A picture of it](picture.png)

## A section

{PAGE}

{PAGE}

[^1]: It stands below.
"""
EDITIONS = ("large", "booklet")


def book(folder: Path, pages: int = 1) -> Path:
    """Write a book whose first chapter has about so many *pages*."""
    third = f"# The third\n\nTo [the section](2.md#a-section).\n\n{PAGE}\n\n{PAGE}\n"
    files: dict[str, str | bytes] = {"handbound.toml": SETTINGS, "picture.png": picture(), **THEME}
    return write_files(
        folder, {**files, "1.md": "# The first\n\n" + f"{PAGE}\n\n" * pages, "2.md": SECOND, "3.md": third}
    )


def built(source: Path, out: Path, *, plain: bool = False) -> dict[str, bytes]:
    """Build the editions with facing pages; return their files."""
    cache.TALLY.clear()
    assert press.build(source, out, editions=EDITIONS, plain=plain).status == 0
    return {name: data for name, data in published(out).items() if name.endswith(".pdf")}


@pytest.fixture(scope="module")
def outs(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> tuple[Path, Path]:
    """Two output folders of the same book: joined, and as single documents."""
    root = tmp_path_factory.mktemp("turned")
    source = book(root / "book")
    for name, plain in (("joined", False), ("plain", True)):
        built(source, root / name, plain=plain)
    return root / "joined", root / "plain"


def boxes(pdf: pikepdf.Pdf) -> list[list[float]]:
    """Return where the pictures stand that are tagged."""
    attributes = [element.A for element in tags.elements(pdf) if "/BBox" in element.get("/A", ())]
    return [[round(float(side), 3) for side in attribute.BBox] for attribute in attributes]


def test_turned_pages_say_the_same_as_one_document(outs: tuple[Path, Path]) -> None:
    with pikepdf.open(outs[0] / "turn-large.pdf") as joined, pikepdf.open(outs[1] / "turn-large.pdf") as plain:
        left, right = seen(joined), seen(plain)
        for key in some(left):
            assert left[key] == right[key], key
        assert boxes(joined) == boxes(plain) != []
        first_pages = {title: page for title, (page, _, _), _, _ in left["outline"]}
    sides = {first_pages[title] % 2 for title in ("The first", "The second", "The third")}
    assert sides == {0, 1}, "one of the chapters is turned"


@pytest.mark.needs_poppler
@pytest.mark.parametrize("name", ["turn-large.pdf", "turn-booklet.pdf"])
def test_turned_pages_look_the_same_as_one_document(outs: tuple[Path, Path], name: str, tmp_path: Path) -> None:
    assert_same_pictures(outs, name, tmp_path)


def test_a_page_more_lays_out_its_chapter_and_the_contents_alone(outs: tuple[Path, Path], tmp_path: Path) -> None:
    source = book(tmp_path / "book", pages=2)
    shutil.copytree(outs[0], tmp_path / "out")
    after = built(source, tmp_path / "out")
    # Each of the editions: the first chapter, the contents, which name the new pages, and the page numbers.
    assert cache.TALLY[segments.STAGE].made <= 3 * len(EDITIONS)
    assert after == built(source, tmp_path / "again")

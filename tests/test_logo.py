"""The logo of a book, in every edition and theme."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from book import press, theme
from book.images import drawings
from book.problems import Severity
from book.view import cover
from tests.loops import some
from tests.making import write_book

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="32" viewBox="0 0 96 32">'
    '<rect y="8" width="96" height="6" fill="#123456"/></svg>'
)
SETTINGS = 'title = "Lamps"\nlanguage = "en"\nslug = "lamps"\nauthors = ["Ada"]\npublisher = "Bench Press"\n'
THEMES = ("folio", "field", "almanac")


def book_with(folder: Path, settings: str = 'logo = "logo.svg"\n', **files: str | bytes) -> Path:
    """Return a book of one chapter, with the logo."""
    book = write_book(folder / "book", {"one.md": "# Keeping watch\n\nA light at sunset.\n"}, SETTINGS + settings)
    for name, data in {"logo.svg": DRAWING, **files}.items():
        (book / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return book


def png() -> bytes:
    """Return a picture with a transparent ground."""
    out = io.BytesIO()
    Image.new("RGBA", (400, 100), (0, 0, 0, 0)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("name", THEMES)
def test_the_logo_stands_above_the_title_on_the_page_and_in_the_epub(tmp_path: Path, name: str) -> None:
    book = book_with(tmp_path, 'logo = "logo.svg"\nlogo_alt = "A bench"\n')
    made = press.build(book, tmp_path / "out", editions=("html", "epub"), theme_name=name)
    assert not [problem for problem in made.report.problems if problem.severity is not Severity.NOTE]
    page = (tmp_path / "out" / "lamps.html").read_text("utf-8")
    download = (tmp_path / "out" / "index.html").read_text("utf-8")
    with zipfile.ZipFile(tmp_path / "out" / "lamps.epub") as epub:
        title = epub.read("EPUB/title.xhtml").decode("utf-8")
        (address,) = re.findall(r'class="hb-see-through" src="(images/logo-[0-9a-f]+\.svg)"', title)
        assert b"#123456" in epub.read(f"EPUB/{address}")
        assert epub.read("EPUB/content.opf").count(address.encode()) == 1
    for text in some([page, title, download]):
        logo = re.search(r'<div class="hb-logo">\s*<img [^>]*alt="A bench"[^>]*>', text)
        assert logo
        assert logo.start() < text.index("<h1")


@pytest.mark.needs_pango
def test_the_logo_is_drawn_on_the_pages_of_every_paged_edition(tmp_path: Path) -> None:
    book = book_with(tmp_path)
    press.build(book, tmp_path / "out", editions=("pdf", "print", "handout"))
    grey = re.search(r'fill="(#\w+)"', drawings.greyed(DRAWING.encode()).decode())
    assert grey
    places = [("lamps.pdf", 0, "#123456"), ("lamps.pdf", 1, "#123456")]
    places += [("lamps-print.pdf", 2, grey.group(1)), ("lamps-handout.pdf", 0, grey.group(1))]
    for name, index, colour in some(places):
        assert _fill(colour) in _drawn(tmp_path / "out" / name, index), (name, index)


def _fill(colour: str) -> bytes:
    """Return the operands that fill with *colour* in a PDF, as WeasyPrint writes them."""
    return b" ".join(f"{int(colour[at : at + 2], 16) / 255:.6f}".rstrip("0").encode() for at in (1, 3, 5)) + b" rg"


def _drawn(path: Path, index: int) -> bytes:
    with pikepdf.open(path) as pdf:
        return _content(pdf.pages[index])


def _content(page: pikepdf.Page) -> bytes:
    """Return what is drawn on *page*, forms included."""
    page.contents_coalesce()
    parts = [page.obj["/Contents"].read_bytes()]
    resources: list[Any] = [page.obj.get("/Resources", {})]
    while resources:
        for form in dict(resources.pop().get("/XObject", {})).values():
            if form.get("/Subtype") == "/Form":
                parts.append(form.read_bytes())
                resources.append(form.get("/Resources", {}))
    return b"\n".join(parts)


def test_without_words_of_its_own_the_logo_has_the_name_of_the_publisher(tmp_path: Path) -> None:
    book = book_with(tmp_path, 'logo = "logo.png"\n', **{"logo.png": png()})
    press.build(book, tmp_path / "out", editions=("html",))
    page = (tmp_path / "out" / "lamps.html").read_text("utf-8")
    assert re.search(
        r'<img class="hb-see-through" src="data:image/png;base64,[^"]+" alt="Bench Press" width="400"', page
    )


def test_a_logo_that_does_not_exist_is_reported_and_left_out(tmp_path: Path) -> None:
    book = book_with(tmp_path, 'logo = "lgo.svg"\n')
    made = press.build(book, tmp_path / "out", editions=("html",))
    problem = next(problem for problem in made.report.problems if problem.code == "I101")
    assert problem.message == "there is no image 'lgo.svg'; the logo is left out"
    assert str(problem.place).startswith("handbound.toml:")
    assert problem.fix == "did you mean logo.svg?"
    assert "hb-logo" not in re.sub(
        "<style>.*?</style>", "", (tmp_path / "out" / "lamps.html").read_text("utf-8"), flags=re.S
    )


@pytest.mark.parametrize("name", THEMES)
def test_the_cover_shows_the_logo_above_the_names(tmp_path: Path, name: str) -> None:
    read = press.read(book_with(tmp_path)).book
    drawing = cover.svg(read, theme.load(name)).decode()
    (address,) = re.findall(r'href="data:image/svg\+xml;base64,([^"]+)"', drawing)
    assert b"#123456" in base64.b64decode(address)
    y, height = (int(re.search(rf'id="hb-logo"[^>]* {side}="(\d+)"', drawing).group(1)) for side in ("y", "height"))  # type: ignore[union-attr]
    names = min(int(line) for line in re.findall(r'<text x="\d+" y="(\d+)"', drawing))
    assert y + height < names - 64, "clear of the letters of the first line"


def test_the_logo_of_the_book_replaces_that_of_its_theme(tmp_path: Path) -> None:
    book = book_with(tmp_path)
    ours = book / "themes" / "ours"
    (ours / "templates").mkdir(parents=True)
    (ours / "theme.toml").write_text('title = "Ours"\ndescription = "Ours."\nextends = "folio"\n', "utf-8")
    (ours / "templates" / "_logo.svg").write_text(DRAWING.replace("#123456", "#654321"), "utf-8")
    press.build(book, tmp_path / "out", editions=("html",), theme_name="ours")
    page = (tmp_path / "out" / "lamps.html").read_text("utf-8")
    assert page.count('<div class="hb-logo">') == 1
    assert "#654321" not in page

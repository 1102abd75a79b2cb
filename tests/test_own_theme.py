"""A theme of an author in every edition: word spacing, capitals, a logo of the theme, a picture in a block."""

from __future__ import annotations

import base64
import io
import re
import unicodedata
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from book import press
from book.problems import Severity
from tests.loops import some
from tests.making import picture, write_book, write_files

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" width="30" height="10" viewBox="0 0 30 10">'
    '<title>A bench</title><rect width="30" height="4" fill="#123456"/></svg>'
)
HEADING = "Ein Gespräch über die naïve Sœur"
CAPITALS = "EIN GESPRÄCH ÜBER DIE NAÏVE SŒUR"
PAINTED = (18, 52, 86)
IMAGE = f"data:image/png;base64,{base64.b64encode(picture(size=(40, 20), colour=PAINTED)).decode()}"
END = (
    '{%% extends "base:%s" %%}\n{%% block chapter_end %%}{{ super() }}<p><span class="hb-added">'
    f'<img src="{IMAGE}" alt="A bench" width="40" height="20"/> Ende des Kapitels</span></p>{{%% endblock %%}}\n'
)
THEME = {
    "theme.toml": 'extends = "folio"\n',
    "css/book.css": "h2, h3 { text-transform: uppercase }\np { word-spacing: 0.08em }\n",
    "templates/_logo.svg": PICTURE,
    **{
        f"templates/{name}": END % name
        for name in ("web/book.html.j2", "epub/chapter.xhtml.j2", "pdf/screen.html.j2", "pdf/handout.html.j2")
    },
}
EDITIONS = ("epub", "html", "pdf", "print", "large", "booklet", "handout")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The editions of a book with this theme."""
    folder = tmp_path_factory.mktemp("own")
    text = f"# Anfang\n\n## {HEADING}\n\n" + "Worte, die auf Papier gesetzt werden. " * 20 + "\n"
    book = write_book(
        folder / "book", {"a.md": text}, 'title = "Eigen"\nlanguage = "de"\ntheme = "ours"\nslug = "own"\n'
    )
    write_files(book / "themes" / "ours", THEME)
    made = press.build(book, folder / "out", editions=EDITIONS)
    assert made.status == 0
    assert [problem for problem in made.report.problems if problem.severity is not Severity.NOTE] == []
    return folder / "out"


def test_capitals_of_a_heading_are_in_the_typefaces_of_the_epub(out: Path) -> None:
    with zipfile.ZipFile(out / "own.epub") as epub:
        fonts = [TTFont(io.BytesIO(epub.read(name))) for name in epub.namelist() if name.endswith((".ttf", ".otf"))]
    letters = set(CAPITALS.replace(" ", ""))
    assert any(letters <= {chr(code) for code in font.getBestCmap()} for font in some(fonts))


@pytest.mark.parametrize("name", ["own.pdf", "own-print.pdf", "own-large.pdf", "own-handout.pdf"])
def test_capitals_of_a_heading_are_printed_and_copied(out: Path, name: str) -> None:
    pdf = pypdfium2.PdfDocument(out / name)
    text = " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split())
    pdf.close()
    assert unicodedata.normalize("NFC", CAPITALS) in text


@pytest.mark.parametrize("name", ["own.html", "own.epub", "index.html"])
def test_the_logo_of_the_theme_is_in_the_file(out: Path, name: str) -> None:
    if name.endswith(".html"):
        pages = [(out / name).read_text("utf-8")]
    else:
        with zipfile.ZipFile(out / name) as epub:
            pages = [epub.read(file).decode("utf-8") for file in epub.namelist() if file.endswith("title.xhtml")]
    for page in some(pages):
        assert re.search(r'<div class="hb-logo">\s*<svg', page)
        assert "#123456" in page


@pytest.mark.parametrize("name", ["own.pdf", "own-print.pdf", "own-large.pdf", "own-booklet.pdf", "own-handout.pdf"])
def test_the_logo_of_the_theme_is_drawn_on_paper(out: Path, name: str) -> None:
    # #123456 as WeasyPrint writes it; print is without inks of its own here.
    with pikepdf.open(out / name) as pdf:
        streams = [
            bytes(each.read_bytes())
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") != "/Image" and "/Length1" not in each
        ]
    assert any(re.search(rb"0\.0705\S* 0\.2039\S* 0\.3372", stream) for stream in some(streams))


@pytest.mark.parametrize("name", ["own.html", "own.epub"])
def test_a_picture_of_the_theme_is_in_the_file(out: Path, name: str) -> None:
    if name.endswith(".html"):
        page = (out / name).read_text("utf-8")
    else:
        with zipfile.ZipFile(out / name) as epub:
            pages = (epub.read(file).decode("utf-8") for file in epub.namelist() if file.endswith(".xhtml"))
            page = next(page for page in pages if HEADING in page and "<body" in page and "doc-toc" not in page)
    assert re.search(rf'<img [^>]*src="{re.escape(IMAGE)}"', page)
    assert "Ende des Kapitels" in page


@pytest.mark.parametrize("name", ["own.pdf", "own-print.pdf", "own-large.pdf", "own-booklet.pdf", "own-handout.pdf"])
def test_a_picture_of_the_theme_is_painted_on_paper(out: Path, name: str) -> None:
    with pikepdf.open(out / name) as pdf:
        images = [
            pikepdf.PdfImage(each).as_pil_image().convert("RGB")
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]
    assert PAINTED in [image.getpixel((0, 0)) for image in some(images)]

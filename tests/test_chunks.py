"""Chunks: the bytes of a chapter in a joined file, remembered where anybody may write, and equal wherever its numbers begin."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pikepdf
import pypdfium2
import pytest
from msgspec.structs import replace
from PIL import ImageChops

from book import cache
from book.model import Book, Work
from book.paged import chunking, chunks, finishing, joining
from book.paged.chunks import Chunk
from book.paged.render import Renderer
from book.paged.segments import Segment, UnjoinableError
from book.proof import pdf_looks
from tests.loops import some
from tests.making import picture
from tests.told_by_pdf import parents, seen

pytestmark = pytest.mark.needs_pango

PAGE = """<!DOCTYPE html><html lang="en"><head><title>T</title><style>@page {{ size: A6 }} h1 {{ break-before: page }}</style></head><body>
<h1 id="{name}">One</h1><p>See <a href="#{name}-two">the second</a>, (12 0 R) and <a href="https://example.org/(12%200%20R)">a page</a>.</p>
<p><img src="book:picture.png" alt="A leaf"> <img src="book:picture.png" alt="The same"></p>
<h1 id="{name}-two">Two</h1><p>Words <a href="#{name}">of the first</a>.</p></body></html>"""


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer({"book:picture.png": (picture(), "image/png")})


def segment_of(renderer: Renderer, name: str) -> Segment:
    layout = renderer.lay_out(PAGE.format(name=name))
    return finishing.finish_segment(renderer.segment(layout), layout, name)


def joined(renderer: Renderer, every: list[Segment], folder: Path | None = None) -> bytes:
    frame = renderer.frame(every[0].metadata, joining.union(segment.fonts for segment in every), "", identifier="i")
    return joining.joined(frame, every, renderer.outline(every), folder=folder)


DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 40" width="200" height="40">
<text x="100" y="30" text-anchor="middle" font-size="30" font-family="serif">%s</text></svg>"""
"""A drawing with text that is set as a form of its own, because it is centred."""


def test_text_in_drawings_is_shown_by_programs_that_look_for_its_font_in_the_drawing() -> None:
    renderer = Renderer({"book:drawing.svg": (DRAWING % b"Handbound", "image/svg+xml")})
    page = '<!DOCTYPE html><html lang="en"><head><title>T</title></head><body><h1 id="a">One</h1><img src="book:drawing.svg" alt="A"></body></html>'
    layout = renderer.lay_out(page)
    data = joined(renderer, [finishing.finish_segment(renderer.segment(layout), layout, "a")])
    with opened(data) as pdf:
        forms = [form for form in pdf.pages[0].obj.Resources.XObject.values() if form.Subtype == "/Form"]
        assert [form.Resources.Font.objgen for form in some(forms)] == [pdf.pages[0].obj.Resources.Font.objgen] * len(
            forms
        )
        assert not list(pdf_looks.fontless(pdf, Work(edition="pdf", path="", bytes=0, digest=""), cast("Book", None)))
    pictures = []
    for file in (data, renderer.write([layout], identifier="i")):
        with pypdfium2.PdfDocument(file) as shown:
            pictures.append(shown[0].render(scale=2).to_pil().convert("L"))
    assert pictures[0].getextrema() != (255, 255), "it is not blank"
    assert ImageChops.difference(*pictures).getbbox() is None, "PDFium shows other letters"


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


@pytest.fixture(scope="module")
def first(renderer: Renderer) -> Segment:
    return segment_of(renderer, "a")


@pytest.fixture
def chunk(first: Segment) -> Chunk:
    return chunking.make(first, 1024)


def test_a_chunk_comes_back_as_it_was(first: Segment, chunk: Chunk) -> None:
    assert chunks.read(chunks.spell(chunk), 1024, first) == chunk
    assert chunk.pictures
    assert sum(len(sheet.links) for sheet in chunk.sheets) == 4, "one of the three goes over two lines"


def test_a_joined_file_says_the_same_as_its_chapters_and_needs_no_repair(renderer: Renderer, first: Segment) -> None:
    with opened(joined(renderer, [first, segment_of(renderer, "b")])) as pdf:
        assert not pdf.get_warnings()
        assert not pdf.check_pdf_syntax()
        assert list(parents(pdf)) == sorted(parents(pdf))
        both = seen(pdf)
    with opened(joined(renderer, [first])) as pdf:
        one = seen(pdf)
    assert both["links"][: len(one["links"])] == one["links"]
    assert [len(page) for page in both["links"]] == 2 * [len(page) for page in one["links"]]
    assert len(both["outline"]) == 2 * len(one["outline"])


def test_equal_pictures_of_two_chapters_are_in_a_file_once(renderer: Renderer, first: Segment) -> None:
    def pictures(data: bytes) -> int:
        with opened(data) as pdf:
            return sum(thing.get("/Subtype") == "/Image" for thing in pdf.objects if isinstance(thing, pikepdf.Stream))

    one = pictures(joined(renderer, [first]))
    assert one
    assert pictures(joined(renderer, [first, segment_of(renderer, "b")])) == one


def test_text_that_looks_like_a_reference_stays(renderer: Renderer, first: Segment) -> None:
    with opened(joined(renderer, [first])) as pdf:
        links = [link for page in pdf.pages for link in page.obj.get("/Annots", ())]
        assert "https://example.org/(12%200%20R)" in [str(link.A.URI) for link in links if "/A" in link]


def test_a_link_that_leads_nowhere_is_refused(renderer: Renderer, first: Segment) -> None:
    with pytest.raises(UnjoinableError):
        joined(renderer, [replace(first, foreign=frozenset({"nowhere"}))])


def test_the_numbers_of_a_chapter_seldom_move(renderer: Renderer, first: Segment, tmp_path: Path) -> None:
    second = segment_of(renderer, "b")
    data = joined(renderer, [first, second], tmp_path)
    before = sorted(path.name for path in (tmp_path / chunking.STAGE).iterdir())
    longer = segment_of(renderer, "longer")
    joined(renderer, [longer, second], tmp_path)
    after = sorted(path.name for path in (tmp_path / chunking.STAGE).iterdir())
    assert len(before) == 2
    assert len(set(after) - set(before)) == 1
    assert joined(renderer, [first, second], tmp_path) == data == joined(renderer, [first, second])


def test_a_file_of_many_short_chapters_has_fewer_numbers_than_a_reader_takes_for_damage(renderer: Renderer) -> None:
    every = []
    for number in range(24):
        layout = renderer.lay_out(f"<!DOCTYPE html><html lang=en><title>T</title><h1 id=c{number}>C</h1><p>x</p>")
        every.append(finishing.finish_segment(renderer.segment(layout), layout, f"c{number}"))
    data = joined(renderer, every)
    with opened(data) as file:
        assert len(file.pages) == 24
        assert int(file.trailer.Size) < len(data) / 3  # qpdf repairs a file with more


def changed(field: str, change: Callable[[Any], Any]) -> Callable[[dict[str, Any]], None]:
    def spoil(fields: dict[str, Any]) -> None:
        table = fields if field in fields else fields["chunk"]
        table[field] = change(table[field])

    return spoil


def linked(text: str) -> Callable[[dict[str, Any]], None]:
    return changed("sheets", lambda sheets: [{**sheets[0], "links": [text]}, *sheets[1:]])


BOXED = "<< /Type /Annot /Subtype {} /Rect [ 0 0 1 1 ] {} >>"
SPOILT = {
    "a script": linked(BOXED.format("/Link", "/A << /S /JavaScript /JS (app.alert\\(1\\)) >>")),
    "a program": linked(BOXED.format("/Link", "/A << /S /Launch /F (calc.exe) >>")),
    "a file of the reader": linked(BOXED.format("/Link", "/A << /S /URI /URI (file:///etc/passwd) >>")),
    "a form": linked(BOXED.format("/Widget", "/Dest (a)")),
    "actions of its own": linked(BOXED.format("/Link", "/Dest (a) /AA << >>")),
    "no dictionary": linked("[ 1 ]"),
    "two": linked(BOXED.format("/Link", "/Dest (a)") + " 1"),
    "a box with actions": changed(
        "sheets", lambda sheets: [{**sheets[0], "boxes": {"/MediaBox": "[ 0 0 1 1 ] /AA << >>"}}]
    ),
    "a place with actions": changed("names", lambda names: dict.fromkeys(names, "<< /S /JavaScript >>")),
    "a move with more in it": changed("moves", lambda moves: ["q 1 0 0 1 2 3 cm /X Do"] * len(moves)),
    "another length": changed("data", lambda length: length + 1),
    "another base": changed("base", lambda base: base + chunks.STEP),
    "another count": changed("count", lambda count: count + 1),
    "fewer pages": changed("sheets", lambda sheets: sheets[1:]),
    "no numbers": changed("tops", lambda _: ["a"]),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_an_entry_that_does_more_than_show_pages_is_made_again(
    spoil: Callable[[dict[str, Any]], None], first: Segment, chunk: Chunk, tmp_path: Path
) -> None:
    head, _, rest = chunks.spell(chunk).partition(b"\n")
    fields = json.loads(head)
    spoil(fields)
    assert chunking.recall(tmp_path, first, 1024, "d") == chunk
    (entry,) = (tmp_path / chunking.STAGE).iterdir()
    cache.keep(tmp_path, chunking.STAGE, entry.name, json.dumps(fields).encode() + b"\n" + rest)
    assert chunking.recall(tmp_path, first, 1024, "d") == chunk
    with pytest.raises(ValueError):  # noqa: PT011 - of Python or of ours
        chunks.read(json.dumps(fields).encode() + b"\n" + rest, 1024, first)


def test_every_object_of_a_chunk_has_a_number_of_its_own(chunk: Chunk) -> None:
    numbers = [
        chunk.node,
        chunk.resources,
        chunk.parents,
        chunk.pack(),
        *(
            number(at)
            for number in (chunk.page, chunk.text, chunk.folio, chunk.edge)
            for at in range(len(chunk.sheets))
        ),
        *(chunk.link(at, link) for at, sheet in enumerate(chunk.sheets) for link in range(len(sheet.links))),
    ]
    for number in some(numbers):
        assert chunk.base <= number < chunk.base + chunk.count
    assert len(set(numbers)) == len(numbers)

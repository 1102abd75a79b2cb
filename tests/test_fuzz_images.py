"""Pictures and drawings damaged by chance or on purpose: refused, or printed in every edition; never a traceback."""

from __future__ import annotations

import base64
import io
import warnings
from typing import Any

import pytest
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from book.images import drawings, pixels, rasters, svg
from book.paged.render import Renderer
from book.settings import Limits
from tests import test_svg
from tests.fuzzing import Fuzz, mutated

pytestmark = pytest.mark.fuzz

LIMITS = Limits(svg_nodes=20_000, image_pixels=4_000_000)


def picture(mode: str, kind: str, **how: Any) -> bytes:
    image = Image.radial_gradient("L").resize((24, 16)).convert("RGB").convert(mode)
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def held(turn: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = turn
    return exif


PICTURES = [
    picture("RGB", "PNG"),
    picture("P", "PNG", transparency=3),
    picture("I;16", "PNG"),
    picture("RGBA", "PNG"),
    picture("RGB", "PNG", exif=held(6)),
    picture("RGB", "PNG", save_all=True, append_images=[Image.new("RGB", (24, 16))]),
    picture("RGB", "JPEG"),
    picture("CMYK", "JPEG"),
    picture("L", "JPEG", progressive=True),
    picture("RGB", "JPEG", exif=held(8)),
    picture("RGB", "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))]),
    picture("P", "GIF", save_all=True, append_images=[Image.new("P", (24, 16), 3)], loop=0),
    picture("RGBA", "WEBP", lossless=True),
    picture("RGB", "WEBP", exif=held(3)),
    picture("RGB", "TIFF", compression="tiff_lzw"),
    picture("F", "TIFF"),
    picture("RGB", "BMP"),
    picture("RGB", "ICO", sizes=[(16, 16)]),
    picture("RGB", "AVIF"),
]
BYTES = [b"\x00", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"IHDR", b"IDAT", b"tRNS", b"eXIf", b"\xff\xd8", b"\xff\xd9", b"\xff\xe1", b"MPF\0", b"II*\0", b"VP8X", b"GIF89a"]  # fmt: skip

EVERYTHING = (
    f'{test_svg.OPEN} viewBox="0 0 9 9"><image width="4" height="4" href="data:image/png;base64,{base64.b64encode(PICTURES[0]).decode()}"/>'
    '<filter id="f"><feGaussianBlur stdDeviation="2"/><feOffset dx="1"/></filter><g filter="url(#f)" mask="url(#m)"><path d="M0 0C1 1 2 2 3 3A1 1 0 0 0 4 4z" marker-mid="url(#k)"/></g>'
    '<mask id="m"><rect width="9" height="9" fill="#fff"/></mask><marker id="k" markerWidth="2" markerHeight="2" viewBox="0 0 2 2"><path d="M0 0L2 1z"/></marker>'
    '<pattern id="p" width="2" height="2" patternUnits="userSpaceOnUse"><circle r="1"/></pattern><rect fill="url(#p)" width="5" height="5"/>'
    '<text><textPath href="#t">round</textPath></text><path id="t" d="M0 0L9 9"/><symbol id="s" viewBox="0 0 1 1"><circle r="1"/></symbol><use href="#s" width="3" height="3"/>'
    '<radialGradient id="r" r="1" fx="0.2"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></radialGradient><ellipse rx="3" ry="2" fill="url(#r)"/></svg>'
)
DRAWINGS = [
    test_svg.OPEN + ' viewBox="0 0 9 9"><g><rect width="3" height="3"/></g></svg>',
    test_svg.GRAPHVIZ,
    test_svg.MATPLOTLIB,
    test_svg.DRAWIO,
    test_svg.MERMAID,
    test_svg.ILLUSTRATOR,
    test_svg.INKSCAPE,
    test_svg.EXCALIDRAW,
    test_svg.PLANTUML,
    test_svg.D2,
    EVERYTHING,
]  # fmt: skip
WORDS = [
    "<", ">", '"', "&", "&a;", "]]>", "<!--", "<![CDATA[", "NaN", "Infinity", "-1", "0", "1e999", "1e-999", "9" * 400, "%", "url(#a)", "url(http://x)", "#", "\\",
    "<g>", "</g>", '<use href="#a"/>', 'id="a"', '<use href="#m"/>', "<svg>", "<text>", "<tspan>", "<switch>", "<foreignObject>", "<script>", "<style>", "* {", "}", "@media", "@import 'x'",
    "light-dark(red,blue)", "var(--a, red)", "inherit", "currentColor", "none", "rgb(1,2", "hsl(999999 1% 1%)", "oklch(1 9 9)", 'viewBox="0 0 0 0"', 'width="0"', 'height="1e9"', "<?x?>",
    "<!DOCTYPE svg [", "<!ENTITY a 'b'>", "]>", " d='M'", " transform='rotate(1 2)'", " transform='matrix(0 0 0 0 0 0)'", " points='1'", " stroke-dasharray='0 0'", " stroke-dasharray='-1'",
    " font-size='0'", " font-size='1e7'", " textLength='0'", " letter-spacing='x'", " offset='x'", " r='-1'", " preserveAspectRatio='x y z'", " orient='x'", " display='none'", " rotate='1 2 x'",
]  # fmt: skip


def test_a_spoilt_picture_is_refused_or_one_that_every_edition_takes(fuzz: Fuzz) -> None:
    def trial(data: bytes) -> None:
        try:
            made = rasters.sound(data, "x", LIMITS)
        except rasters.Refused:
            return
        assert made.width * made.height <= LIMITS.image_pixels
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for sound in (made.data, rasters.greyed(made.data, made.media_type), rasters.common(made).data):
                with Image.open(io.BytesIO(sound), formats=["PNG", "JPEG", "GIF", "WEBP"]) as image:
                    image.load()
                    assert image.size == (made.width, made.height)
                    assert image.mode in pixels.PLAIN
                    assert image.getexif().get(0x0112, 1) == 1

    fuzz(mutated(PICTURES, BYTES), trial, mebibytes=1024)


def test_a_spoilt_drawing_is_refused_or_one_that_every_edition_takes(fuzz: Fuzz) -> None:
    def trial(text: str) -> None:
        try:
            made = svg.cleaned(text.encode("utf-8", "replace"), "x", LIMITS)
        except rasters.Refused:
            return
        test_svg.sound(made)
        etree.fromstring(drawings.greyed(made.data))
        drawings.inlined(made.data, "d-")
        assert all("\n" not in message for _, message, _ in made.faults)

    fuzz(mutated(DRAWINGS, WORDS), trial)


@pytest.mark.torture  # a page of WeasyPrint for every input
@pytest.mark.needs_pango
def test_weasyprint_draws_every_drawing_to_its_end(fuzz: Fuzz) -> None:
    def trial(text: str) -> None:
        try:
            made = svg.cleaned(text.encode("utf-8", "replace"), "x", Limits(svg_nodes=500))
        except rasters.Refused:
            return
        renderer = Renderer({"book:a.svg": (made.data, "image/svg+xml")})
        layout = renderer.lay_out('<html lang="en"><title>x</title><img src="book:a.svg" alt="x" style="width: 5cm">')
        renderer.write([layout], identifier="x")
        assert not [line for line in renderer.complaints([layout], "x") if "Failed" in line.message]

    fuzz(mutated(DRAWINGS, WORDS), trial, cpu=30, mebibytes=1024)


def test_a_spoilt_address_is_refused_or_holds_bytes(fuzz: Fuzz) -> None:
    seeds = ["data:image/png;base64,aGk=", "data:,a%20b", "data:image/svg+xml;utf8,<svg/>"]

    def trial(text: str) -> None:
        try:
            assert 0 < len(svg.data_of(text, 1000)) <= 1000
        except rasters.Refused:
            return

    fuzz(st.one_of(st.text(max_size=60), mutated(seeds, [",", ";base64", "%", "=", "é", "\x00", "_"])), trial)

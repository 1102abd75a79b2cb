"""Images: known by content, never by name; drawings that cannot reach outside. Prose cases: `tests/books/plates.md`."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from PIL import Image

from book import plates
from book.settings import Limits

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink"'


def raster(kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 3), (1, 2, 3)).save(out, kind, **more)
    return out.getvalue()


@given(st.binary(max_size=200), st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.integers(0, 200))
@limits(max_examples=100)
def test_a_damaged_image_is_refused_or_read_as_far_as_it_goes(noise: bytes, kind: str, at: int) -> None:
    data = raster(kind)
    for broken in (noise, data[:at], data[:at] + noise + data[at + len(noise) :]):
        try:
            media, ending, sound, size = plates._picture(broken, "x.png", Limits())
        except plates.Refused:
            continue
        assert (media, ending) in plates.RASTERS.values()
        assert min(size) >= 1
        with Image.open(io.BytesIO(sound)) as image:
            image.load()


@given(st.text(st.sampled_from("<>/=\"' abgusexlink:href#urlid\\()@import!--?"), max_size=60))
@limits(max_examples=200)
def test_any_text_in_a_drawing_is_refused_or_measured(noise: str) -> None:
    for data in (f"{SVG}>{noise}</svg>", f"{SVG} {noise}/>", noise):
        with contextlib.suppress(plates.Refused):
            width, height = plates.drawing(data.encode(), "x.svg", Limits())
            assert 1 <= width <= 100_000
            assert 1 <= height <= 100_000


@pytest.mark.parametrize(
    ("css", "loads"),
    [
        ("fill: url(#a)", False),
        ("fill: url( '#a' )", False),
        ('fill:url("#a")', False),
        ("fill: red", False),
        ("fill: url(a.png)", True),
        ("fill: URL( 'http://x/' )", True),
        ("fill: url(//x)", True),
        ("@import 'x'", True),
        ("@IMPORT url(x)", True),
        ("fill: u\\72l(x)", True),
        ("fill: ur/**/l(x)", True),
        ("fill: url(#a) url(b)", True),
    ],
)
def test_a_style_that_reaches_outside_is_seen(css: str, loads: bool) -> None:
    assert plates._loads(css) is loads


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ("", (300, 150)),
        ('viewBox="0 0 40 30"', (40, 30)),
        ('viewBox="0,0,40.4,30.6"', (40, 31)),
        ('viewBox="0 0 1e9 -5"', (100_000, 1)),
        ('width="20" viewBox="0 0 40 30"', (20, 30)),
        ('width="20px" height=" 10 "', (20, 10)),
        ('width="100%" height="50mm"', (300, 150)),
        ('width="nan" viewBox="a b c d"', (300, 150)),
    ],
)
def test_a_drawing_has_the_size_it_says(attributes: str, size: tuple[int, int]) -> None:
    assert plates.drawing(f"{SVG} {attributes}/>".encode(), "x.svg", Limits()) == size


def test_uses_are_counted_as_often_as_they_unfold() -> None:
    drawing = f'{SVG}><g id="a"><g/><g/></g><use href="#a"/><use x:href="#a"/><use href="#none"/></svg>'.encode()
    # svg 1, g 3, and two uses with the three nodes of a, and one that uses nothing
    assert plates.drawing(drawing, "x", Limits(svg_nodes=13)) == (300, 150)
    with pytest.raises(plates.Refused) as refused:
        plates.drawing(drawing, "x", Limits(svg_nodes=12))
    assert "unfolds to more than 12 nodes" in refused.value.message


def test_a_moving_image_counts_every_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (10, 10), (number, 0, 0)) for number in range(5)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert plates._picture(out.getvalue(), "x.gif", Limits(image_pixels=500))[0] == "image/gif"
    with pytest.raises(plates.Refused) as refused:
        plates._picture(out.getvalue(), "x.gif", Limits(image_pixels=499))
    assert refused.value.kind is plates.TOO_LARGE


def test_a_picture_of_far_too_many_pixels_is_refused_before_it_is_read() -> None:
    header = raster("PNG")
    huge = header[:16] + (30_000).to_bytes(4, "big") * 2 + header[24:]
    with pytest.raises(plates.Refused) as refused:
        plates._picture(huge, "x.png", Limits())
    assert refused.value.kind in (plates.TOO_LARGE, plates.BROKEN)

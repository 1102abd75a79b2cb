"""Pictures in drawings, drawings in grey, and drawings of any text."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from book.html_names import SVG
from book.images import drawings, rasters, svg
from book.images.svg import vocabulary
from book.settings import Limits
from tests.test_svg import OPEN, clean, codes, sound, words


def png(mode: str = "RGB") -> str:
    out = io.BytesIO()
    Image.new(mode, (3, 2), 30_000 if mode == "I;16" else (200, 30, 30)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def pictures(data: bytes) -> Iterator[tuple[str, bytes]]:
    for image in etree.fromstring(data).iter(f"{{{SVG}}}image"):
        head, _, body = image.get(vocabulary.HREF, "").partition(",")
        yield head, base64.b64decode(body)


def test_a_picture_in_a_drawing_is_checked_as_a_file_is() -> None:
    made = clean(
        f'{OPEN}><image width="3" height="2" xlink:href="data:image/png;base64,{png("I;16")}"/><text>after</text></svg>'
    )
    ((head, data),) = pictures(made.data)
    assert head == "data:image/png;base64"
    assert data[24] == 8
    assert words(made) == ["after"]


def test_a_drawing_in_a_drawing_is_cleaned_too_up_to_a_depth() -> None:
    inner = f'{OPEN} viewBox="0 0 3 3"><script>x()</script><circle r="1"/></svg>'
    for _ in range(5):
        made = clean(
            f'{OPEN} viewBox="0 0 3 3"><image width="3" height="3" href="data:image/svg+xml;base64,{base64.b64encode(inner.encode()).decode()}"/></svg>'
        )
        assert codes(made) == ["I110"]
        assert b"script" not in b"".join(data for _, data in pictures(made.data))
        inner = inner.replace(
            "<circle",
            f'<image width="1" height="1" href="data:image/svg+xml;base64,{base64.b64encode(inner.encode()).decode()}"/><circle',
        )


def test_pictures_in_a_drawing_have_the_limit_of_pixels_together() -> None:
    one = f'<image width="3" height="2" href="data:image/png;base64,{png()}"/>'
    assert len(list(pictures(clean(f"{OPEN}>{one * 5}</svg>", image_pixels=18).data))) == 3


@pytest.mark.parametrize(
    ("gradient", "kept"),
    [
        ('<linearGradient id="g" spreadMethod="reflect" x2="20%"/>', True),
        ('<linearGradient id="g" spreadMethod="repeat" x1="0.5" x2="0.5" y2="0.1"/>', True),
        ('<linearGradient id="g" spreadMethod="pad" x2="1e-6"/>', True),
        ('<linearGradient id="g" spreadMethod="repeat" x2="1e-6"/>', False),
        ('<linearGradient id="g" spreadMethod="repeat" x2="1" y2="1e-6"/>', False),
        ('<linearGradient id="g" spreadMethod="repeat" x2="0"/>', False),
        ('<linearGradient id="g" spreadMethod="repeat" x1="9" x2="9.5"/>', False),
        ('<linearGradient id="g" spreadMethod="repeat" x2="1mm"/>', False),
        ('<linearGradient id="g" spreadMethod="reflect" x2="1" gradientTransform="scale(1e-6)"/>', False),
        ('<linearGradient id="g" spreadMethod="reflect" x2="1" gradientUnits="userSpaceOnUse"/>', False),
        ('<linearGradient id="h" x2="1e-6"/><linearGradient id="g" spreadMethod="reflect" xlink:href="#h"/>', False),
        ('<radialGradient id="g" spreadMethod="reflect" r="1e-6"/>', False),
    ],
)
def test_a_gradient_is_repeated_only_where_that_has_an_end(gradient: str, kept: bool) -> None:
    made = clean(f'{OPEN}>{gradient}<rect width="9" height="9" fill="url(#g)"/></svg>')
    assert (b"spreadMethod" in made.data) is kept
    assert codes(made) == ([] if kept else ["I110"])


# Greys.


@pytest.mark.parametrize(
    ("drawing", "grey"),
    [
        ('<path fill="#8f3414" stroke="#000"/>', '<path fill="#4c4c4c" stroke="#000000"/>'),
        ('<use href="#add" id="beef" fill="none"/>', '<use href="#add" id="beef" fill="none"/>'),
        ('<rect fill="red"/>', '<rect fill="#4c4c4c"/>'),
        ('<rect style="fill: rgb(255,0,0); stroke:hsl(0 100% 50%)"/>', '<rect style="fill:#4c4c4c;stroke:#4c4c4c"/>'),
        ('<stop stop-color="#f00f"/>', '<stop stop-color="#4c4c4c"/>'),
        ('<feFlood flood-color="rgba(255,0,0,.5)"/>', '<feFlood flood-color="#4c4c4c80"/>'),
        ('<rect fill="url(#red)"/>', '<rect fill="url(#red)"/>'),
        ('<g color="red" fill="currentColor"/>', '<g color="#4c4c4c" fill="currentColor"/>'),
        ("<text>#ff0000 is red</text>", "<text>#ff0000 is red</text>"),
        (
            "<style>#red{fill:red}@media screen{g{stroke:#f00}}</style>",
            "<style>#red{fill:#4c4c4c}@media screen{g{stroke:#4c4c4c}}</style>",
        ),
    ],
)
def test_colours_become_the_greys_that_are_as_light_and_nothing_else_changes(drawing: str, grey: str) -> None:
    assert drawings.greyed(drawing.encode()).decode() == grey


def test_the_pictures_in_a_drawing_become_grey_too() -> None:
    made = clean(f'{OPEN}><image width="3" height="2" href="data:image/png;base64,{png()}"/></svg>')
    ((_, data),) = pictures(drawings.greyed(made.data))
    assert Image.open(io.BytesIO(data)).mode == "L"


# Whatever else.


@given(st.text(st.sampled_from("<>/=\"' abgusexlink:href#urlid\\()@import!--?&;0123456789eN"), max_size=60))
@limits(max_examples=300)
def test_any_text_in_a_drawing_is_refused_or_made_clean(noise: str) -> None:
    for text in (
        f"{OPEN}>{noise}</svg>",
        f"{OPEN} {noise}/>",
        f"{OPEN}><style>{noise}</style><g/></svg>",
        f"<!DOCTYPE svg {noise}>{OPEN}/>",
        noise,
    ):
        with contextlib.suppress(rasters.Refused):
            clean(text)


@given(st.text(max_size=40), st.sampled_from(sorted(vocabulary.PRESENTED | vocabulary.NUMERIC | vocabulary.WORDED)))
@limits(max_examples=300)
def test_any_value_of_an_attribute_is_dropped_or_harmless(value: str, name: str) -> None:
    element = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})
    rect = etree.SubElement(element, f"{{{SVG}}}rect")
    with contextlib.suppress(ValueError):  # what XML cannot hold
        rect.set(name, value)
        rect.set("style", f"{name}: {value}")
    clean(etree.tostring(element))


@pytest.mark.parametrize("paint", ["currentColor", "CURRENTCOLOR", "red"])
def test_a_drawing_in_the_ink_of_its_page_stays_as_it_is_when_it_is_read_again(paint: str) -> None:
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g id="currentColor"><path fill="{paint}" d="M0 0h9v9z"/></g></svg>'
    made = svg.cleaned(drawing.encode(), "x.svg", Limits())
    sound(made)
    assert (b'color="#000000"' in made.data) == (paint != "red")

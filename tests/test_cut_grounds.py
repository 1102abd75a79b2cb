"""The ground of a box that goes over pages: it reaches beyond the lines at which a page cuts it, and nothing moves."""

from __future__ import annotations

import io

import pikepdf
import pytest

from book.paged import box_changes
from book.paged.render import Renderer
from tests.test_even_lines import SERIF

pytestmark = pytest.mark.needs_pango

PAGE = """<!DOCTYPE html><html lang="en"><head><title>T</title><style>@font-face {{ font-family: Serif; src: url(book:serif.ttf) }}
@page {{ size: 300px 240px; margin: 20px }} body {{ margin: 0; font: 12px/20px Serif }} pre, div {{ margin: 0; padding: {0}; orphans: 1; widows: 1; {1} }}
</style></head><body><pre>{2}</pre></body></html>"""
LINES = "\n".join(f"line {number}" for number in range(24))
GROUND = "background: #eee"


def grounds(padding: str = "10px", ground: str = GROUND) -> list[list[tuple[float, float]]]:
    """Return top and height of each rectangle on each page, in pixels, in the order in which they are painted."""
    renderer = Renderer({"book:serif.ttf": (SERIF, "font/ttf")})
    layout = renderer.lay_out(PAGE.format(padding, ground, LINES))
    before = layout.pages
    pages = []
    with pikepdf.open(io.BytesIO(renderer.write([layout], identifier="x"))) as pdf:
        for page in pdf.pages:
            painted = pikepdf.parse_content_stream(page, "re f")
            pages.append(
                [(float(one.operands[1]), float(one.operands[3])) for one in painted if str(one.operator) == "re"]
            )
    assert layout.pages == before
    return pages


def test_a_ground_reaches_beyond_the_lines_at_a_cut() -> None:
    first, second, third = (page[-1] for page in grounds())
    beyond = box_changes.BEYOND_CUT
    assert first == (20.0, 200.0), "below its nine lines it has ten pixels already"
    assert second == (20.0 - beyond, 200.0 + 2 * beyond)
    assert third == (20.0 - beyond, 100.0 + beyond + 10)


def test_it_reaches_no_farther_than_its_own_padding() -> None:
    assert grounds("3px")[1][-1] == (17.0, 206.0)
    assert grounds("0")[1][-1] == (20.0, 200.0)


def test_a_box_without_a_ground_stays_as_it_is() -> None:
    assert grounds(ground="color: #111") == [[], [], []]

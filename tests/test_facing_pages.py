"""The measure of facing pages, on PDFs whose pages end where the test says."""

from __future__ import annotations

from pathlib import Path

import pytest

from book.paged.render import Renderer
from tests import facing_pages

LEAD, MARGIN = 15.0, 40.0
SHEET = """
@page { size: 300pt 400pt; margin: 40pt; @bottom-center { content: counter(page) } }
body { margin: 0; font: 10pt/15pt serif } section { break-before: page } p { margin: 0 } h1 { margin: 0; font-size: 22pt; line-height: 30pt }
"""


def pages(*lines: int) -> bytes:
    """Return a PDF whose pages have so many lines; one with fewer than none has a title and as many lines."""
    bodies = (("<h1>Title</h1>" if count < 0 else "") + "<p>line</p>" * abs(count) for count in lines)
    html = "".join(f"<section>{body}</section>" for body in bodies)
    renderer = Renderer({})
    return renderer.write(
        [renderer.lay_out(f'<html lang="en"><body>{html}</body></html>', SHEET)], identifier="x", tagged=False
    )


@pytest.mark.needs_pango
def test_pages_that_face_each_other_are_compared(tmp_path: Path) -> None:
    path = tmp_path / "pages.pdf"
    path.write_bytes(pages(-5, 10, 10, 10, 9, 10, 3, -5))
    feet = facing_pages.feet(path, MARGIN)
    assert [foot.opens for foot in feet.values()] == [True, *[False] * 6, True]
    # Pages 2 and 3 are level, 4 and 5 are not; page 7 is the last of its chapter.
    assert facing_pages.level(feet, LEAD) == (1, 2)


@pytest.mark.needs_pango
def test_a_page_may_end_with_a_tinted_box(tmp_path: Path) -> None:
    box = '<p style="background: #ddd; padding-bottom: {0}pt">line</p>'
    bodies = ("<h1>Title</h1>", "<p>line</p>" * 10, "<p>line</p>" * 8 + box.format(15), "<p>line</p>" * 6)
    html = "".join(f"<section>{body}</section>" for body in (*bodies, "<p>line</p>"))
    renderer = Renderer({})
    layout = renderer.lay_out(f'<html lang="en"><body>{html}</body></html>', SHEET)
    path = tmp_path / "pages.pdf"
    path.write_bytes(renderer.write([layout], identifier="x", tagged=False))
    feet = facing_pages.feet(path, MARGIN)
    assert feet[3].height == pytest.approx(400 - 40 - 10 * LEAD)
    assert facing_pages.level(feet, LEAD) == (1, 1)

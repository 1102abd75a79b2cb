"""Text that is printed on other text, or beyond the edge of the page, is reported; whatever stands in its place is not."""

from __future__ import annotations

import pytest

from book.paged import inspection, layout_warnings
from book.paged.pages import Collision
from tests.test_even_lines import TEXT, lay_out

SILENT = {
    "paragraphs": f"<p>{TEXT}</p><p>{TEXT}</p>",
    "columns": f"<div style='columns: 2'><p>{TEXT}</p><p>{TEXT}</p></div>",
    "cells": f"<table><tr><td>{TEXT[:90]}<td>{TEXT[:60]}<tr><td>One<td>{TEXT[:60]}</table>",
    "raised": f"<p>{TEXT[:60]}<sup>12</sup> {TEXT[:70]}<sub>3</sub></p>",
    "a box in a line": f"<p>{TEXT[:50]} <span style='display: inline-block; width: 90px'>{TEXT[:40]}</span> {TEXT[:50]}</p>",
    "a float": f"<div style='float: left; width: 90px'>{TEXT[:60]}</div><p style='text-align: left'>{TEXT}</p>",
    "a marker": f"<ol><li>{TEXT[:60]}<li>{TEXT}</ol>",
    "a note": f"<p>{TEXT}<span style='float: footnote'>{TEXT[:90]}</span> {TEXT}</p>",
    "in the margin": "<p style='margin-left: -15px'>Left</p><p style='position: absolute; left: 90px; top: -18px'>Above</p>",
    "a high numeral": "<p style='height: 46px; line-height: 40px'>Chapter <b style='font-size: 30px; line-height: 66px'>1</b></p><p>A title</p>",
    "tight lines": f"<p style='line-height: 0.9'>{TEXT}</p>",
}
FAULTS = {
    "pulled up": (f"<p>{TEXT[:40]}</p><p style='margin-top: -15px'>Pulled words</p>", "overlap", "Pulled words"),
    "placed": (f"<p>{TEXT[:40]}</p><p style='position: absolute; top: 3px'>Placed</p>", "overlap", "Placed"),
    "a wide cell": (
        "<table style='table-layout: fixed; width: 120px; hyphens: none'><tr><td style='width: 60px'>Straightforwardness<td>Second</table>",
        "overlap",
        "Second",
    ),
    "above": ("<p style='margin-top: -35px'>Above</p>", "off the page", "Above"),
    "left": ("<p style='margin-left: -35px'>Left</p>", "off the page", "Left"),
    "below": ("<p style='position: relative; top: 375px'>Below</p>", "off the page", "Below"),
}


def collisions(body: str) -> list[tuple[str, str]]:
    result = inspection.inspect(lay_out(f"<section class='hb-chapter' id='one'>{body}</section>").pages)
    return [(defect.kind, defect.text) for defect in result.defects if defect.kind in ("overlap", "off the page")]


@pytest.mark.needs_pango
@pytest.mark.parametrize("name", SILENT)
def test_text_in_its_place_is_not_reported(name: str) -> None:
    assert collisions(SILENT[name]) == []


@pytest.mark.needs_pango
@pytest.mark.parametrize("name", FAULTS)
def test_text_on_text_and_outside_the_page_is_reported(name: str) -> None:
    body, kind, text = FAULTS[name]
    assert (kind, text) in collisions(body)


def test_the_message_names_both_lines() -> None:
    defect = inspection._collided(3, Collision(chapter="one", text="these words", other="those  words"))
    kind, message, _ = layout_warnings.MESSAGES[defect.kind]
    assert (kind.code, defect.page, defect.text, defect.reason) == ("E129", 3, "these words", "those words")
    assert message == "stands on other text"

"""A theme may give pages any size and any margins; without room for text between them, its author reads which size has it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from book import press
from tests.making import write_book


@pytest.mark.parametrize(("side", "at_once"), [(60, False), (40, True)])
def test_pages_without_room_are_told_with_a_size_that_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, side: int, at_once: bool
) -> None:
    tries = list[int]()

    def make(*_: object) -> None:
        tries.append(side)
        raise AssertionError

    monkeypatch.setitem(sys.modules, "book.editions.pdf", SimpleNamespace(make=make))
    margins = 'inner = "20mm"\nouter = "20mm"\ntop = "18mm"\nbottom = "2cm"\n'
    theme = f'[page.screen]\nwidth = "{side}mm"\nheight = "{side}mm"\n{margins}'
    files = {"a.md": "# A\n\nWords.\n", "themes/mine/theme.toml": 'title = "Mine"\n', "themes/mine/tokens.toml": theme}
    book = write_book(tmp_path / "book", files, 'title = "T"\ntheme = "mine"\n')
    problem = next(iter(press.build(book, tmp_path / "out", editions=("pdf", "html")).report.problems))
    left = f"{side - 40} × {side - 38} mm"
    assert (
        problem.message
        == f"the edition pdf cannot be made: its pages are {side} × {side} mm, and their margins leave {left} for text"
    )
    assert problem.fix.startswith(
        "make them 80 × 78 mm or larger, or the margins narrower: [page.screen] in tokens.toml"
    )
    assert bool(tries) is not at_once

"""The room of listings: what is known of it before a chapter is laid out is what its pages say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from book import press, theme
from book.editions import EDITIONS, joined_pdf
from book.editions.handout import Handout
from book.editions.pages import Source
from book.paged import code_rooms, fit, inspection
from book.paged.render import Layout, Renderer
from tests.loops import some
from tests.making import write_book

LONG = f"print('{'a long line of code, ' * 9}')"
CHAPTER = f"""# Listings

Text before the first one.

```python
{LONG}
```

```
short
```

- In a list, and below it:

  ```
  {LONG}
  ```

  1. Once more:

     ```
     {LONG}
     ```

> In a quotation.
>
> ```
> {LONG}
> ```

::: warning
In a box.

```
{LONG}
```
:::

Term
: Explained.

  ```
  {LONG}
  ```

<table><tr><td>

```
{LONG}
```

</td></tr></table>
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    return write_book(tmp_path_factory.mktemp("source"), {"listings.md": CHAPTER, "plain.md": "# Plain\n\nText.\n"})


def measured(layout: Layout) -> dict[str, int]:
    return {code.code: code.columns for code in inspection.inspect(layout.pages).long_codes}


@pytest.mark.parametrize("name", ["folio", "field", "almanac"])
@pytest.mark.parametrize("edition", ["pdf", "print", "large"])
def test_the_room_of_a_listing_is_known_before_its_chapter_is_laid_out(name: str, edition: str, folder: Path) -> None:
    look = theme.load(name).for_edition(EDITIONS[edition])
    source = Source(press.read(folder).book, EDITIONS[edition], look)
    chapters = joined_pdf.Chapters(source, Renderer(source.resources.served))
    page, _ = source.page(chapters.begin, frozenset({"listings"}), joined=True)
    rooms = chapters.rooms.of_long(page)
    assert rooms == measured(chapters.renderer.lay_out(page, chapters.sheet))
    assert len(rooms) == 6
    assert len(set(rooms.values())) > 2


def test_the_room_of_a_listing_in_a_handout_is_known(folder: Path) -> None:
    edition = EDITIONS["handout"]
    handout = Handout(press.read(folder).book, edition, theme.load("folio").for_edition(edition))
    page = handout.page(handout.leaves[0], "")
    assert handout.rooms.of_long(page) == measured(handout.renderer.lay_out(page, handout.sheet)) != {}


def test_the_first_layout_of_a_chapter_has_its_long_lines_divided(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(press.read(folder).book, EDITIONS["pdf"], theme.load("folio").for_edition(EDITIONS["pdf"]))
    chapters = joined_pdf.Chapters(source, Renderer(source.resources.served))
    inspections: list[inspection.Inspection] = []

    def inspect(*pages: Any) -> inspection.Inspection:
        inspections.append(inspection.inspect(*pages))
        return inspections[-1]

    monkeypatch.setattr(fit, "inspect", inspect)
    chapters.laid_out("listings", {}, "")
    assert all(not layout.long_codes for layout in some(inspections))


def test_surroundings_are_measured_once() -> None:
    pages: list[str] = []

    def lay_out(page: str) -> tuple[()]:
        pages.append(page)
        return ()

    rooms = code_rooms.Rooms(lay_out)
    listing = '<pre id="{0}" data-code="{0}"><code>a line &amp; more</code></pre>'
    page = f"<html><body><section>{listing.format(1)}{listing.format(2)}<ul><li>{listing.format(3)}</ul></section>"
    rooms.of_long(page)
    rooms.of_long(page)
    assert len(pages) == 2
    assert all("a line" not in page and 'id="' not in page for page in some(pages))
    assert rooms.of_long("<p>No listing.</p>") == {}


def test_chapters_share_what_is_measured_unless_the_style_sheet_tells_them_apart() -> None:
    pages: list[str] = []

    def lay_out(page: str) -> tuple[()]:
        pages.append(page)
        return ()

    def measure(sheet: str) -> int:
        del pages[:]
        rooms = code_rooms.Rooms(lay_out, sheet)
        for number in "12":
            chapter = f'<section data-label="Chapter {number}" data-turn="{number}">'
            rooms.of_long(f'{chapter}<pre data-code="{number}" data-block="{number}"><code>a</code></pre></section>')
        assert all("data-label" in page for page in some(pages))  # it may be styled, whatever it says
        return len(pages)

    assert measure("[data-turn] pre { padding: 1em }") == 1
    assert (
        measure('[data-turn="2"] pre { padding: 1em }') == measure("[ data-label |= Chapter ] pre { margin: 0 }") == 2
    )


def test_the_room_in_surroundings_is_remembered_with_what_it_depends_on(tmp_path: Path, needs_pango: None) -> None:
    pages: list[str] = []
    renderer = Renderer({})

    def lay_out(page: str) -> Any:
        pages.append(page)
        return renderer.lay_out(page).pages

    def room(about: str) -> Mapping[str, int]:
        return code_rooms.Rooms(lay_out, folder=tmp_path, about=about).of_long(
            f'<pre data-code="1"><code>{LONG * 2}</code></pre>'
        )

    first = room("a sheet")
    assert [room("a sheet"), len(pages)] == [first, 1]
    assert [room("another"), len(pages)] == [first, 2]
    assert 20 < first["1"] < 200

"""A document is let go of with its last page: nothing of WeasyPrint's waits until Python looks for cycles."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from book.paged.boxes import tree
from book.paged.render import Layout, Renderer, cycles
from tests.loops import some
from tests.test_even_lines import DOT, SERIF, TEXT
from tests.test_shaping import SHEET, TEXTS

pytestmark = pytest.mark.needs_pango

BODY = f"""<!DOCTYPE html><html lang="en-GB"><head><title>T</title></head><body><h1>Head</h1><p>{TEXT}</p>
<p>{TEXT} <img src="book:dot.svg" alt="dot"> {TEXT}<span style="float: footnote">A note.</span></p><p style="background: url(book:texts.svg)">{TEXT}</p>
<p><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><defs><g id="g"><rect width="9" height="9"/></g></defs><use href="#g"/></svg>
{TEXT}</p><table><thead><tr><th>a<tbody><tr><td>b <i class="sum">c</i></table><p>{TEXT} <i class="sum">d</i></p><ul><li>{TEXT}</ul><pre>code</pre>"""
SIDED = (
    SHEET
    + "td { width: calc(1em + 2px) } .sum { display: inline-block; width: calc(0.3em + 0.6em * var(--n, 2)); margin-left: calc(-0.5em - 0.6em * var(--n, 2)) } @page { @bottom-left { content: counter(page); background: url(book:dot.svg) } }"
)


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _renderer() -> Renderer:
    drawings = {"book:dot.svg": DOT, "book:texts.svg": TEXTS}
    files = {name: (text.encode(), "image/svg+xml") for name, text in drawings.items()}
    return Renderer({"book:serif.ttf": (SERIF, "font/ttf"), **files})


def _watched(layout: Layout) -> list[weakref.ref[Any]]:
    """Return references to the pages, boxes and drawings of a *layout*, and to what is known of it."""
    pages = [tree.root(sheet) for sheet in layout.document.pages]
    boxes = [box for page in pages for box in page.descendants()]
    drawings = [box.replacement._svg for box in boxes if hasattr(getattr(box, "replacement", None), "_svg")]
    assert len(drawings) == 2
    return [weakref.ref(thing) for thing in (*boxes, *drawings, layout.document.pages[0].use._context)]


def _discarded(_: Renderer, __: Layout) -> None:
    pass


def _written(renderer: Renderer, layout: Layout) -> None:
    assert renderer.write([layout], identifier="x").startswith(b"%PDF")


def _kept_as_segment(renderer: Renderer, layout: Layout) -> None:
    assert renderer.segment(layout, numbered=False).pdf


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("use", [_discarded, _written, _kept_as_segment])
@pytest.mark.parametrize("turns", [False, True])
def test_nothing_of_a_document_outlives_its_pages(use: Callable[[Renderer, Layout], None], *, turns: bool) -> None:
    renderer = _renderer()
    layout = renderer.lay_out(BODY, SIDED, "left" if turns else "", turns=turns)
    assert len(layout.document.pages) > 1
    watched = _watched(layout)
    use(renderer, layout)
    del layout
    renderer._memory.clear()  # the paragraphs that were measured
    assert [thing for reference in some(watched) if (thing := reference()) is not None] == []


@pytest.mark.usefixtures("uncollected")
def test_pages_that_go_on_in_another_document_keep_what_they_need() -> None:
    renderer = _renderer()
    layout = renderer.lay_out(BODY, SIDED)
    both = layout.before(renderer.lay_out(BODY.replace("Head", "Second"), SIDED))
    del layout
    assert b"Second" not in renderer.write([both], identifier="x")  # in compressed text
    assert renderer.log == []


def test_what_is_defined_in_a_drawing_is_found() -> None:
    """Through a reference that does not keep the drawing."""
    from weasyprint import svg

    assert svg.LazyDefs.__init__ is cycles._defined
    renderer = _renderer()
    once = renderer.write([renderer.lay_out(BODY, SHEET)], identifier="x")
    without = renderer.write([renderer.lay_out(BODY.replace("<use", "<g"), SHEET)], identifier="x")
    assert len(once) > len(without)

"""What WeasyPrint measures and computes is remembered: pages are the same, byte for byte, and a function that is replaced is the one that was read."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
from collections.abc import Iterator
from importlib import import_module
from operator import attrgetter
from typing import Any

import pytest

from book.paged.render import Renderer
from tests.loops import some
from tests.test_even_lines import DOT, HEAD, SERIF, TEXT

pytestmark = pytest.mark.needs_pango

REPLACED = {
    ("text.line_break", "Layout.setup"): "fb227a55094f41d4",
    ("text.line_break", "Layout.deactivate"): "bfec3ec8406e1c82",
    ("text.line_break", "Layout.reactivate"): "0b89ee097104b713",
    ("text.line_break", "Layout.__init__"): "c17d3975d808536e",
    ("text.line_break", "Layout.set_text"): "fe23ca9937dbf520",
    ("text.line_break", "create_layout"): "6587192cc0ab3ffa",
    ("text.line_break", "split_first_line"): "39ad1016863ca34d",
    ("text.line_break", "first_line_metrics"): "55ec5d0b58b29a8b",
    ("css", "StyleFor.__init__"): "b1e725a7552502aa",
    ("css", "StyleFor.__call__"): "96b91915ae7c344a",
    ("css", "StyleFor.set_computed_styles"): "b5b15856b8beff3f",
    ("css", "StyleFor.add_page_declarations"): "78e388ade2325011",
    ("css", "StyleFor._page_type_match"): "e81e6a05201f0643",
    ("layout.float", "avoid_collisions"): "5fc7793c573af328",
    ("css", "ComputedStyle"): "4ff0512c0af12674",
    ("css", "AnonymousStyle"): "414bbf41061e0a4a",
    ("layout.percent", "resolve_percentages"): "71673078096fcf87",
    ("layout.percent", "resolve_one_percentage"): "4cfaa9ad134e4f7b",
    ("layout.percent", "percentage"): "ebe404ccd9da50bf",
    ("layout.percent", "resolve_radii_percentages"): "4980b3798c671710",
    ("layout.background", "layout_box_backgrounds"): "617a870678c82755",
    ("layout.background", "layout_backgrounds"): "5d7d4d589e3d8a33",
    ("draw.color", "get_color"): "8196bf0c7ddc3e54",
    ("layout.page", "_standardize_page_based_counters"): "6c3791760c3fbe13",
    ("layout.inline", "split_text_box"): "8c564329599ef23f",
    ("layout.inline", "text_align"): "e953d41b87ccfc30",
    ("layout.inline", "add_word_spacing"): "879516e71f1b80fa",
    ("formatting_structure.boxes", "Box.is_in_normal_flow"): "5f49d6ab23da7e51",
    ("formatting_structure.boxes", "Box.is_floated"): "6e6071b81868ea92",
    ("formatting_structure.boxes", "Box.is_footnote"): "3550ea0c86860187",
    ("formatting_structure.boxes", "Box.is_note"): "2651f1110437e2e3",
    ("formatting_structure.boxes", "Box.is_running"): "1c451d5c39f4a663",
    ("formatting_structure.boxes", "Box.is_absolutely_positioned"): "397e0c33b3087681",
    ("draw.text", "draw_first_line"): "1bb8eae6d88e71b1",
    ("svg.text", "text"): "67a30c3e181b4a80",
    ("svg.text", "Style"): "d946aa624fd9af57",
    ("pdf.stream", "Stream.add_font"): "e4226e1117477217",
    ("pdf.stream", "Stream.set_font_size"): "34b9096d1555895d",
}
"""Module and name of what is replaced, or relied on for that -> the digest of its source, as it was when it was read."""

SHEET = HEAD.partition("<style>")[2].partition("</style>")[0]
BODY = f"""<!DOCTYPE html><html lang="en-GB"><head><title>T</title></head><body><h1>Head <em>of</em> it</h1><p>{TEXT}</p><p lang="de">{TEXT} <b>{TEXT}</b> end</p>
<p style="text-indent: 2em; letter-spacing: 0.2px">{TEXT} <img src="book:dot.svg" alt="dot"> {TEXT}</p>
<p>One <code>one two</code> and <code>one two</code> and again <code>one two</code> to the end of a line that goes on <code>one two</code>.</p>
<p>soft\u00adhyphens in under\u00adstand\u00adable, a well-known-and-long-hyphenated-word, and  two spaces {TEXT}</p>
<pre>code   with spaces\n\tand a tab</pre><ul><li>{TEXT}<li>short</ul>
<table style="width: 50%; border-collapse: collapse"><tr><th>{TEXT[:60]}<td>a<td style="padding: 5%">{TEXT[:90]}</table>
<p style="width: calc(50% + 1em); box-sizing: border-box; padding: 3px">{TEXT}</p><p dir="rtl">{TEXT}</p>
<p><sup>up</sup> and <sub>down</sub>, <span style="vertical-align: top">top</span> <span style="vertical-align: bottom; font-size: 2em">below</span>
<span style="position: relative; top: 3px">moved</span> <s>struck</s> <u>under</u> {TEXT}<span style="float: footnote">A note. {TEXT}</span> {TEXT}</p>
<p style="font-size: 0">nothing</p><p style="visibility: hidden">hidden</p><p>a mark above: x\u0323\u0302, joined: \u0644\u0627 office</p>
<p style="overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: left">{TEXT}</p><p style="block-ellipsis: auto; max-lines: 1; text-align: left">{TEXT}</p>
<p style="letter-spacing: -0.5px; text-align: left">closer <code>one two</code> and <code>one two</code></p>
<p><img src="book:texts.svg" alt="texts"> <img src="book:texts.svg" style="width: 90px" alt="texts"></p>
<p style="text-align: left; float: left">shrunk to fit <code>one two</code></p><p style="text-align: center; clear: both">a well-known <em>short text</em> <q>in the middle</q></p>
<p style="white-space: nowrap">kept on <code>one line</code></p><p style="white-space: pre-wrap">as  it <code>is  typed</code> \n of it</p><p lang="zh">一个短句。</p>
<p style="font-variant-caps: small-caps; word-spacing: 3px">{TEXT} <a href="#x" style="padding: 0 2px; border: 1px solid">{TEXT}</a></p>
<style>.first::first-letter {{ font-size: 2em }} .line::first-line {{ color: red }} h1 {{ string-set: head content() }} @page {{ @top-left {{ content: string(head) }} }}
@page :left {{ @bottom-left {{ content: counter(page) }} }} @page :first {{ margin-top: 40px; @bottom-left {{ content: "first" }} }} @page :nth(3) {{ color: red }}
@page wide {{ margin-left: 5px; @bottom-left {{ content: "wide " counter(page) }} }} .wide {{ page: wide }}</style>
<p class="first">{TEXT}</p><p class="line">{TEXT}</p><div style="float: left; width: 40px; height: 70px">x</div><p id="x">{TEXT}</p>
<div style="position: relative; border-radius: 2px">a<div style="position: absolute; background: #eee">b<p style="position: absolute">c</p></div></div>
<p style="background: linear-gradient(red, blue)">d</p><p style="background: url(book:dot.svg) #eef; border-radius: 0 4px">e <b style="background: currentcolor">f</b></p>
<div class="wide"><p>{TEXT}<p>{TEXT}</div><p style="visibility: hidden; background: red">g</p><p style="border: 3px solid; border-image: url(book:dot.svg) 1; border-radius: 10%">h</p>
<table><colgroup style="background: #eee"><col style="background: red"><tbody style="background: blue"><tr style="background: red"><td style="border-radius: 3px; background: #ddd">i</table>"""

TEXTS = """<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60" font-family="Serif">
<text x="2" y="10" font-size="9">One two <tspan font-weight="bold">three</tspan></text><text x="2" y="22" font-size="9">One two</text>
<text x="2" y="34" font-size="12" font-style="italic">One two</text><text x="60" y="46" font-size="9" text-anchor="middle">One two</text>
<text x="110" y="58" font-size="9" direction="rtl">One two</text></svg>"""


@contextlib.contextmanager
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is remembered or replaced in the ``with`` block."""
    from book.paged.render import lengths, painting, shaping, styles

    def nothing(*_: Any) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    with monkeypatch.context() as patch:
        patch.setattr(shaping, "once", nothing)
        patch.setattr(styles, "shared", nothing)
        patch.setattr(lengths, "once", nothing)
        patch.setattr(painting, "fast", nothing)
        yield


def _written(renderer: Renderer, body: str) -> str:
    layout = renderer.lay_out(body, SHEET)
    return hashlib.sha256(renderer.write([layout], identifier="x")).hexdigest()


def _new() -> Renderer:
    return Renderer(
        {
            "book:serif.ttf": (SERIF, "font/ttf"),
            "book:dot.svg": (DOT.encode(), "image/svg+xml"),
            "book:texts.svg": (TEXTS.encode(), "image/svg+xml"),
        }
    )


@pytest.mark.expects_log
def test_pages_are_the_same_as_weasyprint_makes_them_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    other = BODY.replace("<h1>", '<h1 style="margin-bottom: 31px">')
    with _alone(monkeypatch):
        expected = [_written(_new(), body) for body in (BODY, other)]
    renderer = _new()
    first = renderer.lay_out(other, SHEET)
    assert first.pages == renderer.lay_out(other, SHEET).pages
    assert [_written(renderer, body) for body in (BODY, other, BODY)] == [*expected, expected[0]]


def test_text_is_measured_once_for_all_layouts_of_a_chapter(monkeypatch: pytest.MonkeyPatch) -> None:
    from weasyprint.text import line_break

    count = 0
    measure = line_break.Layout.get_first_line

    def counted(layout: Any) -> Any:
        nonlocal count
        count += 1
        return measure(layout)

    monkeypatch.setattr(line_break.Layout, "get_first_line", counted)
    renderer = _new()
    text = f"<h1>Head</h1><p>{TEXT} <em>{TEXT}</em></p><ul><li>{TEXT}</ul><pre>code</pre>"
    renderer.lay_out(text, SHEET)
    first, count = count, 0
    renderer.lay_out(text.replace("<h1>", "<h1 class=lower>"), SHEET)
    assert count * 5 < first


def test_a_text_that_is_not_divided_is_measured_once_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    from weasyprint.text import line_break

    texts: list[str] = []
    prepare = line_break.create_layout

    def noted(text: str, *rest: Any) -> Any:
        texts.append(text)
        return prepare(text, *rest)

    monkeypatch.setattr(line_break, "create_layout", noted)
    words = " and ".join(["<code>one two</code>"] * 30)
    cells = "<tr><td>a cell<td>another cell" * 3
    drawing = "<img src=book:texts.svg alt=texts>"
    renderer = _new()
    renderer.lay_out(f"<html lang=en><p style='text-align: left'>{words}</p><table>{cells}</table>{drawing}", SHEET)
    layout = renderer.lay_out(f"<html lang=en><p>{words}</p><p>{drawing} {drawing}", SHEET)
    renderer.write([layout], identifier="x")
    assert texts.count("one two") <= 3  # of the sixty, one in each document may have no room on its line
    assert texts.count("a cell") == texts.count("another cell") == 1
    assert texts.count("w") == TEXTS.count("style=") + 2  # in each size and style of the drawing


def test_weasyprint_looks_behind_few_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    from weasyprint.layout import background

    looked = 0
    resolve = background.resolve_radii_percentages

    def counted(box: Any) -> None:
        nonlocal looked
        looked += 1
        resolve(box)

    monkeypatch.setattr(background, "resolve_radii_percentages", counted)
    layout = _new().lay_out(f"<h1>Head</h1>{f'<p>{TEXT} <em>{TEXT}</em></p>' * 9}<p style='background: red'>end", SHEET)
    assert 0 < looked < 12 * len(layout.pages)


def test_only_rare_text_is_painted_by_weasyprint(monkeypatch: pytest.MonkeyPatch) -> None:
    from book.paged.render import painting

    left: list[str] = []
    painted = painting._painted

    def noted(faces: Any, stream: Any, layout: Any) -> Any:
        result = painted(faces, stream, layout)
        left.extend([layout.text] if result is None else [])
        return result

    monkeypatch.setattr(painting, "_painted", noted)
    renderer = _new()
    layout = renderer.lay_out(f"<html lang=en><p>{TEXT} <em>{TEXT}</em></p><p>soft\u00adhyphen</p>", SHEET)
    renderer.write([layout], identifier="x")
    assert left == ["soft\u00adhyphen"]


def test_a_style_is_computed_once_for_documents_with_one_sheet() -> None:
    renderer = _new()
    sheet = "p { color: red; margin: 1em 0 } em { color: blue }"
    body = "<!DOCTYPE html><html lang=en><body><p>One <em>two</em></p><p style='color: green'>Three</p>"
    once, again = (
        [box.style for box in _boxes(renderer.lay_out(body, sheet)) if box.element_tag in {"p", "em"}] for _ in range(2)
    )
    own = [style["color"] == again[-1]["color"] for style in again]
    assert [left is right for left, right in zip(once, again, strict=True)] == [not green for green in own]
    assert own.count(True) == 3  # the paragraph, its line and its text


def test_what_is_in_two_chapters_that_differ_in_their_ids_has_the_same_styles() -> None:
    renderer = _new()
    sheet = "section { color: red } p { margin: 1em 0; font-size: 0.9em }"
    body = "<!DOCTYPE html><html lang=en><body><section id={0}><p>One <em>two</em></p></section>"
    once, again = (
        {box.element_tag: box.style for box in _boxes(renderer.lay_out(body.format(name), sheet))} for name in "ab"
    )
    assert once["em"] is again["em"]
    assert once["section"] is not again["section"]
    assert [style["section"]["anchor"] for style in (once, again)] == ["a", "b"]


def test_the_size_of_the_page_is_that_of_each_document() -> None:
    renderer = _new()
    sheet = "p { width: 50vw }"
    page = "<!DOCTYPE html><style>@page {{ size: {}px 500px; margin: 0 }} body {{ margin: 0 }}</style><p>One</p>"
    widths = [
        next(box.width for box in _boxes(renderer.lay_out(page.format(width), sheet)) if box.element_tag == "p")
        for width in (400, 600)
    ]
    assert widths == [200, 300]


def test_a_page_that_scrolls_or_hides_is_laid_out_as_alone() -> None:
    renderer = _new()
    sheet = "html { overflow: hidden } p { display: none }"
    kinds = {
        tuple(page.style["overflow"] for page in _pages(renderer.lay_out("<!DOCTYPE html><p>One</p>", sheet)))
        for _ in range(3)
    }
    assert kinds == {("hidden",)}


def _pages(layout: Any) -> list[Any]:
    return [page._page_box for page in layout.document.pages]


def _boxes(layout: Any) -> Iterator[Any]:
    for page in _pages(layout):
        yield from page.descendants()


@pytest.mark.parametrize(("module", "name"), REPLACED)
def test_what_is_replaced_is_what_was_read(module: str, name: str) -> None:
    """After an upgrade of WeasyPrint: read the function again, see that ours still does the same, and write down the new digest."""
    source = inspect.getsource(attrgetter(name)(import_module(f"weasyprint.{module}")))
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == REPLACED[module, name]


def test_every_module_that_knows_a_replaced_function_calls_the_other() -> None:
    from weasyprint.layout import percent

    from book.paged.render import wrapping

    own = percent.resolve_percentages
    modules = [module for module, _ in wrapping.places(own)]
    assert percent in modules
    with wrapping.replaced(own, len):
        assert [module for module in some(modules) if module.resolve_percentages is not len] == []
    assert [module for module in some(modules) if module.resolve_percentages is not own] == []

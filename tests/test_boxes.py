"""Contract tests: the boxes, attributes and log lines of WeasyPrint that Handbound reads still exist under the same names.

WeasyPrint's layout is private to it. When a test here or in ``test_box_contract.py`` fails after an upgrade, mend ``book/paged/boxes/``,
``book/paged/box_changes.py`` or ``book/paged/render/``: everything else stands on those three.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pikepdf
import pytest
from lxml import etree

from book.html_names import SVG
from book.paged import box_changes, finishing, inspection, on_paper, page_map, render, tags
from book.paged.boxes import pages as reading
from book.paged.boxes import tree
from book.paged.pages import (
    Cell,
    Code,
    Figure,
    Formula,
    Line,
    Note,
    NoteCall,
    Opening,
    Page,
    PageBreak,
    Picture,
    Row,
    Table,
    TaggedTable,
    Text,
)
from book.paged.render import Layout, Renderer
from book.proof import pdf_text
from tests.test_even_lines import HEAD, SERIF
from tests.test_pages import bound

DOT = f'<svg xmlns="{SVG}" width="40" height="30"><rect width="40" height="30"/></svg>'
FORMULA = (
    f'<svg xmlns="{SVG}" class="hb-math" viewBox="0 -8 20 10" style="--width: 2.500em; width: 20px; height: 10px" '
    'fill="currentColor"><title>a^2</title><path d="M0 0h9v-8z"/></svg>'
)
PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><title>T</title><style>
@page {{ size: 400px 300px; margin: 30px; @bottom-center {{ content: "folio " counter(page) }} }}
body {{ margin: 0; font: 16px/20px serif }} p, h2, figure, pre, table, ul {{ margin: 0 }}
figure {{ margin-bottom: 20px }} pre {{ font: 10px/20px monospace }} td, th {{ height: 50px; padding: 0 }}
.hb-foot-note {{ float: footnote }} .hb-foot-note::footnote-call, .hb-foot-note::footnote-marker {{ content: none }}
.hb-aside {{ position: absolute; right: 0 }} .hb-chapter {{ --hb-grid: 1px }}
</style></head><body>
<section class="hb-chapter" id="one"><header class="hb-opener"><h1>Title</h1></header>
<p>First <a role="doc-noteref" href="#note" class="hb-noteref">1</a><span class="hb-foot-note" id="note" role="doc-footnote">Note</span>
ends<br>Second {FORMULA} <span class="hb-added">added</span> <span class="hb-aside">aside</span></p>
<h2>Heading</h2>
<ul><li>Item</li></ul>
<figure data-figure="1">{DOT}</figure>
<pre data-code="1"><code>code line</code></pre>
<div class="hb-page-break"></div>
<div class="hb-table hb-long-table" data-table="1"><table><thead><tr><th>Key</th><th>Value</th></tr></thead>
<tbody>{"".join(f"<tr><td>k{n}</td><td>v{n}</td></tr>" for n in range(6))}</tbody></table></div>
</section></body></html>"""


@pytest.fixture(scope="module")
def layout(needs_pango: None) -> Layout:
    return Renderer({}).lay_out(PAGE)


@pytest.fixture(scope="module")
def pages(layout: Layout) -> tuple[Page, ...]:
    return layout.pages


def items(pages: tuple[Page, ...], kind: type) -> list[Any]:
    return [item for page in pages for item in page.items if isinstance(item, kind)]


@pytest.mark.needs_pango
def test_every_class_of_box_that_weasyprint_has_is_known_and_no_other() -> None:
    from weasyprint.formatting_structure import boxes as theirs

    abstract = {"Box", "ParentBox", "BlockLevelBox", "BlockContainerBox", "InlineLevelBox", "AtomicInlineLevelBox"}
    abstract |= {"FlexContainerBox", "GridContainerBox"}
    names = {name for name, thing in vars(theirs).items() if isinstance(thing, type) and issubclass(thing, theirs.Box)}
    message = "WeasyPrint's boxes have other names: read the new ones in KINDS of book/paged/boxes/tree.py"
    assert names - abstract == set(tree.KINDS), message


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        *((Text, 20), (Line, 16), (Picture, 2), (Formula, 1), (Figure, 1), (TaggedTable, 2), (Table, 2), (Row, 8)),
        *((Cell, 16), (Code, 1), (NoteCall, 1), (Note, 1), (Opening, 1), (PageBreak, 1)),
    ],
)
def test_a_small_page_gives_every_kind_of_thing(pages: tuple[Page, ...], kind: type, least: int) -> None:
    count = len(items(pages, kind))
    assert count >= least, (
        f"boxes/pages.py finds {count} of {kind.__name__} where there are {least}: WeasyPrint's boxes changed"
    )


def test_a_page_has_its_size_its_margins_and_its_notes(pages: tuple[Page, ...]) -> None:
    first = pages[0]
    assert (first.number, first.left, first.top, first.width, first.height) == (1, 30, 30, 340, 240)
    assert first.margins == "folio 1"
    assert first.notes is not None
    assert first.top < first.notes[0] < first.notes[1] == pytest.approx(first.bottom)
    assert first.notes[0] < first.lowest <= first.bottom + 2, "the descenders of the last note reach a little deeper"
    assert pages[-1].notes is None
    assert 0 < pages[-1].fill < 1


def test_text_and_lines_have_their_positions(pages: tuple[Page, ...]) -> None:
    texts = {item.text.strip(): item for item in items(pages, Text)}
    assert texts["First"].size == 16
    assert texts["First"].context.owner == texts["First"].context.place == texts["First"].context.chapter == "one"
    assert (texts["Title"].context.owner, texts["Title"].context.in_body) == ("", False)
    assert texts["Heading"].context.heading
    assert (texts["Note"].context.owner, texts["Note"].context.footnote) == ("note", True)
    assert not any(texts[word].context.counted for word in ("Note", "added", "1", "•"))
    assert texts["aside"].right == pytest.approx(370)  # it stands outside the flow: WeasyPrint wraps its box
    assert texts["k0"].context.table == "1"
    assert texts["k0"].context.table_breaks
    assert texts["k0"].cell != texts["v0"].cell
    lines = [line for line in items(pages, Line) if line.paragraph]
    first, second, item = lines
    assert (first.paragraph, first.broken, second.broken) == (second.paragraph, True, False)
    assert first.top < first.bottom == second.top
    assert (first.measure, item.paragraph != first.paragraph) == (340, True)
    assert 0 < first.width < 340


def test_pictures_tables_notes_and_code_are_measured(pages: tuple[Page, ...]) -> None:
    (formula,) = items(pages, Formula)
    assert (formula.tex, formula.width, formula.full_width) == ("a^2", 20, 40)
    (figure,) = items(pages, Figure)
    assert (figure.context.figure, figure.height) == ("1", pytest.approx(50, abs=8))
    picture = next(item for item in items(pages, Picture) if not isinstance(item, Formula))
    assert (picture.context.figure, picture.height) == ("1", 30)
    (code,) = items(pages, Code)
    assert (code.number, code.longest) == ("1", 9)
    assert 30 < code.columns < 90
    assert [(item.piece, item.context.table) for item in items(pages, TaggedTable)] == [(0, "1"), (0, "1")]
    assert {len(table.columns) for table in items(pages, Table)} == {2}
    assert sum(table.height for table in items(pages, Table)) == pytest.approx(8 * 50, abs=20)
    assert {round(row.height) for row in items(pages, Row)} <= set(range(50, 56))
    heads = [cell.number for cell in items(pages, Cell) if cell.context.table_head]
    assert Counter(heads).most_common() == [(heads[0], 2), (heads[1], 2)], "the head of the table is printed again"
    assert [item.note for kind in (NoteCall, Note) for item in items(pages, kind)] == ["note", "note"]
    assert inspection.inspect(pages).astray_notes == frozenset()
    assert inspection.inspect(pages).openings == (("one", 1),)


def test_the_page_map_counts_the_words_of_the_body_alone(pages: tuple[Page, ...]) -> None:
    body = "First ends Second aside Heading Item code line Key Value" + "".join(f"k{n}v{n}" for n in range(6))
    read = page_map.read(pages, [str(page.number) for page in pages])
    letters = page_map.folded(body)
    assert [letters[page.letters :].startswith(page.begins) for page in read] == [True] * len(pages)


RENAMED = [
    *("LineBox", "TextBox", "BlockBox", "InlineReplacedBox", "TableBox", "TableRowBox", "TableCellBox"),
    *("MarginBox", "FootnoteAreaBox", "TableRowGroupBox"),
]


@pytest.mark.parametrize("name", RENAMED)
@pytest.mark.needs_pango
def test_a_class_of_box_with_another_name_stops_the_layout(name: str) -> None:
    from weasyprint.formatting_structure import boxes as theirs

    changed = getattr(theirs, name)
    changed.__name__ = f"New{name}"
    try:
        with pytest.raises(tree.UnknownBox, match=f"New{name}"):
            Renderer({}).lay_out(PAGE)
    finally:
        changed.__name__ = name


READ = [
    *(
        "_page_box",
        "children",
        "element",
        "element_tag",
        "style",
        "position_x",
        "position_y",
        "width",
        "height",
        "text",
    ),
    *("column_widths", "is_table_wrapper", "margin_bottom", "border_height", "margin_height", "content_box_x"),
    "content_box_y",
    "is_header",
]
"""The attributes of boxes that Handbound reads by name."""


class Without:
    """A box of WeasyPrint that lacks an attribute, and whose children lack it too."""

    def __init__(self, box: Any, name: str) -> None:
        self.__dict__.update(_inner=box, _name=name)
        self.__class__ = type(type(getattr(box, "_box", box)).__name__, (Without,), {})

    def __getattr__(self, name: str) -> Any:
        if name == self._name or (name == "_box" and self._name != "_box"):
            raise AttributeError(name)
        inner = getattr(self._inner, "_box", self._inner)
        value = getattr(inner, name)
        if name == "_page_box":
            return Without(value, self._name)
        return [Without(child, self._name) for child in value] if name == "children" else value


@pytest.mark.parametrize("name", READ)
def test_a_renamed_attribute_of_a_layout_is_an_error(layout: Layout, name: str) -> None:
    sheets = [Without(page, "") for page in layout.document.pages]
    assert reading.read(sheets) == layout.pages
    with pytest.raises(AttributeError, match=name):
        reading.read([Without(page, name) for page in layout.document.pages])


@pytest.mark.needs_pango
def test_what_is_written_to_the_boxes_is_found_in_the_tags() -> None:
    renderer = Renderer({})
    layout = renderer.lay_out(
        PAGE.replace("ends<br>", 'ends<br><span style="color: #ff0000">').replace("</p>\n<h2>", "</span></p>\n<h2>")
    )
    data = renderer.write([layout], identifier="x")
    with pikepdf.open(io.BytesIO(data)) as raw:
        roles = Counter(str(element.S) for element in tags.elements(raw))
        painted = b"".join(page.Contents.read_bytes() for page in raw.pages)
    assert roles["/Part"] == 1, "WeasyPrint tags a <main> no longer /Part: see box_changes.NOTE_TAG"
    assert roles["/Lbl"] >= 2, "WeasyPrint tags li::marker no longer /Lbl: see box_changes.LABEL_TAG"
    assert b"1 0 0 rg" in painted, "the ink of a formula is no longer that of its text: see box_changes.ink_formula"
    book = bound("<p>a</p>")
    with pikepdf.open(io.BytesIO(finishing.finish(data, book, layouts=[layout]))) as finished:
        elements = list(tags.elements(finished))
        assert [str(element.Alt) for element in elements if pikepdf.Name.Formula == element.S] == ["a^2"]
        assert [str(element.ID) for element in elements if pikepdf.Name.Note == element.S] == ["note-1"]
        assert not [element for element in elements if pikepdf.Name.Part == element.S]


@pytest.mark.expects_log
@pytest.mark.needs_pango
def test_weasyprint_words_its_log_lines_as_before() -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (4, 4)).save(out, "PNG")
    renderer = Renderer({"book:a.png": (out.getvalue(), "image/png")})
    layout = renderer.lay_out('<html lang="en"><title>T</title><body><img src="book:a.png"></body></html>')
    renderer.write([layout], identifier="x")
    lines = [*layout.lines, *renderer.log]
    assert any(map(render.NO_DESCRIPTION.match, lines)), f"WeasyPrint words it in another way: {lines}"
    assert list(renderer.complaints([layout], "x")) == [], "it would be told twice"


@pytest.mark.expects_log
@pytest.mark.needs_pango
def test_letters_that_no_font_has_are_reported_once() -> None:
    renderer = Renderer({"book:serif.ttf": (SERIF, "font/ttf")})
    layout = renderer.lay_out(f"{HEAD}<p>a\U0010fffdb<p>\U0010fffd \u0915")
    renderer.write([layout], identifier="x")
    (problem,) = renderer.complaints([layout], "a.pdf")
    assert problem.message.startswith("no font has \U0010fffd (U+10FFFD) \u0915 (U+0915), which")


@pytest.mark.expects_log
@pytest.mark.needs_pango
def test_other_log_lines_are_reported_unchanged() -> None:
    renderer = Renderer({})
    layout = renderer.lay_out('<html lang="en"><title>T</title><style>p { colour: red }</style><p>a</p></html>')
    (problem,) = renderer.complaints([layout], "a.pdf")
    assert (problem.code, problem.place.path) == ("E104", "a.pdf")
    assert "colour" in problem.message
    assert problem.fix


@pytest.mark.needs_pango
def test_an_extremely_long_word_is_divided_before_layout_and_no_letter_is_lost() -> None:
    word = "".join(f"{number:x}é" for number in range(900))
    layout = Renderer({}).lay_out(
        f'<html lang="en"><title>T</title><body><h2>{word}</h2><p>{"漢" * 1200}</p></body></html>'
    )
    painted = "".join(line.text for page in layout.pages for line in page.items if isinstance(line, Line))
    assert painted.replace("\u200b", "") == word + "漢" * 1200
    pieces = painted.rstrip("漢").split("\u200b")
    assert {len(piece) for piece in pieces[:-1]} == {8}


def test_a_word_of_many_elements_is_divided_too_and_words_beside_it_stay_whole() -> None:
    page = etree.fromstring(
        f"<body><p>Short words. <code>{'<em>ab</em>c' * 400}</code> d <b>short</b> e<br/>f</p><p>{'<i>ab</i>' * 300}</p></body>"
    )
    before = etree.tostring(page, encoding="unicode")
    on_paper.divide_endless(page)
    after = etree.tostring(page, encoding="unicode")
    assert after.replace("\u200b", "") == before
    word, rest = "".join(map(str, page.itertext())).removeprefix("Short words. ").split(" d short", maxsplit=1)
    assert [len(piece) for piece in word.split("\u200b")] == [8] * 150
    assert "\u200b" not in rest


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://example.org/a.png", "book:other.png", "data:text/html,x"]
)
@pytest.mark.needs_pango
def test_nothing_is_fetched_that_the_book_did_not_hand_in(url: str) -> None:
    from weasyprint.urls import FatalURLFetchingError

    renderer = Renderer({"book:a.png": (b"x", "image/png")})
    assert renderer._fetcher.fetch("book:a.png").read() == b"x"
    with pytest.raises(FatalURLFetchingError, match="did not hand in"):
        renderer._fetcher.fetch(url)


def test_the_marks_of_changed_boxes_are_no_names_of_elements_that_a_book_has() -> None:
    assert box_changes.NOTE_TAG == "main"
    assert box_changes.LABEL_TAG == "li::marker"


@pytest.mark.needs_pango
@pytest.mark.parametrize("embedded", [True, False])
def test_the_mark_of_a_shortened_line_is_copied_as_itself_everywhere(*, embedded: bool) -> None:
    cut = "white-space: nowrap; overflow: hidden; text-overflow: ellipsis; width: 90px"
    page = f'<html lang="en"><title>T</title><p style="{cut}">A line that is too long</p><p style="break-before: page">Go on… a word.</p></html>'
    renderer = Renderer({})
    layout = renderer.lay_out(page)
    if embedded:
        with pikepdf.open(io.BytesIO(renderer.write([layout], identifier="x"))) as raw:
            texts = [" ".join(pdf_text.painted(page).values()) for page in raw.pages]
        assert texts[0].endswith("…")
        assert texts[1] == "Go on… a word."
    else:
        letters = [letter for font in renderer.segment(layout).fonts for letter in font.letters.values()]
        assert "…" in letters
        assert max(map(len, letters)) == 1

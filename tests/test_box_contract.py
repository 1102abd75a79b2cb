"""One room for pages: what of WeasyPrint's boxes Handbound uses is a list, and no module but those of that room uses any of it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from book.paged import boxes
from book.paged.boxes import margins, tree
from book.paged.render import Layout, Renderer
from tests.loops import some
from tests.sources import nodes
from tests.test_boxes import PAGE

ROOM = Path(boxes.__file__).parent.parent
READING = tuple(sorted((ROOM / "boxes").glob("*.py")))
WRITING = (ROOM / "box_changes.py",)
IMPORTING = tuple(sorted((ROOM / "render").glob("*.py")))
LIBRARY = tuple(sorted(ROOM.parent.rglob("*.py")))

USED = frozenset(
    (
        # of every box
        *(
            "children",
            "element",
            "element_tag",
            "style",
            "baseline",
            "position_x",
            "position_y",
            "width",
            "height",
            "copy",
        ),
        *("is_in_normal_flow", "is_floated", "border_box_y", "border_height", "content_box_x", "content_box_y"),
        *(
            "margin_height",
            "margin_width",
            "copy_with_children",
            "background",
            "margin_bottom",
            "margin_top",
            "margin_left",
            "margin_right",
        ),
        *(
            "translate",
            "is_for_root_element",
            "padding_top",
            "padding_bottom",
            "rounded_border_box",
            "remove_decoration_sides",
        ),
        # of texts and lines
        *("text", "text_indent", "justification_spacing", "is_leader", "pango_layout", "copy_with_text"),
        # of tables, pictures and pages
        *("column_widths", "is_header", "is_table_wrapper", "replacement", "page_type", "canvas_background"),
        # of WeasyPrint's own pages
        *("_page_box", "anchors", "links", "bookmarks"),
    )
)
"""The attributes of WeasyPrint's boxes and pages that Handbound reads or writes by name."""

NOTED = frozenset({"space", "narrowest", "source", "grid", "measured", "paragraph"})
"""What :mod:`book.paged.box_changes` notes at a line or a block beside them."""

SAME_NAMES = frozenset({"footnote", "page", "top"})
"""Names of our own values that boxes have too: of a context, a placeholder, a piece of a column."""

COMMON = frozenset(
    {
        "children",
        "element",
        "style",
        "width",
        "height",
        "copy",
        "text",
        "links",
        "anchors",
        "margin_bottom",
        "margin_top",
        "translate",
    }
)
"""Names that values of our own have too. Nothing but the rooms of boxes and of rendering can hold a box
(``door-boxes`` in pyproject.toml), so that only those are asked for them."""

OWN_VALUES = {
    ("__init__.py", "copy"): "of WeasyPrint's document, which is public",
    ("even_lines.py", "style"): "of a run of letters",
    ("even_lines.py", "text"): "of a measured paragraph",
    ("painting.py", "text"): "of a layout of Pango",
    ("painting.py", "width"): "of a glyph, as Pango gives it",
    ("paragraphs.py", "style"): "of a run of letters",
    ("paragraphs.py", "text"): "of a run of letters, and of a measured paragraph",
    ("shaping.py", "style"): "of a planned line, and of a layout of Pango",
    ("shaping.py", "text"): "of a planned line",
    ("shared_fonts.py", "style"): "of a font: upright or italic",
}
"""What the room of rendering uses under a name that boxes have too, and why that is no box."""

SIDES = ("top", "right", "bottom", "left")
BUILT = frozenset(
    (
        *(f"{kind}_{side}" for kind in ("margin", "padding") for side in SIDES),
        *(f"border_{side}_width" for side in SIDES),
    )
)
"""Attributes whose names are put together."""


def used(path: Path) -> Iterator[tuple[str, int]]:
    """The names of the attributes in a file, with their lines; not those of a module that it imports."""
    every = nodes(path)
    imports = [node for node in every if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {name.asname or name.name for node in imports for name in node.names if name.name.islower()}
    for node in every:
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in modules):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"getattr", "setattr"}:
            yield from ((str(name.value), node.lineno) for name in node.args[1:2] if isinstance(name, ast.Constant))


@pytest.fixture(scope="module")
def layout(needs_pango: None) -> Layout:
    return Renderer({}).lay_out(PAGE)


@pytest.fixture(scope="module")
def theirs(layout: Layout) -> frozenset[str]:
    """The names of all attributes that WeasyPrint's pages and boxes have."""
    names = {name for sheet in layout.document.pages for name in dir(sheet)}
    stack: list[Any] = [tree.root(sheet) for sheet in layout.document.pages]
    while stack:
        box = tree.laid_out(stack.pop())
        names.update(dir(box))
        stack += box.children
    return frozenset(name for name in names if not name.startswith("__"))


def test_what_is_used_of_boxes_is_a_list_and_weasyprint_has_all_of_it(theirs: frozenset[str]) -> None:
    names = {name for path in some((*READING, *WRITING)) for name, _ in used(path)}
    assert names & theirs == USED | NOTED | (SAME_NAMES & theirs), "extend USED, or mend what WeasyPrint has renamed"
    assert theirs >= BUILT


def test_no_other_module_uses_an_attribute_of_a_box() -> None:
    private = USED - COMMON
    word = re.compile("|".join(map(re.escape, private)))
    astray = [
        f"{path.relative_to(ROOM.parent)}:{line}: .{name}"
        for path in some(LIBRARY)
        if path not in {*READING, *WRITING} and word.search(path.read_text("utf-8"))
        for name, line in used(path)
        if name in private
    ]
    assert astray == [], "ask book/paged/boxes for it, or let book/paged/box_changes.py do it"


def test_rendering_asks_for_what_it_must_know_of_a_box() -> None:
    taken = {(path.name, name) for path in some(IMPORTING) for name, _ in used(path) if name in USED | BUILT | {"_box"}}
    assert taken == OWN_VALUES.keys(), "ask book/paged/boxes for it, or say in OWN_VALUES what else it is"


def test_weasyprint_is_imported_by_the_room_of_rendering_alone() -> None:
    importing = set()
    for path in some([path for path in LIBRARY if "weasyprint" in path.read_text("utf-8")]):
        for node in nodes(path):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if any(name.partition(".")[0] == "weasyprint" for name in names):
                importing.add(path)
    assert importing
    assert importing <= set(IMPORTING)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def top(box):\n    return box.position_y\n", "position_y"),
        ("class A:\n    def b(self, sheet):\n        return [c for c in sheet._page_box]\n", "_page_box"),
        ('def of(line):\n    return getattr(line, "justification_spacing", 0)\n', "justification_spacing"),
    ],
)
def test_a_use_is_seen_wherever_it_is(text: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(text)
    assert name in dict(used(tmp_path / "a.py"))


def test_the_names_of_a_module_are_no_uses(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from book.paged.boxes import margins\n\nx = margins.page_type\n")
    assert list(used(tmp_path / "a.py")) == []


@pytest.mark.needs_pango
def test_margin_boxes_and_folios_are_read(layout: Layout) -> None:
    sheet = layout.document.pages[0]
    page = tree.root(sheet)
    (folio,) = (box for box in page.children if margins.is_margin(box))
    assert tree.text_of(folio) == "folio 1"
    assert margins.side(page) == "right"
    assert margins.shift(page, page) == (0, 0)
    assert margins.may_turn(page, page)


CALLED = (
    ("layout", "make_margin_boxes", "context page state"),
    ("css", "_resolve_calc_sum", "computed tokens property_name refer_to"),
    ("layout.page", "set_page_type_computed_styles", "page_type html style_for"),
    ("layout.page", "_standardize_page_based_counters", "style pseudo_type"),
    ("layout.page", "page_width", "box context containing_block_width"),
    ("layout.page", "page_height", "box context containing_block_height"),
    ("layout.background", "layout_backgrounds", "page get_image_from_uri"),
    ("layout.percent", "resolve_percentages", "box containing_block"),
    ("layout.replaced", "inline_replaced_box_layout", "box containing_block"),
    ("draw.text", "draw_first_line", "stream textbox text_overflow block_ellipsis matrix"),
    ("text.line_break", "split_first_line", "text style context max_width justification_spacing is_line_start minimum"),
    ("text.fonts", "get_pango_font_key", "pango_font"),
    ("pdf.fonts", "Font", "pango_font description font_size"),
    ("pdf.stream", "Stream.marked", "self box tag"),
    ("pdf.stream", "Stream.artifact", "self"),
)
"""What the room of rendering wraps or calls of WeasyPrint beyond its documentation, beside ``test_even_lines.py``: module, name, arguments."""


@pytest.mark.needs_pango
@pytest.mark.parametrize(("module", "name", "arguments"), CALLED)
def test_functions_have_their_names_and_arguments(module: str, name: str, arguments: str) -> None:
    function = attrgetter(name)(import_module(f"weasyprint.{module}"))
    assert list(inspect.signature(function).parameters) == arguments.split()


PRIVATE = {
    "_tags",
    "_current_font",
    "_fonts",
    "_standardize_page_based_counters",
    "_in_flow_layout",
    "_resolve_calc_sum",
}
"""The private names of WeasyPrint's streams and modules that the room of rendering uses; those of its boxes are in :data:`USED`."""


@pytest.mark.needs_pango
def test_private_names_are_a_list_and_weasyprint_has_them() -> None:
    top = [node for path in some(IMPORTING) for node in nodes(path)]
    names = {
        node.attr
        for node in top
        if isinstance(node, ast.Attribute) and node.attr[0] == "_" and ast.unparse(node.value) != "self"
    }
    assert {name for name in names if not name.startswith("__")} == PRIVATE
    sources = "".join(
        inspect.getsource(import_module(f"weasyprint.{name}"))
        for name in ("css", "pdf.stream", "layout.page", "layout.block", "text.fonts")
    )
    assert [name for name in some(sorted(PRIVATE)) if not re.search(rf"\b{name}\b", sources)] == []

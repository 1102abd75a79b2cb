"""Pandoc's nodes are read by name: only one file knows the layout of a node."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

import pytest

from book.markdown import nodes, pandoc
from book.markdown.nodes import Cell, node, text
from book.model import Node
from book.settings import Limits
from tests.sources import PACKAGE, SOURCES

KNOWS = PACKAGE / "markdown" / "nodes.py"
"""The one file that may."""


def by_number(source: str) -> Iterator[int]:
    """Yield the lines of *source* that index the content of a node.

    That is ``node["c"][1]``, ``a, b = node["c"]``, and the same with a name for the content or for a part of it.
    """
    if re.search(r"""['"]c['"]""", source) is None:
        return
    for scope in ast.walk(ast.parse(source)):
        if isinstance(scope, (ast.FunctionDef, ast.Lambda, ast.Module)):
            names = {
                target.id
                for step in ast.walk(scope)
                if isinstance(step, (ast.Assign, ast.AnnAssign)) and step.value is not None and of_content(step.value)
                for target in (step.targets if isinstance(step, ast.Assign) else [step.target])
                if isinstance(target, ast.Name)
            }
            for step in ast.walk(scope):
                if isinstance(step, ast.Subscript) and is_number(step.slice) and of_content(step.value, names):
                    yield step.lineno
                if isinstance(step, ast.Assign) and isinstance(step.targets[0], ast.Tuple):
                    sources = step.value.elts if isinstance(step.value, ast.Tuple) else ()
                    pairs = (
                        zip(step.targets[0].elts, sources, strict=True) if sources else [(step.targets[0], step.value)]
                    )
                    if any(isinstance(target, ast.Tuple) and of_content(value, names) for target, value in pairs):
                        yield step.lineno


def is_number(index: ast.expr) -> bool:
    parts = (index.lower, index.upper) if isinstance(index, ast.Slice) else (index,)
    return any(isinstance(part, (ast.Constant, ast.UnaryOp)) and not is_text(part) for part in parts)


def is_text(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and isinstance(part.value, str)


def of_content(value: ast.expr, names: frozenset[str] | set[str] = frozenset()) -> bool:
    """Return whether *value* is the content of a node, or one of *names*, which refer to one."""
    if isinstance(value, ast.IfExp):
        return of_content(value.body, names) or of_content(value.orelse, names)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get":
        return bool(value.args) and isinstance(value.args[0], ast.Constant) and value.args[0].value == "c"
    if isinstance(value, ast.Subscript):
        return isinstance(value.slice, ast.Constant) and value.slice.value == "c"
    return isinstance(value, ast.Name) and value.id in names


def test_no_part_of_a_node_is_taken_by_its_number() -> None:
    lines = {path: sorted(set(by_number(path.read_text("utf-8")))) for path in SOURCES}
    assert lines.pop(KNOWS), "the reader of our code sees nothing"
    assert {str(path): numbers for path, numbers in lines.items() if numbers} == {}


@pytest.mark.parametrize(
    "line",
    [
        'x = node["c"][1]',
        'x = node["c"][1][0]',
        'x = node["c"][-1]',
        'x = node["c"][1:]',
        'a, b = node["c"]',
        'tag, (a, b) = node["t"], node["c"]',
        'content = node.get("c")\nx = content[0][2]',
        'content = node["c"] if node else None\n_, x = content',
    ],
)
def test_the_reader_of_our_code_sees_a_number(line: str) -> None:
    assert list(by_number(line))


@pytest.mark.parametrize(
    "line", ['x = node["c"]', "x = children(node)[0]", 'x = {**node, "c": y[1]}', 'a, b = node["t"], node["c"]']
)
def test_the_reader_of_our_code_sees_no_more_than_that(line: str) -> None:
    assert not list(by_number(line))


EVERYTHING = """\
# Heading {#x .warm a=b}

Words *marked* [link](a.md "t") ![alt](b.png "u") `code` $x$ <b>raw</b>[^1]

- one
- two

3. three

term
: meaning

| a | b |
|--:|---|
| 1 | 2 |

> quote

```python
code
```

[^1]: note
"""


@pytest.fixture(scope="module")
def blocks() -> list[Node]:
    tree: list[Node] = json.loads(pandoc.read(EVERYTHING, Limits(), math=True))["blocks"]
    return tree


def first(tag: str, within: object) -> Node:
    """Return the first node *tag* below *within*."""
    stack = [within]
    while stack:
        value = stack.pop()
        if isinstance(value, dict) and value.get("t") == tag:
            return value
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            stack.extend(reversed(value))
    raise LookupError(tag)


def test_each_part_is_where_pandoc_puts_it(blocks: list[Node]) -> None:
    heading, link, image, table = (first(tag, blocks) for tag in ("Header", "Link", "Image", "Table"))
    assert nodes.level(heading) == 1
    assert (nodes.target(link), nodes.title(link)) == ("a.md", "t")
    assert (nodes.target(image), nodes.title(image)) == ("b.png", "u")
    assert nodes.literal(first("Code", blocks)) == "code"
    assert nodes.literal(first("CodeBlock", blocks)) == "code"
    assert nodes.attributes(first("CodeBlock", blocks))[1] == ("python",)
    assert (nodes.math_kind(first("Math", blocks)), nodes.literal(first("Math", blocks))) == ("InlineMath", "x")
    assert nodes.raw_html(first("RawInline", blocks)) == "<b>"
    assert nodes.raw_html(heading) is None
    assert len(nodes.items(first("BulletList", blocks))) == 2
    assert len(nodes.items(first("OrderedList", blocks))) == 1
    (term, meanings) = nodes.definitions(first("DefinitionList", blocks))[0]
    assert (len(term), len(meanings)) == (1, 1)
    assert nodes.columns(table) == ["AlignRight", "AlignDefault"]
    assert [first("Str", cell.blocks)["c"] for cell in nodes.cells(table)] == ["a", "b", "1", "2"]
    assert nodes.children(first("BlockQuote", blocks))[0]["t"] in ("Para", "Div")


def test_what_is_put_into_a_node_is_read_from_it(blocks: list[Node]) -> None:
    heading, link, table = (first(tag, blocks) for tag in ("Header", "Link", "Table"))
    words = text("other words")
    assert nodes.level(nodes.with_level(heading, 3)) == 3
    assert nodes.children(nodes.with_children(heading, words)) == words
    assert nodes.attributes(nodes.with_children(heading, words)) == nodes.attributes(heading)
    moved = nodes.with_target(nodes.with_children(link, words), "c.md")
    assert (nodes.target(moved), nodes.title(moved), nodes.children(moved)) == ("c.md", "t", words)
    assert nodes.literal(nodes.with_literal(first("Code", blocks), "x")) == "x"
    items = [[node("Plain", words)]]
    assert all(
        nodes.items(nodes.with_items(first(tag, blocks), items)) == items for tag in ("BulletList", "OrderedList")
    )
    assert nodes.caption(nodes.with_caption(table, [node("Plain", words)])) == [node("Plain", words)]
    terms = [(words, items)]
    assert nodes.definitions(nodes.with_definitions(first("DefinitionList", blocks), terms)) == terms


def test_cells_are_changed_in_their_order_and_written_as_pandoc_writes_them(blocks: list[Node]) -> None:
    table = first("Table", blocks)
    numbers: list[int] = []

    def change(number: int, cell: Cell) -> Cell:
        numbers.append(number)
        return cell._replace(blocks=[node("Plain", text(str(len(numbers))))])

    changed = nodes.with_cells(table, change)
    assert numbers == [0, 1, 0, 1]
    assert [nodes.literal(nodes.children(cell.blocks[0])[0]) for cell in nodes.cells(changed)] == ["1", "2", "3", "4"]
    assert nodes.with_cells(table, lambda _, cell: cell) == table
    assert nodes.columns(nodes.without_widths(table)) == ["AlignDefault", "AlignDefault"]

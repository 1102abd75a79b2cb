"""Tables in an EPUB that are too wide for a small screen: marked by their width, with the heads in their cells."""

from __future__ import annotations

import pytest
from lxml import etree

from book.body import kinds, mark
from book.view.stacks import LARGE, SMALL, mark_tables, width

HEADS = "<thead><tr><th>Decision</th><th>Last word</th><th>Must be heard</th></tr></thead>"
ROW = "<tr><th>The problem for this quarter</th><td>product manager<a role='doc-noteref'>1</a></td><td>engineers and designers</td></tr>"


def marked(rows: str) -> etree._Element:
    """Return the box of the table with these *rows* after :func:`mark_tables`."""
    body = etree.fromstring(f"<body><div><table>{rows}</table></div></body>")
    box = body[0]
    mark(box, "table")
    mark_tables(body)
    return box


def test_a_wide_table_is_marked_and_its_cells_name_their_columns() -> None:
    box = marked(f"{HEADS}<tbody>{ROW}{ROW}</tbody>")
    assert [name for name in kinds(box) if name.startswith("stack")] == ["stack"]
    assert [cell.get("data-head") for cell in box.iter("td", "th")] == [None] * 3 + [
        "Decision",
        "Last word",
        "Must be heard",
    ] * 2


@pytest.mark.parametrize(
    "rows",
    {
        "narrow": "<thead><tr><th>Year</th><th>Place</th></tr></thead><tbody><tr><td>2025</td><td>Leeds</td></tr></tbody>",
        "no heads": f"<tbody>{ROW}</tbody>",
        "joined cells": f"{HEADS}<tbody>{ROW}<tr><td colspan='3'>All of it</td></tr></tbody>",
        "two rows of heads": f"{HEADS.replace('</thead>', '')}<tr><th>a</th><th>b</th><th>c</th></tr></thead><tbody>{ROW}</tbody>",
    }.values(),
)
def test_other_tables_stay_as_they_are(rows: str) -> None:
    box = marked(rows)
    assert [kinds(box), {cell.get("data-head") for cell in box.iter()}] == [("table",), {None}]


def test_the_width_grows_with_the_longest_words_and_with_columns() -> None:
    assert (
        width([["word"] * 3])
        < SMALL
        < width([["some more words than one"] * 3])
        < LARGE
        < width([["some more words than one"] * 4])
    )
    assert width([["incomprehensibilities"]]) > width([["in comprehensi bilities"]])

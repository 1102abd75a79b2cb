"""Tables that an EPUB shows as boxes on a small screen, for those who have them read out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from tests.test_stacks import HEADS, ROW, marked


def test_a_stacked_table_is_still_a_table_for_screen_readers(window: Callable[..., Any]) -> None:
    box = marked(f"{HEADS}<tbody>{ROW}</tbody>")
    page = window()
    sheet = "table, tbody, tr, td, th { display: block } thead { display: none }"
    page.set_content(f"<style>{sheet}</style>{etree.tostring(box, encoding='unicode')}")
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    assert {"table", "row", "rowheader", "cell"} <= {node["role"]["value"] for node in tree["nodes"]}

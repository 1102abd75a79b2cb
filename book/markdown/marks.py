"""Handbound's own marks in pandoc's tree: attributes whose names begin with ``hb:``. Authors cannot write them.

Pandoc gives positions as ``data-pos`` and ``wrapper``, which authors can write too; reading a tree turns pandoc's into marks.
"""

from __future__ import annotations

import json
import re
from typing import Any

from book.body import PREFIX
from book.markdown.nodes import attr, with_attr
from book.model import Node, Nodes

AUTHORS = frozenset(
    {
        "decorative",
        "page-break",
        "callout",
        *(f"callout-{kind}" for kind in "note tip important warning caution danger example quote".split()),
        *(f"align-{side}" for side in "left right center justify".split()),
        *(f"valign-{side}" for side in "top middle bottom baseline".split()),
        *("big", "nobr"),
        "uri",  # pandoc's, of an address that is its own text
    }
)
"""Classes with a meaning that authors may use."""
# As the reader's sourcepos writes it.
_POSITION = re.compile(r"(?:\d+:\d+-\d+:\d+;?)+")


def loads(data: bytes) -> Nodes:
    """Return the blocks of pandoc's JSON *data*, with positions as marks of ours.

    Raises:
        RecursionError: they are nested too deeply.
    """
    return tuple(json.loads(data, object_hook=_adopt)["blocks"])


def _adopt(item: Node) -> Node:
    """Return *item*, a node just read, with pandoc's position as a mark."""
    triple = attr(item) if "t" in item else None
    if triple is None:
        return item
    identifier, classes = triple[:2]
    pairs: list[list[str]] = triple[2]
    names = [name for name, _ in pairs]
    if item["t"] in ("Span", "Div") and names == ["wrapper", "data-pos"] and _POSITION.fullmatch(pairs[1][1]):
        return with_attr(item, [identifier, classes, [["hb:wrapper", "1"], ["hb:pos", pairs[1][1]]]])
    first = next((pair for pair in pairs if pair[0] == "data-pos" and _POSITION.fullmatch(pair[1])), None)
    attributes = [
        ["hb:pos", pair[1]] if pair is first else pair for pair in pairs if not pair[0].casefold().startswith("hb:")
    ]
    return with_attr(item, [identifier, classes, attributes]) if pairs else item


def owned(value: str) -> str:
    """Return an author's class attribute without names that begin with ``hb-``.

    >>> owned(" kicker  hb-kicker ")
    'kicker'
    """
    return " ".join(_ordinary(value.split()))


def _ordinary(names: list[str]) -> list[str]:
    return [name for name in names if not name.casefold().startswith(PREFIX)]


def disown(blocks: Nodes) -> Nodes:
    """Return *blocks* without an author's classes and attributes that could be mistaken for Handbound's: ``hb-``, ``data-``."""
    return tuple(_disowned(list(blocks)))


def _disowned(value: Any) -> Any:
    if isinstance(value, dict):
        content = value.get("c")
        if content is None or isinstance(content, str):
            return value
        new = _disowned(content)
        return _without_own(value if new is content else {**value, "c": new})
    if not isinstance(value, list):
        return value
    result = [_disowned(item) if isinstance(item, (dict, list)) else item for item in value]
    return value if all(new is item for new, item in zip(result, value, strict=True)) else result


def _without_own(item: Node) -> Node:
    """Return *item* without the classes and attributes that could be mistaken for Handbound's."""
    triple = attr(item)
    if triple is None:
        return item
    identifier, classes, pairs = triple
    foreign = [pair for pair in pairs if pair[0] != "wrapper" and not pair[0].startswith("data-")]
    names = _ordinary(classes)
    return (
        item
        if len(foreign) == len(pairs) and len(names) == len(classes)
        else with_attr(item, [identifier, names, foreign])
    )

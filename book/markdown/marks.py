"""Handbound's own marks in pandoc's tree: attributes whose names begin with ``hb:``. Authors cannot write them.

Pandoc gives positions in ``data-pos`` and ``wrapper``, which authors can write too; when a tree is read, pandoc's become marks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from book.body import PREFIX
from book.markdown.nodes import LEAVES, WRAPPER, attr, children, has_children, with_attr, with_children
from book.model import Node, Nodes
from book.patterns import regex
from book.problems import Kind, Severity

NO_PLACE = Kind("R134", Severity.NOTE, "a mark for the index where none is read")

AUTHORS = frozenset(
    {
        "decorative",
        "page-break",
        "callout",
        "references",
        *(f"callout-{kind}" for kind in "note tip important warning caution danger example quote".split()),
        *(f"align-{side}" for side in "left right center justify".split()),
        *(f"valign-{side}" for side in "top middle bottom baseline".split()),
        *("big", "nobr"),
        "uri",  # pandoc's class for an address that is its own text
    }
)
"""Classes that have a meaning and that authors may use."""
INDEX = "index"
"""The class that marks a term for the index of the book."""
OF_INDEX: Mapping[str, str] = MappingProxyType(
    {
        "key": "key",
        "entry": "key",
        "sort": "sort",
        "range": "range",
        "see": "see",
        "see-also": "also",
        "seealso": "also",
    }
)
"""The attributes of such a mark, and the fields of :class:`book.model.IndexMark` that they fill."""
_UNMARKED = regex(
    r"\[(?P<words>(?:[^\[\]\\]|\\.)*)\]\{(?:[^{}\"\n]|\"[^\"\n]*\")*(?<![\w-])\.index(?![\w-])(?:[^{}\"\n]|\"[^\"\n]*\")*\}"
    r"|(?<!\\)\\indexc?\{(?:[^{}]|\{[^{}]*\})*\}|\{\{(?:hi:[^{}\n]*|ii?:[ \t]*(?P<mdbook>[^{}\n]+?)[ \t]*)\}\}"
    r"|\{i:[ \t]*\"[^\"\n]*\"[ \t]*\}|\{index\}`(?P<role>[^`<\n]*?)(?:[ \t]*<[^<>`\n]*>)?`"
)
LEVELS = ("primary", "secondary", "tertiary")
"""In HTML, an entry, what stands below it, and what stands below that: attributes of a mark of HTMLBook."""


def without_index(text: str) -> str:
    r"""Return *text* without marks for the index in any form that is read; the words that are marked stay.

    >>> without_index(r"A [bench]{.index key=\"b\"} \index{oak@\emph{oak}}of {{i: wood}}{{hi: oak}}")
    'A bench of wood'
    """
    return _UNMARKED.sub(lambda mark: mark["words"] or mark["mdbook"] or mark["role"] or "", text)


def index_of(values: Mapping[str, str]) -> str:
    """Return the mark for the index that a tag with the attributes *values* makes, as JSON; empty if it makes none.

    >>> index_of({"class": "index", "data-key": "wood!oak"}), index_of({"class": "index big"})
    ('{"key": "wood!oak"}', '')
    >>> index_of({"data-type": "indexterm", "data-primary": "wood", "data-secondary": "oak", "data-seealso": "pine"})
    '{"key": "wood!oak", "seealso": "pine"}'
    """
    if values.get("data-type") == "indexterm":
        levels = [(values.get(f"data-{name}", ""), values.get(f"data-{name}-sortas", "")) for name in LEVELS]
        levels = [(words, sort) for words, sort in levels if words.strip()]
        sort = "!".join(sort for _, sort in levels)
        fields = {
            "key": "!".join(words for words, _ in levels),
            "sort": sort if sort.strip("!") else "",
            "see": values.get("data-see", ""),
            "seealso": values.get("data-seealso", ""),
            "begins": values.get("id", ""),
            "ends": values.get("data-startref", ""),
        }
    elif values.get("class", "").split() == [INDEX]:
        fields = {name: values.get(f"data-{name}") or values.get(name) or "" for name in OF_INDEX}
    else:
        return ""
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


# The form in which pandoc's sourcepos writes positions.
_POSITION = regex(r"(?:\d+:\d+-\d+:\d+;?)+")


def loads(data: bytes) -> Nodes:
    """Return the blocks of pandoc's JSON *data*, with positions as Handbound's marks.

    Raises:
        RecursionError: the nodes are nested too deeply.
    """
    return tuple(json.loads(data, object_hook=_adopt)["blocks"])


def _adopt(item: Node) -> Node:
    """Return *item*, a node just read, with pandoc's position as a mark."""
    triple = attr(item) if "t" in item else None
    if triple is None or not triple[2]:
        return item
    pairs: list[list[str]] = triple[2]
    if item["t"] in ("Span", "Div") and [name for name, _ in pairs] == _NAMES and _POSITION.fullmatch(pairs[1][1]):
        # The node is new and not shared, so it may be changed in place; all wrappers of a book share one pair.
        pairs[0], pairs[1][0] = WRAPPER, "hb:pos"
        return item
    first = next((pair for pair in pairs if pair[0] == "data-pos" and _POSITION.fullmatch(pair[1])), None)
    attributes = [
        ["hb:pos", pair[1]] if pair is first else pair for pair in pairs if not pair[0].casefold().startswith("hb:")
    ]
    return with_attr(item, [*triple[:2], attributes])


_NAMES = ["wrapper", "data-pos"]
"""The names of the attributes of pandoc's wrapper, in its order."""


def owned(value: str) -> str:
    """Return an author's class attribute without the names that begin with ``hb-``.

    >>> owned(" kicker  hb-kicker ")
    'kicker'
    """
    return " ".join(_ordinary(value.split()))


def _ordinary(names: list[str]) -> list[str]:
    return [name for name in names if not name.casefold().startswith(PREFIX)]


def disown(blocks: Nodes) -> Nodes:
    """Return *blocks* without the author's classes and attributes that could be mistaken for Handbound's: ``hb-…``, ``data-…``."""
    return tuple(_disowned(list(blocks)))


def _disowned(items: list[Any]) -> list[Any]:
    """Return *items*, a list of nodes or of lists, without forged marks; the same list if nothing changed."""
    result: list[Any] = []
    unchanged = True
    for item in items:
        new = item
        if isinstance(item, list):
            new = _disowned(item)
        elif isinstance(item, dict):
            if has_children(item):
                inside = children(item)
                other = _disowned(inside)
                new = _without_own(item if other is inside else with_children(item, other))
            elif item["t"] not in _BARE and isinstance(content := item.get("c"), list):
                other = _disowned(content)
                new = _without_own(item if other is content else {**item, "c": other})
        unchanged = unchanged and new is item
        result.append(new)
    return items if unchanged else result


_BARE = LEAVES - {"Code", "CodeBlock"}
"""Nodes without attributes, and without nodes in them."""


def _without_own(item: Node) -> Node:
    """Return *item* without classes and attributes that could be mistaken for Handbound's."""
    triple = attr(item)
    if triple is None:
        return item
    identifier, classes, pairs = triple
    if not classes and len(pairs) == 2 and pairs[0] is WRAPPER and pairs[1][0] == "hb:pos":
        return item  # true of nearly every node
    foreign = [pair for pair in pairs if pair[0] != "wrapper" and not pair[0].startswith("data-")]
    names = _ordinary(classes)
    return (
        item
        if len(foreign) == len(pairs) and len(names) == len(classes)
        else with_attr(item, [identifier, names, foreign])
    )

"""Walks and rewrites pandoc's tree, for every stage that looks inside nodes. Nodes are never changed in place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from book.markdown.nodes import (
    BREAKS,
    INLINES,
    LEAVES,
    LITERALS,
    RAW,
    children,
    has_children,
    is_wrapper,
    literal,
    node,
    placed,
    position,
    with_children,
)
from book.model import Node, Nodes
from book.scripts import counted

TASK_MARKS = {"☐": "open", "☒": "done"}


def below(item: Any) -> Iterator[Node]:
    """Yield the nodes directly inside *item*, a node or a JSON value inside one."""
    if isinstance(item, dict) and has_children(item):
        yield from children(item)
        return
    stack = [item["c"] if isinstance(item, dict) and "c" in item else item]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            yield value
        elif isinstance(value, (list, tuple)):
            stack.extend(reversed(value))


def walk(nodes: Iterable[Node]) -> Iterator[tuple[Node, tuple[int, int] | None]]:
    """Yield every node below *nodes* in reading order with the nearest known position. Not recursive, so depth is unlimited."""
    stack: list[tuple[Any, tuple[int, int] | None]] = [(list(nodes), None)]
    while stack:
        value, spot = stack.pop()
        if isinstance(value, dict):
            spot = position(value) or spot
            yield value, spot
            if value["t"] in LEAVES:
                continue
            if has_children(value):
                stack.append((children(value), spot))
            elif "c" in value and not isinstance(value["c"], str):
                stack.append((value["c"], spot))
        elif isinstance(value, (list, tuple)):
            stack.extend((inner, spot) for inner in reversed(value))


def every(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield every node below *nodes* in reading order, as :func:`walk`, without looking for positions, which takes most of its time."""
    stack: list[Any] = [list(nodes)]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            yield value
            if value["t"] in LEAVES:
                continue
            if has_children(value):
                stack.append(children(value))
            elif "c" in value and not isinstance(value["c"], str):
                stack.append(value["c"])
        elif isinstance(value, (list, tuple)):
            stack.extend(reversed(value))


def depth(nodes: Iterable[Node]) -> int:
    """Return the nesting depth: quotes, lists, divs, notes and inline marks; wrappers do not count.

    >>> depth([node("BlockQuote", [node("BlockQuote", [])])])
    2
    """
    boxes = {"BlockQuote", "Div", "BulletList", "OrderedList", "DefinitionList", "Note", "Table", "Emph", "Strong",
             "Span", "Link", "Image", "Strikeout", "Superscript", "Subscript", "Underline", "SmallCaps"}  # fmt: skip
    deepest = 0
    stack: list[tuple[Any, int]] = [(list(nodes), 0)]
    while stack:
        value, level = stack.pop()
        if isinstance(value, dict):
            if value["t"] in boxes and not is_wrapper(value):
                level += 1
                deepest = max(deepest, level)
            if has_children(value):
                stack.append((children(value), level))
            elif "c" in value and not isinstance(value["c"], str):
                stack.append((value["c"], level))
        elif isinstance(value, (list, tuple)):
            for inner in value:
                if not isinstance(inner, (dict, list, tuple)) or (isinstance(inner, dict) and _is_word(inner)):
                    continue
                stack.append((inner, level))
    return deepest


def _is_word(item: Node) -> bool:
    """Return whether *item* is a leaf, or the wrapper of one. Fast."""
    if item["t"] == "Span":
        pair = placed(item)
        return pair is not None and pair[1]["t"] in LEAVES
    return item["t"] in LEAVES


def note_name(note: Node) -> str:
    """Return what identifies *note* in its chapter; a note with several references is one note.

    This is the number from :func:`book.markdown.footnotes.restored`, or the note's text in a tree that did not come from there.
    """
    return str(note["name"]) if "name" in note else json.dumps(note["c"])


Rewrite = Callable[[Node], "Iterable[Node] | None"]


def rewrite(nodes: Iterable[Node], change: Rewrite, *, within: frozenset[str] | None = None) -> Nodes:
    """Return *nodes* with *change* applied to every node, innermost first.

    Args:
        nodes: blocks or inlines.
        change: returns the nodes that replace a node (none, one or several), or None to leave it.
        within: tags of the nodes to enter; None enters all. A walk over blocks alone is much faster.

    >>> from book.markdown.nodes import text
    >>> rewrite(text("a b"), lambda item: [] if item["t"] == "Space" else None)
    ({'t': 'Str', 'c': 'a'}, {'t': 'Str', 'c': 'b'})
    """
    return tuple(_rewritten(list(nodes), change, within))


def _rewritten(items: list[Any], change: Rewrite, within: frozenset[str] | None) -> list[Any]:
    """Return *items*, a list of nodes or of lists, rewritten; the same list if nothing changed."""
    result: list[Any] = []
    unchanged = True
    for item in items:
        new = item
        if isinstance(item, dict):
            tag = item["t"]
            if tag not in LEAVES and (within is None or tag in within):
                new = _entered(item, change, within)
            instead = change(new)
            if instead is not None:
                result.extend(instead)
                unchanged = False
                continue
        elif isinstance(item, list):
            new = _rewritten(item, change, within)
        unchanged = unchanged and new is item
        result.append(new)
    return items if unchanged else result


def _entered(item: Node, change: Rewrite, within: frozenset[str] | None) -> Node:
    """Return *item* with what is inside it rewritten."""
    if has_children(item):  # true of nearly every node: walk only its list of nodes, not its attributes
        inside = children(item)
        new = _rewritten(inside, change, within)
        return item if new is inside else with_children(item, new)
    content = item.get("c")
    if not isinstance(content, list):
        return item
    new = _rewritten(content, change, within)
    return item if new is content else {**item, "c": new}


def unwrap(nodes: Iterable[Node]) -> Nodes:
    """Return *nodes* without position wrappers and empty spans, with neighbouring texts joined; positions on nodes stay.

    A task mark (``☐``, which is a paragraph of its own if positions are on) joins the text of its item.

    >>> from book.markdown.nodes import text, wrapper
    >>> unwrap([wrapper("1:1-1:2", *text("a")), *text("b")])
    ({'t': 'Str', 'c': 'ab'},)
    """

    def change(item: Node) -> Iterable[Node] | None:
        # `text {.cls}` puts the class on the wrapper of a space; both are removed.
        return children(item) if is_wrapper(item) else None

    return tuple(_joined(list(rewrite(nodes, change))))


def _joined(value: Any) -> Any:
    if isinstance(value, dict):
        if value["t"] in LEAVES or "c" not in value or isinstance(value["c"], str):
            return value
        if has_children(value):
            return with_children(value, _joined(children(value)))
        return {**value, "c": _joined(value["c"])}
    if not isinstance(value, list):
        return value
    result: list[Any] = []
    for item in value:
        last = result[-1] if result else None
        if isinstance(item, dict) and isinstance(last, dict):
            if item["t"] == "Str" and last["t"] == "Str":
                result[-1] = node("Str", last["c"] + item["c"])
                continue
            if item["t"] in ("Plain", "Para") and is_task_mark(last):
                result[-1] = with_children(item, [*children(last), node("Space"), *_joined(children(item))])
                continue
        result.append(_joined(item))
    return result


def is_task_mark(item: Node) -> bool:
    """Return whether *item* is a paragraph with only a task mark."""
    return item["t"] == "Plain" and len(children(item)) == 1 and task_state(item) is not None


def task_state(item: Node) -> str | None:
    """Return ``open`` or ``done`` for a paragraph that begins with a task mark, else None."""
    first = next(iter(children(item)), None)
    return TASK_MARKS.get(literal(first)) if first is not None and first["t"] == "Str" else None


def plain(nodes: Iterable[Node], *, notes: bool = False) -> str:
    r"""Return the text of *nodes*: one line per block, code as typed, raw markup omitted.

    Args:
        nodes: blocks or inlines.
        notes: whether to include the text of footnotes at their references.

    >>> from book.markdown.nodes import attribute, text
    >>> plain([node("Para", text("a b")), node("Para", [node("Code", attribute(), "x  y")])])
    'a b\nx  y'
    """
    pieces: list[str] = []
    stack: list[Any] = [list(nodes)]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            pieces.append(value)
        elif isinstance(value, (list, tuple)):
            stack.extend(reversed(value))
        elif isinstance(value, dict):
            pair = placed(value) if value["t"] == "Span" else None
            if pair is None:
                _spell(value, stack, pieces, notes=notes)
            elif pair[1]["t"] == "Str":  # true of nearly every node
                pieces.append(pair[1]["c"])
            else:
                _spell(pair[1], stack, pieces, notes=notes)
    return re.sub(r"\n+", "\n", "".join(pieces)).strip("\n")


LINES = frozenset({"Para", "Plain", "Header", "CodeBlock", "HorizontalRule"})


def _spell(item: Node, stack: list[Any], pieces: list[str], *, notes: bool) -> None:
    """Add the text of one node to *pieces*, or its children to *stack*."""
    if item["t"] == "Span":
        stack.extend(reversed(children(item)))
        return
    tag, content = item["t"], item.get("c")
    if tag in BREAKS:
        pieces.append(" " if tag != "LineBreak" else "\n")
    elif tag == "Str" and isinstance(content, str):
        pieces.append(content)
    elif tag in RAW:
        if tag == "RawInline" and re.fullmatch(r"(?i)<br\s*/?>", literal(item).strip()):
            pieces.append("\n")
    elif tag in LITERALS:
        ends = "\n" if tag == "CodeBlock" else ""
        pieces.append(ends + literal(item) + ends)
    elif content is None or (tag == "Note" and not notes):
        return
    else:
        inside = children(item) if has_children(item) else list(_text_children(item))
        if tag in LINES:
            stack.extend(["\n", inside, "\n"])
        else:
            stack.append(inside)


def _text_children(item: Node) -> Iterator[Node]:
    """Yield the nodes inside *item*, with each table cell and each term of a list on a line of its own."""
    if item["t"] in ("Table", "DefinitionList"):
        for inner in below(item):
            yield node("Plain", [inner]) if inner["t"] in INLINES else inner
    else:
        yield from below(item)


def count_words(nodes: Iterable[Node]) -> int:
    """Return the number of words of the running text; each Chinese or Japanese letter counts as one, as in word processors."""
    return sum(counted(plain(nodes)))

"""Callouts: the alerts of GitHub and the boxes of other dialects, as boxes of one kind."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from book.markdown.nodes import (
    BOXES,
    attribute,
    attributes,
    children,
    is_wrapper,
    node,
    with_attributes,
    with_children,
    with_classes,
)
from book.markdown.tree import plain, rewrite, unwrap
from book.model import Node, Nodes

CALLOUTS = frozenset("note tip important warning caution danger example quote".split())
ALERT = re.compile(r"\[!([A-Za-z]+)\][+-]?(?=\s|$)")
NAMED = re.compile(r"([A-Za-z]+)(?:\[(.*)\])?", re.DOTALL)


def with_alerts(blocks: Nodes) -> Nodes:
    """Return *blocks* with alerts that have a title of their own, and with fences of colons, as the alerts of GitHub are."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] == "Div":
            _, classes, _ = attributes(item)
            named = NAMED.fullmatch(classes[0]) if len(classes) == 1 else None
            inside = children(item)
            if named is None or named[1].lower() not in CALLOUTS or (inside and _is_title(inside[0])):
                return None
            title = [node("Str", named[2])] if named[2] else []
            kind = named[1].lower()
            return [with_children(with_classes(item, [kind]), _box(kind, title, inside))]
        return _alert(children(item)) if item["t"] == "BlockQuote" else None

    return rewrite(blocks, change, within=BOXES)


def _alert(quote: list[Node]) -> list[Node] | None:
    """Return what stands for a *quote* that is an alert of GitHub's with a title of its own; None for any other."""
    first = quote[0] if quote else node("Null")
    first = next(iter(children(first)), first) if is_wrapper(first) else first
    if first["t"] != "Para":
        return None
    line = list(itertools.takewhile(lambda inline: not _ends_line(inline), children(first)))
    mark = ALERT.match(plain(unwrap(line)))
    if mark is None or mark[1].lower() not in CALLOUTS:
        return None
    # The mark is four or more pieces: bracket, sign, name, bracket.
    length = 0
    while line and length < len(mark[0]):
        length += len(plain([line.pop(0)]))
    while line and not plain([line[0]]).strip():
        line.pop(0)
    rest = list(itertools.dropwhile(lambda inline: not _ends_line(inline), children(first)))[1:]
    body = [*([node("Para", rest)] if rest else []), *quote[1:]]
    kind = mark[1].lower()
    return [node("Div", attribute([kind]), _box(kind, line, body))]


def _ends_line(item: Node) -> bool:
    return item["t"] in ("SoftBreak", "LineBreak") or (
        is_wrapper(item) and [inline["t"] for inline in children(item)] == ["SoftBreak"]
    )


def _is_title(item: Node) -> bool:
    return item["t"] == "Div" and "title" in attributes(item)[1]


def _box(kind: str, title: list[Node], body: Sequence[Node]) -> list[Node]:
    """Return what stands in an alert as pandoc gives one; a title of its own is its first paragraph, in bold type."""
    word = node("Div", attribute(["title"]), [node("Para", [node("Str", kind.capitalize())])])
    own = [node("Para", [node("Strong", title)])] if title else []
    return [word, *own, *body]


def without_alert_titles(blocks: Nodes) -> Nodes:
    """Return *blocks* without the words over the alerts of GitHub, which the language sets later."""
    return rewrite(blocks, lambda item: [] if _is_title(item) else None, within=BOXES)


def with_callouts(blocks: Nodes) -> Nodes:
    """Return *blocks* with the alerts of GitHub as one kind of callout; the word over it is the language's, set later."""

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Div":
            return None
        identifier, classes, values = attributes(item)
        inside = children(item)
        kind = next((name for name in classes if name in CALLOUTS), None)
        if kind is None or not inside or not _is_title(inside[0]):
            return None
        callout = with_children(item, inside[1:])
        return [with_attributes(callout, identifier, (), {**values, "hb:kind": f"callout callout-{kind}"})]

    return rewrite(blocks, change, within=BOXES)

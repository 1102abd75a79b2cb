"""Repairs lists of items and of terms: a node that is not an item moves into the item before it."""

from __future__ import annotations

from collections.abc import Iterator

from book.markdown import content_model as model
from book.markdown.repair.attributes import attributes_of
from book.markdown.repair.boxes import IN_LINES, Box, Fits, Nodes, blank, runs, says


def fit_list(fitter: Fits, box: Box, above: frozenset[str]) -> Nodes:
    """Return a list that contains items only: other nodes move into the item before them."""
    items: Nodes = []
    last: Box | None = None
    for is_item, run in runs(box.inside, lambda node: isinstance(node, Box) and node.tag == "li"):
        if is_item:
            items += run
            last = next(node for node in reversed(run) if isinstance(node, Box))
            continue
        lists = frozenset({"ul", "ol", "dir", "menu"})
        nested = all(blank(node) or (isinstance(node, Box) and node.tag in lists) for node in run)
        if says(run):
            first = next((node for node in run if isinstance(node, Box)), box)
            fitter.say(first, f"<{box.tag}> contains something that is not an item", "write it in <li>…</li>")
            if nested and last is not None:
                last.inside = [*last.inside, *run]
            else:
                last = Box("li", {}, run)
                items.append(last)
    if last is None:
        return [" "]
    fitted: Nodes = []
    for item in items:
        if isinstance(item, str):
            fitted.append(item)
            continue
        pairs = attributes_of("li", item.pairs)
        if box.tag != "ol" or not model.fits("value", pairs.get("value", ""), "integer"):
            pairs.pop("value", None)
        fitted.append(Box("li", pairs, fitter.flow(item.inside, above | {"li"})))
    return [box.like(fitted)]


def fit_terms(fitter: Fits, box: Box, above: frozenset[str]) -> Nodes:
    """Return a list of terms, each with a description; nodes before the first term move before the list."""
    before: Nodes = []
    rows: list[Box] = []
    for node in _opened(box.inside):
        if isinstance(node, Box) and node.tag in ("dt", "dd"):
            if node.tag == "dd" and not rows:
                fitter.say(node, "<dd> describes no term", "write a <dt> before it")
                before.append(Box("div", attributes_of("div", node.pairs), fitter.flow(node.inside, above)))
                continue
            if node.tag == "dt" and rows and rows[-1].tag == "dd":
                pass
            rows.append(
                Box(node.tag, attributes_of(node.tag, node.pairs), fitter.flow(node.inside, above | {node.tag}))
            )
        elif not blank(node) and says([node]):
            fitter.say(
                node if isinstance(node, Box) else box,
                "<dl> contains something that is not a term",
                "write it in <dt> or <dd>",
            )
            fitted = fitter.flow([node], above)
            if not rows:
                before += fitted
            elif rows[-1].tag == "dd":
                rows[-1] = rows[-1].like([*rows[-1].inside, " ", *fitted])
            else:
                rows.append(Box("dd", {}, fitted))
        elif isinstance(node, Box) and node.tag not in IN_LINES:
            (rows[-1].inside if rows else before).append(" ")  # it separates the words on both sides
    if rows and rows[-1].tag == "dt":
        rows.append(Box("dd"))
    if not rows:
        return [box.like(before, "div")] if before else [" "]
    return [*([Box("div", {}, before)] if before else []), box.like([*rows])]


def _opened(nodes: Nodes) -> Iterator[Box | str]:
    """Yield the content of a list of terms, with its groups unwrapped (HTML §4.4.9 allows a div around a term and its descriptions)."""
    for node in nodes:
        if (
            isinstance(node, Box)
            and node.tag == "div"
            and any(isinstance(inner, Box) and inner.tag in ("dt", "dd") for inner in node.inside)
        ):
            yield from _opened(node.inside)
        else:
            yield node

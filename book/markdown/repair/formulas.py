"""Repairs formulas in a chapter: each element gets the number of children that MathML requires."""

from __future__ import annotations

import html

from book.markdown import content_model as model
from book.markdown import math_table
from book.markdown.repair.boxes import Box, Nodes, blank, text_of


def fit_formula(box: Box) -> Box:
    """Return a formula in which each element has the number of children that MathML requires."""
    tag = box.tag
    pairs = {
        name: value
        for name, value in box.pairs.items()
        if name.startswith("hb:")
        or name == "xmlns"
        or ((form := model.form_of(tag, name, math=True)) is not None and model.fits(name, html.unescape(value), form))
    }
    row = math_table.MATH_CONTENT.get(tag)
    if row is None:  # HTML in a formula, or an unknown element: keep its text
        return Box("mtext", {}, [text_of(box.inside)])
    if row == "#*":
        return Box(tag, pairs, [text_of(box.inside)])
    if tag == "mtext":
        return Box(tag, pairs, [text_of(box.inside)])
    if row == "":
        return Box(tag, pairs, [])
    inside: Nodes = []
    for node in box.inside:
        if isinstance(node, Box):
            # A formula inside a formula becomes part of it.
            inside.append(fit_formula(Box("mrow", {}, node.inside) if node.tag == "math" else node))
        elif not blank(node):
            inside.append(Box("mtext", {}, [node]))
    return Box(tag, pairs, _parts(tag, inside))


def _parts(tag: str, inside: Nodes) -> Nodes:
    """Return *inside* as the children that *tag* requires: surplus ones move into the last, missing ones are empty."""
    if count := math_table.ARITY.get(tag):
        parts = [_loose(node) for node in inside]
        if len(parts) > count:
            parts = [*parts[: count - 1], Box("mrow", {}, parts[count - 1 :])]
        return [*parts, *(Box("mrow") for _ in range(count - len(parts)))]
    if tag == "mtable":
        return [
            node if isinstance(node, Box) and node.tag == "mtr" else Box("mtr", {}, _parts("mtr", [node]))
            for node in inside
        ]
    if tag == "mtr":
        return [
            node if isinstance(node, Box) and node.tag == "mtd" else Box("mtd", {}, [_loose(node)]) for node in inside
        ]
    if tag == "semantics":
        parts = [node for node in inside if not (isinstance(node, Box) and node.tag == "annotation")]
        first = _loose(parts[0]) if len(parts) == 1 else Box("mrow", {}, [_loose(node) for node in parts])
        return [first, *(node for node in inside if isinstance(node, Box) and node.tag == "annotation")]
    if tag == "mmultiscripts":
        return _scripts([node for node in inside if isinstance(node, Box)])
    return [_loose(node) for node in inside]


def _loose(node: Box | str) -> Box | str:
    """Return *node*, perhaps a piece of a table or of another element, as a complete node."""
    if isinstance(node, Box) and node.tag in ("mtr", "mtd", "none", "mprescripts", "annotation"):
        inside = [] if node.tag == "annotation" else [_loose(inner) for inner in node.inside if isinstance(inner, Box)]
        return Box("mrow", {}, inside)
    return node


def _scripts(parts: list[Box]) -> Nodes:
    """Return the base, the pairs of scripts after it, and the pairs before it."""
    base = parts[0] if parts and parts[0].tag not in ("none", "mprescripts") else Box("mrow")
    result: Nodes = [_loose(base)]
    run: Nodes = []
    split = False
    for part in parts[1:] if base in parts[:1] else parts:
        if part.tag == "mprescripts" and not split:
            split = True
            result += [*run, *([Box("none")] if len(run) % 2 else []), part]
            run = []
        elif part.tag != "mprescripts":
            run.append(part if part.tag == "none" else _loose(part))
    return [*result, *run, *([Box("none")] if len(run) % 2 else [])]

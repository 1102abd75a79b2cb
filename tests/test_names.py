"""Names say what a value is: in these rooms, none is a pronoun or a participle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loops import some

FORBIDDEN = {"found", "one", "said", "seen", "told", "wanted"}
ROOMS = ("assemble", "images", "markdown", "paged", "proof", "style/links", "theme", "view")
"""Rooms that keep to it; add one when its names are plain."""


def names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every name that *tree* gives to a value, a function or a class, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_is_a_pronoun_or_a_participle(room: str, root: Path) -> None:
    bad = [
        f"{path.relative_to(root)}:{line} {name}"
        for path in some(sorted((root / "book" / room).rglob("*.py")))
        for name, line in names(ast.parse(path.read_text("utf-8")))
        if name.strip("_").lower() in FORBIDDEN
    ]
    assert bad == []

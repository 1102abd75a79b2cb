"""Names say what a value is: none is a pronoun or a participle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.loops import some
from tests.sources import PACKAGE, SOURCES, nodes

FORBIDDEN = frozenset(
    "asked each found given heard held here it its kept one ones said seen told these those wanted what who whom".split()
)


def names(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every name that the module *path* gives to a value, a function or a class, with its line."""
    for node in nodes(path):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno


def test_no_name_is_a_pronoun_or_a_participle() -> None:
    bad = [
        f"{path.relative_to(PACKAGE)}:{line} {name}"
        for path in some(SOURCES)
        for name, line in names(path)
        if name.strip("_").lower() in FORBIDDEN
    ]
    assert bad == []

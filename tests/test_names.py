"""Names say what a value is: none is a pronoun or a participle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loops import some
from tests.sources import nodes

FORBIDDEN = frozenset(
    "asked each found given heard held here it its kept one ones said seen told these those wanted what who whom".split()
)
ROOMS = tuple(
    sorted(
        path.name
        for path in (Path(__file__).parents[1] / "book").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    )
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


def modules(room: Path) -> list[Path]:
    """Return the modules of *room*, a package or one file."""
    return sorted(room.rglob("*.py")) if room.is_dir() else [room]


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_is_a_pronoun_or_a_participle(room: str, root: Path) -> None:
    bad = [
        f"{path.relative_to(root)}:{line} {name}"
        for path in some(modules(root / "book" / room))
        for name, line in names(path)
        if name.strip("_").lower() in FORBIDDEN
    ]
    assert bad == []

"""The modules of the project as syntax trees: read once in a run, for all tests that look at code."""

from __future__ import annotations

import ast
import functools
import gc
from pathlib import Path

import book
from book.limits import uncollected

PACKAGE = Path(book.__file__).parent
SOURCES = tuple(sorted(PACKAGE.rglob("*.py")))
"""The modules of the package."""


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return all nodes of the module *path* in the order of :func:`ast.walk`: the module comes first.

    They stay until the end, half a million of them: the collector of cycles does not look through them.
    """
    with uncollected():
        tree = tuple(ast.walk(ast.parse(path.read_text("utf-8"))))
        gc.freeze()
    return tree

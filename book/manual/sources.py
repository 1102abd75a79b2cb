"""What the sources of Handbound say about themselves: the texts below the fields of a class, and the kinds of problems.

Both are read from the files of the package, without importing its modules: some of them need libraries that may be missing.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from book.patterns import regex

PACKAGE = Path(__file__).resolve().parent.parent
ROLE = regex(r":[a-z]+:`~?(?:[\w.]+\.)?(\w+)`")


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def plain(text: str) -> str:
    r"""Return the *text* of a docstring as one line of Markdown.

    >>> plain("``None`` if\n    :data:`book.x.MOST` is `1`")
    '`None` if `MOST` is `1`'
    """
    return " ".join(ROLE.sub(r"`\1`", text).replace("``", "`").split())


def texts(shape: type) -> Mapping[str, str]:
    """Return the text below each field of the class *shape* in its file, as Markdown; a field without one is missing."""
    tree = _tree(Path(sys.modules[shape.__module__].__file__ or ""))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == shape.__name__)
    pairs = itertools.pairwise(body)
    return {
        field.target.id: plain(text.value.value)
        for field, text in pairs
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


class Declared(Struct, frozen=True, kw_only=True, order=True):
    """A kind of problem as the code declares it."""

    code: str
    severity: str
    meaning: str


KIND = regex(r"^\w+ = Kind\((?:.*\)|\n(?: .*\n)+\))$", re.MULTILINE)
"""A statement that declares a kind, as the formatter writes it: only these are parsed, because to parse every file takes seconds."""


@functools.cache
def kinds() -> Mapping[str, Declared]:
    """Return every kind of problem, by its code, in the order of the codes."""
    paths = (path for path in PACKAGE.rglob("*.py") if PACKAGE / "manual" not in path.parents)
    return {kind.code: kind for kind in sorted(kind for path in paths for kind in _kinds_in(path))}


def _kinds_in(path: Path) -> Iterator[Declared]:
    """Yield the kinds that the module *path* declares."""
    text = path.read_text(encoding="utf-8")
    for node in ast.parse("\n".join(KIND.findall(text))).body:
        if not isinstance(node, ast.Assign) or not isinstance(call := node.value, ast.Call):
            continue
        if isinstance(call.func, ast.Name) and call.func.id == "Kind":
            code, severity, meaning = (ast.unparse(argument) for argument in call.args)
            yield Declared(
                code=ast.literal_eval(code),
                severity=severity.rpartition(".")[2].lower(),
                meaning=ast.literal_eval(meaning),
            )

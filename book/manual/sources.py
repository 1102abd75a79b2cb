"""What the sources of Handbound say about themselves: the texts below the fields of a class, and the kinds of problems.

Both are read from the files of the package, without importing its modules: some of them need libraries that may be missing.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
ROLE = re.compile(r":[a-z]+:`~?(?:[\w.]+\.)?(\w+)`")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A kind of problem as the code declares it."""

    code: str
    severity: str
    meaning: str
    message: str = ""
    """A message of this kind; an ellipsis stands for what depends on the book. Empty if the code composes it elsewhere."""
    fix: str = ""
    """The fix of that message."""


@functools.cache
def kinds() -> Mapping[str, Declared]:
    """Return every kind of problem, by its code, in the order of the codes."""
    trees = [_tree(path) for path in sorted(PACKAGE.rglob("*.py")) if PACKAGE / "manual" not in path.parents]
    declared = [(name, kind, number) for number, tree in enumerate(trees) for name, kind in _kinds_of(tree)]
    names = Counter(name for name, _, _ in declared)
    messages = [dict(_messages(tree)) for tree in trees]
    everywhere = {name: message for table in messages for name, message in table.items() if names[name] == 1}
    result = {}
    for name, kind, number in declared:
        message, fix = messages[number].get(name) or everywhere.get(name) or ("", "")
        result[kind.code] = replace(kind, message=message, fix=fix)
    return dict(sorted(result.items()))


def _kinds_of(tree: ast.Module) -> Iterator[tuple[str, Declared]]:
    """Yield the names of the kinds that a module declares, and what it says of them."""
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(call := node.value, ast.Call):
            continue
        if isinstance(call.func, ast.Name) and call.func.id == "Kind":
            code, severity, meaning = (ast.unparse(argument) for argument in call.args)
            yield (
                ast.unparse(node.targets[0]),
                Declared(
                    code=ast.literal_eval(code),
                    severity=severity.rpartition(".")[2].lower(),
                    meaning=ast.literal_eval(meaning),
                ),
            )


def _messages(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the name of a kind with a message and its fix for every call that reports a problem, the last one first."""
    for function in reversed([node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]):
        values = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(function):
            name, arguments = _subject(call) if isinstance(call, ast.Call) else ("", [])
            texts_of_call = [_text(argument, values) for argument in arguments]
            words = [text for text in texts_of_call if " " in text]
            if isinstance(call, ast.Call) and name and words:
                fix = next((_text(keyword.value, values) for keyword in call.keywords if keyword.arg == "fix"), "")
                yield name, (words[0], fix or (words[1] if len(words) > 1 else ""))


def _subject(call: ast.Call) -> tuple[str, list[ast.expr]]:
    """Return the name of the kind that a call is about, and the arguments behind it; an empty name if there is none."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "at":
        return _constant(call.func.value), call.args
    for number, argument in enumerate(call.args[:2]):
        if name := _constant(argument):
            return name, call.args[number + 1 :]
    return "", []


def _constant(node: ast.expr) -> str:
    """Return the name of a constant, with or without that of its module; empty for anything else."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name if name.isupper() else ""


def _text(node: ast.expr, values: Mapping[str, ast.expr]) -> str:
    """Return the text of an expression, with an ellipsis for what is only known when it runs."""
    if isinstance(node, ast.Name) and node.id in values:
        return _text(values[node.id], {})
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.IfExp):
        return _text(node.body, values)
    return ""

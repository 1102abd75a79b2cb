"""An empty loop proves nothing: assertions of tests in loops run at least once."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

EXCUSE = "may be empty:"
"""What a comment on the line of a loop begins with where an empty loop is right, with the reason after it."""

NEVER_EMPTY = frozenset({"ast.walk", "count", "itertools.count", "some"})
SAME_LENGTH = frozenset({"enumerate", "list", "reversed", "set", "sorted", "tuple"})


def some(items: Iterable[T]) -> tuple[T, ...]:
    """Return *items*; fail if there are none."""
    known = tuple(items)
    assert known, "a loop over nothing proves nothing"
    return known


def unproved(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and iterable of each ``for`` loop of *source* that asserts something and may be empty.

    A loop is sound when its iterable is written out, is a constant of the module, comes from :func:`some`, or was asserted
    before; when it belongs to a law of Hypothesis, which draws empty things on purpose; or when a comment excuses it.
    """
    lines = source.splitlines()
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef) or any(
            "given" in ast.unparse(one) for one in function.decorator_list
        ):
            continue
        for loop in ast.walk(function):
            if not isinstance(loop, ast.For) or not any(isinstance(node, ast.Assert) for node in ast.walk(loop)):
                continue
            if (
                not _is_never_empty(loop.iter)
                and not _asserted_before(loop, function)
                and EXCUSE not in lines[loop.lineno - 1]
            ):
                yield loop.lineno, ast.unparse(loop.iter)


def _is_never_empty(items: ast.expr) -> bool:
    match items:
        case ast.Tuple(elts=[_, *_] as parts) | ast.List(elts=[_, *_] as parts) | ast.Set(elts=[_, *_] as parts):
            return not all(isinstance(part, ast.Starred) and not _is_never_empty(part.value) for part in parts)
        case ast.Dict(keys=[_, *_]):
            return True
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper()
        case ast.Subscript(value=value, slice=ast.Slice(lower=None, upper=None)):
            return _is_never_empty(value)
        case ast.Call(func=ast.Attribute(value=value, attr="items" | "values" | "keys" | "split")):
            return _is_never_empty(value)
        case ast.Call(func=ast.Attribute(attr="iter"), args=[]):
            return True  # an element of XML is in its own iteration
        case ast.Call(func=function, args=[first, *_] as arguments):
            name = ast.unparse(function)
            if name == "range":
                return all(isinstance(argument, ast.Constant) for argument in arguments)
            if name == "zip":
                return all(map(_is_never_empty, arguments))
            return name in NEVER_EMPTY or (name in SAME_LENGTH and _is_never_empty(first))
    return False


def _asserted_before(loop: ast.For, function: ast.FunctionDef) -> bool:
    names = {node.id for node in ast.walk(loop.iter) if isinstance(node, ast.Name)}
    return any(
        isinstance(node, ast.Assert)
        and node.lineno < loop.lineno
        and names & {inner.id for inner in ast.walk(node.test) if isinstance(inner, ast.Name)}
        for node in ast.walk(function)
    )

"""Every regular expression ends soon, whatever an author writes: none backtracks without end."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from itertools import permutations
from re import _constants as names  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from book.patterns import Ready
from tests.fuzzing import TooSlow, bounded
from tests.sources import PACKAGE, SOURCES, nodes

CALLS = frozenset("compile match search fullmatch sub subn finditer findall split".split())
LONG = 800
"""Length of an input: quadratic work takes a moment, cubic work takes minutes."""
SECONDS = 1.0
SIGNS = "a 1-.[<&|*`\"'=\\\n"


@functools.cache
def patterns() -> dict[str, tuple[str, int]]:
    """Return every pattern in the code: its place, the pattern, and its flags."""
    found = {}
    for path in SOURCES:
        for call in nodes(path):
            if (
                not isinstance(call, ast.Call)
                or not isinstance(call.func, ast.Attribute)
                or call.func.attr not in CALLS
                or ast.unparse(call.func.value) != "re"
                or not call.args
            ):
                continue
            flags = 0
            for word in [*call.args[1:], *(more.value for more in call.keywords if more.arg == "flags")]:
                for flag in re.findall(r"\bre\.([A-Z]+)\b", ast.unparse(word)):
                    flags |= getattr(re, flag)
            if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
                found[f"{path.relative_to(PACKAGE)}:{call.lineno}"] = (call.args[0].value, flags)
    # Those that are put together from pieces are found where they end up.
    for name, pattern in compiled():
        found.setdefault(name, (pattern.pattern, pattern.flags & ~re.UNICODE))
    return found


def compiled() -> Iterator[tuple[str, re.Pattern[str] | Ready]]:
    """Yield the patterns that are constants of a module."""
    from importlib import import_module

    for path in SOURCES:
        if path.name == "__main__.py":
            continue
        inside = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = import_module(".".join(inside[:-1] if inside[-1] == "__init__" else inside))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern | Ready) and isinstance(value.pattern, str):
                yield f"{path.relative_to(PACKAGE)}:{name}", value


def letters(tree: Any) -> Iterator[str]:
    """Yield characters that a parsed pattern can match: its letters, and the first of each range and class."""
    classes = {names.CATEGORY_DIGIT: "1", names.CATEGORY_SPACE: " ", names.CATEGORY_WORD: "a"}
    stack = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple) and len(item) == 2 and item[0] in (names.LITERAL, names.NOT_LITERAL):
            yield chr(item[1])
        elif isinstance(item, tuple) and len(item) == 2 and item[0] is names.RANGE:
            yield chr(item[1][0])
        elif isinstance(item, tuple) and len(item) == 2 and item[0] is names.CATEGORY:
            yield classes.get(item[1], "-")
        elif isinstance(item, (tuple, list)) or hasattr(item, "data"):
            stack.extend(getattr(item, "data", item))


def inputs(pattern: str, flags: int) -> Iterator[str]:
    """Yield texts in which *pattern* may lose its way: its letters, one and two of them by turns, and an end that does not fit."""
    own = list(dict.fromkeys(letters(parser.parse(pattern, flags))))[:4]
    for sign in dict.fromkeys([*own, *SIGNS]):
        yield sign * LONG + "\0"
    for pair in permutations(dict.fromkeys([*own, "a", " "]), 2):
        yield "".join(pair) * (LONG // 2) + "\0"
    yield "".join(own) * (LONG // max(1, len(own))) + "\0"


def tried(pattern: str, flags: int, seconds: float = SECONDS) -> str:
    """Return the beginning of an input for which *pattern* takes more than some *seconds*; empty if there is none."""
    rule = re.compile(pattern, flags)
    for text in inputs(pattern, flags):
        try:
            with bounded(seconds, 512):
                for _ in rule.finditer(text):
                    pass
                rule.fullmatch(text)
        except TooSlow:
            return text[:12]
    return ""


def test_there_are_patterns_to_try() -> None:
    found = patterns()
    assert len(found) > 1_500
    assert {name.partition(":")[2].isdigit() for name in found} == {True, False}, "in calls, and as constants"


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(?:a|aa)+$", r"\s*\s*\s*\s*x"])
def test_a_pattern_that_backtracks_without_bound_is_found(pattern: str) -> None:
    assert tried(pattern, 0, seconds=0.2)


@pytest.mark.torture
@pytest.mark.parametrize("room", [str(path.relative_to(PACKAGE)) for path in SOURCES])
def test_no_pattern_takes_long_over_any_text(room: str) -> None:
    slow = {}
    for name, (pattern, flags) in patterns().items():
        if name.partition(":")[0] == room and (text := tried(pattern, flags)):
            slow[name] = (pattern, text)
    assert slow == {}

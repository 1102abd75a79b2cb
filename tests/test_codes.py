"""The codes of problems: each is declared once, by the room whose letter it has."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.loops import some
from tests.sources import PACKAGE, SOURCES, nodes

LETTERS = dict(re.findall(r"\| ([A-Z]) \| ([^|]+?) (?=\|)", (PACKAGE / "README.md").read_text("utf-8")))


def declared() -> list[tuple[str, str]]:
    """Return the codes of all kinds of problems with the files that declare them."""
    return [
        (str(call.args[0].value), str(path.relative_to(PACKAGE)))
        for path in SOURCES
        for call in nodes(path)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "Kind"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]


def test_a_code_is_declared_once() -> None:
    counts = Counter(code for code, _ in some(declared()))
    assert {code: [path for name, path in declared() if name == code] for code in counts if counts[code] > 1} == {}


def test_the_letter_of_a_code_is_one_of_the_table_of_rooms() -> None:
    assert {code[0] for code, _ in some(declared())} <= set(LETTERS)
    assert all(re.fullmatch(r"[A-Z]\d{3}", code) for code, _ in some(declared()))

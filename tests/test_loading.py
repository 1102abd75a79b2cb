"""Loading the program: its patterns are compiled when they are first used."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import book
from book.patterns import Ready, regex


def modules() -> Iterator[Any]:
    """Yield every module of the program."""
    for module in pkgutil.walk_packages(book.__path__, "book."):
        if not module.name.endswith("__main__"):
            yield importlib.import_module(module.name)


def test_every_pattern_of_the_program_compiles() -> None:
    every = {id(value): value for module in modules() for value in vars(module).values() if isinstance(value, Ready)}
    assert len(every) > 500
    assert all(isinstance(pattern.flags, int) for pattern in every.values())


def test_a_pattern_is_one_of_re() -> None:
    late = regex(r"(?P<year>\d+)-(\w+)", re.IGNORECASE)
    for pattern in (late, pickle.loads(pickle.dumps(late))):  # noqa: S301 - our own
        match = pattern.search("in 2026-May")
        assert match
        assert match["year"] == "2026"
        assert pattern.pattern == r"(?P<year>\d+)-(\w+)"
        assert (pattern.groups, pattern.flags) == (2, re.compile("", re.IGNORECASE).flags)
        assert pattern.sub("", "a 1-b") == "a "
    with pytest.raises(re.error):
        regex("(").search("")
    with pytest.raises(AttributeError):
        regex("a").nothing  # type: ignore[attr-defined]  # noqa: B018 - asking is what is tested


def test_loading_the_press_compiles_few_patterns() -> None:
    count = "import re._compiler as c, sys; o, n = c.compile, []; c.compile = lambda *a: (n.append(a[0]), o(*a))[1]; import book.press; "
    told = subprocess.run(
        [sys.executable, "-c", f"{count} print(sum('book' in str(c) for c in n), len(n))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(told.stdout.split()[1]) < 250

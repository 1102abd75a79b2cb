"""Loading the program: its patterns are compiled, and the methods of its classes are written, when they are first used."""

from __future__ import annotations

import copy
import dataclasses
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
from book.records import dataclass


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


def both(**options: bool) -> tuple[Any, Any]:
    """Return a class of ours and the same class of :mod:`dataclasses`."""

    def written(make: Any) -> type:
        @make(**options)
        class Point:
            """A point."""

            x: int
            y: int = 2
            tags: list[str] = dataclasses.field(default_factory=list)
            note: str = dataclasses.field(default="", compare=False, repr=False)

        return Point

    return written(dataclass), written(dataclasses.dataclass)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"slots": True},
        {"slots": True, "kw_only": True},
        {"frozen": True},
        {"frozen": True, "slots": True},
        {"frozen": True, "slots": True, "kw_only": True},
        {"frozen": True, "slots": True, "eq": False},
    ],
)
def test_a_class_is_as_dataclasses_makes_it(options: dict[str, bool]) -> None:
    def told(Point: Any) -> list[object]:  # noqa: N803 - a class
        one, other = Point(x=1), Point(x=1, note="other")
        copied = copy.deepcopy(one)
        answers: list[object] = [
            repr(one),
            one == other,
            one == Point(x=2),
            one != object(),
            one.tags is not other.tags,
        ]
        answers += [repr(copied), copied.tags == one.tags, dataclasses.astuple(one), dataclasses.replace(one, y=5).y]
        answers += [Point.__match_args__, Point.__doc__, hasattr(one, "__dict__"), Point.__hash__ is None]
        for act in (
            Point,
            lambda: Point(1, 2),
            lambda: Point(x=1, z=3),
            lambda: setattr(one, "x", 3),
            lambda: delattr(one, "x"),
            lambda: one.x,
        ):
            try:
                answers.append(repr(act()))
            except Exception as error:  # noqa: BLE001 - which, and what it says, is compared
                answers.append((type(error), re.sub(r"^\S*(?=__init__)", "", str(error))))
        return answers

    ours, theirs = both(**options)
    assert told(ours) == told(theirs)


def test_equal_values_have_equal_hashes_unless_they_can_change() -> None:
    frozen, _ = both(frozen=True, slots=True)
    assert hash(frozen(x=1, tags=())) == hash(frozen(x=1, tags=(), note="more"))
    open_, _ = both(slots=True)
    with pytest.raises(TypeError, match="unhashable"):
        hash(open_(x=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word with its length, which is made from it."""

    text: str

    def __post_init__(self) -> None:
        """Refuse none."""
        if not self.text:
            raise ValueError("no word")


def test_a_value_goes_to_another_process_and_is_checked_when_it_is_made() -> None:
    assert pickle.loads(pickle.dumps(Word(text="a"))) == Word(text="a")  # noqa: S301 - our own
    with pytest.raises(ValueError, match="no word"):
        Word(text="")

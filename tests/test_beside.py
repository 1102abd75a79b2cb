"""Small values that depend on the program and its tools alone are kept beside the program."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from book import beside
from book.markdown import pandoc


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the empty folder in which values are kept during a test."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "kept"


def counted() -> tuple[Callable[[], str], list[int]]:
    """Return a function that makes a value, and the numbers of its calls."""
    calls: list[int] = []

    def make() -> str:
        calls.append(len(calls))
        return f"value {len(calls)}"

    return make, calls


def test_a_value_is_made_once_for_each_state() -> None:
    make, calls = counted()
    assert [beside.remember("a", "1", make), beside.remember("a", "1", make)] == ["value 1"] * 2
    assert beside.remember("a", "2", make) == "value 2"
    assert beside.remember("a", "1", make) == "value 3"
    assert len(calls) == 3


def test_a_value_without_a_state_is_made_each_time(folder: Path) -> None:
    make, calls = counted()
    assert beside.remember("a", "", make) != beside.remember("a", "", make)
    assert len(calls) == 2
    assert not folder.exists()


@pytest.mark.parametrize("damage", [b"", b"value 1", b"\xff\n", b"0" * 64 + b"\nvalue 1"])
def test_a_value_that_is_damaged_is_made_again(folder: Path, damage: bytes) -> None:
    make, _ = counted()
    beside.remember("a", "1", make)
    (place,) = folder.rglob("*.kept")
    place.write_bytes(damage)
    assert beside.remember("a", "1", make) == "value 2"
    assert beside.remember("a", "1", make) == "value 2"


def test_what_cannot_be_kept_is_made_each_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, calls = counted()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    beside.remember("a", "1", make)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder.write_text("a file in place of the folder")
    beside.remember("a", "1", make)
    assert len(calls) == 2


def test_files_have_another_state_after_a_change_and_none_just_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("2")
    paths = [str(one), str(two)]
    assert beside.state(paths) == ""
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 10**10)
    first = beside.state(paths)
    assert first
    assert beside.state(paths) == first
    assert beside.state(paths[:1]) != first
    os.utime(two, ns=(5, 5))
    assert beside.state(paths) not in ("", first)
    two.unlink()
    assert beside.state(paths) == ""


@pytest.mark.parametrize("is_named", [False, True])
def test_the_pandoc_of_its_package_is_asked_for_its_version_once(
    monkeypatch: pytest.MonkeyPatch, is_named: bool
) -> None:
    path = pandoc._packaged()
    asked: list[object] = []
    run = subprocess.run

    def record(*words: object, **options: object) -> object:
        asked.append(words)
        return run(*words, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", record)
    if is_named:  # it may be a script that starts another one tomorrow
        monkeypatch.setenv("PYPANDOC_PANDOC", path)
    doors = []
    for _ in range(2):
        pandoc.door.cache_clear()
        doors.append(pandoc.door())
    assert doors[0] == doors[1]
    assert len(asked) == (2 if is_named else 1)

"""The cache: its entries, its counts, and what is removed when it grows too large."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from book import cache, press
from tests.making import write_book


def remember(folder: Path, name: str, data: bytes = b"x" * 100) -> bytes:
    return cache.remember(folder, "tree", cache.key(name), lambda: data)


def entry(folder: Path, name: str) -> Path:
    return folder / "tree" / cache.key(name)


def aged(folder: Path, name: str, days: float) -> None:
    os.utime(entry(folder, name), (time.time() - days * 86_400,) * 2)


def test_the_oldest_entries_go_first(tmp_path: Path) -> None:
    for days, name in enumerate(("new", "older", "oldest")):
        remember(tmp_path, name)
        aged(tmp_path, name, days + 0.5)
    write = entry(tmp_path, "new").parent / "notes.txt"
    write.write_text("a stranger's")
    assert cache.trim(tmp_path, 1000) == 0
    assert cache.trim(tmp_path, 300) == 1
    assert not entry(tmp_path, "oldest").exists()
    assert cache.trim(tmp_path, 0) == 2
    assert [path.name for path in write.parent.iterdir()] == ["notes.txt"]


def test_an_entry_that_is_used_again_is_young_again(tmp_path: Path) -> None:
    for name in ("used", "unused"):
        remember(tmp_path, name)
        aged(tmp_path, name, 30)
    assert remember(tmp_path, "used", b"not asked") == b"x" * 100
    cache.trim(tmp_path, 150)
    assert (entry(tmp_path, "used").exists(), entry(tmp_path, "unused").exists()) == (True, False)


def test_the_entries_are_looked_at_again_once_there_may_be_too_many_or_after_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "TALLY", {})
    monkeypatch.setattr(cache, "_WRITTEN", {})
    remember(tmp_path, "a")
    assert cache.trim(tmp_path, 500) == 0
    looks: list[object] = []
    scan = os.scandir

    def looked(place: Path) -> object:
        looks.append(place)
        return scan(place)

    monkeypatch.setattr(os, "scandir", looked)
    assert cache.trim(tmp_path, 500) == 0
    for memory in (cache.TALLY, cache._WRITTEN):
        memory.clear()  # another process
    remember(tmp_path, "b")
    assert (cache.trim(tmp_path, 500), looks) == (0, [])
    remember(tmp_path, "c")
    remember(tmp_path, "d")
    assert (cache.trim(tmp_path, 500), len(looks)) == (1, 1)
    assert (cache.trim(tmp_path, 500), len(looks)) == (0, 1)
    later = time.time() + 90_000
    monkeypatch.setattr(time, "time", lambda: later)
    assert (cache.trim(tmp_path, 500), len(looks)) == (0, 2)
    (tmp_path / "total" / cache.BYTES).write_bytes(b"damaged")
    assert (cache.trim(tmp_path, 500), len(looks)) == (0, 3)


@pytest.mark.parametrize("folder", [None, Path("nowhere")])
def test_a_cache_that_is_not_there_is_small_enough(folder: Path | None) -> None:
    assert cache.trim(folder, 0) == 0


def test_nothing_behind_a_link_is_removed(tmp_path: Path) -> None:
    remember(tmp_path / "other", "a")
    (tmp_path / "link").symlink_to("other")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "tree").symlink_to(tmp_path / "other" / "tree")
    assert cache.trim(tmp_path / "link", 0) == cache.trim(tmp_path / "cache", 0) == 0


def test_what_was_remembered_and_what_was_made_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "TALLY", {})
    book = write_book(tmp_path / "book", {"a.md": "# A\n", "b.md": "# B\n"})
    press.read(book, cache=tmp_path / "cache")
    assert (cache.TALLY["tree"].remembered, cache.TALLY["tree"].made) == (0, 2)
    (book / "b.md").write_text("# C\n")
    press.read(book, cache=tmp_path / "cache")
    assert (cache.TALLY["tree"].remembered, cache.TALLY["tree"].made) == (0, 3)
    assert (cache.TALLY["chapters"].remembered, cache.TALLY["chapters"].made) == (1, 3)

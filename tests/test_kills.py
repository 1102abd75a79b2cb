"""A reader of the output folder sees the old set or the new one, whatever file event a build is killed at (law 3)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from book import press, seal
from tests.killing import visible
from tests.making import write_book

TESTS = Path(__file__).parent
CHAPTER = "---\ntitle: One\ndiscussion: [Why?]\n---\nHello, “friend”[^1].\n\n[^1]: A note.\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book", CHAPTER)


def killed(how: str, book: Path, out: Path, editions: str, *, first: int, step: int) -> list[dict[str, Any]]:
    """Return what was found after each interrupted run."""
    command = [
        sys.executable,
        "-B",
        str(TESTS / "killing.py"),
        how,
        str(book),
        str(out),
        editions,
        str(first),
        str(step),
    ]
    environment = {**os.environ, "CI": "", "PYTHONPATH": str(TESTS.parent)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def old_or_new(
    how: str, book: Path, tmp_path: Path, editions: str, *, first: int, step: int, least: int, empty: bool
) -> None:
    old, undisturbed = tmp_path / "old", tmp_path / "undisturbed"
    names = editions.split(",")
    assert press.build(book, old, editions=names).status == 0
    if empty:
        for name in visible(old):
            (old / name).unlink()
        shutil.rmtree(old / seal.HIDDEN)
    (old / "mine.txt").write_text("not the press's")
    before = visible(old)
    (book / "a.md").write_text(CHAPTER + "\nAnother note.\n", "utf-8")
    shutil.copytree(old, undisturbed)
    assert press.build(book, undisturbed, editions=names).status == 0
    after = visible(undisturbed)
    assert before != after
    runs = killed(how, book, old, editions, first=first, step=step)
    assert len(runs) * step > least
    assert runs[-1]["status"] == 0
    for run in runs:
        where = f"before event {run['number']}, {run['event']}"
        assert run["seen"] in (before, after), where
        if how == "full":
            # What is only remembered needs no room; what is to be published does.
            assert run["status"] == (0 if run["seen"] == after else 1), where
        elif run["event"]:
            assert run["status"] == -9
        assert (run["next"], run["after"], run["litter"]) == (0, after, []), where
    if step == 1:
        assert {run["event"] for run in runs[:-1]} >= {
            "os.rename",
            "os.symlink",
            "os.link",
            "open",
            "half a write",
            "fsync",
        }
    assert runs[0]["seen"] == before
    assert runs[-1]["seen"] == after


@pytest.mark.parametrize("empty", [False, True], ids=["over an earlier set", "the first set"])
def test_a_build_killed_at_a_file_event_leaves_the_old_set_or_the_new(book: Path, tmp_path: Path, empty: bool) -> None:
    old_or_new("kill", book, tmp_path, "html", first=3, step=29, least=60, empty=empty)


@pytest.mark.torture
@pytest.mark.parametrize("empty", [False, True], ids=["over an earlier set", "the first set"])
@pytest.mark.parametrize("editions", ["html", pytest.param("epub,pdf,html,handout", marks=pytest.mark.needs_pango)])
def test_a_build_killed_at_every_file_event_leaves_the_old_set_or_the_new(
    editions: str, book: Path, tmp_path: Path, empty: bool
) -> None:
    old_or_new("kill", book, tmp_path, editions, first=1, step=1, least=60, empty=empty)


@pytest.mark.parametrize(
    "step", [pytest.param(47, id="a sample"), pytest.param(1, id="all", marks=pytest.mark.torture)]
)
def test_a_disk_that_fills_up_at_any_event_is_one_message_and_the_old_set_stays(
    step: int, book: Path, tmp_path: Path
) -> None:
    old_or_new("full", book, tmp_path, "html", first=2, step=step, least=60, empty=False)

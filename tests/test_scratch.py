"""Temporary folders: what a killed process leaves is removed by the next one, and nothing else."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from book.seal import scratch

WAITING = """
import sys, time
from book.seal import scratch
folder, handle = scratch.begin()
(folder / "font").write_text("glyphs")
print(folder, flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def waiting() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_stays() -> None:
    (killed, gone), (living, used) = waiting(), waiting()
    try:
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert (gone / "font").exists()
        scratch.sweep()
        assert not gone.exists()
        assert (used / "font").exists()
    finally:
        living.kill()
        living.communicate()
    process, fresh = waiting()
    process.kill()
    process.communicate()
    assert fresh.exists()
    assert not used.exists(), "the first folder of a process takes the abandoned ones away"


def test_only_abandoned_folders_of_this_user_are_removed(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tmp_path / "others"
    others.mkdir()
    (others / "kept").write_text("x")
    (temporary / f"{scratch.PREFIX}link").symlink_to(others)
    (temporary / f"{scratch.PREFIX}file").write_text("x")
    (temporary / "handbound-manual-0").mkdir()
    scratch.sweep()
    assert (others / "kept").exists()
    assert len(list(temporary.iterdir())) == 3
    abandoned = temporary / f"{scratch.PREFIX}abandoned"
    abandoned.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 4711)
        scratch.sweep()
    assert abandoned.exists()
    with scratch.folder() as folder:
        scratch.sweep()
        assert folder.exists()
    assert not folder.exists()
    assert not abandoned.exists()


@pytest.mark.parametrize("when", ["before it is open", "before it is locked", "while it is locked"])
def test_a_folder_that_another_run_sweeps_before_it_is_locked_is_made_again(
    when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch.sweep()
    opens, lock, make = os.open, scratch._lock, tempfile.mkdtemp
    made: list[Path] = []

    def making(prefix: str) -> str:
        made.append(Path(make(prefix=prefix)))
        return str(made[-1])

    def opening(path: str | Path, flags: int) -> int:
        if when == "before it is open" and Path(path) == made[0] and made[0].exists():
            made[0].rmdir()
        return opens(path, flags)

    def locking(handle: int) -> None:
        if when == "before it is locked" and len(made) == 1:
            made[0].rmdir()
        if when == "while it is locked" and len(made) == 1:
            raise BlockingIOError
        lock(handle)

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkdtemp", making)
        patch.setattr(os, "open", opening)
        patch.setattr(scratch, "_lock", locking)
        folder, handle = scratch.begin()
    assert (len(made), folder, folder.is_dir()) == (2, made[1], True)
    scratch.end(folder, handle)
    assert not folder.exists()


def test_every_temporary_folder_is_one_that_is_swept() -> None:
    makers = re.compile(r"\bmkdtemp\(|\bTemporaryDirectory\b")
    home = Path(scratch.__file__).parents[1]
    users = {path.relative_to(home).as_posix() for path in home.rglob("*.py") if makers.search(path.read_text("utf-8"))}
    # The manual that a browser shows outlives the command.
    assert users == {"seal/scratch.py", "manual/opening.py"}

"""Output folders and caches that may not be read or written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.making import write_book

UNPRIVILEGED = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.getuid() == 0 else ()


@pytest.mark.skipif(
    bool(UNPRIVILEGED) and shutil.which("setpriv") is None,
    reason="it needs setpriv, a program of util-linux, where the tests run as root",
)
@pytest.mark.parametrize(
    ("name", "mode", "status", "message"),
    [
        (".cache", 0o000, 0, ".cache:1:1: W111 this folder cannot be read, so nothing is cached [warning]"),
        (".cache", 0o555, 0, ""),
        (".cache/tree", 0o000, 0, ""),
        (".cache/tree", 0o555, 0, ""),
        ("", 0o555, 1, ":1:1: W101 cannot write here: Permission denied [error]"),
    ],
)
def test_a_folder_that_may_not_be_read_or_written_stops_a_build_only_if_it_must(
    name: str, mode: int, status: int, message: str, tmp_path: Path
) -> None:
    book, out = write_book(tmp_path / "book", "# A\n\nWords.\n"), tmp_path / "out"
    words = [*UNPRIVILEGED, sys.executable, "-m", "book", "build", str(book), "-o", str(out), "-e", "html"]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    (book / "a.md").write_text("# A\n\nOther words.\n")
    before = (out / name).stat().st_mode
    (out / name).chmod(mode)
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    finally:
        (out / name).chmod(before)
    assert done.returncode == status, done.stderr
    assert f"{out / name}{message.removeprefix(name)}" in done.stderr if message else "W1" not in done.stderr
    assert ("Other words" in (out / "tiny.html").read_text("utf-8")) is not bool(status)
    assert "making" not in done.stderr if status else "Traceback" not in done.stderr

"""Writing: each file whole or not at all, each set of files old or new, never between; and dates that are never "now"."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Self

import pytest

from book import seal
from book.problems import PublishError, lines

OLD = {"a.epub": b"old epub", "b.html": b"old html", "handouts/c.pdf": b"old pdf", "kept.txt": b"not ours"}
NEW = {"a.epub": b"new epub" * 999, "b.html": b"new html", "handouts/c.pdf": b"new pdf", "d.pdf": b"one more"}
CALLS = ("open", "write", "fsync", "replace", "mkdir", "unlink", "rename", "symlink", "link", "rmdir", "chmod")


LEFT = [seal.LOCK, seal.LEDGER]
"""What a build leaves in the hidden folder."""


def fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def files(folder: Path) -> dict[str, bytes]:
    """Return every file that a reader sees: not the hidden folder of the press."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    names = ((path.relative_to(folder), path) for path in found)
    return {name.as_posix(): path.read_bytes() for name, path in names if name.parts[0] != seal.HIDDEN}


def publish(folder: Path, new: dict[str, bytes]) -> None:
    with seal.Stage(folder) as stage:
        for name, data in new.items():
            stage.put(name, data, edition="one")
        stage.publish()


class Torn:
    """A file whose writing stops half way."""

    def __init__(self, file: IO[Any], due: Callable[[str], None]) -> None:
        self.file, self.due = file, due

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, data: bytes) -> None:
        self.file.write(data[: len(data) // 2])
        self.due("write")
        self.file.write(data[len(data) // 2 :])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def strike(monkeypatch: pytest.MonkeyPatch, due: Callable[[str], None]) -> None:
    """Call *due* with its name before each call of the system that writing needs."""
    for name in set(CALLS) - {"write"}:
        genuine = getattr(os, name)

        def struck(*words: Any, name: str = name, genuine: Callable[..., Any] = genuine, **more: Any) -> Any:
            due(name)
            return genuine(*words, **more)

        monkeypatch.setattr(os, name, struck)
    fdopen = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda *words, **more: Torn(fdopen(*words, **more), due))


# One file.


def test_a_file_is_written_whole_and_for_everybody_to_read(tmp_path: Path) -> None:
    seal.write(tmp_path / "a", b"one")
    seal.write(tmp_path / "a", b"two")
    assert files(tmp_path) == {"a": b"two"}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_file_that_cannot_be_written_stays_as_it_was(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def due(name: str) -> None:
        if name == call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        strike(patch, due)
        with pytest.raises(OSError, match="No space left"):
            seal.write(tmp_path / "a", b"new")
    assert files(tmp_path) == {"a": b"old"}


def test_a_run_that_is_interrupted_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def due(name: str) -> None:
        if name == "write":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        strike(patch, due)
        with pytest.raises(KeyboardInterrupt):
            seal.write(tmp_path / "a", b"new")
    assert files(tmp_path) == {}


# A set of files.


def test_a_set_is_published_together_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    fill(tmp_path, OLD)
    publish(tmp_path, NEW)
    assert files(tmp_path) == OLD | NEW
    assert sorted(path.name for path in (tmp_path / seal.HIDDEN).iterdir()) == LEFT
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()], "plain files, when all is done"


def test_a_set_that_is_not_published_changes_nothing(tmp_path: Path) -> None:
    fill(tmp_path, OLD)
    with seal.Stage(tmp_path) as stage:
        stage.put("a.epub", b"new")
    assert files(tmp_path) == OLD


def test_the_first_second_and_nth_call_of_the_system_may_fail_and_the_set_is_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes: list[bool] = []
    for number in itertools.count(1):
        out = tmp_path / str(number)
        fill(out, OLD)
        seen: list[str] = []

        def due(name: str, number: int = number, seen: list[str] = seen) -> None:
            seen.append(name)
            if len(seen) == number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            strike(patch, due)
            told = False
            try:
                publish(out, NEW)
            except PublishError as error:
                (problem,) = error.problems
                told = True
                assert problem.code == "W101"
                assert "No space left on device" in problem.message
        found = files(out)
        assert found == (OLD if told else OLD | NEW), f"call {number}, {seen[-1]}"
        with seal.Stage(out):  # whoever comes next
            pass
        assert files(out) == found
        assert not [path for path in out.rglob("*") if path.is_symlink()]
        outcomes.append(told)
        if len(seen) < number:
            break
    assert outcomes.count(True) > 40
    assert outcomes.count(False) > 20


KILLED = """
import os, signal, sys
from pathlib import Path
from types import SimpleNamespace
sys.path[:0] = [{tests!r}]
import pytest, test_seal
seen = []
def due(name):
    seen.append(name)
    if len(seen) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
with pytest.MonkeyPatch.context() as patch:
    test_seal.strike(patch, due)
    test_seal.publish(Path(sys.argv[1]), test_seal.NEW)
print(len(seen))
"""


def killed_at(number: int, out: Path) -> bool:
    """Publish in a process that is killed at call *number*; return whether it was."""
    code = KILLED.format(tests=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code, str(out), str(number)], check=False, capture_output=True)
    assert done.returncode in (0, -9), done.stderr.decode()
    return done.returncode == -9


@pytest.mark.parametrize(
    "step", [pytest.param(6, id="a sample"), pytest.param(1, id="every call", marks=pytest.mark.torture)]
)
def test_a_run_killed_at_any_call_of_the_system_leaves_old_or_new(step: int, tmp_path: Path) -> None:
    for number in itertools.count(step, step):
        out = tmp_path / str(number)
        fill(out, OLD)
        killed = killed_at(number, out)
        found = files(out)
        assert found in (OLD, OLD | NEW), "for whoever reads the folder before any other run"
        with seal.Stage(out):
            pass
        assert files(out) == found
        assert not [path for path in out.rglob("*") if path.is_symlink()]
        assert set(path.name for path in (out / seal.HIDDEN).iterdir()) <= set(LEFT)
        if not killed:
            assert found == OLD | NEW
            break


def test_a_folder_where_an_edition_should_go_is_told_of_and_nothing_is_published(tmp_path: Path) -> None:
    fill(tmp_path, {**OLD, "d.pdf/inside": b"x"})
    with pytest.raises(PublishError) as raised:
        publish(tmp_path, NEW)
    assert lines(raised.value.problems[0]) == (
        f"{tmp_path}/d.pdf:1:1: W102 this is not a file",
        "    mend: move it away and build again",
    )
    assert files(tmp_path) == {**OLD, "d.pdf/inside": b"x"}


@pytest.mark.parametrize("out", ["a file", "a file/deeper", "/proc/nowhere"])
def test_an_output_folder_that_cannot_be_is_one_line(out: str, tmp_path: Path) -> None:
    (tmp_path / "a file").write_bytes(b"x")
    with pytest.raises(PublishError) as raised:
        publish(tmp_path / out, NEW)
    (problem,) = raised.value.problems
    assert (problem.code, problem.message[:19], problem.mend) == (
        "W101",
        "cannot write here: ",
        "make room or choose another folder with -o",
    )
    assert (tmp_path / "a file").read_bytes() == b"x"


def test_a_second_run_waits_for_the_first(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with seal.Stage(tmp_path) as stage:
            order.append("second begins")
            stage.put("a", b"second")
            stage.publish()

    with seal.Stage(tmp_path) as stage:
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        stage.put("a", b"first")
        stage.publish()
        order.append("first is done")
    thread.join()
    assert order == ["first is done", "second begins"]
    assert files(tmp_path) == {"a": b"second"}


def test_a_damaged_journal_is_thrown_away(tmp_path: Path) -> None:
    fill(tmp_path, OLD)
    fill(tmp_path, {f"{seal.HIDDEN}/{seal.JOURNAL}": b'["a.ep', f"{seal.HIDDEN}/stage/a.epub": b"torn"})
    publish(tmp_path, NEW)
    assert files(tmp_path) == OLD | NEW


# Cleaning.


def built(folder: Path) -> None:
    report = {"works": [{"path": "a.epub"}, {"path": "../outside.txt"}, {"path": "/etc/hostname"}, {"path": ""}]}
    fill(
        folder,
        {
            **OLD,
            "report.json": json.dumps(report).encode(),
            "index.html": b"x",
            ".cache/tree/x": b"x",
            ".handbound/lock": b"",
        },
    )


def test_cleaning_removes_the_cache_alone(tmp_path: Path) -> None:
    built(tmp_path)
    before = files(tmp_path)
    seal.clean(tmp_path, (".cache",), everything=False)
    assert files(tmp_path) == {name: data for name, data in before.items() if not name.startswith(".cache")}


def test_cleaning_everything_removes_what_the_report_names_and_nothing_outside(tmp_path: Path) -> None:
    out = tmp_path / "out"
    built(out)
    fill(tmp_path, {"outside.txt": b"x"})
    seal.clean(out, (".cache",), everything=True)
    assert sorted(files(out)) == ["b.html", "handouts/c.pdf", "kept.txt"]
    assert not (out / seal.HIDDEN).exists()
    assert (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize("report", [b"", b"no JSON", b"[]", b'{"works": 3}'])
def test_cleaning_with_a_damaged_report_removes_nothing_it_does_not_know(report: bytes, tmp_path: Path) -> None:
    built(tmp_path)
    (tmp_path / "report.json").write_bytes(report)
    seal.clean(tmp_path, (".cache",), everything=True)
    assert sorted(files(tmp_path)) == ["a.epub", "b.html", "handouts/c.pdf", "kept.txt"]


def test_cleaning_a_folder_that_is_not_there_does_nothing(tmp_path: Path) -> None:
    seal.clean(tmp_path / "nowhere", (".cache",), everything=True)
    assert not (tmp_path / "nowhere").exists()


def test_a_digest_is_sha_256() -> None:
    assert seal.digest(b"x") == hashlib.sha256(b"x").hexdigest()

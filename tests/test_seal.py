"""Writing: each file is whole or absent, each set is old or new, never a mixture; and dates are never the current time."""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Self

import pytest

from book import press, seal
from book.problems import PublishError, lines
from tests.making import published, write_book

OLD = {"a.epub": b"old epub", "b.html": b"old html", "handouts/c.pdf": b"old pdf", "kept.txt": b"not ours"}
NEW = {"a.epub": b"new epub" * 999, "b.html": b"new html", "handouts/c.pdf": b"new pdf", "d.pdf": b"one more"}
CALLS = ("open", "write", "fsync", "replace", "mkdir", "unlink", "rename", "symlink", "link", "rmdir", "chmod")


LEFT = [seal.LOCK, seal.LEDGER]
"""Files that a build leaves in the hidden folder."""


def fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def publish(folder: Path, new: dict[str, bytes]) -> None:
    with seal.Stage(folder) as stage:
        for name, data in new.items():
            stage.put(name, data, edition="one")
        stage.publish()


def earlier(folder: Path) -> None:
    """The files of :data:`OLD`: an earlier build, and one that is not of a build."""
    publish(folder, {name: data for name, data in OLD.items() if name != "kept.txt"})
    fill(folder, {"kept.txt": OLD["kept.txt"]})


def built(folder: Path) -> None:
    """The files after a build, and files of others beside them."""
    entry = "0" * 64
    fill(folder, {"kept.txt": b"x", f".cache/tree/{entry}": b"x", ".cache/tree/mine": b"x", ".cache/other/a": b"x"})
    publish(folder, {**NEW, "index.html": b"x", "report.json": b"{}"})


def left(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


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
    """Call *due* with its name before each system call that writing needs."""
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
    assert published(tmp_path) == {"a": b"two"}
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
    assert published(tmp_path) == {"a": b"old"}


def test_a_run_that_is_interrupted_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def due(name: str) -> None:
        if name == "write":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        strike(patch, due)
        with pytest.raises(KeyboardInterrupt):
            seal.write(tmp_path / "a", b"new")
    assert published(tmp_path) == {}


# A set of files.


def test_a_set_is_published_together_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    earlier(tmp_path)
    publish(tmp_path, NEW)
    assert published(tmp_path) == OLD | NEW
    assert sorted(path.name for path in (tmp_path / seal.HIDDEN).iterdir()) == LEFT
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()], "plain files, when all is done"


def test_a_set_that_is_not_published_changes_nothing(tmp_path: Path) -> None:
    earlier(tmp_path)
    with seal.Stage(tmp_path) as stage:
        stage.put("a.epub", b"new")
    assert published(tmp_path) == OLD


def test_the_first_second_and_nth_call_of_the_system_may_fail_and_the_set_is_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes: list[bool] = []
    for number in itertools.count(1):
        out = tmp_path / str(number)
        earlier(out)
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
        found = published(out)
        assert found == (OLD if told else OLD | NEW), f"call {number}, {seen[-1]}"
        with seal.Stage(out):  # whoever comes next
            pass
        assert published(out) == found
        assert not [path for path in out.rglob("*") if path.is_symlink()]
        outcomes.append(told)
        if len(seen) < number:
            break
    assert outcomes.count(True) > 40
    assert outcomes.count(False) > 20


KILLED = """
import os, signal, sys, traceback
from pathlib import Path
sys.path[:0] = [{tests!r}]
import pytest, test_seal

def run(number, out):
    seen = []
    def due(name):
        seen.append(name)
        if len(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)
    with pytest.MonkeyPatch.context() as patch:
        test_seal.strike(patch, due)
        test_seal.publish(Path(out), test_seal.NEW)

for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            number, out = line.rstrip().split(" ", 1)
            run(int(number), out)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Reads lines of a number and a folder; for each it publishes in a copy of itself that is killed at this call."""


@pytest.fixture
def killed_at() -> Iterator[Callable[[int, Path], bool]]:
    """Publish in a process that is killed at a call: ``killed_at(number, out)``; returns whether it was."""
    command = [sys.executable, "-c", KILLED.format(tests=str(Path(__file__).parent))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        requests, answers = process.stdin, process.stdout

        def kill(number: int, out: Path) -> bool:
            requests.write(f"{number} {out}\n")
            requests.flush()
            status = answers.readline().strip()
            assert status in ("0", "-9")
            return status == "-9"

        yield kill


@pytest.mark.parametrize("step", [pytest.param(3, id="a sample"), pytest.param(1, id="all", marks=pytest.mark.torture)])
def test_a_run_killed_at_any_call_of_the_system_leaves_old_or_new(
    step: int, tmp_path: Path, killed_at: Callable[[int, Path], bool]
) -> None:
    for number in itertools.count(1, step):
        out = tmp_path / str(number)
        earlier(out)
        killed = killed_at(number, out)
        found = published(out)
        assert found in (OLD, OLD | NEW), "for whoever reads the folder before any other run"
        with seal.Stage(out):
            pass
        assert published(out) == found
        assert not [path for path in out.rglob("*") if path.is_symlink()]
        assert {path.name for path in (out / seal.HIDDEN).iterdir()} <= set(LEFT)
        if not killed:
            assert found == OLD | NEW
            assert number > 100
            break


def test_a_folder_where_an_edition_should_go_is_reported_of_and_nothing_is_published(tmp_path: Path) -> None:
    earlier(tmp_path)
    fill(tmp_path, {"d.pdf/inside": b"x"})
    with pytest.raises(PublishError) as raised:
        publish(tmp_path, NEW)
    assert lines(raised.value.problems[0]) == (
        f"{tmp_path}/d.pdf:1:1: W102 this is not a file",
        "    fix: move it away and build again",
    )
    assert published(tmp_path) == {**OLD, "d.pdf/inside": b"x"}


FOREIGN = {"index.html": b"<h1>Home</h1>", "a.pdf": b"%PDF-1.7", "a.epub": b"PK\3\4", "report.json": b'{"checks": 1}'}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_no_build_wrote_is_never_replaced(name: str, tmp_path: Path) -> None:
    fill(tmp_path, {name: FOREIGN[name]})
    with pytest.raises(PublishError) as raised:
        publish(tmp_path, {"b.html": b"new", name: b"new"})
    assert lines(raised.value.problems[0]) == (
        f"{tmp_path}/{name}:1:1: W103 no build wrote this file, so it is kept",
        "    fix: move it away, or choose another output folder with -o",
    )
    assert published(tmp_path) == {name: FOREIGN[name]}


def test_an_edition_is_replaced_where_its_record_is_lost_or_where_somebody_changed_it(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "a.md").write_text("# A\n\nWords.\n", "utf-8")
    out = tmp_path / "out"
    assert press.build(tmp_path / "book", out, editions=("epub", "html")).status == 0
    made = published(out)
    shutil.rmtree(out / seal.HIDDEN)  # as in a clone of a repository that holds the editions
    (tmp_path / "book" / "a.md").write_text("# A\n\nOther words.\n", "utf-8")
    assert press.build(tmp_path / "book", out, editions=("epub", "html")).status == 0
    second = published(out)
    assert second.keys() == made.keys()
    assert second["book.html"] != made["book.html"]
    (out / "index.html").write_bytes(b"mine")  # beside the record, the next build restores its own file
    assert press.build(tmp_path / "book", out, editions=("epub", "html")).status == 0
    assert published(out)["index.html"] == second["index.html"]


def test_a_home_page_in_the_output_folder_is_reported_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "a.md").write_text("# A\n", "utf-8")
    fill(tmp_path / "out", {"index.html": b"<h1>Home</h1>"})
    began: list[str] = []
    with pytest.raises(PublishError, match="no build wrote this file"):
        press.build(tmp_path / "book", tmp_path / "out", editions=("html",), progress=began.append)
    assert (began, published(tmp_path / "out")) == ([], {"index.html": b"<h1>Home</h1>"})


@pytest.mark.parametrize(
    ("out", "message", "fix"),
    [
        ("a file", "this is a file, not", "name a folder: -o OUT"),
        ("a file/deeper", "this is a file, not", "name a folder: -o OUT"),
        ("/proc/nowhere", "cannot write here: ", "choose another folder with -o"),
    ],
)
def test_an_output_folder_that_cannot_be_is_one_line(out: str, message: str, fix: str, tmp_path: Path) -> None:
    (tmp_path / "a file").write_bytes(b"x")
    with pytest.raises(PublishError) as raised:
        publish(tmp_path / out, NEW)
    (problem,) = raised.value.problems
    assert (problem.code, problem.message[:19], problem.fix) == ("W101", message, fix)
    assert (tmp_path / "a file").read_bytes() == b"x"


def test_a_second_run_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    waits, genuine = threading.Event(), fcntl.flock

    def flock(handle: int, operation: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            waits.set()
        genuine(handle, operation)

    monkeypatch.setattr(fcntl, "flock", flock)

    def second() -> None:
        with seal.Stage(tmp_path) as stage:
            order.append("second begins")
            stage.put("a.html", b"second")
            stage.publish()

    with seal.Stage(tmp_path) as stage:
        thread = threading.Thread(target=second)
        thread.start()
        waits.wait()
        stage.put("a.html", b"first")
        stage.publish()
        order.append("first is done")
    thread.join()
    assert order == ["first is done", "second begins"]
    assert published(tmp_path) == {"a.html": b"second"}


def test_an_interrupted_run_is_repaired_before_it_is_cleaned(
    tmp_path: Path, killed_at: Callable[[int, Path], bool]
) -> None:
    built(tmp_path)
    for number in itertools.count(1):
        if not killed_at(number, tmp_path):
            break
        if (tmp_path / seal.HIDDEN / seal.JOURNAL).exists():
            break
    seal.clean(tmp_path, (), everything=True)
    assert left(tmp_path) == [".cache/other/a", f".cache/tree/{'0' * 64}", ".cache/tree/mine", "kept.txt"]


def test_a_build_that_waited_for_book_clean_makes_the_hidden_folder_again(tmp_path: Path) -> None:
    hidden = tmp_path / seal.HIDDEN
    hidden.mkdir()
    cleaning = seal.lock(hidden / seal.LOCK)

    def clean() -> None:
        (hidden / seal.LOCK).unlink()
        os.close(cleaning)
        hidden.rmdir()

    with seal.Stage(tmp_path, wait=clean) as stage:
        stage.put("a.html", b"one")
        stage.publish()
    assert published(tmp_path) == {"a.html": b"one"}


def test_an_output_folder_that_is_removed_meanwhile_is_made_again_with_a_lock(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with seal.Stage(folder) as stage:
        shutil.rmtree(folder)
        for name, data in NEW.items():
            stage.put(name, data, edition="one")
        with (folder / seal.HIDDEN / seal.LOCK).open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        stage.publish()
    assert published(folder) == NEW


@pytest.mark.parametrize("step", ["put", "remove", "publish"])
def test_a_set_that_is_removed_with_its_folder_is_told_and_not_published_in_part(step: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with seal.Stage(folder) as stage:
        stage.put("a.epub", b"one", edition="one")
        shutil.rmtree(folder)
        with pytest.raises(PublishError, match="was removed while the editions were made") as refusal:
            {"put": lambda: stage.put("b.pdf", b"two"), "remove": lambda: stage.remove("a.epub")}.get(
                step, stage.publish
            )()
    assert refusal.value.problems[0].code == "W112"
    assert published(folder) == {}
    publish(folder, NEW)
    assert published(folder) == NEW


def test_a_build_says_that_it_waits_for_another_one(tmp_path: Path) -> None:
    book, out, lines = write_book(tmp_path / "book", "# A\n\nWords.\n"), tmp_path / "out", list[str]()
    waits = threading.Event()

    def hear(line: str) -> None:
        lines.append(line)
        if line == press.WAITING:
            waits.set()

    with ThreadPoolExecutor(1) as pool:
        with seal.Stage(out):
            done = pool.submit(press.build, book, out, editions=["html"], progress=hear)
            assert waits.wait(60)
            assert lines == [press.WAITING]
        assert done.result().status == 0
    assert lines.count(press.WAITING) == 1
    lines.clear()
    press.build(book, out, editions=["html"], progress=hear)
    assert press.WAITING not in lines

"""Writing: each file is whole or absent, each set is old or new, never a mixture; and dates are never the current time."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Self

import pytest

from book import seal
from book.problems import PublishError, lines
from tests.making import published

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
    fill(tmp_path, OLD)
    publish(tmp_path, NEW)
    assert published(tmp_path) == OLD | NEW
    assert sorted(path.name for path in (tmp_path / seal.HIDDEN).iterdir()) == LEFT
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()], "plain files, when all is done"


def test_a_set_that_is_not_published_changes_nothing(tmp_path: Path) -> None:
    fill(tmp_path, OLD)
    with seal.Stage(tmp_path) as stage:
        stage.put("a.epub", b"new")
    assert published(tmp_path) == OLD


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
    """Publish in a process that is killed at call *number*: ``killed_at(number, out)``; returns whether it was."""
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


def test_a_run_killed_at_any_call_of_the_system_leaves_old_or_new(
    tmp_path: Path, killed_at: Callable[[int, Path], bool]
) -> None:
    for number in itertools.count(1):
        out = tmp_path / str(number)
        fill(out, OLD)
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
    fill(tmp_path, {**OLD, "d.pdf/inside": b"x"})
    with pytest.raises(PublishError) as raised:
        publish(tmp_path, NEW)
    assert lines(raised.value.problems[0]) == (
        f"{tmp_path}/d.pdf:1:1: W102 this is not a file",
        "    fix: move it away and build again",
    )
    assert published(tmp_path) == {**OLD, "d.pdf/inside": b"x"}


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
            stage.put("a", b"second")
            stage.publish()

    with seal.Stage(tmp_path) as stage:
        thread = threading.Thread(target=second)
        thread.start()
        waits.wait()
        stage.put("a", b"first")
        stage.publish()
        order.append("first is done")
    thread.join()
    assert order == ["first is done", "second begins"]
    assert published(tmp_path) == {"a": b"second"}


# Cleaning.


def built(folder: Path) -> None:
    """The files after a build, and files of others beside them."""
    entry = "0" * 64
    fill(folder, {"kept.txt": b"x", f".cache/tree/{entry}": b"x", ".cache/tree/mine": b"x", ".cache/other/a": b"x"})
    publish(folder, {**NEW, "index.html": b"x", "report.json": b"{}"})


def left(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_cleaning_removes_what_the_cache_holds_and_nothing_else(tmp_path: Path) -> None:
    built(tmp_path)
    editions, before = published(tmp_path), left(tmp_path)
    assert seal.clean(tmp_path, ("tree",), everything=False).problems == ()
    before.remove(f".cache/tree/{'0' * 64}")
    assert (published(tmp_path), left(tmp_path)) == (editions, before)


def test_cleaning_everything_removes_what_builds_wrote_and_nothing_else(tmp_path: Path) -> None:
    built(tmp_path)
    fill(tmp_path, {"report.json": b'{"works": [{"path": "kept.txt"}, {"path": "../x"}]}', "b.html": b"mine now"})
    told = seal.clean(tmp_path, ("tree",), everything=True).problems
    assert left(tmp_path) == [".cache/other/a", ".cache/tree/mine", "b.html", "kept.txt", "report.json"]
    assert not (tmp_path / "handouts").exists()
    assert [(one.place.path.rpartition("/")[2], one.message) for one in told] == [
        ("b.html", "this has changed since it was built, so it is kept"),
        ("report.json", "this has changed since it was built, so it is kept"),
    ]


def test_cleaning_a_folder_in_which_nothing_was_built_does_nothing(tmp_path: Path) -> None:
    assert seal.clean(tmp_path / "nowhere", ("tree",), everything=True) == seal.Cleaned()
    assert not (tmp_path / "nowhere").exists()
    fill(tmp_path, {"report.json": b'{"works": [{"path": "notes.txt"}]}', "notes.txt": b"x", ".cache/pip/x": b"x"})
    seal.clean(tmp_path, ("tree",), everything=True)
    assert left(tmp_path) == [".cache/pip/x", "notes.txt", "report.json"]


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


# Files of others in the output folder.


def test_an_earlier_edition_that_could_not_be_made_again_goes_in_the_same_step(tmp_path: Path) -> None:
    publish(tmp_path, {"a.epub": b"1", "a.pdf": b"1"})
    fill(tmp_path, {"b.pdf": b"not ours"})
    with seal.Stage(tmp_path) as stage:
        stage.put("a.epub", b"2", "epub")
        assert stage.standing("one") == ("a.pdf",)
        stage.publish(stage.standing("one"))
    assert published(tmp_path) == {"a.epub": b"2", "b.pdf": b"not ours"}
    fill(tmp_path, {"a.epub": b"changed"})
    with seal.Stage(tmp_path) as stage:
        assert (stage.standing("one"), stage.standing("epub")) == ((), ())


def link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def pipe(path: Path, _: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


def a_file(path: Path, _: Path) -> None:
    fill(path.parent, {path.name: b"x"})


def a_folder(path: Path, _: Path) -> None:
    fill(path, {"inside": b"x"})


MISFITS = (link, pipe, a_file, a_folder)
HOME = (seal.HIDDEN, f"{seal.HIDDEN}/stage", f"{seal.HIDDEN}/old", "handouts")


@pytest.mark.parametrize("name", [*HOME, f"{seal.HIDDEN}/lock", f"{seal.HIDDEN}/{seal.LEDGER}", "a.epub", ".cache"])
@pytest.mark.parametrize("misfit", MISFITS)
def test_what_has_the_name_of_something_of_ours_is_one_line_and_nothing_else_is_touched(
    misfit: Callable[[Path, Path], None], name: str, tmp_path: Path
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    fill(
        other, {"stage/x": b"theirs", "lock": b"theirs", "a.epub": b"theirs", ".new-x": b"theirs", "tree/.new-x": b"x"}
    )
    fill(out, {"kept.txt": b"x"})
    misfit(out / name, other)
    before = published(other)
    if (misfit is a_folder and name in (*HOME, ".cache")) or (
        misfit is a_file and name in ("a.epub", f"{seal.HIDDEN}/lock")
    ):
        publish(out, NEW)  # a folder of that name is ours, a file is overwritten
        assert (out / "a.epub").read_bytes() == NEW["a.epub"]
    elif name in (".cache", f"{seal.HIDDEN}/{seal.LEDGER}") and misfit is not a_folder:
        with seal.Stage(out) as stage:
            (problem,) = stage.problems
            assert problem.code == "W111"
            assert (stage.cache is None) == (name == ".cache")
    else:
        with pytest.raises(PublishError) as raised:
            publish(out, NEW)
        (problem,) = raised.value.problems
        assert problem.code in ("W102", "W110")
        assert problem.place.path == str(out / name)
        assert "a.epub" not in published(out) or name == "a.epub"
    assert published(other) == before
    assert (out / "kept.txt").read_bytes() == b"x"


FORGED = {
    "a list": b"[1, null]",
    "deep": b"[" * 100_000,
    "a NUL": b"\0",
    "cut": b'{"put": {"a.ep',
    "empty": b"",
    "large": b" " * 70_000_000,
    "a number too long": b'{"put": {"a.epub": ' + b"9" * 5000 + b'}, "gone": [], "linked": true}',
    "outside": json.dumps({"put": {"../victim.pdf": "0" * 64}, "gone": [], "linked": True}).encode(),
    "absolute": json.dumps({"put": {}, "gone": ["/victim.pdf"], "linked": True}).encode(),
    "not ours": json.dumps({"put": {}, "gone": ["notes.txt"], "linked": True}).encode(),
    "without links": json.dumps({"put": {}, "gone": ["notes.pdf"], "linked": False}).encode(),
    "another digest": json.dumps({"put": {"notes.pdf": "0" * 64}, "gone": [], "linked": True}).encode(),
}


@pytest.mark.parametrize("which", FORGED)
def test_a_journal_that_handbound_did_not_write_is_reported_and_deleted(which: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(tmp_path, {"victim.pdf": b"theirs"})
    fill(out, {"notes.txt": b"mine", "notes.pdf": b"mine", f"{seal.HIDDEN}/stage/notes.pdf": b"forged"})
    fill(out, {f"{seal.HIDDEN}/{seal.JOURNAL}": FORGED[which]})
    before = {name: data for name, data in published(tmp_path).items() if seal.HIDDEN not in name}
    with seal.Stage(out) as stage:
        assert [one.code for one in stage.problems] == ["W111"]
        assert stage.problems[0].place.path == f"{out}/{seal.HIDDEN}/{seal.JOURNAL}"
    assert {name: data for name, data in published(tmp_path).items() if seal.HIDDEN not in name} == before
    publish(out, NEW)
    assert (out / "a.epub").read_bytes() == NEW["a.epub"]


def test_a_forged_journal_touches_only_links_that_handbound_made(tmp_path: Path) -> None:
    forged = {"put": {"notes.pdf": seal.digest(b"forged")}, "gone": ["b.html"], "linked": True}
    fill(tmp_path, {"notes.pdf": b"mine", "b.html": b"mine", f"{seal.HIDDEN}/stage/notes.pdf": b"forged"})
    fill(tmp_path, {f"{seal.HIDDEN}/{seal.JOURNAL}": json.dumps(forged).encode()})
    (tmp_path / seal.HIDDEN / "set").symlink_to("stage")
    with seal.Stage(tmp_path):
        pass
    assert published(tmp_path) == {"notes.pdf": b"mine", "b.html": b"mine"}


def test_a_journal_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    fill(tmp_path, {"journal": seal.Journal(put={}, gone=("a.pdf",)).dumped(), "out/a.pdf": b"mine"})
    link(tmp_path / "out" / seal.HIDDEN / seal.JOURNAL, tmp_path / "journal")
    with seal.Stage(tmp_path / "out") as stage:
        assert [one.code for one in stage.problems] == ["W111"]
    assert sorted(published(tmp_path)) == ["journal", "out/.handbound/lock", "out/a.pdf"]


def test_links_of_a_run_whose_hidden_folder_was_deleted_are_not_editions(tmp_path: Path) -> None:
    (tmp_path / "a.epub").symlink_to(".handbound/set/a.epub")
    publish(tmp_path, NEW)
    assert (tmp_path / "a.epub").read_bytes() == NEW["a.epub"]


def test_a_file_system_without_links_still_gets_a_published_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    fill(tmp_path, OLD)
    with monkeypatch.context() as patch:
        patch.setattr(os, "symlink", refused)
        patch.setattr(os, "link", refused)
        publish(tmp_path, NEW)
        assert published(tmp_path) == OLD | NEW
        journal = seal.Journal(put={"a.epub": seal.digest(b"3")}, gone=("b.html",), linked=False)
        fill(tmp_path, {f"{seal.HIDDEN}/{seal.JOURNAL}": journal.dumped(), f"{seal.HIDDEN}/stage/a.epub": b"3"})
        with seal.Stage(tmp_path):
            pass
        assert published(tmp_path) == {
            name: data for name, data in {**OLD, **NEW, "a.epub": b"3"}.items() if name != "b.html"
        }


def test_a_digest_is_sha_256() -> None:
    assert seal.digest(b"x") == hashlib.sha256(b"x").hexdigest()

"""Many books at once: each into a folder of its own, the fault of one is its own, and any executor can make them."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import book
from book import batch, cli, press, shelf, workers
from book.editions import EDITIONS, Job, made_apart
from book.manifest import Summary
from book.problems import Place, Problem, Severity, Subject
from book.progress import Line
from tests.making import cut_letters, published, write_book

CHAPTERS = {"a.md": "# One\n\nHere stand some words.\n"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three sound books in ``books``, and the letters of their typefaces cut in ``out/.cache``."""
    home = tmp_path_factory.mktemp("batch")
    for name in ("ash", "elm", "oak"):
        source = write_book(home / "books" / name, CHAPTERS, f'title = "{name.title()}"\nlanguage = "en"\n')
        cut_letters(source, home / "out")
    return home


@pytest.fixture
def place(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of that folder, which is the current one."""
    monkeypatch.delenv("CI", raising=False)
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    return cli.main(["build", *words, "-o", "out", "-e", "html"])


# Which books, and where to.


def plan(*names: str) -> list[tuple[str, str]]:
    builds = batch.plan(map(Path, names), Path("out"), batch.Options())
    return [(str(build.source), str(build.out)) for build in builds]


def test_each_book_has_a_folder_of_its_name() -> None:
    assert plan("books/ash", "elm/") == [("books/ash", "out/ash"), ("elm", "out/elm")]


def test_a_book_that_is_named_twice_is_built_once(place: Path) -> None:
    (place / "link").symlink_to("books/ash")
    assert plan("books/ash", "books/elm", f"{place}/books/ash", "books/../books/ash", "link") == [
        ("books/ash", "out/ash"),
        ("books/elm", "out/elm"),
    ]


def test_books_with_one_name_have_the_names_of_the_folders_around_them() -> None:
    assert plan("books/ash", "elm", "other/ash", "other/Elm", "more/books/ash") == [
        ("books/ash", f"out/{Path.cwd().name}-books-ash"),
        ("elm", f"out/{Path.cwd().name}-elm"),
        ("other/ash", "out/other-ash"),
        ("other/Elm", "out/other-Elm"),
        ("more/books/ash", "out/more-books-ash"),
    ]


def test_names_differ_whatever_the_paths_are() -> None:
    paths = ["/", "/book", "/a/Docs", "/a/docs", "/a-b/c", "/a/b/c", "/b/c"]
    names = batch.names_apart(map(Path, paths))
    assert [names[Path(path)] for path in paths] == ["book", "book-2", "a-Docs", "a-docs", "a-b-c", "a-b-c-2", "b-c"]


def test_books_with_one_name_are_built_side_by_side(place: Path) -> None:
    write_book(place / "other" / "ash", CHAPTERS)
    assert run("books/ash", "other/ash") == 0
    assert [(place / "out" / name / "index.html").exists() for name in ("books-ash", "other-ash", "ash")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("statuses", "status"), [([0, 0], 0), ([0, 3], 3), ([3, 1, 0], 1), ([1, 2, 3], 2), ([0, 143], 143)]
)
def test_the_worst_status_is_that_of_the_command(statuses: list[int], status: int) -> None:
    assert batch.worst(statuses) == status


# The command.


def test_many_books_are_one_line_each_and_a_total(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "books" / "elm" / "handbound.toml").write_text('titel = "x"\n')
    (place / "books" / "oak" / "a.md").write_text("# Oak\n\n[x](nowhere.md)\n")
    assert run("books/ash", "books/elm", "books/oak", "nowhere") == 2
    printed = capsys.readouterr()
    *lines, last = printed.out.splitlines()
    assert sorted(lines) == [
        "books/ash: 1 file, 1 chapter, 0 warnings; open out/ash/ash.html",
        "books/elm: not published: 1 error, 0 warnings; the last error is S102 at books/elm/handbound.toml:1:1",
        "books/oak: 1 file, 1 chapter, 1 warning; open out/oak/oak.html",
        "nowhere: not published: 1 error, 0 warnings; the last error is S106 at nowhere:1:1",
    ]
    assert re.fullmatch(r"4 books: 2 built, 2 not published; \d+ s", last)
    assert "books/oak/a.md:3:1: R101 " in printed.err
    assert "nowhere:1:1: S106 the book's folder is not there [error]" in printed.err
    assert not (place / "out" / "elm" / "report.json").exists()
    one, other = place / "alone", place / "out" / "ash"
    assert press.build(Path("books/ash"), one, editions=["html"]).status == 0
    assert published(one) == published(other), "the same bytes as alone"

    # What has not changed is not built again, and the others are.
    (place / "books" / "oak" / "a.md").write_text("# Oak\n\nNo link.\n")
    assert run("books/ash", "books/oak", "--explain") == 0
    printed = capsys.readouterr()
    assert "books/ash: nothing has changed; open out/ash/ash.html\n" in printed.out, printed.err
    assert "2 books: 1 built, 1 unchanged; " in printed.out
    assert "books/oak: a.md has changed\n" in printed.err
    assert re.search(r"^\w+: \d+ from the cache, 1 made: ", printed.err, re.MULTILINE), (
        "what other processes asked the cache for is counted"
    )

    # Events name their book.
    (place / "books" / "oak" / "a.md").write_text("# Oak\n\nA word.\n")
    assert run("books/ash", "books/oak", "--json") == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    events = [json.loads(line) for line in printed.out.splitlines()]
    assert events.pop() == {
        "event": "books", "status": 0, "built": 1, "unchanged": 1, "in part": 0, "not published": 0,
    }  # fmt: skip
    assert [event["event"] for event in events if event["book"] == "books/ash"] == ["file", "end"]
    progress = [event for event in events if event["book"] == "books/oak" and event["event"] == "progress"]
    assert progress[0]["text"] == "reading the chapters"
    (making,) = (event for event in progress if event["text"].startswith("making"))
    assert (making["text"], making["number"], making["total"]) == ("making html, 1 of 1", 1, 1)
    assert run("books/ash", "books/oak", "-q") == 0
    assert capsys.readouterr() == ("", "")


def test_a_process_that_dies_prevents_only_its_own_book(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = workers.Interpreter.answer

    def answer(self: workers.Interpreter, call: bytes, hear: workers.Hear) -> bytes:
        if b"elm" in call:
            self._process.kill()
        return genuine(self, call, hear)

    monkeypatch.setattr(workers.Interpreter, "answer", answer)
    builds = batch.plan([Path("nowhere"), Path("books/elm")], Path("out"), batch.Options())
    outcomes = {outcome.build.source.name: outcome for outcome in batch.run(builds)}
    assert (outcomes["nowhere"].status, outcomes["elm"].status) == (2, 1)
    (problem,) = outcomes["elm"].summary.problems
    assert "the process that built this book ended with status -9" in problem.message


def test_a_bug_in_handbound_prevents_only_the_book_in_which_it_occurs(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(source: Path, *_: object, **__: object) -> None:
        raise ZeroDivisionError(f"of {source.name}")

    monkeypatch.setattr(press, "build", broken)
    (build,) = batch.plan([Path("books/ash")], Path("out"), batch.Options())
    outcome = batch.make(build)
    assert outcome.status == 1
    assert outcome.summary.problems[0].message == "this book is not built: ZeroDivisionError: of ash"
    assert "ZeroDivisionError" in outcome.traces[0]


def test_ctrl_c_ends_all_books_at_once(place: Path) -> None:
    command = [sys.executable, "-m", "book", "build", "books/ash", "books/elm", "-o", "new", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        assert process.stdout
        assert process.stderr
        assert "progress" in process.stdout.readline()
        children = [
            pid
            for pid in map(str, _children(process.pid))
            if "book.workers" in Path("/proc", pid, "cmdline").read_text()
        ]
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.read()
        err = process.stderr.read()
    assert process.returncode == 128 + signal.SIGINT
    assert "interrupted; 0 of 2 books finished" in err
    assert children
    limit = time.monotonic() + 60
    while any(Path("/proc", pid).exists() for pid in children):
        assert time.monotonic() < limit, "a process goes on"
        time.sleep(0.05)
    assert list((place / "new").rglob("*.html")) == []


def _children(pid: int) -> Iterator[int]:
    for task in Path("/proc", str(pid), "task").iterdir():
        yield from map(int, (task / "children").read_text().split())


# What is printed.


def outcome(status: int, *problems: Problem, built: bool = True, **about: Any) -> batch.Outcome:
    (build,) = batch.plan([Path("books/ash")], Path("out"), batch.Options())
    return batch.Outcome(build=build, status=status, built=built, summary=Summary(problems=problems, **about))


def test_a_book_that_is_published_in_part_says_what_is_missing() -> None:
    fault = Problem(code="E150", severity=Severity.ERROR, message="m", place=Subject(name="ash.pdf"))
    part = outcome(3, fault, works=(("ash.html", 5, None),), unmade=(("ash.pdf", "why"),), opens="ash.html")
    assert shelf.kind(part) == "in part"
    assert shelf.line_of(part) == (
        "books/ash: published without ash.pdf; the last error is E150 at out/ash/ash.pdf:1:1; open out/ash/ash.html"
    )


def test_a_tool_that_is_missing_publishes_nothing() -> None:
    fault = Problem(code="X101", severity=Severity.ERROR, message="m", place=Subject(name="pandoc"))
    missing = outcome(3, fault, built=False)
    assert shelf.kind(missing) == "not published"


def test_places_are_seen_from_where_the_command_runs() -> None:
    places = (Place(path="a.md", line=3), Subject(name="--theme"), Subject(name="books/ash"))
    problems = (Problem(code="T101", severity=Severity.NOTE, message="m", place=place) for place in places)
    assert [str(problem.place) for problem in shelf.placed(outcome(0, *problems))] == [
        "books/ash/a.md:3:1",
        "books/ash: --theme:1:1",
        "books/ash:1:1",
    ]


def test_a_terminal_shows_how_many_books_are_finished_and_what_the_others_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    ash, elm = batch.plan([Path("books/ash"), Path("books/elm")], Path("out"), batch.Options())
    with Line() as line:
        board = shelf.Shelf(line, 2)
        board.say(ash, "making pdf, 2 of 4")
        board.say(elm, "publishing")
        board.end(batch.Outcome(build=ash, status=0, summary=Summary()), printed="ash is done")
    printed = capsys.readouterr()
    assert printed.out == "ash is done\n"
    lines = re.sub(r"\d+ s", "0 s", printed.err).split("\r\x1b[K")[1:]
    assert [line for line, _ in itertools.groupby(lines)] == [
        "[--------------------] 0 of 2 books … 0 s",
        "[--------------------] 0 of 2 books. ash: making pdf, 2 of 4 … 0 s",
        "[--------------------] 0 of 2 books. ash: making pdf, 2 of 4; elm: publis … 0 s",
        "",
        "[==========----------] 1 of 2 books. elm: publishing … 0 s",
        "",
    ]


# Executors.

HTML = batch.Options(editions=("html",))


def test_any_executor_builds_many_books(place: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        sources = [Path("books/ash"), Path("nowhere")]
        outcomes = book.publish_many(sources, Path("out"), HTML, executor=pool)
        assert [outcome.status for outcome in outcomes] == [0, 2]
        assert [outcome.build.source for outcome in outcomes] == sources
        assert (place / "out" / "ash" / "ash.html").exists()
        again = book.publish_many([Path("books/ash")], Path("out"), HTML, executor=pool)
    assert [outcome.built for outcome in again] == [False], "what has not changed is seen where the book is built"


def test_an_executor_that_loses_a_call_prevents_only_that_book() -> None:
    class Lossy(Executor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(MemoryError("the machine is gone"))
            return future

    (lost,) = book.publish_many([Path("ash")], Path("out"), executor=Lossy())
    assert lost.status == 1
    assert "was lost: MemoryError: the machine is gone" in lost.summary.problems[0].message


@pytest.mark.needs_dask
@pytest.mark.expects_log
def test_a_farm_of_dask_builds_many_books_with_two_workers(place: Path) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(  # type: ignore[no-untyped-call, unused-ignore]
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None, memory_limit=0
        ) as cluster,
        Client(cluster) as client,  # type: ignore[no-untyped-call, unused-ignore]
    ):
        (place / "books" / "elm" / "handbound.toml").write_text('titel = "x"\n')
        sources = sorted((place / "books").iterdir())
        executor = client.get_executor()
        outcomes = book.publish_many(sources, place / "out", HTML, executor=executor)
        assert [outcome.status for outcome in outcomes] == [0, 2, 0]
        assert [problem.code for problem in outcomes[1].summary.problems] == ["S102"]
        read = press.read(sources[0]).book
        job = Job(book=read, edition=EDITIONS["html"], theme="folio", source=sources[0], cache=place / "out" / ".cache")
        apart = workers.Elsewhere(executor).submit(made_apart, job).result()
        assert len(set(client.run(os.getpid).values())) == 2
    assert published(place / "out" / "ash")["ash.html"] == apart.made.files["ash.html"]
    assert apart.tallies["fonts"].made == 0 < apart.tallies["fonts"].remembered

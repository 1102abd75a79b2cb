"""Editions made in parallel: the same bytes as one after the other, and errors in another process are reported in this one."""

from __future__ import annotations

import fractions
import gc
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from book import cache, editions, limits, press, printing, seal, surroundings, theme, workers
from book.body import Body
from book.calls import Crash, Death
from book.editions import EDITIONS, Job, earlier, made_apart
from book.model import Book, Made
from book.problems import ThemeError
from tests.making import write_book


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    text = "Some “words” of a page.\n\n" * 4
    chapters = {f"{name}.md": f"---\ntitle: Chapter {name}\ndiscussion: [Why?]\n---\n{text}" for name in ("a", "b")}
    return write_book(tmp_path_factory.mktemp("source"), chapters, 'title = "Side by side"\nslug = "side"\n')


@pytest.fixture(scope="module")
def book(source: Path) -> Book:
    return press.read(source).book


ASKED = ["epub", "pdf", "print", "booklet"]


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The editions of the book, made one after the other."""
    out = tmp_path_factory.mktemp("built")
    assert press.build(source, out, editions=ASKED).status == 0
    return out


def test_what_another_process_asks_of_the_cache_is_counted_here(
    source: Path, book: Book, built: Path, pool: workers.Processes
) -> None:
    job = Job(book=book, edition=EDITIONS["epub"], theme="folio", source=source, cache=built / ".cache")
    before = dict.fromkeys(cache.STAGES, 0) | {stage: tally.remembered for stage, tally in cache.TALLY.items()}
    tallies = pool.submit(made_apart, job).result().tallies
    assert tallies["fonts"].remembered > 0
    cache.add(tallies)
    assert {stage: cache.TALLY[stage].remembered - before[stage] for stage in tallies} == {
        stage: tally.remembered for stage, tally in tallies.items()
    }


def test_an_edition_in_another_process_is_made_while_the_collector_looks_seldom(
    source: Path, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, int]] = []

    def make(*_: object) -> Made:
        seen.append(gc.get_threshold())
        return Made(files={})

    monkeypatch.setattr(editions, "maker", lambda _: make)
    made_apart(Job(book=book, edition=EDITIONS["epub"], theme="folio", source=source, cache=None))
    assert seen == [limits.SELDOM]


def take_fonts(built: Path, out: Path) -> None:
    """Copy the cached subsets of fonts, so that another process need not make them."""
    shutil.copytree(built / ".cache" / "fonts", out / ".cache" / "fonts")


def test_side_by_side_or_not_the_bytes_are_the_same(
    source: Path, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_fonts(built, tmp_path)
    monkeypatch.setattr(printing, "LONG", 1)
    monkeypatch.setattr(printing, "CORES", 2)
    told: list[str] = []
    assert press.build(source, tmp_path, editions=ASKED, progress=told.append).status == 0
    names = sorted(path.name for path in built.iterdir() if path.is_file())
    assert names == sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert len(names) == 7
    for name in names:
        assert (built / name).read_bytes() == (tmp_path / name).read_bytes(), name
    assert [word for word in told if word.startswith("making")] == [
        "making pdf, 1 of 4",
        "making epub, 2 of 4",
        "making print, 3 of 4",
        "making booklet, 4 of 4",
    ]


def test_a_short_book_or_one_edition_is_made_right_here(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    both = (EDITIONS["print"], EDITIONS["large"])
    monkeypatch.setattr(printing, "CORES", 2)
    assert not printing.side_by_side(book, both)
    monkeypatch.setattr(printing, "LONG", 1)
    assert printing.side_by_side(book, both)
    assert not printing.side_by_side(book, both[:1])
    monkeypatch.setattr(printing, "CORES", 1)
    assert not printing.side_by_side(book, both)


def test_what_the_last_build_laid_out_is_worth_no_process(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = (EDITIONS["print"], EDITIONS["large"])
    monkeypatch.setattr(printing, "CORES", 2)
    monkeypatch.setattr(printing, "LONG", 1)
    look = theme.load("folio", tmp_path, tmp_path / "cache")
    assert printing.side_by_side(book, both, look), "no edition was made before"
    earlier.keep(book, both[0], look)
    assert printing.side_by_side(book, both, look), "large print was not made before"
    earlier.keep(book, both[1], look)
    assert not printing.side_by_side(book, both, look)
    first = book.spine[0]
    edited = book.map_chapters(
        lambda chapter: replace(chapter, body=Body.of("<p>Other words</p>")) if chapter is first else chapter
    )
    assert printing.side_by_side(edited, both, look)
    monkeypatch.setattr(printing, "LONG", first.words + 1)
    assert not printing.side_by_side(edited, both, look), "the edit is shorter than what is worth a process"
    monkeypatch.setattr(printing, "LONG", 1)
    assert printing.side_by_side(book, both, theme.load("almanac", tmp_path, tmp_path / "cache"))
    assert printing.side_by_side(book, (both[0], replace(both[1], trim=EDITIONS["pdf"].trim)), look), (
        "pages of another size"
    )
    for entry in (tmp_path / "cache" / earlier.STAGE).iterdir():
        entry.write_bytes(b"damaged")
    assert printing.side_by_side(book, both, look), "nothing is known of what cannot be read"


@pytest.fixture
def pool() -> Iterator[workers.Processes]:
    with workers.Processes(1, seconds=60) as pool:
        yield pool


def test_an_error_of_the_maker_is_raised_in_this_process(book: Book, source: Path, pool: workers.Processes) -> None:
    job = Job(book=book, edition=EDITIONS["print"], theme="none-such", source=source, cache=None)
    with pytest.raises(ThemeError) as error:
        pool.submit(made_apart, job).result()
    assert "there is no theme 'none-such'" in error.value.problems[0].message


def test_any_executor_makes_the_editions(book: Book, source: Path, built: Path, tmp_path: Path) -> None:
    class Recorder(ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            calls.append(fn.__qualname__)
            return super().submit(fn, *args, **kwargs)

    calls: list[str] = []
    with seal.Stage(tmp_path) as stage:
        look = theme.load("folio", source, built / ".cache")
        run = printing.Printing(book=book, look=look, source=source, stage=stage, validators=False)
        run.make([EDITIONS[name] for name in ("html", "pdf", "large")], "pdf", print, Recorder(1))
        assert [work.path for work in run.works] == ["side.html", "side.pdf", "side-large.pdf"]
    assert calls == ["relay"], "the large edition alone"


DEAD = "#!/bin/sh\necho out of memory >&2\nexit 9\n"


def program(folder: Path, text: str) -> str:
    file = folder / "python"
    file.write_text(text)
    file.chmod(0o755)
    return str(file)


def test_a_process_that_dies_fails_only_its_own_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pool: workers.Processes
) -> None:
    monkeypatch.setattr(sys, "executable", program(tmp_path, DEAD))
    with pytest.raises(Death) as death:
        pool.submit(len, "abc").result()
    assert (death.value.status, death.value.words) == (9, "out of memory")
    monkeypatch.undo()
    assert pool.submit(len, "abc").result() == 3


def test_an_edition_whose_process_dies_is_one_line(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "LONG", 1)
    monkeypatch.setattr(printing, "CORES", 2)
    monkeypatch.setattr(sys, "executable", program(tmp_path, DEAD))
    result = press.build(source, tmp_path / "out", editions=["pdf", "print", "large"])
    assert result.status == 3
    assert [work.path for work in result.report.works] == ["side.pdf"]
    first, _ = (problem for problem in result.report.problems if problem.code == "E150")
    assert "the process that made print ended with status 9: out of memory" in first.message
    assert "book build -e print" in first.fix


def test_a_pool_that_is_given_up_kills_its_processes() -> None:
    pool = workers.Processes(1, seconds=60)
    running, waiting = pool.submit(time.sleep, 600), pool.submit(time.sleep, 600)
    while not pool._interpreters._running:
        time.sleep(0.01)
    pool.shutdown(cancel_futures=True)
    assert isinstance(running.exception(), Death)
    assert waiting.cancelled()


def test_a_process_that_does_not_come_back_is_ended_by_its_limit() -> None:
    with workers.Processes(1, seconds=1 - workers.SPARE) as pool:
        death = pool.submit(sum, itertools.repeat(0)).exception()
    assert isinstance(death, Death)
    assert death.status == -signal.SIGXCPU


def test_a_process_without_a_limit_answers_call_after_call() -> None:
    with workers.Processes(1) as pool:
        first, second = (pool.submit(os.getpid).result() for _ in range(2))
        assert first == second != os.getpid()
        with pytest.raises(ZeroDivisionError):
            pool.submit(fractions.Fraction, 1, 0).result()
        assert pool.submit(os.getpid).result() == first, "an error of a call is no fault of its process"
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_a_process_with_a_limit_answers_one_call(pool: workers.Processes) -> None:
    assert len({pool.submit(os.getpid).result() for _ in range(2)}) == 2


def test_a_process_makes_room_for_another_after_some_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CALLS", 2)
    with workers.Processes(1) as pool:
        first, second, third = (pool.submit(os.getpid).result() for _ in range(3))
    assert first == second != third


def test_a_running_call_reports_its_progress() -> None:
    notes: list[object] = []
    with workers.Processes(1, hear=notes.append) as pool:
        assert pool.submit(workers.tell, ("book", "reading")).result() is None
    assert notes == [("book", "reading")]
    workers.tell("nobody hears this")


def test_each_process_has_its_share_of_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CORES", 4)
    for most, share in ((1, "4"), (2, "2"), (3, "1"), (8, "1")):
        with workers.Processes(most) as pool:
            assert pool.submit(eval, "str(__import__('book.workers').workers.CORES)").result() == share


@pytest.mark.parametrize("make", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_another_executor_carries_calls_to_processes_of_ours(make: Callable[[int], Executor]) -> None:
    with make(1) as carrier:
        pool = workers.Elsewhere(carrier)
        assert pool.submit(os.getpid).result() != os.getpid()
        assert pool.submit(sorted, "ba", reverse=True).result() == ["b", "a"]
        with pytest.raises(ZeroDivisionError) as error:
            pool.submit(fractions.Fraction, 1, 0).result()
        assert "fractions.py" in error.value.__notes__[0]
        with pytest.raises(Death, match="ended with status 7"):
            pool.submit(os._exit, 7).result()
        pool.shutdown()
        assert carrier.submit(len, "abc").result() == 3, "it is somebody else's, and still open"


def test_a_call_that_another_executor_loses_is_a_death() -> None:
    class Lossy(Executor):
        def submit(self, fn: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(MemoryError(f"{fn.__name__} was here"))
            return future

    death = workers.Elsewhere(Lossy()).submit(len, "abc").exception()
    assert isinstance(death, Death)
    assert str(death) == "was lost: MemoryError: relay was here"


def test_calls_that_wait_elsewhere_are_given_up() -> None:
    with ThreadPoolExecutor(1) as carrier:
        blocked = threading.Event()
        carrier.submit(blocked.wait)
        pool = workers.Elsewhere(carrier)
        waiting = pool.submit(len, "abc")
        pool.shutdown(cancel_futures=True)
        assert isinstance(waiting.exception(timeout=10), Death)
        blocked.set()


# Modules in the current folder are never taken for Handbound's.

CANARIES = (
    "pickle",
    "html",
    "argparse",
    "json",
    "tomllib",
    "yaml",
    "lxml",
    "jinja2",
    "signal",
    "copyreg",
    "typing",
    "re",
    "pathlib",
    "sitecustomize",
)


def evil(folder: Path) -> Path:
    """Write modules into *folder* that leave a trace if they are imported, and a program that does if it is run."""
    trace = f"open({str(folder / 'RAN')!r}, 'a').write(__file__)\n"
    for name in CANARIES:
        (folder / f"{name}.py").write_text(trace)
    for name in ("git", "pandoc", "gcc", "ld"):
        (folder / name).write_text(f"#!/bin/sh\necho {name} >> '{folder}/RAN'\nexit 1\n")
        (folder / name).chmod(0o755)
    return folder


def test_a_script_without_a_guard_may_build_side_by_side_and_no_module_of_the_current_folder_is_imported(
    source: Path, built: Path, tmp_path: Path
) -> None:
    take_fonts(built, tmp_path / "out")
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\nimport book\nfrom book import printing\n"
        "printing.LONG, printing.CORES = 1, 2\n"
        f"result = book.publish(Path({str(source)!r}), Path({str(tmp_path / 'out')!r}), editions=['print', 'large'])\n"
        "print('status', result.status)\n"
    )
    (tmp_path / "evil").mkdir()
    place = evil(tmp_path / "evil")
    (place / "book.py").write_text(f"open({str(place / 'RAN')!r}, 'a').write('book')\n")
    env = {**os.environ, "PATH": f".:{os.environ['PATH']}:"}
    done = subprocess.run(
        [sys.executable, "-P", script], cwd=place, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "status 0\n"), done.stderr
    assert not (place / "RAN").exists(), (place / "RAN").read_text()


def test_nothing_that_is_imported_late_comes_from_the_current_folder(source: Path, tmp_path: Path) -> None:
    here = evil(tmp_path)
    (here / "sitecustomize.py").unlink()  # Python runs that before any word of ours: see SECURITY.md
    env = {**os.environ, "PATH": f":.:{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-m", "book", "lint", str(source)], cwd=here, env=env, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert not (here / "RAN").exists(), (here / "RAN").read_text()


def test_a_process_has_the_package_of_this_one_and_not_another_that_is_installed(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "__init__.py").write_text("")  # without the module that is asked for
    command = surroundings.interpreter("import book.workers as module; print(module.__file__, *sys.argv[2:])", "word")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{workers.__file__} word\n", "")


def test_a_fault_of_the_press_keeps_its_kind_and_its_traceback(pool: workers.Processes) -> None:
    with pytest.raises(ZeroDivisionError) as error:
        pool.submit(fractions.Fraction, 1, 0).result()
    assert "fractions.py" in error.value.__notes__[0]


def test_an_exception_that_cannot_be_pickled_arrives_as_text(pool: workers.Processes) -> None:
    code = (
        "from book.limits import Exceeded; raise Exceeded('time', '1 s')"  # made of two words, it would be made of one
    )
    with pytest.raises(Crash, match="Exceeded: 1 s") as error:
        pool.submit(exec, code).result()
    assert "line 1, in <module>" in error.value.__notes__[0]

"""What builds cost beside other programs, in one run; `nox -s bench` writes the tables to build/bench.md.

Only ratios mean anything: a machine that does something else, or another machine, changes all figures alike. CPU is user and system
time of all processes of a command, memory is the most that they hold together.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import made_book
from consumption import record_memory, used, used_by
from msgspec import Struct, field

from book.markdown import pandoc

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "build" / "bench.md"
READER = "gfm+attributes+fenced_divs+bracketed_spans+definition_lists+footnotes+implicit_figures"
LABELS = Path(__file__).with_name("labels.lua")
"""A filter of pandoc: without it typst refuses a book for an id that occurs twice, or for a link that leads nowhere."""
EDIT = "\nOne more sentence, in a paragraph of its own.\n"
EDITS = 3
"""Edits of which a command that stays is measured at the cheapest."""
IDLE = 1.0
"""Seconds before each of them, in which the command tidies up."""
WORDS_A_PAGE = 206
"""Words on an A5 page of content/, for a made book of about so many pages."""
WORDS_A_CHAPTER = 1_700
WORDS_A_BOOK = 12 * 850
EPUB = ("-e", "html", "-e", "epub")
PDF = ("-e", "pdf")


class Task(Struct, frozen=True, kw_only=True):
    """One command that is measured."""

    name: str
    command: Sequence[str] = ()
    results: Sequence[Path] = ()
    """The files that it writes, for their size."""
    prepare: Callable[[], object] = lambda: None
    """Called before it, and not measured."""
    edit: Callable[[], object] | None = None
    """What the command, which stays, waits for: the least of :data:`EDITS` is measured, from there until it waits again."""
    missing: str = ""
    """Why it cannot be run."""


class Cost(Struct, frozen=True, kw_only=True):
    """What a command took."""

    cpu: float
    """Seconds, those of all its processes."""
    wall: float
    memory: int
    """Bytes that its processes held at most, together."""
    size: int
    """Bytes that it wrote."""


class Row(Struct, frozen=True, kw_only=True):
    """A line of a table."""

    name: str
    cost: Cost | None = None
    missing: str = ""
    """Why there is no cost."""


class Table(Struct, kw_only=True):
    """Commands side by side; the first one is what the others are measured by."""

    title: str
    tasks: Sequence[Task]
    rows: list[Row] = field(default_factory=list)


def main() -> int:
    """Make the books, measure, and write the tables."""
    options = _options()
    heads = [heading(options)]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for title, make in _books(options):
            home = Path(name, title.replace(" ", "-"))
            make(home / "book")
            for table in [_many(home)] if options.books else tables(title, home, options.only):
                for task in table.tasks:
                    _say(f"{table.title}: {task.name}")
                    table.rows.append(_row(task, home / "book"))
                heads.append(written(table))
                _say(heads[-1])
                OUT.parent.mkdir(exist_ok=True)
                OUT.write_text("\n".join(heads), "utf-8")  # after each table: whoever stops it has the earlier ones
            shutil.rmtree(home)
    return 0


def _options() -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    words.add_argument("--book", type=Path, help="a book with its chapters in one folder, instead of content/")
    help_ = (
        "measure also a made book of about N pages of A5 with code, tables, pictures and notes; 1000 takes half an hour"
    )
    words.add_argument("--pages", type=int, metavar="N", help=help_)
    words.add_argument("--thrice", action="store_true", help="with --pages, measure also a book of three times as many")
    words.add_argument("--books", type=int, metavar="N", help="measure nothing but N small made books")
    words.add_argument("--only", choices=("epub", "pdf"), help="measure EPUB and HTML alone, or PDF alone")
    return words.parse_args()


def _books(options: argparse.Namespace) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """Yield the title of each book, and what writes it into a folder."""
    if options.books:
        yield f"{options.books} made books", functools.partial(_shelf, count=options.books)
        return
    source: Path = options.book or ROOT / "content"
    yield source.name, lambda folder: shutil.copytree(source, folder)
    for times in (1, 3) if options.thrice else (1,):
        if options.pages:
            words = options.pages * times * WORDS_A_PAGE
            chapters = max(3, words // WORDS_A_CHAPTER)
            make = functools.partial(made_book.make, chapters=chapters, words=words)
            yield f"{options.pages * times} made pages", make


def _shelf(folder: Path, count: int) -> None:
    """Write *count* books of 12 chapters into *folder*, no two of them alike."""
    for number in range(count):
        made_book.make(folder / f"book-{number:03}", 12, WORDS_A_BOOK, seed=number)


def heading(options: argparse.Namespace) -> str:
    """Return the head of the page: when, on what, with which versions."""
    names = ["WeasyPrint", *(["typst"] if find_spec("typst") else [])]
    programs = ", ".join([f"pandoc {pandoc.door()[1]}", *(f"{name} {version(name)}" for name in names)])
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return (
        f"# Measured on {datetime.datetime.now(tz=datetime.UTC):%d %B %Y}\n\n{system}; {programs}. "
        "Ratios are to the first line of each table; compare nothing else between runs. "
        f"With --watch, the process runs already, and the cheapest of {EDITS} edits counts, from the save until it waits again.\n"
        + ("" if options.pages else "For a book of 1,000 pages: `nox -s bench -- --pages 1000 --thrice`.\n")
    )


def tables(title: str, home: Path, only: str | None) -> Iterator[Table]:
    """Yield the commands for the book in the folder *home*."""
    chapters = [path.name for path in sorted((home / "book").glob("*.md"))]
    if only != "pdf":
        yield Table(title=f"{title}: EPUB and HTML", tasks=(_pandoc_epub(home, chapters), *_ours(home, "epub", EPUB)))
    if only != "epub":
        ours = tuple(_ours(home, "pdf", PDF))
        others = (_typst(home, chapters), *_browsers(home))
        yield Table(title=f"{title}: PDF", tasks=(_weasyprint(home, chapters), *others, *ours))


def _ours(home: Path, name: str, editions: Sequence[str]) -> Iterator[Task]:
    """Yield our builds of some editions, each after the one before."""
    book, out = home / "book", home / f"ours-{name}"
    command = [sys.executable, "-m", "book", "build", str(book), "-o", str(out), *editions]
    chapters = sorted(book.glob("*.md"))
    results = (out,)

    def edit() -> None:
        with chapters[len(chapters) // 2].open("a", encoding="utf-8") as chapter:
            chapter.write(EDIT)

    yield Task(name="Handbound, cold", command=command, results=results)
    yield Task(name="Handbound, nothing changed", command=command, results=results)
    yield Task(name="Handbound, nothing changed, --force", command=[*command, "--force"], results=results)
    yield Task(name="Handbound, one paragraph more", command=command, results=results, prepare=edit)
    stays = [*command, "--watch", "--json"]
    missing = "" if Path("/proc/self/stat").exists() else "this system has no /proc"
    yield Task(
        name="Handbound, one paragraph more, --watch", command=stays, results=results, edit=edit, missing=missing
    )


def _many(home: Path) -> Table:
    """Return the ways in which many books are built, their EPUB and HTML editions."""
    books = sorted((home / "book").iterdir())
    command = [sys.executable, "-m", "book", "build"]
    alone = [[*command, str(path), "-o", str(home / "alone" / path.name), *EPUB] for path in books]
    together = [*command, *map(str, books), "-o", str(home / "together"), *EPUB]
    farm, out = Path(__file__).with_name("farm.py"), home / "farm"
    missing = "" if find_spec("distributed") else "Dask is not installed"
    return Table(
        title=f"{len(books)} made books: EPUB and HTML",
        tasks=(
            Task(name="a command for each book", command=_one_after_the_other(alone), results=(home / "alone",)),
            Task(name="one command for all", command=together, results=(home / "together",)),
            Task(name="the same, nothing changed", command=together, results=(home / "together",)),
            Task(
                name="Dask, two workers",
                command=[sys.executable, str(farm), str(home / "book"), str(out)],
                results=(out,),
                missing=missing,
            ),
        ),
    )


def _pandoc(chapters: Sequence[str], *words: str) -> list[str]:
    return [pandoc.door()[0], "--metadata", "title=Book", "--metadata", "lang=en", "-f", READER, *words, *chapters]


def _pandoc_epub(home: Path, chapters: Sequence[str]) -> Task:
    out = home / "pandoc.epub"
    return Task(name="pandoc, EPUB alone", command=_pandoc(chapters, "-o", str(out)), results=(out,))


def _page(home: Path, chapters: Sequence[str]) -> list[str]:
    """Return the command that makes one HTML page for programs that print it, beside its pictures."""
    return _pandoc(chapters, "-s", "--toc", "--css", "page.css", "-o", str(home / "book" / "page.html"))


def _weasyprint(home: Path, chapters: Sequence[str]) -> Task:
    out = home / "weasyprint.pdf"

    def prepare() -> None:
        (home / "book" / "page.css").write_text("@page { size: A5 }\n", "utf-8")

    commands = [_page(home, chapters), [sys.executable, "-m", "weasyprint", "-q", "page.html", str(out)]]
    return Task(name="pandoc + WeasyPrint", command=_one_after_the_other(commands), results=(out,), prepare=prepare)


def _typst(home: Path, chapters: Sequence[str]) -> Task:
    name, out = "pandoc + typst", home / "typst.pdf"
    if not find_spec("typst"):
        return Task(name=name, missing="typst is not installed")
    page = home / "book" / "page.typ"
    make = "import sys, typst; typst.compile(sys.argv[1], output=sys.argv[2])"
    words = ["-s", "--toc", "-t", "typst", "-V", "papersize=a5", "-L", str(LABELS), "-o", str(page)]
    commands = [_pandoc(chapters, *words), [sys.executable, "-c", make, str(page), str(out)]]
    return Task(name=name, command=_one_after_the_other(commands), results=(out,))


def _browsers(home: Path) -> Iterator[Task]:
    """Yield the programs that print with a browser, where they are: the page of pandoc is there already."""
    page, browser = "page.html", next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), "")
    for name, program, words in (
        ("Vivliostyle", "vivliostyle", ["build", page, "--executable-browser", browser, "-o", str(home / "viv.pdf")]),
        ("pagedjs", "pagedjs-cli", [page, "--browserArgs", "--no-sandbox", "-o", str(home / "pagedjs.pdf")]),
    ):
        path = shutil.which(program)
        missing = f"{program} is not installed" if not path else "" if browser else "there is no Chromium"
        command = ["env", f"PUPPETEER_EXECUTABLE_PATH={browser}", path or program, *words]
        yield Task(name=f"{name}, without pandoc", command=command, results=(Path(words[-1]),), missing=missing)


def _one_after_the_other(commands: Iterable[Sequence[str]]) -> list[str]:
    """Return one command for several."""
    run = "import subprocess, sys\nfor command in eval(sys.argv[1]):\n    subprocess.run(command, check=True)"
    return [sys.executable, "-c", run, repr([list(command) for command in commands])]


def _row(task: Task, folder: Path) -> Row:
    """Return what *task* took, or why it was not run, or failed."""
    if task.missing:
        return Row(name=task.name, missing=f"not run: {task.missing}")
    task.prepare()
    try:
        if task.edit:
            return Row(name=task.name, cost=measured_edit(task.command, folder, task.edit, task.results))
        return Row(name=task.name, cost=measured(task.command, folder, task.results))
    except RuntimeError as error:
        return Row(name=task.name, missing=f"failed: {error}")


def measured(command: Sequence[str], folder: Path, results: Iterable[Path] = ()) -> Cost:
    """Return what *command*, run in *folder*, took.

    Raises:
        RuntimeError: it failed; the message is its last line.
    """
    before, clock = used(), time.perf_counter()
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=log) as process,
    ):
        over, most = threading.Event(), [0]
        watch = threading.Thread(target=record_memory, args=(process.pid, over, most))
        watch.start()
        process.wait()
        over.set()
        watch.join()
        log.seek(0)
        lines = log.read().decode("utf-8", "replace").strip().splitlines()
    if process.returncode:
        raise RuntimeError((lines or [f"status {process.returncode}"])[-1][:200])
    return Cost(
        cpu=used() - before,
        wall=time.perf_counter() - clock,
        memory=most[0],
        size=sum(map(_size, results)),
    )


def measured_edit(
    command: Sequence[str], folder: Path, edit: Callable[[], object], results: Iterable[Path] = ()
) -> Cost:
    """Return what the cheapest of :data:`EDITS` takes in *command*, which stays: from *edit* to its next event ``waiting``.

    Raises:
        RuntimeError: it ended before; the message is its last line.
    """
    costs: list[Cost] = []
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout
        over, most = threading.Event(), [0]
        watch = threading.Thread(target=record_memory, args=(process.pid, over, most))
        watch.start()
        before: tuple[float, float] | None = None
        for line in process.stdout:
            if json.loads(line)["event"] != "waiting":
                continue
            if before:
                cpu, wall = used_by(process.pid) - before[0], time.perf_counter() - before[1]
                costs.append(Cost(cpu=cpu, wall=wall, memory=most[0], size=sum(map(_size, results))))
            if len(costs) == EDITS:
                process.send_signal(signal.SIGINT)
                break
            time.sleep(IDLE)
            before = used_by(process.pid), time.perf_counter()
            edit()
        process.wait()
        over.set()
        watch.join()
        log.seek(0)
        lines = log.read().decode("utf-8", "replace").strip().splitlines()
    if process.returncode or len(costs) < EDITS:
        raise RuntimeError((lines or [f"status {process.returncode}"])[-1][:200])
    return min(costs, key=lambda cost: cost.cpu)


def _size(path: Path) -> int:
    """Return the bytes of a file, or of the editions in a folder, or in the folders in it."""
    if path.is_dir():
        files = (file for pattern in ("*", "*/*") for file in path.glob(pattern))
        return sum(file.stat().st_size for file in files if file.suffix in (".epub", ".html", ".pdf"))
    return path.stat().st_size


def written(table: Table) -> str:
    """Return *table* in Markdown, each line beside the first one that was run."""
    first = next((row.cost for row in table.rows if row.cost), None)
    lines = [
        f"## {table.title}\n",
        "| work | wall s | ratio | CPU s | ratio | MiB | ratio | kB | ratio |",
        "|:-----|------:|------:|------:|------:|------:|------:|------:|------:|",
    ]
    for row in table.rows:
        if row.cost is None or first is None:
            lines.append(f"| {row.name} | {row.missing} |" + " |" * 7)
            continue
        cost = row.cost
        pairs = (
            (f"{cost.wall:.2f}", cost.wall, first.wall),
            (f"{cost.cpu:.2f}", cost.cpu, first.cpu),
            (f"{cost.memory >> 20}", cost.memory, first.memory),
            (f"{cost.size // 1000}", cost.size, first.size),
        )
        cells = (f" {text} | {value / of:.2f} |" if of else f" {text} | |" for text, value, of in pairs)
        lines.append(f"| {row.name} |" + "".join(cells))
    return "\n".join([*lines, ""])


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())

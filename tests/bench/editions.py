"""Measures EPUB and HTML of a generated handbook against pandoc's EPUB writer, in one run; `nox -s bench` writes the table to build/bench.md.

Only ratios mean anything: CPU is user and system time with that of all processes; memory is the most that they hold together.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import made_book
from consumption import record_memory, used

from book.markdown import pandoc

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "build" / "bench.md"
READER = "gfm+attributes+fenced_divs+bracketed_spans+definition_lists"
EDIT = "One more sentence.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of a command."""

    name: str
    cpu: float
    """Processor seconds of all its processes."""
    wall: float
    memory: int
    """The most bytes that its processes used together."""


def main() -> int:
    """Make the book, measure, and write the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--chapters", type=int, default=883)
    words.add_argument("--words", type=int, default=680_000)
    words.add_argument(
        "--book", type=Path, help="an existing book with its chapters in one folder, instead of a made one"
    )
    options, _ = words.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "book")
        if options.book:
            source.mkdir()
            shutil.copytree(options.book, source, dirs_exist_ok=True)
        else:
            made_book.make(source, options.chapters, options.words)
        table = written(list(costs(source, Path(folder, "out"))))
    sys.stdout.write(table)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(table, "utf-8")
    return 0


def costs(source: Path, out: Path) -> Iterator[Cost]:
    """Yield the cost of pandoc's EPUB writer for the chapters in *source*, then of ours."""
    chapters = sorted(source.glob("*.md"))
    epub = [
        pandoc.door()[0],
        "--metadata",
        "title=Made",
        "-f",
        READER,
        "-o",
        f"{out}.epub",
        *(one.name for one in chapters),
    ]
    yield measured("pandoc, EPUB", epub, source)
    build = [sys.executable, "-m", "book", "build", f"{source}", "-o", f"{out}", "-e", "html", "-e", "epub"]
    yield measured("EPUB + HTML, cold", build, ROOT)
    yield measured("EPUB + HTML, nothing changed", build, ROOT)
    with chapters[len(chapters) // 2].open("a", encoding="utf-8") as chapter:
        chapter.write(f"\n{EDIT}")
    yield measured("EPUB + HTML, one sentence added", build, ROOT)


def measured(name: str, command: Sequence[str], folder: Path) -> Cost:
    """Return the cost of *command*, run in *folder*.

    Raises:
        RuntimeError: it failed.
    """
    before, clock = used(), time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        over, most = threading.Event(), [0]
        watch = threading.Thread(target=record_memory, args=(process.pid, over, most))
        watch.start()
        _, log = process.communicate()
        over.set()
        watch.join()
    if process.returncode:
        raise RuntimeError(log.decode("utf-8", "replace")[-1000:])
    return Cost(name=name, cpu=used() - before, wall=time.perf_counter() - clock, memory=most[0])


def written(costs: Sequence[Cost]) -> str:
    """Return a table of *costs*, each compared with the first one."""
    first = costs[0]
    rows = [
        f"| {cost.name} | {cost.cpu:.1f} | {cost.cpu / first.cpu:.2f} | {cost.wall:.1f} | {cost.memory >> 20} |"
        for cost in costs
    ]
    head = "| work | CPU s | ratio | wall s | peak MiB |\n|:-----|------:|------:|------:|------:|\n"
    return f"{head}{chr(10).join(rows)}\n"


if __name__ == "__main__":
    raise SystemExit(main())

"""Measures the CPU time of the house style against that of pandoc reading the same chapters; run by `nox -s bench`.

Both are measured in one run on one machine, and only their ratio means anything. Nothing here is a test.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from book import settings, style
from book.markdown import marks, pandoc, reader, sanitise
from book.model import Draft, Manuscript, Nodes
from book.settings import Settings
from book.source import manuscript
from book.style.house_style import style_of
from book.style.links import hosts, known_hosts, links
from book.style.links.addresses import Evidence

ROOT = Path(__file__).resolve().parent.parent.parent
GOAL = 1.5
STAGES = ("parse", "links", "marks")


class Tally(Struct):
    """CPU seconds of one book."""

    name: str
    chapters: int = 0
    bytes: int = 0
    pandoc: float = 0.0
    """Without the time to start a process for each chapter."""
    parse: float = 0.0
    links: float = 0.0
    marks: float = 0.0

    @property
    def ours(self) -> float:
        """The whole house style: JSON to tree, links, quotes, dashes and spaces, writing back."""
        return self.parse + self.links + self.marks


def books() -> Iterator[Path]:
    """Yield the folders to read: our own handbook, and the corpora if there are any."""
    yield ROOT / "content"
    said = os.environ.get("HANDBOUND_CORPORA")
    corpora = Path(said) if said else ROOT.parent / "shared" / "corpora"
    yield from sorted(folder for folder in corpora.glob("*") if folder.is_dir())


def children() -> float:
    """Return the CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def start_up() -> float:
    """Return the CPU seconds that pandoc takes to read an empty text."""
    taken = []
    for _ in range(9):
        before = children()
        pandoc.read("", Settings().limits)
        taken.append(children() - before)
    return statistics.median(taken)


def chapter(one: Manuscript, blocks: Nodes, chosen: Settings) -> Draft:
    """Return *blocks* as the house style gets them in a build."""
    tamed, _ = sanitise.tame(blocks, one, chosen.components)
    return reader.parse(one, tamed, reader.Words(), chosen)[0]


def measured(folder: Path, start: float, profile: cProfile.Profile) -> Tally:
    """Return the CPU times of the book in *folder*."""
    chosen = settings.read(folder)
    tally = Tally(folder.name)
    found, _ = manuscript.gather(folder, chosen)
    chapters: list[Draft] = []
    for one in found:
        before = children()
        try:
            data = pandoc.read(one.text, chosen.limits)
        except pandoc.Failure:
            continue
        tally.pandoc += max(0.0, children() - before - start)
        tally.chapters += 1
        tally.bytes += len(one.text.encode())
        clock = time.process_time()
        blocks = marks.loads(data)
        tally.parse += time.process_time() - clock
        chapters.append(chapter(one, blocks, chosen))
    conventions = style_of(chosen)
    clock = time.process_time()
    evidence = Evidence(https_hosts=known_hosts(map(hosts, chapters), chosen.links.https_hosts))
    linked = [links(each, evidence)[0] for each in chapters]
    tally.links = time.process_time() - clock
    clock = time.process_time()
    for each in linked:
        style.apply(each, conventions)
    tally.marks = time.process_time() - clock
    if "--profile" in sys.argv:
        profile.enable()
        for each in chapters:
            style.apply(links(each, evidence)[0], conventions)
        profile.disable()
    return tally


def main() -> int:
    """Print the table; with ``--profile``, or over the goal, also where the time goes."""
    start, profile = start_up(), cProfile.Profile()
    say(
        f"{'book':20}{'chapters':>9}{'kB':>7}{'pandoc s':>10}"
        + "".join(f"{stage:>8}" for stage in STAGES)
        + f"{'ratio':>8}"
    )
    whole = Tally("all")
    for folder in books():
        tally = measured(folder, start, profile)
        for name in ("chapters", "bytes", "pandoc", *STAGES):
            setattr(whole, name, getattr(whole, name) + getattr(tally, name))
        show(tally)
    show(whole)
    ratio = whole.ours / whole.pandoc
    say(f"\nhouse style: {ratio:.2f} of pandoc's CPU time (goal: at most {GOAL})")
    if "--profile" in sys.argv:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    elif ratio > GOAL:
        say("see where the time goes: nox -s bench -- --profile")
    return 0


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def show(tally: Tally) -> None:
    """Print one row; only ratios can be compared between machines."""
    of = tally.pandoc or float("nan")
    cells = "".join(f"{getattr(tally, stage) / of:8.2f}" for stage in STAGES)
    say(f"{tally.name:20}{tally.chapters:9}{tally.bytes / 1000:7.0f}{tally.pandoc:10.2f}{cells}{tally.ours / of:8.2f}")


if __name__ == "__main__":
    raise SystemExit(main())

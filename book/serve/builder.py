"""The process that builds the preview: it stays alive, so that nothing is loaded twice; if it dies, only one build is lost.

It reads one JSON object per line and answers with lines: any number of ``{"progress": WORDS}``, then one
``{"built": …}``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from book import cache, limits, surroundings

if TYPE_CHECKING:
    from book.problems import Problem

LONGEST = 1 << 26
"""The most bytes of an answer."""
MOST = 300
"""The most problems that are reported, errors first."""
IDLE = 0.2
"""Seconds without an order after which the process uses the time to look for garbage."""


GRACE = 0.5
"""Seconds that a process without orders has to end by itself when the preview has ended."""


class Died(Exception):
    """The process ended before it answered."""


class Builder:
    """The process, seen from the preview. It is started with the first build, and again if it has died.

    Attributes:
        out: the folder into which it builds.
    """

    def __init__(self, source: Path, out: Path, *, theme: str | None, system: str, niceness: int = 0) -> None:
        """Prepare builds of the book in *source* into the folder *out*, with the theme and the order of the command line.

        *niceness* is how far the process, and those that it starts, give way to others, as for ``nice``.
        """
        self._start = f"from book.serve.builder import main; main({niceness})"
        self.out = out
        self._order = {"source": str(source), "out": str(out), "theme": theme, "system": system}
        self._process: asyncio.subprocess.Process | None = None

    async def build(self, editions: Sequence[str], progress: Callable[[str], None]) -> dict[str, Any]:
        """Return the result of a build of *editions*, as :func:`_built` returns it.

        Raises:
            Died: the process ended.
        """
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *surroundings.interpreter(self._start),
                env=surroundings.safe(os.environ),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST,
                process_group=0,
            )
        process = self._process
        assert process.stdin  # noqa: S101 - asked for above
        assert process.stdout  # noqa: S101 - the same
        try:
            process.stdin.write(json.dumps(self._order | {"editions": list(editions)}).encode() + b"\n")
            await process.stdin.drain()
            while line := await process.stdout.readline():
                answer = json.loads(line)
                if "built" in answer:
                    built: dict[str, Any] = answer["built"]
                    return built
                progress(answer["progress"])
        except (ConnectionError, ValueError):
            await self.stop()
        status = await process.wait()
        raise Died(f"the process that builds ended with status {status}")

    async def stop(self) -> None:
        """End the process, and those that it has started."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()


def main(niceness: int = 0) -> None:
    """Answer the orders on standard input, one per line, giving way to other processes as *niceness* says."""
    os.nice(niceness)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not get between the lines
    surroundings.tidy()
    cache.stay()

    def tell(**answer: object) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    with limits.uncollected():
        for line in _orders():
            order = json.loads(line)
            tell(built=_built(order, lambda words: tell(progress=words)))


def _orders() -> Iterator[str]:
    """Yield the orders, and use the time without one to look for garbage.

    If the preview is gone, whatever has ended it, nobody waits for a build: this process ends, with those that it has started.
    """
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            orders.put(line)
        orders.put("")
        time.sleep(GRACE)
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    order = orders.get()
    while order:
        yield order
        try:
            order = orders.get(timeout=IDLE)
        except queue.Empty:
            gc.collect()
            order = orders.get()


def _built(order: dict[str, Any], progress: Callable[[str], None]) -> dict[str, Any]:
    """Return the result of a build.

    Returns:
        ``status`` as the exit status of the command; ``problems``, errors first, and ``count``, their number; ``works``, edition -> file,
            pages, labels; ``chapters``, in order, each as its file and its first line.
    """
    from book import press  # noqa: PLC0415 - what breaks here is a problem of the book's preview
    from book.problems import BookError, Severity  # noqa: PLC0415
    from book.standing import LEFTOVER  # noqa: PLC0415

    works, chapters = {}, []
    out = Path(order["out"])
    try:
        result = press.build(
            Path(order["source"]),
            out,
            editions=order["editions"],
            theme_name=order["theme"],
            system=order["system"],
            progress=progress,
        )
    except BookError as error:
        status, problems = error.status, list(error.problems)
    except Exception as error:  # noqa: BLE001 - a bug of ours: the preview goes on with the next save
        last = traceback.format_exception_only(error)[-1].strip()
        return bug(last)
    else:
        status, problems = result.status, [*result.report.problems, *result.missing]
        chapters = [(chapter.path, chapter.line) for chapter in result.report.chapters]
        if status != 1:
            works = {
                work.edition: {
                    "path": work.path,
                    "pages": work.pages,
                    "digest": work.digest,
                    "labels": _labels(out / work.path),
                }
                for work in result.report.works
            }
    # The folder is the preview's own, and nobody looks for old files in it.
    counted = [
        problem for problem in problems if problem.severity is not Severity.NOTE and problem.code != LEFTOVER.code
    ]
    counted.sort(key=lambda problem: problem.severity is not Severity.ERROR)
    counts = {str(severity): sum(problem.severity is severity for problem in counted) for severity in Severity}
    return {
        "status": status,
        "problems": [_shown(problem) for problem in counted[:MOST]],
        "counts": counts,
        "works": works,
        "chapters": chapters,
    }


def bug(message: str) -> dict[str, Any]:
    """Return the result of a build that a bug ended, in the form of :func:`_built`."""
    from book.problems import BUG  # noqa: PLC0415 - as in _built

    words = {"severity": "error", "code": "BUG", "message": message, "fix": BUG, "place": "Handbound"}
    problem = {**words, "path": "", "line": 0, "column": 0}
    return {"status": 1, "problems": [problem], "counts": {"error": 1}, "works": {}, "chapters": []}


def _shown(problem: Problem) -> dict[str, object]:
    from book.problems import Place, printable  # noqa: PLC0415

    place = problem.place
    placed = isinstance(place, Place)
    return {
        "severity": str(problem.severity),
        "code": problem.code,
        "message": printable(problem.message),
        "fix": printable(problem.fix),
        "place": printable(str(place)),
        "path": place.path if placed else "",
        "line": (place.line or 0) if isinstance(place, Place) else 0,
        "column": (place.column or 0) if isinstance(place, Place) else 0,
    }


def _labels(path: Path) -> list[str]:
    """Return the folio of each page of a PDF; nothing for other files."""
    if path.suffix != ".pdf":
        return []
    import pikepdf  # noqa: PLC0415 - only for a preview with pages

    with pikepdf.open(path) as pdf:
        return [page.label for page in pdf.pages]

"""The state of the preview: the latest editions, the problems of the latest build, and what is being built."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field, to_builtins
from msgspec.structs import replace

from book.catalogue import EDITIONS
from book.serve import sections
from book.serve.builder import Builder, Died, bug
from book.serve.places import line_of
from book.source.named import home_of
from book.watching import to_name

PAGE = "html"
"""The edition that is shown first."""
PAGED = tuple(edition.name for edition in EDITIONS.values() if edition.format == "pdf")
"""Editions that can be shown beside it: those that consist of one PDF."""
SILENCE = 15
"""Seconds without news after which the browser gets a sign of life."""
SAME = ("severity", "code", "message", "path")
"""What is the same in a problem that two builds have: an edit above it moves its line."""
LINES = 20
"""The most problems that are printed after one build."""
EARLIER = 20
"""How many pages before the current one are known, so that a browser that shows one of them gets only what differs."""
BUILDING, READY, FAILED = "building", "ready", "failed"


class State(Struct, frozen=True, kw_only=True):
    """The state that a browser gets; the same state is sent only once."""

    phase: str = BUILDING
    """:data:`BUILDING`, :data:`READY`, or :data:`FAILED` if the shown edition is an earlier one."""
    doing: str = ""
    """What the build is doing."""
    seconds: float = 0.0
    """How long the latest build of the page took, in seconds."""
    changed: tuple[str, ...] = ()
    """Files whose change caused the latest build, relative to the book."""
    chapters: tuple[int, ...] = ()
    """The chapters of the page that are made from these files, as numbers from 0."""
    problems: tuple[dict[str, Any], ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    """Severity -> number of problems."""
    editions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Edition -> its ``version``, and the ``labels`` of a paged one."""
    paged: tuple[str, ...] = PAGED
    building: str = ""
    """The paged editions that are built along with the page; empty for none."""


class Preview:
    """Builds the book whenever something has changed, and keeps what the browser shows."""

    def __init__(self, source: Path, builder: Builder, paper: Builder, say: Callable[[str], None]) -> None:
        """Prepare a preview of the book in *source*.

        Args:
            source: the book.
            builder: the process that builds the page.
            paper: the process that builds paged editions, into another folder: an edit does not wait for them.
            say: prints a line for the person at the terminal.
        """
        self.source, self._named = home_of(source).resolve(), home_of(source)
        self.state = State()
        self.stopped = False
        self._builder, self._paper, self._say = builder, paper, say
        self._files: dict[str, bytes] = {}
        self._chapters: list[tuple[str, int]] = []
        self._serial = 0
        self._page = sections.cut(b"")
        self._earlier: dict[str, Mapping[str, bytes]] = {}
        """Version of a page -> the digests of its chapters, the current page included."""
        self._wanted = Counter[str]()
        """Paged edition -> number of browsers that show it."""
        self._due, self._pages_due = asyncio.Event(), asyncio.Event()
        self._changes = 0
        """How often the book has changed."""
        # A new one for each state. A lock around the news would be held for ever if a browser left at the wrong moment: a task that
        # is cancelled again while it waits for the lock never gives it back.
        self._news = asyncio.Event()
        self._cause: dict[Path, None] = {}
        self._of_page: list[dict[str, Any]] = []
        """The problems of the latest build of the page."""
        self._on_paper: list[dict[str, Any]] = []
        """The problems of the latest build of paged editions that the page does not have."""
        self._told: frozenset[tuple[str, ...]] = frozenset()
        """The problems of the latest build of the page."""

    # Requests of a browser.

    async def states(self, pages: str = "") -> AsyncIterator[dict[str, Any] | None]:
        """Yield the state and all later ones; None if there was no news for a while, so that a dead connection is noticed.

        Args:
            pages: the paged edition that the browser shows, which is made whenever the book changes, as long as this goes on; empty
                for none.
        """
        last: State | None = None
        if pages in PAGED:
            self._wanted[pages] += 1
            self._due.set()
        try:
            while not self.stopped:
                if self.state is last:
                    await self._wait_for_news()
                fresh = self.state is not last
                last = self.state
                yield to_builtins(last) if fresh else None
        finally:
            self._wanted[pages] -= 1

    async def _wait_for_news(self) -> None:
        """Wait until there is another state, or the preview ends, but at most for :data:`SILENCE`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENCE):
                await self._news.wait()

    def file(self, edition: str) -> bytes | None:
        """Return the latest file of *edition*; None before it is made."""
        return self._files.get(edition)

    @property
    def version(self) -> str:
        """The version of the page that is served; empty before it is made."""
        return str(self.state.editions.get(PAGE, {}).get("version", ""))

    def changes(self, version: str) -> dict[str, Any] | None:
        """Return what a browser that shows the page *version* needs to show the current one.

        Returns:
            ``version``, that of the current page, and ``sections``, id of a chapter -> its HTML; None if the page must be loaded as a whole.
        """
        digests = self._earlier.get(version)
        different = sections.changed(digests, self._page) if digests else None
        return None if different is None else {"version": self.version, "sections": different}

    def place_of_block(self, chapter: int, words: str, share: float) -> tuple[Path, int] | None:
        """Return file and line of a block of the page.

        Args:
            chapter: its number among the chapters of the page, from 0.
            words: the text of the block.
            share: how far into the chapter it is, 0 to 1.
        """
        if not 0 <= chapter < len(self._chapters):
            return None
        path, first = self._chapters[chapter]
        file = self._own(path)
        if file is None:
            return None
        # Of a file with several chapters this one is searched; what it has from elsewhere, such as a footnote, is not in it.
        next_one = min((line for name, line in self._chapters if name == path and line > first), default=None)
        with contextlib.suppress(OSError, UnicodeDecodeError):
            text = file.read_text("utf-8")
            inside = "\n".join(text.splitlines()[first - 1 : next_one and next_one - 1])
            within = line_of(inside, words, share)
            return file, within + first - 1 if within else line_of(text, words, share) or first
        return None

    def place_of_problem(self, number: int) -> tuple[Path, int] | None:
        """Return file and line of a problem of the latest build; None if it is not about a file of the book."""
        if not 0 <= number < len(self.state.problems):
            return None
        problem = self.state.problems[number]
        file = self._own(problem["path"]) if problem["path"] else None
        return (file, max(1, problem["line"])) if file else None

    def _own(self, name: str) -> Path | None:
        """Return the file *name* of the book; None if there is none, or if it is outside the book."""
        for path in (self.source / name, Path(name)):
            with contextlib.suppress(OSError, ValueError):
                file = path.resolve()
                if file.is_relative_to(self.source) and file.is_file():
                    return file
        return None

    # Changes and builds.

    def change(self, files: Iterable[Path]) -> None:
        """Build again, because *files* have changed."""
        self._cause |= dict.fromkeys(files)
        self._changes += 1
        self._due.set()

    def _names(self, files: Iterable[Path]) -> tuple[str, ...]:
        """Return the names of *files* that are shown to the author, relative to the book; that of its folder ends with a slash."""

        def name(file: Path) -> str:
            if file == self.source:
                return f"{self.source.name}/"
            return file.relative_to(self.source).as_posix() if file.is_relative_to(self.source) else str(file)

        return tuple(map(name, to_name(files)))

    async def run(self) -> None:
        """Build the page now and whenever something has changed, until cancelled."""
        self._due.set()
        while True:
            await self._due.wait()
            self._due.clear()
            cause, self._cause = self._names(self._cause), {}
            if cause or PAGE not in self._files:
                await self._build_page(cause)
            self._pages_due.set()

    async def run_pages(self) -> None:
        """Build the paged editions that browsers show whenever the page has been built, until cancelled."""
        while True:
            await self._pages_due.wait()
            self._pages_due.clear()
            editions = self._shown()
            if not editions:
                self.publish(building="")
            elif self.state.phase == READY:
                await self._build_pages(editions)

    def _shown(self) -> tuple[str, ...]:
        """Return the paged editions that browsers show."""
        return tuple(edition for edition in PAGED if self._wanted[edition] > 0)

    async def end(self) -> None:
        """End the processes that build, after :meth:`run` and :meth:`run_pages` have been cancelled."""
        await asyncio.gather(self._builder.stop(), self._paper.stop())

    def stop(self) -> None:
        """Release the waiting browsers."""
        self.stopped = True
        self._news.set()

    def publish(self, **news: Any) -> None:
        """Change fields of the state, and wake whoever waits for another one."""
        state = replace(self.state, **news)
        if state != self.state:
            self.state = state
            self._news.set()
            self._news = asyncio.Event()

    async def _build_page(self, cause: tuple[str, ...]) -> None:
        self.publish(phase=BUILDING, doing="", changed=cause, building="")
        began = time.monotonic()
        built = await self._built(self._builder, (PAGE,))
        seconds = round(time.monotonic() - began, 2)
        failed = PAGE not in built["works"]
        phase, building = (FAILED, "") if failed else (READY, ", ".join(self._shown()))
        result = self._keep_result(self._builder, built, cause)
        self.publish(phase=phase, seconds=seconds, building=building, **result)
        self._report(cause, seconds, built, failed=failed)

    async def _build_pages(self, editions: tuple[str, ...]) -> None:
        """Make paged editions, and the page again, which then shows page numbers.

        If the book changes meanwhile, the result is of no use: the page shows another text. What has been laid out is remembered, and
        they are made again when the page has been.
        """
        changes = self._changes
        self.publish(building=", ".join(editions))
        built = await self._built(self._paper, (PAGE, *editions))
        if changes == self._changes:
            self.publish(building="", **self._keep_result(self._paper, built, self.state.changed))

    async def _built(self, builder: Builder, editions: tuple[str, ...]) -> dict[str, Any]:
        def progress(words: str) -> None:
            if builder is self._builder or self.state.phase != BUILDING:
                self.publish(doing=words)

        try:
            return await builder.build(editions, progress)
        except Died as death:
            return bug(str(death))

    def _keep_result(self, builder: Builder, built: dict[str, Any], cause: tuple[str, ...]) -> dict[str, Any]:
        """Keep the result of a build by *builder*, which *cause* led to, and return the fields of the state that it changes.

        The version of an edition belongs to the bytes that are served, so both change together or not at all. It begins with a serial
        number: a browser that loaded a page just before the book went back to an earlier text must load it again.
        """
        editions = dict(self.state.editions)
        for edition, work in built["works"].items():
            with contextlib.suppress(OSError):
                data = (builder.out / work["path"]).read_bytes()
                if data != self._files.get(edition):
                    self._files[edition] = data
                    self._serial += 1
                    editions[edition] = {"version": f"{self._serial}-{work['digest'][:16]}"}
                    if edition == PAGE:
                        self._keep_page(data, editions[edition]["version"])
                editions[edition] = {**editions[edition], "labels": work["labels"]}
        problems, counts = built["problems"], Counter(built["counts"])
        if builder is self._paper:
            page = {_key(problem) for problem in self._of_page}
            self._on_paper = [problem for problem in problems if _key(problem) not in page]
        else:
            self._of_page = problems
            if PAGE in built["works"] and self._shown():
                # Until the pages are made again: otherwise these would go with every edit, and come back as if they were new.
                keys = {_key(problem) for problem in problems}
                rest = [problem for problem in self._on_paper if _key(problem) not in keys]
                problems = [*problems, *rest]
                counts.update(problem["severity"] for problem in rest)
        if PAGE in built["works"]:
            self._chapters = built["chapters"]
        return {
            "doing": "",
            "problems": tuple(problems),
            "counts": dict(counts),
            "editions": editions,
            "chapters": tuple(number for number, (path, _) in enumerate(self._chapters) if path in cause),
        }

    def _keep_page(self, data: bytes, version: str) -> None:
        self._page = sections.cut(data)
        self._earlier[version] = self._page.digests
        while len(self._earlier) > EARLIER:
            del self._earlier[next(iter(self._earlier))]

    def _report(self, cause: tuple[str, ...], seconds: float, built: dict[str, Any], *, failed: bool) -> None:
        """Print a line about the build of the page, its errors, and the warnings that the build before it did not have."""
        files = f"{cause[0]}{f' and {len(cause) - 1} more' if len(cause) > 1 else ''} changed: " if cause else ""
        counts = ", ".join(
            f"{number} {severity}{'' if number == 1 else 's'}"
            for severity, number in built["counts"].items()
            if number and severity != "note"
        )
        outcome = "not built" if failed else f"built in {seconds:.1f} s"
        self._say(f"{time.strftime('%H:%M:%S')}  {files}{outcome}{f'; {counts}' if counts else ''}")
        keys = [_key(problem) for problem in built["problems"]]
        new = [
            problem
            for key, problem in zip(keys, built["problems"], strict=True)
            if problem["severity"] == "error" or key not in self._told
        ]
        # What was told before an error is not new when the error is mended.
        self._told = self._told.union(keys) if failed else frozenset(keys)
        for problem in new[:LINES]:
            for line in self._lines(problem):
                self._say(line)
        if len(new) > LINES:
            self._say(f"and {len(new) - LINES} more; the browser lists all")

    def _lines(self, problem: dict[str, Any]) -> Iterator[str]:
        """Yield *problem* as `book build` prints it."""
        own = problem["path"] and self._own(problem["path"])
        place = str(self._named / problem["place"]) if own else problem["place"]
        yield f"{place}: {problem['code']} {problem['message']} [{problem['severity']}]"
        if problem["fix"]:
            yield f"    fix: {problem['fix']}"


def _key(problem: dict[str, Any]) -> tuple[str, ...]:
    """Return what makes a problem the same in two builds."""
    return tuple(str(problem[name]) for name in SAME)

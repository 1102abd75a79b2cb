"""Cached results: digest of the inputs -> file; an entry that is damaged, or was not written by Handbound, is made again.

An entry is a file ``<folder>/<stage>/<key>`` that begins with a digest of its name and its content. It is data, never code; code that
reads an entry trusts it no more than the chapter from which it was made. The folder may be deleted, read-only or full.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from book import beside, forms, packages, seal, stopping

VERSION = 3
"""Version of the form of an entry."""
STAGES = (
    "tree", "inlines", "formulas", "citations", "excerpts", "chapters", "links", "drawings", "fonts", "fits", "segments", "frames", "chunks", "spelled", "packed", "verdicts", "dialects", "lessons", "listings", "paper", "total",
)  # fmt: skip
"""The folders of the cache; `book clean` empties no others."""
M = TypeVar("M")
T = TypeVar("T")

LIBRARIES = ("lxml", "nh3", "Pygments", "ada-url", "tinycss2")
"""Distributions whose version a chapter depends on, apart from pandoc, which has a version of its own."""
SPARE = 8
"""Of so many results of a :class:`Bundle`, one may be new, and one may be of no use any more, before all are written again."""
RENEWED = 86_400
"""Seconds after which using an entry updates its time, so that the oldest entries are those that are no longer used."""


class Tally(Struct):
    """How many results of a stage came from the cache, and how many were made."""

    remembered: int = 0
    made: int = 0
    written: int = 0
    """How many bytes were written."""


TALLY: dict[str, Tally] = {}
"""The counts of this process and of those that work for it, by stage, for reports only."""


def counted(make: Callable[[], T]) -> tuple[T, dict[str, Tally]]:
    """Return what *make* gives, and what it asked for: for whoever is not in this process, and calls :func:`add`."""
    before = {stage: replace(tally) for stage, tally in TALLY.items()}
    value = make()
    tallies = {}
    for stage, tally in TALLY.items():
        earlier = before.get(stage) or Tally()
        tallies[stage] = Tally(
            remembered=tally.remembered - earlier.remembered,
            made=tally.made - earlier.made,
            written=tally.written - earlier.written,
        )
    return value, tallies


def add(tallies: Mapping[str, Tally]) -> None:
    """Add what was asked for in another process to :data:`TALLY`."""
    for stage, tally in tallies.items():
        total = _tally(stage)
        total.remembered += tally.remembered
        total.made += tally.made
        total.written += tally.written


def key(*parts: str | bytes) -> str:
    """Return the digest of *parts*; it differs for any two different lists of parts.

    >>> key("ab", "c") == key("a", "bc")
    False
    """
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


def remember(
    folder: Path | None,
    stage: str,
    entry: str,
    make: Callable[[], bytes],
    sound: Callable[[bytes], bool] = bool,
) -> bytes:
    """Return the cached result for *entry*; if there is none, call *make* and cache its result.

    Args:
        folder: the cache; None switches it off.
        stage: one of :data:`STAGES`.
        entry: a :func:`key` of everything on which the result depends.
        make: computes the result; if it raises an exception, nothing is cached.
        sound: whether an entry has the form of a result, because anyone may have written it; results of *make* are not checked.

    Raises:
        ValueError: *stage* is not one of :data:`STAGES`.
    """
    known = recall(folder, stage, entry, lambda data: data if sound(data) else None)
    if known is not None:
        return known
    data = make()
    keep(folder, stage, entry, data)
    return data


def recall(folder: Path | None, stage: str, entry: str, read: Callable[[bytes], T | None]) -> T | None:
    """Return what is remembered for *entry*, as *read* reads it; None when there is nothing, or nothing that can be read.

    Args:
        folder: the cache; None switches it off.
        stage: one of :data:`STAGES`.
        entry: as for :func:`remember`.
        read: returns the value of an entry; raises an exception if that has not the form of a result; None if it no longer holds.

    Raises:
        ValueError: there is no such stage.
    """
    if stage not in STAGES:
        raise ValueError(f"{stage} is not in STAGES")
    if folder is None:
        return None
    data = _entry_at(folder, stage, entry)
    return count(stage, None if data is None else forms.believed(data, read))


def count(stage: str, value: T | None) -> T | None:
    """Return *value*, what *stage* remembers, and count it; None: it is not remembered, so it is made."""
    tally = _tally(stage)
    if value is None:
        tally.made += 1
    else:
        tally.remembered += 1
    return value


def _tally(stage: str) -> Tally:
    """Return the counts of *stage*; what the cache knows of itself is no result of a book, and not counted."""
    return Tally() if stage == TOTAL else TALLY.get(stage) or TALLY.setdefault(stage, Tally())


def keep(folder: Path | None, stage: str, entry: str, data: bytes) -> None:
    """Remember *data* for *entry*, in place of what is there."""
    if folder is None or stopping.is_heard():
        return
    _tally(stage).written += SEAL + len(data)
    place = folder / stage
    with contextlib.suppress(OSError):  # a cache that cannot be written is only slower
        if not place.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        if not place.is_symlink():
            seal.write(place / entry, _seal(stage, entry, data) + data, durable=False)


class Bundle:
    """Many small results in one entry, as JSON: to open a file for each of them would cost more than to read them all.

    A few new results are written to an entry of their own beside it, so that an edit does not write all the others again. Results that
    nobody asks for before :meth:`close` are dropped when they are more than one in :data:`SPARE`.
    """

    def __init__(self, folder: Path | None, stage: str, entry: str) -> None:
        """Read the entry *entry* of *stage* in *folder*; None for *folder* remembers nothing."""
        self._folder, self._stage, self._entry = folder, stage, entry
        self._later = key(entry, "later")
        last = _SHELF.pop((folder, stage, entry), None)
        if last is not None and last.states == self._states():
            self._known, self._fresh = last.known, last.fresh
        else:
            later = self._read(self._later)
            self._known = self._read(entry) | later
            self._fresh = set(later)
        self._asked: dict[str, Any] = {}
        self._grown = False

    def _read(self, entry: str) -> dict[str, Any]:
        """Return the results in *entry*, undecoded; none if it is missing or damaged."""
        data = None if self._folder is None else _entry_at(self._folder, self._stage, entry)
        return (None if data is None else forms.believed(data, _TABLE.decode)) or {}

    def recall(
        self,
        key: str,
        form: type[T],
        *,
        sound: Callable[[T], bool] | None = None,
        holds: Callable[[T], bool] | None = None,
        last: bool = True,
    ) -> T | None:
        """Return the result for *key*; None if there is none of that *form*.

        Args:
            key: a :func:`key` of everything on which the result depends.
            form: the type of the result. Anyone may have written it, so it is checked in every part.
            sound: returns whether a result that is read can have been made, which depends on nothing else.
            holds: returns whether a result still holds; one for which it raises a ValueError does not.
            last: whether a result that is not here is made, and counted as such; False if there is another place to look.
        """
        if self._folder is None:
            return None
        value = self._asked.get(key, self._known.get(key))
        if isinstance(value, Raw):
            value = forms.believed(value, forms.decoder(form).decode)
            if value is not None and sound is not None and not forms.believed(value, sound):
                value = None
        if value is not None and holds is not None and not forms.believed(value, holds):
            value = None
        if value is not None or last:
            count(self._stage, value)
        if value is not None:
            self._asked[key] = value
        return value

    def keep(self, key: str, value: object) -> None:
        """Remember *value*, which is not None, and from which JSON makes the same again when it is asked for its form."""
        if self._folder is not None:
            self._asked[key] = value
            self._fresh.add(key)
            self._grown = True

    def remember(
        self, key: str, make: Callable[[], M], form: type[T], *, holds: Callable[[T], bool] | None = None
    ) -> T | M:
        """Return the result for *key*: from the last time, or from *make*, whose result is remembered unless it is None.

        Args:
            key: as for :meth:`recall`.
            make: returns the result.
            form: as for :meth:`recall`.
            holds: as for :meth:`recall`.
        """
        known = self.recall(key, form, holds=holds)
        if known is not None:
            return known
        made = make()
        if made is not None:
            self.keep(key, made)
        return made

    def close(self) -> None:
        """Write what was asked for, if that has changed."""
        if self._grown or (self._asked and len(self._asked) < len(self._known)):
            fresh = {key: self._asked[key] for key in sorted(self._fresh & self._asked.keys())}
            unasked = len(self._known.keys() - self._asked.keys())
            if max(len(fresh), unasked) * SPARE > len(self._asked):
                self._write(self._entry, self._asked)
                if self._fresh and holds(self._folder, self._stage, self._later):
                    self._write(self._later, {})
                fresh = {}
            elif self._grown:
                self._write(self._later, fresh)
            self._known, self._asked, self._fresh, self._grown = self._asked, {}, set(fresh), False
        if _SHELF.most and self._folder is not None:
            self._known.update(self._asked)
            _SHELF[self._folder, self._stage, self._entry] = _Results(
                known=self._known, fresh=self._fresh, states=self._states()
            )

    def _write(self, entry: str, table: Mapping[str, Any]) -> None:
        # Result by result: one that has no form in UTF-8, such as the name of a file, leaves the others alone.
        rows = []
        for name, value in table.items():
            with contextlib.suppress(UnicodeEncodeError):
                data = bytes(value) if isinstance(value, Raw) else forms.ENCODER.encode(value)
                rows.append(forms.ENCODER.encode(name) + b":" + data)
        keep(self._folder, self._stage, entry, b"{" + b",".join(rows) + b"}")

    def _states(self) -> tuple[tuple[int, int, int] | None, ...]:
        """Return the inode, the time and the size of both entries; None for one that is missing."""
        states: list[tuple[int, int, int] | None] = []
        for entry in (self._entry, self._later) if self._folder else ():
            try:
                state = os.stat(f"{self._folder}/{self._stage}/{entry}", follow_symlinks=False)  # noqa: PTH116 - as below
                states.append((state.st_ino, state.st_mtime_ns, state.st_size))
            except OSError:
                states.append(None)
        return tuple(states)


_TABLE = msgspec.json.Decoder(dict[str, Raw])


class _Results(Struct, frozen=True, kw_only=True):
    """What a bundle knew when it was closed."""

    known: dict[str, Any]
    fresh: set[str]
    states: tuple[tuple[int, int, int] | None, ...]
    """The states of its entries then."""


class _Shelf(dict[tuple[Path | None, str, str], _Results]):
    """The bundles of earlier builds, oldest first."""

    most = 0
    """How many are kept: none in a process that builds once."""

    def __setitem__(self, key: tuple[Path | None, str, str], value: _Results) -> None:
        super().__setitem__(key, value)
        while len(self) > self.most:
            del self[next(iter(self))]


_SHELF = _Shelf()


def stay(most: int = 64) -> None:
    """Keep what *most* bundles know in memory from build to build: for a process that builds again and again."""
    _SHELF.most = most


class Last:
    """What was made last for each name, in a process that stays: it is made again only from something else."""

    def __init__(self, most: int) -> None:
        """Keep what was made for *most* names."""
        self._most = most
        self._made: dict[Hashable, tuple[object, Any]] = {}

    def of(self, name: Hashable, inputs: object, make: Callable[[], T]) -> T:
        """Return what was made last for *name* if that was from equal *inputs*, else what *make* returns, which depends on nothing else."""
        if not _SHELF.most:
            return make()
        last = self._made.pop(name, None)
        made: T = last[1] if last is not None and last[0] == inputs else make()
        self._made[name] = (inputs, made)
        while len(self._made) > self._most:
            del self._made[next(iter(self._made))]
        return made


@functools.cache
def program() -> str:
    """Return the digest of the program itself, of Python, and of the libraries that shape a chapter: part of the key of what they make."""
    libraries = (f"{name} {packages.version(name)}" for name in LIBRARIES)
    paths = sorted(_files(os.path.dirname(__file__)))  # noqa: PTH120 - pathlib takes five times as long, and every edit waits for it
    return key(sys.version, *libraries, beside.remember("program", beside.state(paths), lambda: _digest(paths)))


def _files(folder: str) -> Iterator[str]:
    """Yield the files of the program in *folder* and below it."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".py", ".toml", ".lua")):
                yield entry.path
            elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)


def _digest(paths: Iterable[str]) -> str:
    """Return the digest of the names and the content of the files *paths* of the program."""
    home, parts = os.path.dirname(__file__), list[str | bytes]()  # noqa: PTH120 - as above
    for path in paths:
        with open(path, "rb") as file:  # noqa: PTH123 - the same
            parts += (path[len(home) :], file.read())
    return key(*parts)


def holds(folder: Path | None, stage: str, entry: str) -> bool:
    """Return whether *entry* is cached; whether it is valid is only known when it is read."""
    return folder is not None and os.path.isfile(f"{folder}/{stage}/{entry}")  # noqa: PTH113 - raises nothing where it may not look


SEAL = 32
"""The bytes of a SHA-256."""


def _seal(stage: str, entry: str, data: bytes) -> bytes:
    """Return the 32 bytes at the start of an entry; they do not match if it is damaged, or copied to another name."""
    total = hashlib.sha256(f"{VERSION} {stage} {entry} ".encode())
    total.update(data)
    return total.digest()


def _entry_at(folder: Path, stage: str, entry: str) -> bytes | None:
    """Return the content of an *entry*; None if there is none, or if it is a link, a pipe or damaged."""
    place = f"{folder}/{stage}"
    try:
        if os.path.islink(place):  # noqa: PTH114 - pathlib takes long, and an edit reads hundreds
            return None
        handle = os.open(f"{place}/{entry}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            is_ours = stat.S_ISREG(state.st_mode) and state.st_size <= seal.LARGEST
            head, data = (file.read(SEAL), file.read()) if is_ours else (b"", b"")
            if data and time.time() - state.st_mtime > RENEWED:
                with contextlib.suppress(OSError):  # a cache that cannot be written
                    os.utime(handle)
    except OSError:
        return None
    return data if head == _seal(stage, entry, data) else None


TOTAL, BYTES = "total", key("bytes")
"""The stage and the name of the entry with the bytes that all others have at most, and the time when they were looked at."""
_WRITTEN: dict[Path, int] = {}
"""Folder -> the bytes that this process had written when :func:`trim` was called for it last."""


def trim(folder: Path | None, most: int) -> int:
    """Remove the oldest entries until all of them together have at most *most* bytes; return how many were removed.

    Only call it while no other build uses the output folder. Files that are not entries are kept. The entries are looked at once a day,
    and when so much has been written since that there may be more: there are thousands, and every edit waits for this.
    """
    if folder is None or folder.is_symlink() or not folder.is_dir():
        return 0
    written, now = sum(tally.written for tally in TALLY.values()), time.time()
    total, when = recall(folder, TOTAL, BYTES, forms.decoder(tuple[int, float]).decode) or (0, 0.0)
    total += max(0, written - _WRITTEN.get(folder, 0))
    _WRITTEN[folder] = written
    if total <= most and 0 <= now - when < RENEWED:
        keep(folder, TOTAL, BYTES, forms.ENCODER.encode((total, when)))
        return 0
    entries: list[tuple[float, int, str]] = []
    for place in (folder / stage for stage in STAGES if stage != TOTAL):
        if place.is_symlink() or not place.is_dir():
            continue
        with os.scandir(place) as files:
            for file in files:
                with contextlib.suppress(OSError):
                    state = file.stat(follow_symlinks=False)
                    if seal.is_digest(file.name) and stat.S_ISREG(state.st_mode):
                        entries.append((state.st_mtime, state.st_size, file.path))
    total = sum(size for _, size, _ in entries)
    removed = 0
    for _, size, path in sorted(entries):
        if total > most:
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - there are thousands
                total -= size
                removed += 1
    keep(folder, TOTAL, BYTES, forms.ENCODER.encode((total, now)))
    return removed

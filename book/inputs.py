"""The state of everything that a build depends on, without opening any of it.

A build opens nothing but the folder of the book, the themes, this program with its packages and libraries, and the fonts of the
system. So the state of *all* of these is taken, whether a build looks at them or not: a file that a build looks for and does not
find is a file that is not in the list. Beside them it holds the options, what of the environment a build reads, and the commit that
dates the book.

The state of a file is its size, times and inode: the time of its last change of any kind (ctime) cannot be set back. Two edits
within one tick of a clock have the same times, so a file that was changed just before it was looked at is known by its digest, too
(git calls such files racy). Only the standard library is imported here, so that nothing to do takes no time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from book import seal, surroundings
from book.seal.files import digest_of
from book.source import git_date

MOST = 50_000
"""Files of a book's folder; the state of more of them takes longer to learn than it saves."""
JUST_NOW = 2_500_000_000
"""Nanoseconds: the coarsest clock of a disk has ticks of two seconds."""
TICK = 30_000_000
"""Nanoseconds: the longest tick of a disk that keeps fractions of a second."""
SECOND = 1_000_000_000
VARIABLES = ("CI", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "SOURCE_DATE_EPOCH", "TZ")
FAMILIES = ("FC_", "FONTCONFIG", "LC_", "PANGO", "PYPANDOC", "PYTHON", "XDG_")
"""How the names of variables begin that Python, pandoc or the layout of pages may read."""
LIBRARIES = (
    "libcairo",
    "libfontconfig",
    "libfreetype",
    "libfribidi",
    "libglib",
    "libgobject",
    "libharfbuzz",
    "libpango",
)
LIBRARY_FOLDERS = ("/lib", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib")
FONT_FOLDERS = (
    "/etc/fonts", "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "~/.config/fontconfig",
    "/Library/Fonts", "/System/Library/Fonts", "~/Library/Fonts",
)  # fmt: skip
DISTRIBUTIONS = (".dist-info", ".egg-info", ".egg-link", ".pth")
COMMIT = "commit"
GONE = "-"
"""The state of a file that is not there."""
LINK = "link"
DIGEST = "sha256:"

State = dict[str, str]
"""What a build depends on, by name: everything that differs is a reason to build."""


class TooMany(Exception):
    """A folder holds more files than are worth looking at."""


def state(source: Path, out: Path, words: Mapping[str, object]) -> State:
    """Return the state of everything that a build of the book in *source* into *out* depends on.

    Raises:
        TooMany: the folder of the book holds more files than are worth looking at.
    """
    home = os.path.realpath(source)
    own = os.path.realpath(out)
    result = {f"option {name}": repr(value) for name, value in words.items()}
    result["the folder of the book"] = _hidden(f"{source} = {home}")
    result["the output folder"] = _hidden(f"{out} = {own}")
    result |= {f"environment {name}": _hidden(value) for name, value in os.environ.items() if _matters(name)}
    result["python"] = _hidden(f"{sys.version} {sys.executable} {os.uname().machine}")
    result[COMMIT] = git_date.state(source)
    result |= {f"tool {os.path.basename(path)} {_hidden(path)}": _stamp(path) for path in _tools()}  # noqa: PTH119 - quick
    for folder in dict.fromkeys(entry for entry in sys.path if os.path.isdir(entry)):  # noqa: PTH112 - quick
        for entry in _listed(folder):
            if entry.name.endswith(DISTRIBUTIONS):
                record = os.path.join(entry.path, "RECORD")  # noqa: PTH118 - quick
                result[f"package {entry.name} {_hidden(folder)}"] = f"{_stamp(entry.path)} {_stamp(record)}"
    for folder in (os.path.join(surroundings.HOME, "book"), surroundings.THEMES):  # noqa: PTH118 - quick
        for path, value in _tree(folder, (), follows=True):
            result[f"program {path[len(surroundings.HOME) + 1 :]}"] = value
    for folder in FONT_FOLDERS:
        for path, value in _folders(os.path.expanduser(folder)):  # noqa: PTH111 - quick
            result[f"fonts {_hidden(path)}"] = value
    for path in _libraries():
        result[f"library {os.path.basename(path)} {_hidden(path)}"] = _stamp(path)  # noqa: PTH119 - quick
    passed = (os.path.join(own, seal.HIDDEN), os.path.join(own, seal.CACHE))  # noqa: PTH118 - quick
    for number, (path, value) in enumerate(_tree(home, passed, follows=False)):
        if number > MOST:
            raise TooMany
        result[f"file {path[len(home) + 1 :]}"] = value
    return result


def _hidden(text: str) -> str:
    """Return what says whether *text* is the same, and nothing else: whoever publishes the output folder tells nothing of the machine."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _matters(name: str) -> bool:
    return name in VARIABLES or name.startswith(FAMILIES)


def _tools() -> Iterator[str]:
    """Yield the programs that a build starts."""
    yield shutil.which("git", path=surroundings.safe(os.environ).get("PATH", os.defpath)) or "git"
    if own := os.environ.get("PYPANDOC_PANDOC"):
        yield own
    for folder in sys.path:
        path = os.path.join(folder, "pypandoc", "files", "pandoc")  # noqa: PTH118 - quick
        if os.path.exists(path):  # noqa: PTH110 - quick
            yield path


def _libraries() -> Iterator[str]:
    """Yield the libraries that lay out pages, where systems keep them."""
    folders = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    for folder in (*filter(None, folders), *LIBRARY_FOLDERS):
        for entry in _listed(folder):
            if entry.name.startswith(LIBRARIES):
                yield entry.path
            elif entry.name.endswith(("-linux-gnu", "-linux-musl", "-linux-gnueabihf")):
                yield from (inner.path for inner in _listed(entry.path) if inner.name.startswith(LIBRARIES))


def _listed(folder: str) -> list[os.DirEntry[str]]:
    """Return the entries of *folder* by name; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _tree(folder: str, passed: tuple[str, ...], *, follows: bool) -> Iterator[tuple[str, str]]:
    """Yield each file and folder below *folder* with its state.

    Args:
        folder: an absolute path.
        passed: folders that are not looked into.
        follows: whether a link stands for what it leads to; else it is a file, and what it leads to is part of its state.
    """
    waiting = [folder]
    while waiting:
        for entry in _listed(waiting.pop()):
            if entry.path in passed or (follows and entry.name == "__pycache__"):
                continue
            if entry.is_dir(follow_symlinks=follows):
                with contextlib.suppress(OSError):
                    yield f"{entry.path}/", str(entry.stat().st_mode)
                if entry.name != ".git":
                    waiting.append(entry.path)
            elif entry.is_symlink() and not follows:
                target = os.path.realpath(entry.path)
                leads = _hidden(f"{os.readlink(entry.path)} = {target}")  # noqa: PTH115 - as written
                yield entry.path, f"{LINK} {leads} {_stamp(target)}"
            else:
                yield entry.path, _stamp(entry.path)


def _folders(folder: str) -> Iterator[tuple[str, str]]:
    """Yield *folder* and the folders below it with their state, which changes when a file comes or goes."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if (value := _stamp(path)) != GONE:
            yield path, value
            waiting += [entry.path for entry in _listed(path) if entry.is_dir()]


def _stamp(path: str) -> str:
    """Return the state of a file: what it is, its size, its times in nanoseconds, and where it lies."""
    try:
        status = os.stat(path)  # noqa: PTH116 - quick
    except (OSError, ValueError):
        return GONE
    return stamp_of(status)


def stamp_of(status: os.stat_result) -> str:
    """Return the state of a file as one text: kind and rights, size, times of writing and of any change, device, inode, owner."""
    return f"{status.st_mode} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_dev} {status.st_ino} {status.st_uid}"


def times(stamp: str) -> tuple[int, ...]:
    """Return the times of a stamp; none for a folder, a link (what it leads to in the book has a stamp of its own), or another value.

    >>> times("33188 5 17 18 1 2 0"), times("epub pdf print large booklet html handout")
    ((17, 18), ())
    """
    words = stamp.split() if re.fullmatch(r"\d+(?: \d+){6}", stamp) else []
    return (int(words[2]), int(words[3])) if words else ()


def path_of(name: str, home: str) -> str:
    """Return the path of an entry of the book or of this program; empty for any other."""
    kind, _, path = name.partition(" ")
    root = {"file": home, "program": surroundings.HOME}.get(kind)
    return os.path.join(root, path) if root else ""  # noqa: PTH118 - quick


def digest(path: str | Path) -> str:
    """Return the digest of a file; that of nothing for whatever cannot be read."""
    return DIGEST + (digest_of(Path(path)) or "")


def with_digests(entries: State, source: Path, moment: int) -> State:
    """Return *entries* with the digest of each file that was changed only just before *moment*, when they were taken.

    Args:
        entries: the :func:`state` of everything.
        source: the book.
        moment: nanoseconds since the epoch, read before the state was taken.
    """
    home = os.path.realpath(source)
    return {
        name: f"{value} {digest(path)}"
        if any(at >= moment - JUST_NOW for at in times(value)) and (path := path_of(name, home))
        else value
        for name, value in entries.items()
    }


def agree(path: str, then: object, now: str) -> bool:
    """Return whether the state of an entry is what it was; of a file that was changed at the last moment, its digest too."""
    if not isinstance(then, str):
        return False
    stamp, mark, known = then.partition(f" {DIGEST}")
    return stamp == now and (not mark or digest(path) == DIGEST + known)

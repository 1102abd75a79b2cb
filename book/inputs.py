"""Takes the state of everything that a build depends on, without opening any of it.

A build opens only the folder of the book, the themes, and this program with its packages and libraries. So the state covers *all* of these, whether or not a build reads them; a file that a build looks for and does not find is
a file that is missing in the list. The state also has the options, the environment variables that a build reads, and the commit
that dates the book.

The state of a file is its size, times and inode: the time of its last change of any kind (ctime) cannot be set back. Two edits
within one tick of a clock have the same times, so the state of a file that changed just before also has its digest
(git calls such files racy). Only the standard library is imported, so that a build without changes ends at once.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from pathlib import Path

from book import seal, surroundings
from book.safe_open import open_file
from book.seal.files import digest_of
from book.source import git_date
from book.source.named import home_of, real_home

MOST = 50_000
"""The most files in a book's folder: taking the state of more would cost more time than it saves."""
JUST_NOW = 2_500_000_000
"""Nanoseconds, more than the coarsest tick of a disk's clock: two seconds."""
TICK = 30_000_000
"""Nanoseconds, more than the longest tick of a disk that keeps fractions of a second."""
SECOND = 1_000_000_000
VARIABLES = ("CI", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "SOURCE_DATE_EPOCH", "TZ")
FAMILIES = ("LC_", "PANGO", "PYPANDOC", "PYTHON", "XDG_")
"""Prefixes of environment variables that Python, pandoc or the layout of pages may read."""
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
LIBRARY_ENDS = ("-linux-gnu", "-linux-musl", "-linux-gnueabihf")
"""How the folders of one kind of machine end, in the folders of libraries."""
LIBRARY_FOLDERS = ("/lib", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib")
DISTRIBUTIONS = (".dist-info", ".egg-info", ".egg-link", ".pth")
COMMIT = "commit"
SETTINGS = "handbound.toml"
SETTING = "setting "
"""What the names of the entries of :func:`settings` begin with."""
LARGEST = 1_000_000
"""The most bytes of a file of settings in which changes are looked for key by key."""
GONE = "-"
"""The state of a file that does not exist."""
LINK = "link"
DIGEST = "sha256:"

State = dict[str, str]
"""Everything that a build depends on, by name: any difference is a reason to build."""


class TooMany(Exception):
    """A folder contains more than :data:`MOST` files."""


def state(source: Path, out: Path, words: Mapping[str, object], around: State | None = None) -> State:
    """Return the state of everything on which a build of the book in *source* into *out* depends.

    Args:
        source: the book.
        out: the output folder.
        words: the options of the build, by name.
        around: the result of :func:`machine`, if the caller has it.

    Raises:
        TooMany: the folder of the book contains more than :data:`MOST` files.
    """
    home = real_home(source)
    own = os.path.realpath(out)
    result = {f"option {name}": repr(value) for name, value in words.items()}
    result["the folder of the book"] = _hidden(f"{source} = {home}")
    result["the output folder"] = _hidden(f"{out} = {own}")
    result[COMMIT] = git_date.state(home_of(source))
    result |= machine() if around is None else around
    passed = (os.path.join(own, seal.HIDDEN), os.path.join(own, seal.CACHE))  # noqa: PTH118 - quick
    for number, (path, value) in enumerate(_tree(home, passed, follows=False)):
        if number > MOST:
            raise TooMany
        result[f"file {path[len(home) + 1 :]}"] = value
    return result


def settings(source: Path) -> State:
    """Return the state of each key in the settings of the book *source*, only to say which of them has changed; empty if they cannot be read."""
    import tomllib  # noqa: PLC0415 - only for a book that is built

    data = open_file(home_of(source), SETTINGS, limit=LARGEST)
    try:
        table = tomllib.loads(data.decode("utf-8-sig")) if isinstance(data, bytes) else {}
        return {f"{SETTING}{name}": _hidden(repr(value)) for name, value in _keys(table)}
    except (ValueError, RecursionError):
        return {}


def _keys(table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the keys of *table* with their values; those of its tables are dotted."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", part) for key, part in value.items())
        else:
            yield name, value


def machine() -> State:
    """Return the state of everything on which every build on this machine depends: environment, programs, libraries, themes."""
    result = {f"environment {name}": _hidden(value) for name, value in os.environ.items() if _matters(name)}
    result |= installation() | _files_of_program((surroundings.THEMES,))
    return result


@functools.cache
def installation() -> State:
    """Return the state of what a process loads only once: Python, this program, packages, libraries, and the tools that it starts.

    A process that stays goes on with what it has loaded, whatever is installed meanwhile. So this is the state at the first call, and
    the next process builds again.
    """
    result = {"python": _hidden(f"{sys.version} {sys.executable} {os.uname().machine}")}
    result |= {f"tool {os.path.basename(path)} {_hidden(path)}": _stamp(path) for path in _tools()}  # noqa: PTH119 - quick
    for folder in dict.fromkeys(entry for entry in sys.path if os.path.isdir(entry)):  # noqa: PTH112 - quick
        for entry in _listed(folder, lambda name: name.endswith(DISTRIBUTIONS)):
            record = os.path.join(entry.path, "RECORD")  # noqa: PTH118 - quick
            result[f"package {entry.name} {_hidden(folder)}"] = f"{_stamp(entry.path)} {_stamp(record)}"
    for path in _libraries():
        result[f"library {os.path.basename(path)} {_hidden(path)}"] = _stamp(path)  # noqa: PTH119 - quick
    return result | _files_of_program((_code(),), (surroundings.THEMES,))


def program() -> State:
    """Return the state of the files of this program and its themes, but for the modules that Python compiled."""
    return _files_of_program((_code(), surroundings.THEMES))


def _code() -> str:
    return os.path.join(surroundings.HOME, "book")  # noqa: PTH118 - quick


def _files_of_program(folders: Iterable[str], passed: tuple[str, ...] = ()) -> State:
    """Return the state of the files in *folders* of this program, but for those in the folders *passed*."""
    return {
        f"program {path[len(surroundings.HOME) + 1 :]}": value
        for folder in folders
        for path, value in _tree(folder, passed, follows=True)
    }


def _hidden(text: str) -> str:
    """Return a digest of *text*: a published output folder must reveal nothing about the machine."""
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
    """Yield the libraries that lay out pages, in the folders where systems keep them."""
    folders = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    # On most systems /lib is a link to /usr/lib.
    for folder in dict.fromkeys(map(os.path.realpath, (*filter(None, folders), *LIBRARY_FOLDERS))):
        for entry in _listed(folder, lambda name: name.startswith(LIBRARIES) or name.endswith(LIBRARY_ENDS)):
            if entry.name.startswith(LIBRARIES):
                yield entry.path
            else:
                yield from (inner.path for inner in _listed(entry.path, lambda name: name.startswith(LIBRARIES)))


def _listed(folder: str, choice: Callable[[str], bool] | None = None) -> list[os.DirEntry[str]]:
    """Return the sorted entries of *folder*, all or those whose names *choice* takes; none if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            rows = entries if choice is None else (entry for entry in entries if choice(entry.name))
            return sorted(rows, key=attrgetter("name"))
    except OSError:
        return []


def _tree(folder: str, passed: tuple[str, ...], *, follows: bool) -> Iterator[tuple[str, str]]:
    """Yield each file and folder below *folder* with its state.

    Args:
        folder: an absolute path.
        passed: folders that are skipped.
        follows: whether a link stands for its target; otherwise it is a file, with the target as a part of its state.
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


def _stamp(path: str) -> str:
    """Return the state of a file: its type, size, times in nanoseconds, and identity on the disk."""
    try:
        status = os.stat(path)  # noqa: PTH116 - quick
    except (OSError, ValueError):
        return GONE
    return stamp_of(status)


def stamp_of(status: os.stat_result) -> str:
    """Return the state of a file as text: type and permissions, size, times of writing and of any change, device, inode, owner."""
    return f"{status.st_mode} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_dev} {status.st_ino} {status.st_uid}"


def times(stamp: str) -> tuple[int, ...]:
    """Return the times of a stamp; none for a folder, for a link (its target in the book has its own stamp), or for another value.

    >>> times("33188 5 17 18 1 2 0"), times("epub pdf print large booklet html handout")
    ((17, 18), ())
    """
    words = stamp.split(" ")
    return (int(words[2]), int(words[3])) if len(words) == 7 and all(map(str.isdecimal, words)) else ()


def path_of(name: str, home: str) -> str:
    """Return the path for the *name* of an entry of the book or of this program; empty for any other entry."""
    kind, _, path = name.partition(" ")
    root = {"file": home, "program": surroundings.HOME}.get(kind)
    return os.path.join(root, path) if root else ""  # noqa: PTH118 - quick


def digest(path: str | Path) -> str:
    """Return the digest of a file; the digest of nothing if it cannot be read."""
    return DIGEST + (digest_of(Path(path)) or "")


def with_digests(entries: State, source: Path, moment: int) -> State:
    """Return *entries*, with the digest of each file that changed shortly before *moment*.

    Args:
        entries: from :func:`state`.
        source: the book.
        moment: nanoseconds since the epoch, read before :func:`state` was called.
    """
    home = real_home(source)
    return {
        name: f"{value} {digest(path)}"
        if any(at >= moment - JUST_NOW for at in times(value)) and (path := path_of(name, home))
        else value
        for name, value in entries.items()
    }


def agree(path: str, then: object, now: str) -> bool:
    """Return whether the state of an entry is unchanged; if *then* contains a digest, compare that, too."""
    if not isinstance(then, str):
        return False
    stamp, mark, known = then.partition(f" {DIGEST}")
    return stamp == now and (not mark or digest(path) == DIGEST + known)

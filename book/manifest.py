"""What the last build of an output folder was made of: when all of it is as it was, there is nothing to do.

A build opens nothing but the folder of the book, the themes, this program with its packages and libraries, and the fonts of the
system. So the manifest holds the state of *all* of these, whether a build looked at them or not: a file that a build looked for
and did not find is a file that is not in the list. Beside them it holds the options, what of the environment a build reads, the
commit that dates the book, and the state of the files that were written. Anything that is new, gone or different means: build.

The state of a file is its size, times and inode: the time of its last change of any kind (ctime) cannot be set back. Two edits
within one tick of a clock have the same times, so a file that was changed just before it was looked at is known by its digest, too
(git calls such files racy). Only the standard library is imported here, so that nothing to do takes no time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from book import seal, surroundings
from book.problems import Place, Problem, Severity, Subject
from book.seal.files import digest_of
from book.source import git_date

if TYPE_CHECKING:
    from book.model import Report

VERSION = 2
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

State = dict[str, str]
"""What a build depends on, by name: everything that differs is a reason to build."""


class TooMany(Exception):
    """A folder holds more files than are worth looking at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a build says at its end."""

    works: tuple[tuple[str, int, int | None], ...] = ()
    """Path, bytes and pages of each file."""
    unmade: tuple[tuple[str, str], ...] = ()
    """Path of each edition that was not made, and why."""
    checks: Mapping[str, int] = field(default_factory=dict)
    """How many passed, failed or were not run."""
    opens: str = ""
    """Path of the file to open first; empty if nothing was made."""
    chapters: int = 0
    changes: int = 0
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, report: Report, missing: Iterable[Problem] = ()) -> Self:
        """Return what is said of *report*, and of the tools that are *missing*."""
        return cls(
            works=tuple((work.path, work.bytes, work.pages) for work in report.works),
            unmade=tuple((edition.path, edition.reason) for edition in report.unmade),
            opens=_first(report),
            checks=Counter(check.status for check in report.checks),
            chapters=len(report.chapters),
            changes=len(report.changes),
            problems=(*report.problems, *missing),
        )


def _first(report: Report) -> str:
    """Return the file to open first: the only edition, or the download page that lists them all."""
    paths = [work.path for work in report.works]
    listed = len(paths) > 1 and all(edition.path != seal.DOWNLOAD for edition in report.unmade)
    return seal.DOWNLOAD if listed else next(iter(paths), "")


def options(
    editions: Iterable[str], theme: str | None, system: str, *, be_strict: bool, must_run: bool
) -> dict[str, object]:
    """Return the options of a build, by their names on the command line."""
    return {
        "-e": tuple(editions),
        "--theme": theme,
        "--sidebar": system,
        "--strict": be_strict,
        "that tools must be there (CI)": must_run,
    }


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


GONE = "-"
"""The state of a file that is not there."""
LINK = "link"


def _stamp(path: str) -> str:
    """Return the state of a file: what it is, its size, its times in nanoseconds, and where it lies."""
    try:
        status = os.stat(path)  # noqa: PTH116 - quick
    except (OSError, ValueError):
        return GONE
    return _of(status)


def _of(status: os.stat_result) -> str:
    return f"{status.st_mode} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_dev} {status.st_ino} {status.st_uid}"


def _times(stamp: str) -> tuple[int, ...]:
    """Return the times of a stamp; none for a folder, a link (what it leads to in the book has a stamp of its own), or another value.

    >>> _times("33188 5 17 18 1 2 0"), _times("epub pdf print large booklet html handout")
    ((17, 18), ())
    """
    words = stamp.split() if re.fullmatch(r"\d+(?: \d+){6}", stamp) else []
    return (int(words[2]), int(words[3])) if words else ()


def before(source: Path, out: Path, words: Mapping[str, object]) -> State:
    """Return the :func:`state` before a build, with the digest of each file that was changed only just now.

    It is empty if the folder of the book holds too many files.
    """
    moment = time.time_ns()
    home = os.path.realpath(source)
    try:
        entries = state(source, out, words)
    except TooMany:
        return {}
    return {
        name: f"{value} {_digest(path)}"
        if any(at >= moment - JUST_NOW for at in _times(value)) and (path := _path(name, home))
        else value
        for name, value in entries.items()
    }


DIGEST = "sha256:"


def _path(name: str, home: str) -> str:
    """Return the path of an entry of the book or of this program; empty for any other."""
    kind, _, path = name.partition(" ")
    root = {"file": home, "program": surroundings.HOME}.get(kind)
    return os.path.join(root, path) if root else ""  # noqa: PTH118 - quick


def _digest(path: str | Path) -> str:
    """Return the digest of a file; that of nothing for whatever cannot be read."""
    digest = digest_of(Path(path))
    return DIGEST + (digest or "")


def keep(stage: seal.Stage, source: Path, entries: State, summary: Summary, *, dated: bool) -> None:
    """Write the manifest of a set that has just been published; none when somebody is changing it already.

    Args:
        stage: of the output folder, still locked.
        source: the book.
        entries: what :func:`before` returned before the book was read; nothing is written if it is empty.
        summary: what the build says.
        dated: whether the date of the book is that of a commit.
    """
    with contextlib.suppress(OSError):  # the next build only takes longer
        outputs = _outputs(stage) if entries else None
        if outputs is None:
            (stage.hidden / seal.LAST_BUILD).unlink(missing_ok=True)
            return
        ours = _ours(outputs, source, stage.folder)
        table = {
            "version": VERSION,
            "inputs": {
                name: value
                for name, value in entries.items()
                if name not in ours and (dated or name != COMMIT) and not _above_output(name, ours)
            },
            "outputs": outputs,
            "summary": _plain(summary),
        }
        seal.write(stage.hidden / seal.LAST_BUILD, json.dumps(table).encode(), durable=False, mode=0o600)


def _ours(outputs: Iterable[str], source: Path, out: Path) -> frozenset[str]:
    """Return the entries that the files of a build have when the output folder lies in that of the book."""
    home, own = os.path.realpath(source), os.path.realpath(out)
    if not f"{own}/".startswith(f"{home}/"):
        return frozenset()
    return frozenset(f"file {os.path.join(own, name)[len(home) + 1 :]}" for name in outputs)  # noqa: PTH118 - quick


def _above_output(name: str, ours: Iterable[str]) -> bool:
    """Return whether an entry is a folder that a build makes for its files."""
    return name.endswith("/") and any(path.startswith(name) for path in ours)


def _outputs(stage: seal.Stage) -> State | None:
    """Return the state of the files that were just published, None when one is not as it was written.

    They are looked at one tick of the clock after the last of them was written: a later change has a later time.
    """
    names = (*stage.names, f"{seal.HIDDEN}/{seal.LEDGER}")
    paths = {name: os.path.join(stage.folder, name) for name in names}  # noqa: PTH118 - quick
    while True:
        stamps = {name: _of(os.lstat(path)) for name, path in paths.items()}
        last = max(max(_times(stamp)) for stamp in stamps.values())
        if time.time_ns() - last > TICK or last > time.time_ns():
            break
        time.sleep(TICK / SECOND)
    if any(digest_of(stage.folder / name) not in stage.written[name].digests for name in stage.names):
        return None
    if all(at % SECOND == 0 for stamp in stamps.values() for at in _times(stamp)) or last > time.time_ns():
        return {name: f"{stamp} {_digest(paths[name])}" for name, stamp in stamps.items()}
    return stamps


def unchanged(source: Path, out: Path, words: Mapping[str, object]) -> tuple[Summary | None, tuple[str, ...]]:
    """Return what the last build said when another one would give the same; else None, and why it would not.

    Args:
        source: the book.
        out: the output folder.
        words: the :func:`options` of the build.
    """
    hidden = out / seal.HIDDEN
    if os.path.lexists(hidden / seal.JOURNAL):
        return None, ("the last build was cut short",)
    data = seal.contents(hidden / seal.LAST_BUILD)
    try:
        table = json.loads(data or b"")
        summary = _summary(table["summary"])
        inputs, outputs = table["inputs"], table["outputs"]
        if table["version"] != VERSION or not isinstance(inputs, dict):
            raise ValueError("another version")  # noqa: TRY301 - all that cannot be read is treated alike
        candidates = [(f"output {name}", value, out / name) for name, value in outputs.items()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, ("there is no record of a finished build here",)
    reasons = [
        f"{name} has changed since it was written" for name, value, path in candidates if not _is_as(path, value)
    ]
    try:
        now = state(source, out, words)
    except TooMany:
        return None, (f"the folder of the book holds more than {MOST:,} files",)
    ours = _ours(outputs, source, out)
    now = {name: value for name, value in now.items() if name not in ours and not _above_output(name, ours)}
    if COMMIT not in inputs:
        now.pop(COMMIT, None)
    reasons += _differences(inputs, now, os.path.realpath(source))
    return (None if reasons else summary), tuple(reasons)


def _is_as(path: Path, value: object) -> bool:
    """Return whether the file *path* is as the manifest says."""
    try:
        now = _of(os.lstat(path))
    except OSError:
        return False
    return _agree(str(path), value, now)


def _agree(path: str, then: object, now: str) -> bool:
    """Return whether the state of an entry is what it was; of a file that was changed at the last moment, its digest too."""
    if not isinstance(then, str):
        return False
    stamp, mark, digest = then.partition(f" {DIGEST}")
    return stamp == now and (not mark or _digest(path) == DIGEST + digest)


def _differences(then: Mapping[str, object], now: State, home: str) -> Iterator[str]:
    """Yield what is new, gone or different, in words."""
    for name in sorted({*then, *now}):
        kind, _, rest = name.partition(" ")
        label = {"file": rest, "fonts": "a folder of fonts"}.get(kind, name)
        label = label.rpartition(" ")[0] if kind in ("package", "library", "tool") else label
        if name not in now:
            yield f"{label} is gone"
        elif name not in then:
            yield f"{label} is new"
        elif not _agree(_path(name, home), then[name], now[name]):
            yield f"{label} has changed"


# What a build says, as JSON and back.


def _plain(summary: Summary) -> dict[str, Any]:
    return {
        "works": summary.works,
        "unmade": summary.unmade,
        "checks": dict(summary.checks),
        "opens": summary.opens,
        "chapters": summary.chapters,
        "changes": summary.changes,
        "problems": [
            [
                problem.code,
                int(problem.severity),
                problem.message,
                problem.fix,
                isinstance(problem.place, Subject),
                *problem.place.spot,
            ]
            for problem in summary.problems
        ],
    }


def _summary(table: Mapping[str, Any]) -> Summary:
    return Summary(
        works=tuple(
            (str(path), int(size), pages if pages is None else int(pages)) for path, size, pages in table["works"]
        ),
        unmade=tuple((str(path), str(reason)) for path, reason in table["unmade"]),
        checks={str(status): int(count) for status, count in table["checks"].items()},
        opens=str(table["opens"]),
        chapters=int(table["chapters"]),
        changes=int(table["changes"]),
        problems=tuple(
            Problem(
                code=str(code),
                severity=Severity(severity),
                message=str(message),
                fix=str(fix),
                place=Subject(name=str(path)) if subject else Place(path=str(path), line=int(line), column=int(column)),
            )
            for code, severity, message, fix, subject, path, line, column in table["problems"]
        ),
    )

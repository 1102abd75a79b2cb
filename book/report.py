"""report.json, written and read: the result of a build. A report that is read is treated as untrusted input."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from book import seal
from book.catalogue import EDITIONS
from book.model import Basis, Book, Change, Check, Evenness, Listing, NotMade, Page, PageMap, Report, Work, walk
from book.problems import Kind, Place, Problem, PublishError, Severity, Subject

NOTHING_BUILT = Kind("E103", Severity.ERROR, "nothing to check")

FILE = "report.json"
MADE = "made"
NOT_MADE = "not made"
"""Status of a work that would have been wrong; all others have the status ``made``."""
EMPTY = {"bytes": 0, "sha256": "", "made_from": "", "pages": None, "words": None, "evenness": None, "remark": ""}
"""Columns of a work that was not made, so that each row has the same columns."""

T = TypeVar("T")


class Earlier(Struct, frozen=True, kw_only=True):
    """The part of an earlier build's report that `book check` and the next build use."""

    works: tuple[Work, ...]
    unmade: tuple[NotMade, ...]
    checks: tuple[Check, ...]
    problems: tuple[Problem, ...]
    """Those about the files of editions, in the words of the earlier build; none is an error."""
    pages: PageMap
    ruling: str
    """Name of the edition whose pages these are; empty if there are none."""


def written(
    book: Book,
    ruling: str,
    *,
    order: str,
    problems: Iterable[Problem],
    changes: Iterable[Change] = (),
    works: Iterable[Work] = (),
    unmade: Iterable[NotMade] = (),
    checks: Iterable[Check] = (),
) -> Report:
    """Return the report of a build of *book*.

    Args:
        book: the book.
        ruling: name of the edition whose pages number the others.
        order: the source of the reading order.
        problems: in the order of the report.
        changes: of house style.
        works: the files that were made.
        unmade: editions that were not.
        checks: of the files.
    """
    part = {node.slug: parts[-1].title.text for node, parts in walk(book.main) if parts}
    return Report(
        basis=Basis(title=book.metadata.title, language=book.metadata.language, order=order),
        works=tuple(works),
        unmade=tuple(unmade),
        problems=tuple(problems),
        changes=tuple(changes),
        checks=tuple(checks),
        chapters=tuple(
            Listing(
                path=chapter.source.file,
                line=chapter.source.place(1).line if chapter.source.whole else 1,
                title=chapter.title,
                part=part.get(chapter.slug, ""),
                words=chapter.words,
            )
            for chapter in book.spine
            if not chapter.is_made
        ),
        pages=book.pages,
        ruling=ruling if book.pages else "",
    )


def in_reading_order(problems: Iterable[Problem], book: Book) -> tuple[Problem, ...]:
    """Return *problems* in reading order: settings and order first, then chapter by chapter."""
    number = {chapter.source.file: number for number, chapter in reversed([*enumerate(book.spine, 1)])}
    return tuple(
        sorted(
            problems,
            key=lambda problem: (number.get(problem.place.path, 0), problem.place.line, problem.place.column),
        )
    )


def dumped(report: Report) -> bytes:
    """Return *report* as the JSON of `report.json`, keys sorted."""
    table: dict[str, Any] = {
        "book": asdict(report.basis) if report.basis else None,
        "problems": [_plainly(problem) for problem in report.problems],
        "changes": [_Row(*change) for change in report.changes],
        "chapters": report.chapters,
        "works": [
            *({**_columns(work), "status": MADE} for work in report.works),
            *({**EMPTY, **asdict(work_not_made), "status": NOT_MADE} for work_not_made in report.unmade),
        ],
        "checks": [
            {
                "name": check.name,
                "version": check.version,
                "status": check.status,
                "detail": check.detail,
                "work": check.work,
            }
            for check in report.checks
        ],
        "page_map": {
            "edition": report.ruling,
            "pages": report.pages,
        },
    }
    try:
        return msgspec.json.format(msgspec.json.encode(table, order="sorted"), indent=1) + b"\n"
    except UnicodeEncodeError:  # it names a file whose name has no form in UTF-8
        text = json.dumps(msgspec.to_builtins(table), ensure_ascii=False, indent=1, sort_keys=True)
        return f"{text}\n".encode("utf-8", "backslashreplace")


_Row = msgspec.defstruct("_Row", Change._fields)
"""A change as an object, which takes a third of the time of a dictionary: there are thousands."""


def _plainly(problem: Problem) -> dict[str, str | int]:
    path, line, column = problem.place.spot
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "message": problem.message,
        "fix": problem.fix,
        "path": path,
        "line": line,
        "column": column,
        "edition": problem.edition,
    }


def _columns(work: Work) -> dict[str, object]:
    return {
        "edition": work.edition,
        "path": work.path,
        "bytes": work.bytes,
        "sha256": work.digest,
        "made_from": work.made_from,
        "pages": work.pages,
        "words": work.words,
        "evenness": asdict(work.evenness) if work.evenness.lines else None,
        "remark": work.remark,
    }


def read(out: Path, *, is_ours: bool = False) -> Earlier:
    """Return the content of the report in the output folder *out*.

    Args:
        out: the folder.
        is_ours: whether the file is known to be as :func:`dumped` wrote it: then the changes of house style, most of a long report, are
            not even parsed.

    Raises:
        PublishError: there is none, it was not written by a build, or it names an unknown edition.
    """
    data = seal.contents(out / FILE)
    if data is None:
        raise _nothing_built(out, f"there is no {FILE}")
    if not data:
        raise _nothing_built(out, f"{FILE} is empty, too large, or no file")
    try:
        earlier = _earlier(_read(_without_changes(data) if is_ours else data))
    except RecursionError as error:
        raise _nothing_built(out, f"no build wrote this {FILE}: it is nested too deeply") from error
    except ValueError as error:
        raise _nothing_built(out, f"no build wrote this {FILE}: {error}") from error
    if strange := next((work for work in earlier.works if work.edition not in EDITIONS), None):
        raise _nothing_built(out, f"there is no edition {strange.edition!r}")
    return earlier


def _read(data: bytes) -> object:
    """Return the JSON *data*; msgspec reads it sooner, but for instance no name of a file that has no form in UTF-8."""
    try:
        return msgspec.json.decode(data)
    except msgspec.MsgspecError:
        return json.loads(data)


def _without_changes(data: bytes) -> bytes:
    """Return the *data* of a report without its changes; no text in JSON contains a line end."""
    before, mark, rest = data.partition(b'\n "changes": [\n')
    _, end, behind = rest.partition(b"\n ],\n")
    return b"".join((before, b'\n "changes": [],\n', behind)) if mark and end else data


class Contents(Struct, frozen=True, kw_only=True):
    """What a report says about its book."""

    title: str
    chapters: frozenset[str]
    """The paths of its chapters."""


def read_listing(out: Path) -> Contents | None:
    """Return what the report in the output folder *out* says about its book; None if there is none, or if it does not say it."""
    try:
        table = _table(json.loads(seal.contents(out / FILE) or b""), "the report")
        title = _field(_field(table, "book", dict), "title", str)
        return Contents(title=title, chapters=frozenset(_field(row, "path", str) for row in _rows(table, "chapters")))
    except (ValueError, RecursionError):
        return None


def _nothing_built(out: Path, reason: str) -> PublishError:
    place = Subject(name=str(out / FILE))
    fix = "name the folder of the editions with -o, or build them: book build"
    return PublishError(NOTHING_BUILT.at(place, f"no build to check here: {reason}", fix=fix))


def _earlier(table: object) -> Earlier:
    """Return the content of *table*.

    Raises:
        ValueError: it does not have the form that :func:`dumped` writes; the message says where.
    """
    rows = _rows(_table(table, "the report"), "works")
    made = [_work(row) for row in rows if row.get("status") == MADE]
    unmade = [_not_made(row) for row in rows if row.get("status") == NOT_MADE]
    if len(made) + len(unmade) < len(rows):
        raise ValueError(f"a work is neither {MADE} nor {NOT_MADE}")
    numbering = _table(_field(_table(table, ""), "page_map", dict), "page_map")
    return Earlier(
        works=tuple(made),
        unmade=tuple(unmade),
        checks=tuple(_check(row) for row in _rows(_table(table, ""), "checks")),
        problems=tuple(
            _problem(row) for row in _rows({"problems": [], **_table(table, "")}, "problems") if _is_of_edition(row)
        ),
        pages=tuple(_page(row) for row in _rows(numbering, "pages")),
        ruling=_field(numbering, "edition", str),
    )


def _work(row: Mapping[str, object]) -> Work:
    return Work(
        edition=_field(row, "edition", str),
        path=_name(row),
        bytes=_field(row, "bytes", int),
        digest=_field(row, "sha256", str, seal.is_digest),
        pages=None if row.get("pages") is None else _field(row, "pages", int),
        words=None if row.get("words") is None else _field(row, "words", int),
        made_from=_field(row, "made_from", str) if "made_from" in row else "",
        evenness=_evenness(_table(row["evenness"], "evenness")) if row.get("evenness") is not None else Evenness(),
        remark=_field(row, "remark", str) if "remark" in row else "",
    )


def _evenness(row: Mapping[str, object]) -> Evenness:
    counts = {name: _field(row, name, int) for name in ("lines", "justified", "over_5", "over_6", "hyphens", "stray")}
    return Evenness(gaps=_field(row, "gaps", float, math.isfinite), **counts)


def _check(row: Mapping[str, object]) -> Check:
    status = row.get("status")
    if status not in ("passed", "failed", "not run"):
        raise ValueError("a check neither passed nor failed")
    return Check(
        name=_field(row, "name", str),
        version=_field(row, "version", str),
        status=status,
        detail=_field(row, "detail", str),
        work=_field(row, "work", str),
    )


def _is_of_edition(row: Mapping[str, object]) -> bool:
    return row.get("edition") in EDITIONS and row.get("severity") in (str(Severity.NOTE), str(Severity.WARNING))


def _problem(row: Mapping[str, object]) -> Problem:
    place = Place(path=_field(row, "path", str), line=_field(row, "line", int), column=_field(row, "column", int))
    return Problem(
        code=_field(row, "code", str),
        severity=Severity.WARNING if row["severity"] == str(Severity.WARNING) else Severity.NOTE,
        message=_field(row, "message", str),
        place=place,
        fix=_field(row, "fix", str),
        edition=_field(row, "edition", str),
    )


def _not_made(row: Mapping[str, object]) -> NotMade:
    fix = _field(row, "fix", str) if "fix" in row else ""
    return NotMade(
        edition=_field(row, "edition", str),
        path=_name(row),
        reason=_field(row, "reason", str),
        fix=fix,
        made_from=_field(row, "made_from", str) if "made_from" in row else "",
    )


def _page(row: Mapping[str, object]) -> Page:
    return Page(
        label=_field(row, "label", str),
        place=_field(row, "place", str),
        letters=_field(row, "letters", int),
        title=_field(row, "title", bool),
        begins=_field(row, "begins", str),
    )


def _name(row: Mapping[str, object]) -> str:
    name = _field(row, "path", str, seal.ours)
    if name in (FILE, seal.DOWNLOAD):
        raise ValueError(f"{name} is no edition")
    return name


def _rows(table: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    return [_table(row, key) for row in _field(table, key, list)]


def _table(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no table")  # noqa: TRY004 - the fault is in the file, not in the type of an argument
    return value


def _field(row: Mapping[str, object], key: str, kind: type[T], holds: Callable[[Any], bool] = lambda _: True) -> T:
    """Return the value of *key*, which must have exactly the type *kind* (True is not a number) and satisfy *holds*."""
    value = row.get(key)
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool) or not holds(value):
        raise ValueError(f"'{key}' is missing or of another kind")
    return value

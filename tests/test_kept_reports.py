"""A build of some editions: what the report still says of the others."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace

from book import checking, press, report
from book.edition import Edition
from book.editions import epub
from book.model import Book, Change, Evenness, Made, Page, Report, Work
from book.problems import Kind, ManuscriptError, Place, Problem, Severity
from book.theme import Theme
from tests.making import write_book, write_files

TEXT = "# One\n\nHere stand some words.\n"
TIGHT = Kind("X998", Severity.WARNING, "for a test")
NEVER = Kind("X999", Severity.ERROR, "for a test")

pytestmark = pytest.mark.usefixtures("contented_epubcheck")


@pytest.fixture
def makers(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Put in place an EPUB that has a warning and an HTML page that cannot be made."""

    def with_a_warning(book: Book, edition: Edition, theme: Theme) -> Made:
        made = epub.make(book, edition, theme)
        return replace(made, problems=(TIGHT.at(Place(path="a.md", line=3), "a tight line", fix="add a word"),))

    def never(_: Book, __: Edition, ___: Theme) -> Made:
        raise ManuscriptError(NEVER.at(Place(path="a.md", line=3), "too long", fix="write less"))

    for name, make in (("epub", with_a_warning), ("html", never)):
        module = ModuleType(name)
        module.make = make  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"book.editions.{name}", module)
    with monkeypatch.context() as patched:
        yield patched


def rows(out: Path, key: str) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = json.loads((out / report.FILE).read_bytes())[key]
    return table


def warnings(out: Path) -> list[tuple[str, str, int]]:
    return [(row["edition"], row["path"], row["line"]) for row in rows(out, "problems") if row["code"] == TIGHT.code]


def status_of(out: Path) -> dict[str, str]:
    return {row["path"]: row["status"] for row in rows(out, "works")}


def test_the_problems_of_an_edition_are_reported_as_long_as_it_is_published(
    makers: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chapters = {f"{name}.md": f"---\nsidebar: {number}\n---\n\n{TEXT}" for number, name in enumerate("ab", 1)}
    source, out = write_book(tmp_path / "book", chapters), tmp_path / "out"
    assert press.build(source, out, editions=["epub", "html"]).status == 3
    assert warnings(out) == [("epub", "a.md", 3)]
    assert status_of(out) == {"tiny.epub": "made", "tiny.html": "not made"}

    # The page can be made now: the EPUB and its warning stay.
    makers.delitem(sys.modules, "book.editions.html")
    result = press.build(source, out, editions=["html"], be_strict=True)
    assert result.status == 0, "the warning is of the earlier build"
    assert warnings(out) == [("epub", "a.md", 3)]
    assert status_of(out) == {"tiny.epub": "made", "tiny.html": "made"}
    assert checking.check(source, out).status == 0
    assert warnings(out) == [("epub", "a.md", 3)], "a check leaves it"

    # A chapter is gone: nothing that was said of the EPUB holds.
    (source / "b.md").unlink()
    result = press.build(source, out, editions=["html"])
    assert warnings(out) == []
    assert status_of(out) == {"tiny.html": "made"}
    assert [problem.code for problem in result.report.problems] == ["E154"]
    assert (out / "tiny.epub").exists()
    assert 'href="tiny.epub"' not in (out / "index.html").read_text("utf-8")


def test_an_edition_that_cannot_be_made_is_listed_until_the_text_changes(
    makers: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source, out = write_book(tmp_path / "book", TEXT), tmp_path / "out"
    assert press.build(source, out, editions=["epub", "html"]).status == 3
    before = next(row for row in rows(out, "works") if row["status"] == "not made")
    result = press.build(source, out, editions=["epub"])
    assert result.status == 0, "all that was asked for is made"
    assert next(row for row in rows(out, "works") if row["status"] == "not made") == before
    assert before["reason"] == "a.md:3:1: too long"
    assert "too long" in (out / "index.html").read_text("utf-8")
    write_files(source, {"a.md": TEXT + "\nMore.\n"})
    press.build(source, out, editions=["epub"])
    assert status_of(out) == {"tiny.epub": "made"}
    assert "too long" not in (out / "index.html").read_text("utf-8")


@pytest.mark.needs_pango
def test_an_edition_made_before_there_were_page_numbers_is_named_with_what_to_do(tmp_path: Path) -> None:
    source, out = write_book(tmp_path / "book", TEXT), tmp_path / "out"
    assert press.build(source, out, editions=["epub"]).status == 0
    result = press.build(source, out, editions=["pdf"])
    assert result.status == 0
    assert status_of(out) == {"tiny.pdf": "made"}
    (note,) = result.report.problems
    assert (note.code, note.place.path) == ("E154", "tiny.epub")
    assert "made it before there were page numbers" in note.message
    assert note.fix == "build these editions again: book build -e epub"
    assert checking.check(source, out).status == 0
    result = press.build(source, out, editions=["epub"])
    assert result.report.problems == ()
    assert status_of(out) == {"tiny.epub": "made", "tiny.pdf": "made"}
    assert checking.check(source, out).status == 0


@pytest.mark.parametrize(
    "row",
    [
        {"edition": "epub", "severity": "error"},
        {"edition": "none such", "severity": "note"},
        {"severity": "note"},
    ],
)
def test_only_warnings_and_notes_of_editions_are_read_again(tmp_path: Path, row: dict[str, str]) -> None:
    problem = {"code": "E120", "path": "a.md", "line": 1, "column": 1, "message": "m", "fix": "", **row}
    table = {"works": [], "checks": [], "problems": [problem], "page_map": {"edition": "", "pages": []}}
    (tmp_path / report.FILE).write_text(json.dumps(table))
    assert report.read(tmp_path).problems == ()
    problem |= {"edition": "epub", "severity": "note"}
    (tmp_path / report.FILE).write_text(json.dumps(table))
    place = Place(path="a.md")
    read = Problem(code="E120", severity=Severity.NOTE, message="m", place=place, edition="epub")
    assert report.read(tmp_path).problems == (read,)


def test_how_even_the_lines_of_a_kept_edition_are_is_read_again(tmp_path: Path) -> None:
    evenness = Evenness(lines=9, justified=4, gaps=12.5, over_5=2, over_6=1, hyphens=3, stray=2)
    pages = Work(edition="pdf", path="a.pdf", bytes=4, digest="0" * 64, pages=3, words=1, evenness=evenness)
    works = (pages, replace(pages, edition="epub", path="a.epub", pages=None, evenness=Evenness()))
    (tmp_path / report.FILE).write_bytes(report.dumped(Report(works=works)))
    assert report.read(tmp_path).works == works


@pytest.mark.parametrize("count", [0, 1, 3])
def test_changes_are_written_as_the_rest_of_the_report(count: int) -> None:
    spots = [Place(path=f'a "b" \u2028ü{number}.md', line=number, column=2) for number in range(1, count + 1)]
    changes = tuple(Change("quotes", *spot.spot, '"\n\\', '“changes": [') for spot in spots)
    data = report.dumped(Report(changes=changes))
    table = json.loads(data)
    assert len(table["changes"]) == count
    assert data == (json.dumps(table, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_pages_are_written_as_the_rest_of_the_report(count: int) -> None:
    pages = tuple(
        Page(label=str(number), place='a "b"', letters=number, title=number == 1, begins='\n\\ü "pages": [')
        for number in range(1, count + 1)
    )
    changes = (Change("quotes", "a.md", 1, 2, '"', '"pages": ['),)
    data = report.dumped(Report(pages=pages, ruling="pdf", changes=changes))
    table = json.loads(data)
    assert len(table["page_map"]["pages"]) == count
    assert data == (json.dumps(table, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_report_of_ours_is_read_the_same_without_its_changes(tmp_path: Path, count: int) -> None:
    changes = tuple(Change("quotes", '\n ],\n "changes": [', line, 2, "]", "],") for line in range(1, count + 1))
    works = (Work(edition="pdf", path="a.pdf", bytes=4, digest="0" * 64, pages=3, words=1),)
    pages = (Page(label="1", place="a", letters=0, title=True, begins="x"),)
    (tmp_path / report.FILE).write_bytes(report.dumped(Report(works=works, pages=pages, changes=changes)))
    earlier = report.read(tmp_path, is_ours=True)
    assert earlier == report.read(tmp_path)
    assert (earlier.works, earlier.pages) == (works, pages)

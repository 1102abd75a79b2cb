"""A fault in one edition does not affect the others: they are published, and the last line names the failed one."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from book import cli, press, proof
from book.edition import Edition
from book.model import Book, Check, Made, Work
from book.problems import BUG, Kind, ManuscriptError, Place, Problem, Severity
from book.proof import Proofs
from book.theme import Theme
from tests.making import write_book

SLOW = Kind("X999", Severity.ERROR, "for a test")
CHAPTER = "---\ntitle: One\n---\n\nThe first line.\n\nHere stand some words.\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book", CHAPTER)


def failing(*problems: Problem) -> proof.Proof:
    def look(_: Path, work: Work, __: Book) -> Check:
        return Check(name="a proof", status="failed", detail="1 of 2", work=work.path, problems=problems)

    return look


def broken(_: Path, __: Work, ___: Book) -> Check:
    raise ZeroDivisionError("a proof that breaks")


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, proof.Proof], None]:
    """Add a proof to the table, for one format."""

    def put(name: str, look: proof.Proof) -> None:
        there = proof.PROOFS[name]
        monkeypatch.setattr(
            proof,
            "PROOFS",
            {**proof.PROOFS, name: Proofs(own=lambda: (*there.own(), look), validators=there.validators)},
        )

    return put


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Exception], None]:
    """Replace the module of a format by one that fails."""

    def put(name: str, error: Exception) -> None:
        def make(_: Book, __: Edition, ___: Theme) -> Made:
            raise error

        module = ModuleType(name)
        module.make = make  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"book.editions.{name}", module)

    return put


def rows(out: Path) -> dict[str, Mapping[str, Any]]:
    return {row["edition"]: row for row in json.loads((out / "report.json").read_bytes())["works"]}


def standing(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if path.is_file())


def test_what_a_proof_finds_in_a_whole_file_is_reported_beside_its_figures(
    book: Path, tmp_path: Path, proved: Callable[[str, proof.Proof], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def look(_: Path, work: Work, __: Book) -> Check:
        fault = SLOW.at(Place(path=work.path), "the page has another language", fix=BUG)
        return Check(name="a proof", status="failed", detail="1 of 2", work=work.path, problems=(fault,))

    proved("html", look)
    cli.main(["build", str(book), "-o", str(tmp_path / "out"), "-e", "html"])
    lines = capsys.readouterr().err.splitlines()
    assert any("X999 the page has another language" in line for line in lines)
    assert any("the html edition is not made: the check 'a proof' failed (1 of 2)" in line for line in lines)


def test_an_edition_that_does_not_pass_a_proof_is_left_out_with_the_authors_line(
    book: Path,
    tmp_path: Path,
    proved: Callable[[str, proof.Proof], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    out = tmp_path / "out"
    words = ["build", str(book), "-o", str(out), "-e", "html", "-e", "epub"]
    assert cli.main(words) == 0
    assert standing(out) == ["index.html", "report.json", "tiny.epub", "tiny.html"]
    capsys.readouterr()
    place = Place(path="tiny.epub/EPUB/one.xhtml", line=9)
    quoted = SLOW.at(place, "a.md, text, after 'Here stand some': words", fix="write others")
    proved("epub", failing(quoted))
    assert cli.main([*words, "--force"]) == 3
    told = capsys.readouterr()
    assert told.err.splitlines()[-3:] == [
        f"{book}/a.md:7:1: P001 the epub edition is not made: a.md, text, after 'Here stand some': words [error]",
        "    fix: write others",
        f"published without epub; the last error is P001 at {book}/a.md:7:1",
    ]
    assert "W" not in re.findall(r": ([A-Z])\d{3} ", told.err)
    assert f"{out}/tiny.epub  not made: a.md:7:1: a.md, text, after 'Here stand some': words\n" in told.out
    assert standing(out) == ["index.html", "report.json", "tiny.html"], (
        "the earlier EPUB does not stay beside the new set"
    )
    assert (
        "tiny.epub:1:1: E153 this file of an earlier build was removed: it does not belong to the new set [warning]\n"
        in told.err
    )
    assert rows(out)["epub"]["status"] == "not made"
    assert rows(out)["epub"]["path"] == "tiny.epub"
    assert rows(out)["html"]["status"] == "made"
    page = (out / "index.html").read_text("utf-8")
    assert 'href="tiny.epub"' not in page
    assert "a.md:7:1: a.md, text, after" in page
    assert "write others" in page
    before = {name: (out / name).read_bytes() for name in standing(out)}
    assert cli.main([*words, "--strict"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("not published: 2 errors, ")
    assert {name: (out / name).read_bytes() for name in standing(out)} == before


def test_a_proof_that_breaks_and_a_maker_that_breaks_are_bugs_of_ours_and_cost_one_edition(
    book: Path,
    tmp_path: Path,
    proved: Callable[[str, proof.Proof], None],
    made: Callable[[str, Exception], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    proved("html", broken)
    made("epub", MemoryError("no more"))
    words = ["build", str(book), "-o", str(tmp_path / "out"), "-e", "html", "-e", "epub"]
    assert cli.main(words) == 1
    told = capsys.readouterr().err
    assert f"tiny.epub:1:1: E151 the epub edition is not made: MemoryError: no more [error]\n    fix: {BUG}\n" in told
    assert (
        f"tiny.html:1:1: E151 the html edition is not made: ZeroDivisionError: a proof that breaks [error]\n    fix: {BUG}\n"
        in told
    )
    assert "Traceback" not in told
    assert standing(tmp_path / "out") == [], "no edition survived"
    assert cli.main([*words, "-v"]) == 1
    assert capsys.readouterr().err.count("Traceback (most recent call last)") == 2


def test_a_maker_that_fails_prevents_only_its_own_edition(
    book: Path, tmp_path: Path, made: Callable[[str, Exception], None]
) -> None:
    made("html", ManuscriptError(SLOW.at(Place(path="a.md", line=5), "too long", fix="write less")))
    result = press.build(book, tmp_path / "out", editions=["html", "epub"])
    assert (result.status, [work.path for work in result.report.works]) == (3, ["tiny.epub"])
    (one,) = result.report.unmade
    assert (one.edition, one.path, one.reason, one.fix) == ("html", "tiny.html", "a.md:5:1: too long", "write less")
    assert [(problem.code, str(problem.place)) for problem in result.report.problems] == [("E150", "a.md:5:1")]


def test_a_download_page_that_fails_is_left_out_too(
    book: Path, tmp_path: Path, proved: Callable[[str, proof.Proof], None]
) -> None:
    proved("download", failing(SLOW.at(Place(path="index.html"), "no")))
    result = press.build(book, tmp_path / "out", editions=["html"])
    assert result.status == 3
    assert standing(tmp_path / "out") == ["report.json", "tiny.html"]
    assert result.report.problems[-1].message == "the download page is not made: the check 'a proof' failed (1 of 2)"


@pytest.fixture
def paged(book: Path, needs_pango: None) -> Path:
    return book


@pytest.mark.parametrize("way", ["a proof", "its maker"])
def test_without_the_pdf_that_rules_it_there_is_no_page_map(
    way: str,
    paged: Path,
    tmp_path: Path,
    proved: Callable[[str, proof.Proof], None],
    made: Callable[[str, Exception], None],
) -> None:
    out, asked = tmp_path / "out", ["html", "epub", "pdf"]
    assert press.build(paged, out, editions=asked).status == 0
    assert "page-mark" in (out / "tiny.html").read_text("utf-8")
    if way == "a proof":
        proved("pdf", failing(SLOW.at(Place(path="tiny.pdf"), "no")))
    else:
        made("pdf", RecursionError("too deep"))
    result = press.build(paged, out, editions=asked)
    assert result.status == 3
    assert standing(out) == ["index.html", "report.json", "tiny.epub", "tiny.html"]
    assert 'class="hb-page-mark"' not in (out / "tiny.html").read_text("utf-8")
    assert json.loads((out / "report.json").read_bytes())["page_map"] == {"edition": "", "pages": []}
    assert {one.status for one in result.report.checks if one.work != "tiny.pdf"} <= {"passed", "not run"}
    assert "tiny.pdf" not in re.findall(r'href="([^"]+)"', (out / "index.html").read_text("utf-8"))

"""Editions made side by side: the same bytes as one after the other, and what goes wrong in another process is told in this one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from book import press
from book.editions import EDITIONS, apart
from book.model import Book
from book.problems import PublishError, ThemeError


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, pango: bool) -> Path:
    if not pango:
        pytest.skip("Pango is not on this machine")
    folder = tmp_path_factory.mktemp("source")
    (folder / "handbound.toml").write_text('title = "Side by side"\nslug = "side"\n')
    for name in ("a", "b"):
        text = "Some “words” to fill pages with.\n\n" * 40
        (folder / f"{name}.md").write_text(f"---\ntitle: Chapter {name}\ndiscussion: [Why?]\n---\n{text}")
    return folder


@pytest.fixture(scope="module")
def book(source: Path) -> Book:
    return press.read(source).book


def test_side_by_side_or_not_the_bytes_are_the_same(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["epub", "pdf", "print", "booklet"]
    assert press.build(source, tmp_path / "one", editions=asked).status == 0
    monkeypatch.setattr(apart, "LONG", 1)
    monkeypatch.setattr(apart, "CORES", 2)
    told: list[str] = []
    assert press.build(source, tmp_path / "two", editions=asked, progress=told.append).status == 0
    names = sorted(path.name for path in (tmp_path / "one").iterdir() if path.is_file())
    assert names == sorted(path.name for path in (tmp_path / "two").iterdir() if path.is_file())
    assert len(names) == 7
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    assert [word for word in told if word.startswith("making")] == [
        "making pdf",
        "making epub",
        "making print",
        "making booklet",
    ]


def test_a_short_book_or_one_edition_is_made_right_here(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    both = (EDITIONS["print"], EDITIONS["large"])
    monkeypatch.setattr(apart, "CORES", 2)
    assert not apart.worth(book, both)
    monkeypatch.setattr(apart, "LONG", 1)
    assert apart.worth(book, both)
    assert not apart.worth(book, both[:1])
    monkeypatch.setattr(apart, "CORES", 1)
    assert not apart.worth(book, both)


def test_what_the_maker_says_is_said_here(book: Book, source: Path) -> None:
    job = apart.Job(book=book, edition=EDITIONS["print"], theme="none-such", source=source, cache=None)
    with pytest.raises(ThemeError) as said:
        apart.made(job)
    assert "there is no theme 'none-such'" in said.value.problems[0].message


def test_a_process_that_dies_is_one_line(
    book: Book, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\ncat > /dev/null\necho out of memory >&2\nexit 9\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    job = apart.Job(book=book, edition=EDITIONS["print"], theme="folio", source=source, cache=None)
    with pytest.raises(PublishError) as said:
        apart.made(job)
    (problem,) = said.value.problems
    assert problem.message == "the process that made print ended with status 9: out of memory"
    assert "book build -e print" in problem.mend

"""An output folder holds the editions of one book, and none of its chapters."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from book import cli, owner, report, seal
from book.model import Book
from book.problems import BUG, SettingsError
from tests.making import ABOUT, make_book, make_draft, picture, published, write_book

BENCH = ABOUT.__class__(title="The bench", identifier="urn:uuid:1", slug="the-bench", date="", modified="")


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


def book(title: str = "The bench", identifier: str = "urn:uuid:1", path: str = "bench.md") -> Book:
    return make_book(make_draft(path=path), about=replace(BENCH, title=title, identifier=identifier))


def fill(out: Path, source: Path) -> None:
    """Publish a set of the book in *source* into *out*."""
    listing = {"book": {"title": "The bench"}, "chapters": [{"path": "bench.md"}]}
    with seal.Stage(out) as stage:
        stage.put(report.FILE, json.dumps(listing).encode())
        stage.publish()
        owner.keep(stage, book(), source)


def refusal(out: Path, other: Book, source: Path, *, builds: bool = True) -> str:
    """Return what is said about building *other*, which is in *source*, into *out*; empty if it may be built."""
    with seal.Stage(out) as stage:
        try:
            owner.check_owner(stage.folder, stage.written, other, source, builds=builds)
        except SettingsError as error:
            (problem,) = error.problems
            return f"{problem.code} {problem.message}; {problem.fix}"
    return ""


def test_the_editions_of_two_books_do_not_mix(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, tmp_path / "bench")
    glue = book("The glue", "urn:uuid:2", "glue.md")
    told = refusal(out, glue, tmp_path / "glue")
    assert told == (
        "S108 this folder holds the editions of “The bench”, not of “The glue”; "
        f"name another folder with -o; or remove those editions first: book clean --all -o {out}"
    )
    assert refusal(out, glue, tmp_path / "glue", builds=False).endswith(f"book check BOOK -o {out}")
    translation = book("The bench", "urn:uuid:3")  # the same title in another language
    assert refusal(out, translation, tmp_path / "de").startswith("S108 ")
    assert seal.clean(out, (), everything=True).problems == ()
    assert not out.joinpath(seal.HIDDEN).exists()
    assert refusal(out, glue, tmp_path / "glue") == ""


def test_a_book_with_another_title_or_in_another_folder_is_the_same(tmp_path: Path) -> None:
    out, source = tmp_path / "home" / "out", tmp_path / "home" / "bench"
    fill(out, source)
    assert refusal(out, book("The workbench", "urn:uuid:2"), source) == ""
    assert refusal(out, book(), tmp_path / "elsewhere") == ""
    shutil.move(tmp_path / "home", tmp_path / "moved")
    moved = tmp_path / "moved"
    assert refusal(moved / "out", book("The workbench", "urn:uuid:2"), moved / "bench") == ""


@pytest.mark.parametrize("record", [None, "", "[]", '{"title": "", "identifier": "x", "folder": "y"}', "[" * 9_000])
def test_without_a_record_the_report_says_whose_editions_they_are(tmp_path: Path, record: str | None) -> None:
    out = tmp_path / "out"
    fill(out, tmp_path / "bench")
    path = out / seal.HIDDEN / seal.OWNER
    path.unlink()
    if record is not None:
        path.write_text(record, "utf-8")
    assert "“The bench”, not of “The glue”" in refusal(out, book("The glue", "x", "glue.md"), tmp_path / "glue")
    assert refusal(out, book("The workbench", "x"), tmp_path / "other") == ""
    (out / report.FILE).write_text("{", "utf-8")
    assert refusal(out, book("The glue", "x", "glue.md"), tmp_path / "glue") == ""


def test_the_record_reveals_nothing_about_the_machine(tmp_path: Path) -> None:
    fill(tmp_path / "out", tmp_path / "secret-folder")
    assert "secret-folder" not in (tmp_path / "out" / seal.HIDDEN / seal.OWNER).read_text("utf-8")


@pytest.mark.parametrize("folder", [".", "images", "one", "one/two"])
def test_editions_do_not_get_among_the_files_of_the_book(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files: dict[str, str | bytes] = {
        "a.md": "# A\n",
        "images/deep/a.png": picture(),
        "one/b.md": "# B\n",
        "one/two/c.md": "# C\n",
    }
    source = write_book(tmp_path / "book", files)
    before = published(tmp_path)
    assert cli.main(["build", str(source), "-o", str(source / folder), "-e", "html"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{source / folder}:1:1: S109 this ")
    assert told.endswith(f"    fix: name a folder for the editions alone: -o {source}/build\n")
    assert published(tmp_path) == before
    assert not list(source.rglob(".handbound"))


@pytest.mark.parametrize("folder", ["build", "out/ed", "releases"])
def test_a_folder_for_the_editions_may_be_in_that_of_the_book(folder: str, tmp_path: Path) -> None:
    files = {"a.md": "# A\n", "build/old.md": "# Old\n", "releases/notes.txt": "x"}
    owner.check_place(write_book(tmp_path / "book", files), tmp_path / "book" / folder)
    owner.check_place(tmp_path / "book", tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "book")
    with pytest.raises(SettingsError, match="the folder of the book itself"):
        owner.check_place(tmp_path / "book", tmp_path / "link")


def test_a_check_of_editions_that_are_older_than_the_chapters_blames_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = write_book(tmp_path / "book", "# A\n\nSome words.\n"), tmp_path / "out"
    words = [str(source), "-o", str(out)]
    assert cli.main(["build", *words, "-e", "html", "-q"]) == 0
    (source / "a.md").write_text("# A\n\nOther words altogether, and more of them.\n", "utf-8")
    capsys.readouterr()
    assert cli.main(["check", *words]) == 1
    told = capsys.readouterr().err
    assert "build again: the file was changed, or the chapters were changed since" in told
    assert BUG not in told

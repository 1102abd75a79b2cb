"""`book manual`: what it prints about a word, and the page that it opens."""

from __future__ import annotations

import fcntl
import re
import stat
import tempfile
import threading
from pathlib import Path

import pytest

from book import cli, manual, press
from book.catalogue import EDITIONS
from book.manual import opening, search


def test_book_manual_prints_the_section_about_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    for word, part in {
        "trim": 'trim = "a5"',
        "r101": "### R101",
        "clean": "## book clean",
        "ten-minutes": "# Ten minutes",
    }.items():
        assert cli.main(["manual", word]) == 0
        assert part in capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("cover", "covers-and-logos"),
        ("logo", "'A logo'"),
        ("isbn", "'An ISBN'"),
        ("ISBN", "identifier"),
        ("font", "fonts-and-scripts"),
        ("paper", "'Page sizes'"),
        ("language", "'Words in another language'"),
        ("author", "authors"),
        ("toc", "'Table of contents'"),
        ("numbering", "number_chapters"),
        ("draft", "published"),
        ("dark", "'Colours and dark mode'"),
        ("page size", "'Page sizes'"),
        ("paper size", "'Page sizes'"),
        ("cover image", "'A picture as the cover'"),
        ("image", "figures"),
        ("page break", "'Page breaks'"),
        ("kindle", "e-readers"),
        ("index", "index-of-terms"),
        ("booklet", "'A booklet on your own printer'"),
    ],
)
def test_a_word_that_is_no_key_leads_to_its_place(word: str, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", word]) == 0
    printed = capsys.readouterr().out
    listed = re.findall(r"^  book manual ('[^']+'|\S+)", printed, re.MULTILINE)
    assert place in listed or printed.startswith((manual.entry(place.strip("'")) or "nothing")[:80])
    assert len(listed) <= search.PLACES
    for name in listed:
        assert manual.entry(name.strip("'"))


@pytest.mark.parametrize(
    ("word", "heading"),
    [
        ("tutorial", "# Ten minutes: from nothing to a printed handout"),
        ("CI", "# Continuous integration"),
        ("two-sided", "## On both sides"),
        ("duplex", "## On both sides"),
        ("cache", "## book clean"),
        ("uninstall", "## Update or remove"),
        ("footer", "## Running heads and page numbers"),
        ("hyphenation", "## Hyphens"),
        ("windows", "## Windows"),
        ("WSL", "## Windows"),
        ("epub", "## Editions, and where they are"),
        ("output", "## Editions, and where they are"),
        ("where is the EPUB", "## Editions, and where they are"),
        ("docx", "## Editions, and where they are"),
        ("website", "## Publish the editions"),
        ("gitlab", "## Publish the editions"),
        ("color", "## A colour"),
        ("colour", "## A colour"),
        ("checklist", "## Lists"),
        ("link", "## Links"),
        ("links between chapters", "## Links"),
        ("footnote", "### Footnotes"),
        ("footnotes", "### Footnotes"),
        ("front matter", "# Front matter of a chapter"),
        ("QR code", "## Handouts"),
        ("bleed", "# A print shop"),
        ("Lulu", "## Print services on the web"),
        ("crop marks", "## Print services on the web"),
        ("sell", "## Sell it"),
        ("print with bleed", "# A print shop"),
        ("leave a file out", "## Leave files out"),
        ("chapter without number", "## Numbers of chapters"),
        ("two books", "# Many books"),
        ("slow", "# Large books"),
        ("accessibility", "# What is proved"),
    ],
)
def test_what_people_call_a_thing_prints_the_section_about_it(
    word: str, heading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["manual", word]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{heading}\n")
    assert printed.count(f"{heading}\n") == 1


@pytest.mark.parametrize("word", ["margins", "footnotes", "callouts", "page sizes"])
def test_a_heading_prints_its_section(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", word]) == 0
    assert re.search(rf"^#+ {word}$", capsys.readouterr().out, re.MULTILINE | re.IGNORECASE)


def test_a_heading_without_words_of_its_own_has_the_sections_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", "headings"]) == 0
    assert "One heading of the first level" in capsys.readouterr().out


def test_a_key_of_a_table_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", "version"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("`version`")
    assert "In `[[edition]]`:\n\n`version`" in printed


def test_an_author_is_first_the_one_of_the_book(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", "author"]) == 0
    assert capsys.readouterr().out.startswith("`authors`\n:   The names of the authors")


def test_an_option_is_looked_up_in_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", "--strict"]) == 0
    assert re.findall(r"^Of `book (\w+)`:", capsys.readouterr().out, re.MULTILINE) == ["build", "check", "lint"]


@pytest.mark.parametrize("page", ["ten-minutes", "many-books", "preface", "link"])
def test_a_terminal_shows_no_link_that_leads_nowhere(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", page]) == 0
    outside = re.sub(r"^ *(`{3,}).*?^ *\1$|`[^`]*`", "", capsys.readouterr().out, flags=re.DOTALL | re.MULTILINE)
    assert "](" not in outside


def test_every_edition_and_its_file_is_in_the_list_of_them() -> None:
    text = manual.entry("Editions, and where they are") or ""
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(EDITIONS)


def test_an_unknown_word_suggests_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", "triim"]) == 2
    assert "did you mean trim?" in capsys.readouterr().err


def test_the_manual_is_built_at_the_first_use_only(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "handbound/manual"
    folder.mkdir(parents=True)
    built: list[Path] = []

    def build(book: Path, out: Path, **_: object) -> None:
        built.append(book)
        out.mkdir()
        (out / "handbound-manual.html").write_text("<p>The manual.")

    monkeypatch.setattr(press, "build", build)
    for _ in range(2):
        assert cli.main(["manual", "--no-open"]) == 0
    assert capsys.readouterr().out == f"{folder}/out/handbound-manual.html\n" * 2
    assert built == [folder / "source"]


def test_without_a_home_the_manual_is_built_once_in_a_folder_of_this_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = opening._folder()
    assert opening._folder() == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to("elsewhere")
    assert opening._folder() not in (folder, opening._folder())
    folder.unlink()
    folder.mkdir()
    folder.chmod(0o777)
    assert opening._folder() != folder


def test_the_chapters_can_be_written_as_a_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", "--write", str(tmp_path / "m")]) == 0
    assert capsys.readouterr().out == f"build it: book build {tmp_path / 'm'}\n"
    assert (tmp_path / "m/reference/settings.md").read_text("utf-8") == manual.GENERATED["reference/settings.md"]()


def test_a_second_run_does_not_write_the_source_of_a_build_of_the_manual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    steps: list[str] = []
    second, goes_on, genuine = threading.Thread(target=opening.page), threading.Event(), fcntl.flock

    def flock(handle: int, operation: int) -> None:
        if threading.current_thread() is second:
            goes_on.set()
        genuine(handle, operation)

    def write(_: Path) -> None:
        steps.append("source")
        if threading.current_thread() is second:
            goes_on.set()

    def build(_: Path, out: Path, **_options: object) -> None:
        if threading.current_thread() is not second:
            second.start()
            goes_on.wait()
        steps.append("built")
        out.mkdir(exist_ok=True)
        (out / f"{opening.SLUG}.html").write_bytes(b"<p>")

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(manual, "write", write)
    monkeypatch.setattr(press, "build", build)
    opening.page()
    second.join()
    assert steps == ["source", "built"]

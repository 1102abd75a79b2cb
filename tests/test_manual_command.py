"""`book manual`: what it prints about a word, and the page that it opens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from book import cli, manual, press
from book.manual import search


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
        ("image", "Figures"),
        ("page break", "'Page breaks'"),
        ("kindle", "e-readers"),
        ("index", "'Preface, glossary, appendix'"),
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
        ("isbn", "## An ISBN"),
        ("windows", "## Windows"),
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


def test_the_chapters_can_be_written_as_a_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manual", "--write", str(tmp_path / "m")]) == 0
    assert capsys.readouterr().out == f"build it: book build {tmp_path / 'm'}\n"
    assert (tmp_path / "m/reference/settings.md").read_text("utf-8") == manual.GENERATED["reference/settings.md"]()

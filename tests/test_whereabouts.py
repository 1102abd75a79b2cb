"""A message names the file as the user would: from the folder where they are, for one book and for many, in every command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from book import cli
from tests.loops import some
from tests.making import cut_letters, write_files

SETTINGS = 'title = "T"\nlanguage = "en"\n'
FAULTY = "---\ntitle: One\nsidebar: 1\n---\n\nSee [two](tow.md).\n\nTODO: more\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with two books in it."""
    monkeypatch.setenv("CI", "")
    for name in ("docs", "notes"):
        write_files(
            tmp_path / name,
            {"handbound.toml": SETTINGS, "part/one.md": FAULTY}
            | {"two.md": "---\ntitle: Two\nsidebar: 2\n---\n\nWords.\n"},
        )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], code: str) -> list[str]:
    """Return the places of the problems with *code* that were printed."""
    printed = capsys.readouterr()
    return re.findall(rf"^(\S+:\d+:\d+): {code} ", printed.out + printed.err, re.MULTILINE)


@pytest.mark.parametrize("words", [["build", "-o", "out", "-e", "html"], ["lint"]], ids=["build", "lint"])
@pytest.mark.parametrize("folder", ["docs", "docs/", "./docs", "../{name}/docs", "{home}/docs"])
def test_a_place_can_be_opened_from_the_current_folder(
    folder: str, words: list[str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = folder.format(home=place, name=place.name)
    assert cli.main([*words, named]) == 0
    (spot,) = told(capsys, "R101")
    assert spot == f"{Path(named)}/part/one.md:6:5"
    assert Path(spot.split(":")[0]).is_file()


@pytest.mark.parametrize("command", ["build", "lint"])
def test_in_the_folder_of_the_book_a_place_begins_with_no_dot(
    command: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place / "docs")
    words = ["-o", str(place / "out"), "-e", "html"] if command == "build" else []
    assert cli.main([command, *words]) == 0
    assert told(capsys, "R101") == ["part/one.md:6:5"]


def test_one_book_and_many_are_alike(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut_letters(place / "docs", place / "out")
    assert cli.main(["build", "docs", "notes", "-o", "out", "-e", "html", "-q"]) == 0
    many = told(capsys, "R101")
    assert many == ["docs/part/one.md:6:5", "notes/part/one.md:6:5"]
    assert cli.main(["build", "docs", "-o", "alone", "-e", "html", "-q"]) == 0
    assert told(capsys, "R101") == many[:1]
    assert cli.main(["build", "docs", "-o", "alone", "-e", "html", "-q"]) == 0, "nothing has changed"
    assert told(capsys, "R101") == many[:1]


def test_the_last_line_of_a_build_that_stops_names_the_same_place(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["build", "docs", "-o", "out", "-e", "html", "--strict"]) == 1
    assert capsys.readouterr().err.endswith("; the last error is R101 at docs/part/one.md:6:5\n")


def test_events_have_the_same_paths_and_the_report_those_of_the_book(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut_letters(place / "docs", place / "out")
    for books in (["docs"], ["docs", "notes"]):
        assert cli.main(["build", *books, "-o", "out", "-e", "html", "--json"]) == 0
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        paths = {event["path"] for event in events if event.get("code") == "R101"}
        assert paths == {f"{book}/part/one.md" for book in books}
    report = json.loads((place / "out/report.json").read_text("utf-8"))
    assert {problem["path"] for problem in report["problems"] if problem["code"] == "R101"} == {"part/one.md"}


@pytest.mark.parametrize("command", ["build", "lint", "order", "check", "adopt", "fetch", "fix"])
def test_a_mistake_in_the_settings_is_placed_in_the_file_of_that_book(
    command: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(place / "docs", {"handbound.toml": f"{SETTINGS}langauge = 1\n"})
    words = ["-o", "out"] if command in ("build", "check") else []
    write_files(place / "out", {"report.json": "{}"})
    assert cli.main([command, "docs", *words]) in (1, 2)
    places = [spot for code in ("S102", "E103", "M106", "S110") for spot in told(capsys, code)]
    assert all(Path(spot.split(":")[0]).exists() for spot in places)


def test_a_changed_edition_is_named_in_the_output_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["build", "docs", "-o", "out", "-e", "html", "-q"]) == 0
    capsys.readouterr()
    (place / "out/t.html").write_text("<p>changed</p>", "utf-8")
    assert cli.main(["check", "docs", "-o", "out"]) == 1
    assert told(capsys, "E152") == ["out/t.html:1:1"]


def test_a_theme_of_the_book_is_placed_in_the_book(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_files(
        place / "docs/themes/ours", {"theme.toml": 'title = "Ours"\nextends = "folio"\n', "tokens.toml": "x = 1\n"}
    )
    write_files(place / "docs", {"handbound.toml": f'{SETTINGS}theme = "ours"\n'})
    assert cli.main(["lint", "docs"]) == 1
    spots = told(capsys, "T104")
    assert spots == ["docs/themes/ours/tokens.toml:1:1"]
    assert all(Path(spot.split(":")[0]).is_file() for spot in some(spots))


def test_findings_are_the_output_of_lint(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lint", "docs"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    places = re.findall(r"^(\S+): ([A-Z]\d{3}) ", printed.out, re.MULTILINE)
    assert places == [("docs/part/one.md:6:5", "R101"), ("docs/part/one.md:8:1", "N101")]
    assert printed.out.endswith("\n2 chapters: 0 errors, 2 warnings (R101, N101), 0 notes; 0 changes of house style\n")

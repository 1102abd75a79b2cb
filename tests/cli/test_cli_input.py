"""The command line with bad input, and what it prints."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from book import cli, press
from tests.cli.command_line import SOUND, outside
from tests.making import published, write_files

# Bad input.


@pytest.mark.parametrize("command", ["build", "lint", "order", "check"])
def test_a_folder_that_is_not_there_is_one_line_and_status_2(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, str(tmp_path / "nowhere")]) == 2
    place = f"{tmp_path}/nowhere:1:1"
    fix = f"    fix: name the folder that holds the chapters: book {command} FOLDER\n"
    assert capsys.readouterr().err == f"{place}: S106 the book's folder is not there [error]\n{fix}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.txt", "the book's folder is a file, not a folder"),
        ("a.zip", "this is an archive, not a folder"),
        ("a.docx", "this is a document, not a folder with Markdown"),
    ],
)
def test_a_file_instead_of_a_folder_is_one_line_and_status_2(
    name: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text("x")
    assert cli.main(["build", str(tmp_path / name)]) == 2
    assert f"S106 {words} [error]\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "books",
    [["https://example.org/docs"], ["git@example.org:a/b.git"], ["https://example.org/docs", "https://example.org/a"]],
)
def test_an_address_instead_of_a_folder_is_answered_with_the_command_that_downloads_it(
    books: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["build", *books, "-o", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert f"{books[0]}:1:1: S106 this is an address, and a book is a folder on this machine [error]\n" in told
    assert f"    fix: download it first: git clone {books[0]}\n" in told


def test_an_unknown_key_is_status_2_with_its_line_and_the_nearest(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sound / "handbound.toml").write_text('title = "T"\nlangauge = "en"\n', "utf-8")
    assert cli.main(["build", str(sound), "-o", str(tmp_path / "out")]) == 2
    message = "S102 unknown key 'langauge' [error]\n    fix: write language\n"
    assert capsys.readouterr().err == f"{sound}/handbound.toml:2:1: {message}"
    assert published(tmp_path / "out") == {}


def test_an_empty_book_is_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = write_files(tmp_path / "empty", {"handbound.toml": 'title = "T"\n'})
    assert cli.main(["build", str(book), "-o", str(tmp_path / "out"), "-q"]) == 1
    assert capsys.readouterr().err.startswith(f"{book}:1:1: M102 the folder contains no chapters [error]\n    fix: ")


def test_a_chapter_that_is_not_utf_8_is_status_1_with_line_and_column(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sound / "b.md").write_bytes(b"# B\n\nCaf\xe9\n")
    assert cli.main(["build", str(sound), "-o", str(tmp_path / "out"), "-q"]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(
        f"{sound}/b.md:3:4: M107 the file is not UTF-8: the byte 0xe9 cannot be read [error]\n    fix: save the file as UTF-8 text\n"
    )
    assert told.err.endswith(f"not published: 1 error, 0 warnings; the last error is M107 at {sound}/b.md:3:4\n")
    assert told.out == ""


@pytest.mark.parametrize(("book", "out"), [("b", "b/out"), ("out/b", "out")], ids=["in the book", "holds the book"])
def test_no_chapter_is_lost_wherever_the_output_folder_is(
    book: str, out: str, tmp_path: Path, cut: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(tmp_path / book, SOUND)
    shutil.copytree(cut, tmp_path / out / ".cache" / "fonts")
    words = ["build", str(tmp_path / book), "-o", str(tmp_path / out), "-e", "html"]
    for _ in range(2):  # the second finds the editions of the first
        assert cli.main(words) == 0
        assert "\n2 chapters, 0 changes of house style, 0 warnings; " in capsys.readouterr().out
    assert cli.main(["clean", "-o", str(tmp_path / out), "--all"]) == 0
    assert sorted(published(tmp_path / book)) == sorted(SOUND)


def test_a_symbolic_link_is_only_an_output_folder_when_it_is_named(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    (sound / "build").symlink_to(tmp_path / "other")
    monkeypatch.chdir(sound)
    assert cli.main(["build", ".", "-e", "html"]) == 1
    assert capsys.readouterr().err.startswith("build:1:1: W110 the output folder is a link [error]\n")
    assert list((tmp_path / "other").iterdir()) == []


def test_an_error_leaves_the_earlier_editions_byte_for_byte(
    sound: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html"]) == 0
    before = published(out)
    assert sorted(before) == ["index.html", "report.json", "tiny.html"]
    for fault in (
        "> " * 100 + "x\n",
        "---\ntitle: a\ntitle: b\n---\n",
    ):
        (sound / "b.md").write_text(fault, "utf-8")
        assert cli.main(["build", str(sound), "-o", str(out), "-e", "html"]) == 1
        assert published(out) == before
    assert "Traceback" not in capsys.readouterr().err


def test_strict_makes_a_warning_an_error_and_leaves_notes_alone(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["lint", str(sound)]
    (sound / "b.md").write_text(SOUND["b.md"] + "\n### A level is skipped\n\n##### Here\n", "utf-8")
    assert cli.main([*words, "--strict", "-v"]) == 0
    assert "G111" in capsys.readouterr().out
    assert cli.main(words) == 0
    told = capsys.readouterr()
    assert re.search(
        r"G111 .* \[note\]\n2 chapters: 0 errors, 0 warnings, 1 note; 0 changes of house style\n$", told.out
    )
    assert told.err == ""
    (sound / "b.md").write_text(SOUND["b.md"] + "\n[x](nowhere.md)\n", "utf-8")
    assert cli.main(words) == 0
    assert "R101" in capsys.readouterr().out
    assert cli.main([*words, "--strict"]) == 1
    told = capsys.readouterr()
    assert told.out.endswith("\n2 chapters: 1 error, 0 warnings, 0 notes; 0 changes of house style\n")
    assert told.err == ""


def test_a_check_without_a_build_reports_that_nothing_was_built(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(sound), "-o", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert "E103 no build to check here" in told
    assert told.endswith("    fix: name the folder of the editions with -o, or build them: book build\n")


# What is printed.


def test_a_successful_build_lists_its_files(sound: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html", "-e", "epub"]) == 0
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "reading the chapters",
        "setting chapter 1 of 2",
        "composing the book",
        "making epub, 1 of 2",
        "making html, 2 of 2",
        "checking the editions",
        "publishing",
        "published",
        '"Tiny", in the language "en"; order: front matter: the numbers under `sidebar`',
    ]
    assert re.fullmatch(
        rf"{out}/tiny\.epub +\d+ kB\n{out}/tiny\.html +\d+ kB\n2 chapters, 0 changes of house style, 0 warnings; checks: \d+ passed(?:, 1 not run \(EPUBCheck: runs with --check\))?\n"
        rf"open {out}/index\.html\n",
        printed.out,
    )
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html", "-q", "--force"]) == 0
    assert capsys.readouterr() == ("", "")
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html"]) == 0
    assert capsys.readouterr().out.endswith(f"nothing has changed since these were built\nopen {out}/index.html\n")


def test_a_profile_lists_how_long_each_part_took(sound: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html", "-q", "--profile"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    tables = [table.splitlines() for table in printed.err.strip().split("\n\n")]
    assert [table[0].split()[0] for table in tables] == ["step", "edition", "chapter,"]
    assert [row.split()[0] for row in tables[0][1:]] == [step.name for step in press.STEPS] + ["all"]
    assert [row.split()[0] for row in tables[1][1:]] == ["html"]
    work = {row.split("  ")[0] for row in tables[2][1:]}
    assert work == {f"{name}, {kind}" for name in ("a.md", "b.md") for kind in ("reading", "house style", "composing")}


def test_another_program_reads_events(sound: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sound / "b.md").write_text(SOUND["b.md"] + "\n[x](nowhere.md)\n", "utf-8")
    words = ["build", str(sound), "-o", str(out), "-e", "html", "--json"]

    def events() -> list[dict[str, object]]:
        printed = capsys.readouterr()
        assert printed.err == ""
        return [json.loads(line) for line in printed.out.splitlines()]

    assert cli.main(words) == 0
    first = events()
    assert [event for event in first if event["event"] == "progress"][1].items() >= {"number": 1, "total": 2}.items()
    assert [event["code"] for event in first if event["event"] == "problem"] == ["R101"]
    assert [event["path"] for event in first if event["event"] == "file"] == [f"{out}/tiny.html"]
    assert first[-1] == {"event": "end", "status": 0, "built": True, "open": f"{out}/tiny.html"}
    assert cli.main(words) == 0
    again = events()
    assert again == [*(event for event in first[:-1] if event["event"] != "progress"), first[-1] | {"built": False}]
    (sound / "b.md").write_text("---\ntitle: a\ntitle: b\n---\n", "utf-8")
    assert cli.main(words) == 1
    assert events()[-1] == {"event": "end", "status": 1, "built": True, "open": None}
    assert cli.main(["build", str(sound / "nowhere"), "--json"]) == 2
    assert [event["event"] for event in events()] == ["problem", "end"]


def test_the_reading_order_is_a_tree_with_its_sources(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["order", str(sound)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["├─ One  [a.md · sidebar: 1]", "└─ Two  [b.md · sidebar: 2]"]


def test_the_themes_are_listed_and_base_is_none_of_them(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["themes", str(sound)]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert "folio" in names
    assert "base" not in names


def test_cleaning_removes_the_cache_and_with_all_what_was_written(sound: Path, out: Path) -> None:
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html"]) == 0
    (out / "mine.txt").write_text("x")
    assert cli.main(["clean", "-o", str(out)]) == 0
    assert not (out / ".cache").exists()
    assert sorted(published(out)) == ["index.html", "mine.txt", "report.json", "tiny.html"]
    assert cli.main(["clean", "-o", str(out), "--all"]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["mine.txt"]


def test_cleaning_what_is_old_leaves_the_set_and_the_cache(
    sound: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html"]) == 0
    (sound / "handbound.toml").write_text((sound / "handbound.toml").read_text("utf-8") + 'slug = "anew"\n', "utf-8")
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html"]) == 0
    assert "book clean --old" in capsys.readouterr().err
    (former,) = {path.name for path in out.glob("*.html")} - {"index.html", "anew.html"}
    assert cli.main(["clean", "-o", str(out), "--old"]) == 0
    assert capsys.readouterr().out == f"removed {out / former}\n"
    assert (out / "anew.html").exists()
    assert (out / ".cache").exists()
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html"]) == 0
    assert "E154" not in capsys.readouterr().err, "the summary of the last build is not shown once more"
    assert cli.main(["clean", "-o", str(out), "--old"]) == 0
    assert cli.main(["clean", "-o", str(out / "nowhere"), "--old"]) == 0
    assert capsys.readouterr().out.endswith(f"nothing to remove in {out}\nthere is no folder {out / 'nowhere'}\n")


def test_cleaning_reaches_the_output_folders_in_an_output_folder(
    sound: Path, tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = (out / "one", out / "gallery" / "folio")
    assert [cli.main(["build", str(sound), "-o", str(other), "-e", "html", "-q"]) for other in others] == [0, 0]
    (out / "gallery" / "mine.txt").write_text("x")
    capsys.readouterr()
    assert cli.main(["clean", "-o", str(out), "--all"]) == 0
    told = capsys.readouterr().out
    assert all(f"removed {other}/tiny.html\n" in told for other in others)
    assert sorted(published(out)) == ["gallery/mine.txt"]
    assert not any(other.exists() for other in others)
    assert cli.main(["clean", "-o", str(out), "--all"]) == 0
    assert capsys.readouterr().out == f"nothing to remove in {out}\n"
    assert cli.main(["clean", "-o", str(tmp_path / "nowhere")]) == 0
    assert capsys.readouterr().out == f"there is no folder {tmp_path / 'nowhere'}\n"


@pytest.mark.parametrize("command", ["build", "check", "clean"])
@pytest.mark.parametrize("folder", ["file", "file/of/mine"])
def test_a_file_as_the_output_folder_is_wrong_usage(
    command: str, folder: str, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    words = [command, *([] if command == "clean" else [str(sound)]), "-o", str(tmp_path / folder)]
    assert cli.main(words) == 2
    told = f"{tmp_path / 'file'}:1:1: W101 this is a file, not a folder [error]\n    fix: name a folder: -o OUT\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize(
    ("name", "words"),
    [("handbook.pdf", "-o handbook -e pdf"), ("x/My book.EPUB", "-o 'My book' -e epub"), ("book.md", "-o book\n")],
)
def test_an_output_folder_with_the_name_of_an_edition_is_wrong_usage(
    name: str, words: str, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["build", str(sound), "-e", "html", "-o", str(tmp_path / name)]) == 2
    error = capsys.readouterr().err
    assert "W101 this is the name of a file, not of a folder" in error
    assert words in error
    (tmp_path / name).mkdir(parents=True)
    assert cli.main(["build", str(sound), "-e", "html", "-o", str(tmp_path / name)]) == 0


def test_a_name_with_spaces_needs_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(
        write_files(tmp_path, {"Part 1 – Fire.md": "# A\n\nA.\n", "our book/a.md": "# A\n\nA.\n"}).resolve()
    )
    assert cli.main(["build", *"Part 1 – Fire.md".split(), "-e", "html"]) == 2
    assert "fix: write quotes around a name with spaces: book build 'Part 1 – Fire.md'" in capsys.readouterr().err
    assert cli.main(["build", "our", "book"]) == 2
    assert "book build 'our book'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_book_is_not_read_from_standard_input(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["build", name]) == 2
    assert "a book is read from files, not from standard input" in capsys.readouterr().err


def test_the_names_of_editions_may_have_capitals(sound: Path, tmp_path: Path) -> None:
    assert cli.main(["build", str(sound), "-e", "HTML,Epub", "-o", str(tmp_path / "out")]) == 0
    assert {path.suffix for path in (tmp_path / "out").iterdir()} >= {".html", ".epub"}


def test_nothing_that_an_author_wrote_reaches_the_terminal_raw(tmp_path: Path) -> None:
    book = write_files(
        tmp_path / "b",
        {"a.md": "# A\n\n[x](<\x1b]0;owned\x07\u202e.md>) ![y](<::error::z>)\n\n<script title='\x1b[31m'>\n"},
    )
    done = outside("lint", "-v", str(book))
    assert done.returncode == 0
    assert done.stdout.count("\n") >= 4
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|^::", done.stdout + done.stderr, re.MULTILINE
    )


def test_a_closed_pipe_on_standard_output_is_not_an_error(sound: Path) -> None:
    command = f"{sys.executable} -m book order {sound} | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")

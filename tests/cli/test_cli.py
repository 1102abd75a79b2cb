"""The command `book`: its arguments, its output and its exit status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from book import cli
from tests.cli.command_line import EMPTY
from tests.making import published, write_files

# Words.


def test_help_names_every_command_with_examples_and_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    told = capsys.readouterr().out
    for name in ("build", "check", "lint", "order", "themes", "clean"):
        assert re.search(rf"^ +{name} ", told, re.MULTILINE)
        with pytest.raises(SystemExit) as end:
            cli.main([name, "--help"])
        assert end.value.code == 0
        about = capsys.readouterr().out
        assert "examples:\n  book " in about
        assert "exit status:" in about


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    version = re.search(r'^version = "([^"]+)"', (root / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version
    assert capsys.readouterr().out == f"book (Handbound) {version[1]}\n"


@pytest.mark.parametrize("words", [[], ["bulid"], ["build", "--nonsense"], ["check", "a", "b"], ["build", "-o"]])
def test_unknown_words_on_the_command_line_give_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: book")


@pytest.mark.parametrize(
    "words", [["build", "-o", ""], ["build", "-o", " "], ["build", ""], ["new", ""], ["fix", ""], ["check", "-o", ""]]
)
def test_a_folder_without_a_name_is_not_the_current_one(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A variable that a script has not set."""
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    assert end.value.code == 2
    assert "its name is empty" in capsys.readouterr().err


def test_an_edition_that_does_not_exist_is_wrong_usage_and_the_nearest_is_named(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["build", str(sound), "-o", str(tmp_path / "out"), "-e", "epbu"])
    assert end.value.code == 2
    message = "there is no edition 'epbu'; did you mean epub? The editions are: epub, pdf, print, cover, large, booklet, html, handout\n"
    assert capsys.readouterr().err.endswith(f"error: argument -e/--edition: {message}")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["build", "check"])
def test_a_theme_that_does_not_exist_is_reported(
    command: str, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = write_files(tmp_path / "out", {"report.json": EMPTY})
    assert cli.main([command, str(sound), "-o", str(out), "--theme", "foli"]) == 2
    assert (
        capsys.readouterr().err == "--theme:1:1: T101 there is no theme 'foli' [error]\n    fix: did you mean folio?\n"
    )
    assert list(published(out)) == ["report.json"]


@pytest.mark.parametrize("command", ["build", "lint"])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'editions = ["html", "pddf"]',
            "2:21: E101 there is no edition 'pddf' [error]\n    fix: did you mean pdf? The editions are: ",
        ),
        ('theme = "follio"', "2:9: T101 there is no theme 'follio' [error]\n    fix: did you mean folio?\n"),
        (
            "editions = [\n  'xyz',\n]",
            "3:3: E101 there is no edition 'xyz' [error]\n    fix: the editions are: epub, pdf, ",
        ),
    ],
)
def test_a_slip_in_the_settings_is_reported_at_its_place_before_a_chapter_is_read(
    line: str, said: str, command: str, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sound / "handbound.toml").write_text(f'title = "T"\n{line}\n', "utf-8")
    (sound / "a.md").write_bytes(b"\xff")
    where = ["-o", str(tmp_path / "out")] if command == "build" else []
    assert cli.main([command, str(sound), *where]) == 2
    assert capsys.readouterr().err.startswith(f"{sound}/handbound.toml:{said}")


def test_what_is_only_looked_at_has_no_theme(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["lint", str(sound), "--theme", "folio"])
    assert end.value.code == 2
    assert "unrecognized arguments: --theme folio" in capsys.readouterr().err


def test_a_title_of_a_theme_is_printed_as_messages_are(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = sound / "themes"
    for name in ("loud", "wrong"):
        (home / name).mkdir(parents=True)
    (home / "loud/theme.toml").write_text('title = "::error::x"\ndescription = "\\u001b[31mred\\nsecond"\n')
    (home / "wrong/theme.toml").write_text("title = 3\n")
    assert cli.main(["themes", str(sound)]) == 1
    out, err = capsys.readouterr()
    assert "\x1b" not in out
    assert "\n::" not in out
    assert "\\x1b[31mred\\nsecond" in out
    assert "folio" in out
    assert err.startswith(f"{home}/wrong/theme.toml:1:1: T102 ")


@pytest.mark.parametrize(
    ("files", "title"),
    [
        (("handbound.toml", "a.md"), "Here"),
        (("handbound.toml", "a.md", "content/b.md"), "Here"),
        (("a.md",), "A"),
        (("content/b.md", "README.md"), "B"),
    ],
)
def test_a_command_without_a_book_means_the_book_where_it_runs(
    files: tuple[str, ...],
    title: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "content/b.md" in files:
        (tmp_path / "content").mkdir()
    texts = {"handbound.toml": 'title = "Here"\n', "a.md": "# A\n", "content/b.md": "# B\n", "README.md": "# R\n"}
    for name in files:
        (tmp_path / name).write_text(texts[name], "utf-8")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["build", "-e", "html"]) == 0
    (page,) = (path for path in Path("build").glob("*.html") if path.name != "index.html")
    assert title in page.read_text("utf-8")
    assert (tmp_path / "build" / "report.json").is_file()
    assert cli.main(["order"]) == 0
    assert "[" in capsys.readouterr().out


def test_a_folder_that_is_no_book_is_reported_with_the_words_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lint"]) == 2
    told = ".:1:1: S106 this folder holds no Markdown [error]\n    fix: name the folder of the book: book lint FOLDER; to start a book: book new FOLDER\n"
    assert capsys.readouterr().err == told
    assert cli.main(["fix"]) == 2
    assert capsys.readouterr().err == told.replace("lint", "fix")
    assert cli.main(["lint", "content"]) == 2
    assert capsys.readouterr().err.startswith("content:1:1: S106 the book's folder is not there [error]\n")
    Path("docs").mkdir()
    for name in ("a.md", "b.md", "handbound.toml"):
        Path("docs", name).touch()
    assert cli.main(["build", "docs/a.md"]) == 2
    assert "build the folder: book build docs; or give" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "text"),
    [(("help",), "Turn a folder"), (("help", "fix"), "usage: book fix"), (("version",), "book (Handbound)")],
)
def test_help_and_version_may_be_words(words: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 0
    assert text in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("biuld",), "there is no command “biuld”; did you mean build?"),
        (("zzzz",), "there is no command “zzzz”; the commands are: new, adopt,"),
        (("init", "my-book"), "there is no command “init”; to start a book: book new FOLDER"),
        (("watch",), "there is no command “watch”; to see the book while you write: book serve"),
        (("list",), "there is no command “list”; for the chapters in their order: book order"),
        (("-e", "pdf", "build"), "options stand after the command; did you mean: book build -e pdf"),
        (("-o", "out", "build", "docs"), "options stand after the command; did you mean: book build -o out docs"),
        (("build", "--formt", "pdf"), "unrecognized arguments: --formt; write -e"),
        (("build", "--ouptut", "x"), "unrecognized arguments: --ouptut; write -o"),
        (("lint", "--format", "html"), "unrecognized arguments: --format; write -e"),
        (("build", "--output=x"), "unrecognized arguments: --output=x; write -o"),
        (("check", "content", "pdf", "epub"), "several editions are written with commas: -e pdf,epub"),
        (("build", "content", "-e", "epub", "pdf"), "several editions are written with commas: -e epub,pdf"),
        (("build", "content", "--edition=html,epub", "pdf"), "written with commas: -e html,epub,pdf"),
        (("build", "--pdf", "--html"), "unrecognized arguments: --pdf --html; did you mean: book build -e pdf,html"),
        (("pdf",), "there is no command “pdf”; did you mean: book build -e pdf"),
        (("epub", "docs", "pdf"), "there is no command “epub”; did you mean: book build docs -e epub,pdf"),
        (("clean", "my-book"), "the folder to clean is that of the editions, named with -o (default: build)"),
        (("themes", "--galery"), "unrecognized arguments: --galery; did you mean --gallery?"),
        (("build", "--opne", "content"), "unrecognized arguments: --opne; did you mean --open?"),
        (("clean", "--pdf"), "unrecognized arguments: --pdf"),
        ((), "book build my-book --open"),
    ],
)
def test_a_command_line_that_is_wrong_says_what_was_meant(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        (("-e", "html", "pdf"), "-e html,pdf"),
        (("content", "epub"), "-e epub"),
        (("content", "epub", "pdf"), "-e epub,pdf"),
        (("epub",), "-e epub"),
    ],
)
def test_editions_among_the_books_are_shown_with_their_option(
    words: tuple[str, ...],
    fix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_files(tmp_path, {"content/a.md": "# A\n\nWords.\n"})
    monkeypatch.chdir(tmp_path)
    assert cli.main(["build", *words]) == 2
    assert f"editions are named with -e, several with commas: {fix}\n" in capsys.readouterr().err
    assert not (tmp_path / "build").exists()


def test_lint_reports_what_a_build_would_find_in_the_theme_and_in_the_letters(
    sound: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sound / "a.md").write_text("# A\n\nA key: 𝕏.\n", "utf-8")
    ours = sound / "themes" / "ours"
    ours.mkdir(parents=True)
    (sound / "handbound.toml").write_text('title = "T"\ntheme = "ours"\n', "utf-8")
    (ours / "theme.toml").write_text('title = "Ours"\nextends = "folio"\n', "utf-8")
    (ours / "tokens.toml").write_text("[page.print]\nwidth = 140\n[fnt.serif]\n", "utf-8")
    assert cli.main(["lint", str(sound)]) == 1
    told = capsys.readouterr().out
    assert (
        'themes/ours/tokens.toml:2:1: T102 page.print.width is 140 [error]\n    fix: write a length: width = "140mm"'
        in told
    )
    assert "themes/ours/tokens.toml:3:1: T104 unknown token 'fnt' [error]" in told
    (ours / "tokens.toml").unlink()
    assert cli.main(["lint", str(sound)]) == 0
    assert "a.md:3:8: E102 the theme ours has no glyph for 𝕏" in capsys.readouterr().out

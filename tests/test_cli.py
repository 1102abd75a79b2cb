"""The command `book`: its arguments, its output and its exit status."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from book import cli, press
from book.markdown import pandoc
from tests.making import published, write_files

CHAPTER = "---\ntitle: {title}\nsidebar: {number}\n---\n\nHello.\n"
EMPTY = '{"works": [], "checks": [], "page_map": {"edition": "pdf", "pages": []}}'
"""A report of nothing."""
ANSWER = '[ "$1" = --version ] && echo pandoc 3.9 && exit'
"""The line of a shell script that prints the version of pandoc."""
SOUND = {
    "handbound.toml": 'title = "Tiny"\n',
    "a.md": CHAPTER.format(title="One", number=1),
    "b.md": CHAPTER.format(title="Two", number=2),
}


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_files(tmp_path / "sound", SOUND)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the font subsets for the little book; without it, every process makes them again."""
    home = tmp_path_factory.mktemp("cut")
    book = write_files(home / "book", SOUND)
    assert press.build(book, home / "out", editions=("html", "epub")).status == 0
    return home / "out" / ".cache" / "fonts"


@pytest.fixture
def out(tmp_path: Path, cut: Path) -> Path:
    """An output folder with such a cache."""
    shutil.copytree(cut, tmp_path / "out" / ".cache" / "fonts")
    return tmp_path / "out"


@pytest.fixture
def fake_pandoc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Replace pandoc by a shell script: ``fake_pandoc(script)`` returns its path."""

    def write(script: str) -> Path:
        path = tmp_path / "pandoc"
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("PYPANDOC_PANDOC", str(path))
        pandoc.door.cache_clear()
        return path

    yield write
    pandoc.door.cache_clear()


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the variables of CI."""
    monkeypatch.delenv("CI", raising=False)


def outside(*words: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    environment = {**os.environ, "CI": "", **variables}
    return subprocess.run(
        [sys.executable, "-m", "book", *words], cwd=cwd, env=environment, check=False, capture_output=True, text=True
    )


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


# Bad input.


@pytest.mark.parametrize("command", ["build", "lint", "order", "check"])
def test_a_folder_that_is_not_there_is_one_line_and_status_2(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, str(tmp_path / "nowhere")]) == 2
    place = f"{tmp_path}/nowhere:1:1"
    fix = f"    fix: name the folder that holds the chapters: book {command} FOLDER\n"
    assert capsys.readouterr().err == f"{place}: S106 the book's folder is not there [error]\n{fix}"


def test_a_file_instead_of_a_folder_is_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.md").write_text("x")
    assert cli.main(["build", str(tmp_path / "a.md")]) == 2
    assert "S106 the book's folder is a file, not a folder [error]\n" in capsys.readouterr().err


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


@pytest.mark.parametrize(
    ("book", "out"),
    [("b", "b"), ("b", "b/out"), ("out/b", "out")],
    ids=["is the book", "in the book", "holds the book"],
)
def test_no_chapter_is_lost_wherever_the_output_folder_is(
    book: str, out: str, tmp_path: Path, cut: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(tmp_path / book, SOUND)
    shutil.copytree(cut, tmp_path / out / ".cache" / "fonts")
    words = ["build", str(tmp_path / book), "-o", str(tmp_path / out), "-e", "html"]
    for _ in range(2):  # the second finds the editions of the first
        assert cli.main(words) == 0
        assert "\n2 chapters, 0 changes, 0 warnings; " in capsys.readouterr().out
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
        "---\ntitle: [\n---\n",
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
    assert capsys.readouterr() == ("2 chapters: 0 errors, 0 warnings, 1 note; 0 changes in house style\n", "")
    (sound / "b.md").write_text(SOUND["b.md"] + "\n[x](nowhere.md)\n", "utf-8")
    assert cli.main(words) == 0
    assert "R101" in capsys.readouterr().out
    assert cli.main([*words, "--strict"]) == 1
    told = capsys.readouterr()
    assert told.out.endswith("\n2 chapters: 1 error, 0 warnings, 0 notes; 0 changes in house style\n")
    assert told.err == ""


def test_a_check_without_a_build_reports_that_nothing_was_built(
    sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(sound), "-o", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert "E103 no build to check here" in told
    assert told.endswith("    fix: run: book build\n")


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
        rf"{out}/tiny\.epub +\d+ kB\n{out}/tiny\.html +\d+ kB\n2 chapters, 0 changes, 0 warnings; checks: \d+ passed(?:, 1 not run \(EPUBCheck: runs with --check\))?\n"
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
    (sound / "b.md").write_text("---\ntitle: [\n---\n", "utf-8")
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


# Tools that are missing, and the end of a run.


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH that prevents libraries from loading Pango, as on a machine without it."""
    return write_files(
        tmp_path / "without",
        {
            "sitecustomize.py": "import sys\n"
            "class Refuse:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name == 'weasyprint':\n"
            "            raise OSError(\"cannot load library 'libpango-1.0-0'\")\n"
            "sys.meta_path.insert(0, Refuse())\n"
        },
    )


def test_without_pango_epub_and_html_are_published_and_one_message_names_the_package(
    sound: Path, out: Path, without: Path
) -> None:
    done = outside("build", str(sound), "-o", str(out), "-q", PYTHONPATH=str(without))
    assert done.returncode == 3, done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert "X101" in done.stderr
    assert (
        "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in done.stderr
    )
    assert sorted(published(out)) == ["index.html", "report.json", "tiny.epub", "tiny.html"]
    page = published(out)["index.html"].decode()
    assert 'href="tiny.epub"' in page
    assert "tiny.pdf" not in page


def test_without_pango_a_pdf_alone_publishes_nothing(sound: Path, tmp_path: Path, without: Path) -> None:
    done = outside("build", str(sound), "-o", str(tmp_path / "out"), "-e", "pdf", "-q", PYTHONPATH=str(without))
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr
    assert published(tmp_path / "out") == {}


@pytest.mark.parametrize(
    ("script", "said"), [("exit 1", "pandoc does not start"), ("echo pandoc 2.17.1.1", "pandoc 2.17.1.1 is too old")]
)
def test_a_pandoc_that_is_missing_or_too_old_is_status_3(
    script: str,
    said: str,
    sound: Path,
    tmp_path: Path,
    fake_pandoc: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_pandoc(script)
    assert cli.main(["build", str(sound), "-o", str(tmp_path / "out")]) == 3
    message = capsys.readouterr().err
    assert said in message
    assert message.endswith("    fix: pip install pypandoc_binary\n")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interrupted_run_prints_one_message_and_leaves_the_earlier_editions(
    number: signal.Signals, status: int, sound: Path, out: Path, fake_pandoc: Callable[[str], Path]
) -> None:
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html"]) == 0
    before = published(out)
    hanging = fake_pandoc(f'{ANSWER}\ntouch "$0.begun"\nexec sleep 600')
    (sound / "a.md").write_text(SOUND["a.md"] + "New.\n", "utf-8")
    command = [sys.executable, "-m", "book", "build", str(sound), "-o", str(out), "-e", "html"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not Path(f"{hanging}.begun").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=300)
    assert process.returncode == status
    assert said.splitlines()[-1] == "interrupted; existing editions are unchanged"
    assert published(out) == before


def test_a_caller_with_its_own_signal_handlers_still_receives_signals(
    sound: Path, fake_pandoc: Callable[[str], Path]
) -> None:
    fake_pandoc(f"{ANSWER}\nkill -TERM $PPID\nexec sleep 600")
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):  # the tests' own
        cli.main(["lint", str(sound)])


def test_after_a_command_signals_mean_what_they_meant_before(sound: Path) -> None:
    listeners = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert cli.main(["lint", str(sound)]) == 0
        assert {signal.getsignal(number) for number in listeners} == {signal.SIG_DFL}
    finally:
        for number, listener in listeners.items():
            signal.signal(number, listener)


def test_a_pandoc_that_hangs_is_ended_and_reported(
    sound: Path, fake_pandoc: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    hanging = fake_pandoc(f'{ANSWER}\nsleep 60\ntouch "$0.ended"')
    (sound / "handbound.toml").write_text("[limits]\npandoc_seconds = 1\n", "utf-8")
    assert cli.main(["lint", str(sound)]) == 1
    assert not Path(f"{hanging}.ended").exists(), "nobody waited for it"
    message = capsys.readouterr().err
    assert "a.md:5:1: G102 pandoc took more than 1 s\n" in message or "titles:1:1: G102" in message


@pytest.mark.parametrize(
    ("script", "code"),
    [("echo garbage", "G104"), ("exit 251", "G103"), ("echo no >&2; exit 64", "G104"), ("kill -9 $$", "G104")],
)
def test_a_pandoc_that_fails_is_one_line_for_each_chapter(
    script: str, code: str, sound: Path, fake_pandoc: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fake_pandoc(f"{ANSWER}\n{script}")
    assert cli.main(["lint", str(sound)]) == 1
    assert code in capsys.readouterr().err


@pytest.mark.parametrize(
    ("package", "install", "edition", "made"),
    [
        ("weasyprint", "weasyprint", "pdf", True),
        ("segno", "segno", "handout", True),
        ("nh3", "nh3", "pdf", False),
        ("lxml", "lxml", "pdf", False),
        ("yaml", "PyYAML", "pdf", False),
    ],
)
def test_a_missing_package_is_one_message_and_other_editions_are_made(
    package: str, install: str, edition: str, made: bool, sound: Path, out: Path
) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None; from book.cli import main; raise SystemExit(main(sys.argv[1:]))"
    )
    words = ("build", str(sound), "-o", str(out), "-e", "html", "-e", edition)
    if package == "segno":
        (sound / "linked.md").write_text("# Linked\n\n[A link](https://example.org/).\n")
    done = subprocess.run([sys.executable, "-c", code, *words], check=False, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if " X111 " in line]
    assert len(told) == 1
    assert f"pip install {install}" in done.stderr
    assert bool(list(out.glob("*.html"))) is made


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
    assert "name the folder that holds the chapters: book lint FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("biuld",), "there is no command 'biuld'; did you mean build?"),
        (("zzzz",), "there is no command 'zzzz'; the commands are: new, adopt,"),
        (("lint", "--format", "html"), "unrecognized arguments: --format; write -e"),
        (("build", "--output=x"), "unrecognized arguments: --output=x; write -o"),
        (("check", "content", "pdf", "epub"), "several editions are written with commas: -e pdf,epub"),
    ],
)
def test_a_command_line_that_is_wrong_says_what_was_meant(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_editions_with_a_blank_between_them_are_shown_with_a_comma(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["build", "-e", "html", "pdf"]) == 2
    assert "several editions are written with commas: -e html,pdf" in capsys.readouterr().err


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

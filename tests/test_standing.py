"""A build of some editions keeps the others in the set while they are true, and reports those that are not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import pytest
from msgspec import Struct

from book import checking, cli, press, seal
from book.edition import Edition
from book.model import Book, Made
from book.problems import Kind, ManuscriptError, Place, PublishError, Severity
from book.standing import clean_old
from book.theme import Theme
from book.values import Result
from tests.making import SETTINGS, write_book, write_files

pytestmark = [pytest.mark.needs_pango, pytest.mark.usefixtures("contented_epubcheck")]

CHAPTERS = {
    "a.md": "---\nsidebar: 1\n---\n\n# One\n\nHere stand some words.\n",
    "b.md": "---\nsidebar: 2\n---\n\n# Two\n\nMore words stand here.\n",
}
MARK = 'role="doc-pagebreak"'
EVERY = [
    "tiny.epub", "tiny.pdf", "tiny-print.pdf", "tiny-cover.pdf", "tiny-large.pdf", "tiny-booklet.pdf", "tiny-booklet-letter.pdf",
    "booklets/a.pdf", "booklets/b.pdf", "tiny.html", "tiny-handout.pdf", "tiny-handout-letter.pdf", "handouts/a.pdf", "handouts/b.pdf",
]  # fmt: skip


class Output(Struct, frozen=True, kw_only=True):
    """A book and its output folder."""

    book: Path
    out: Path

    def build(self, *editions: str, **options: object) -> Result:
        return press.build(self.book, self.out, editions=editions, **options)  # type: ignore[arg-type]

    def write(self, name: str, text: str) -> None:
        write_files(self.book, {name: text})

    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in self.out.rglob("*")
            if path.is_file() and not path.relative_to(self.out).parts[0].startswith(".")
        }

    def built(self) -> dict[str, bytes]:
        """Return the files of a build of the editions in the settings."""
        assert self.build().status == 0
        return self.files()

    def works(self) -> list[str]:
        rows = json.loads((self.out / "report.json").read_bytes())["works"]
        return [row["path"] for row in rows if row["status"] == "made"]

    def offered(self, names: Iterable[str] = EVERY) -> list[str]:
        page = (self.out / "index.html").read_text("utf-8")
        return [name for name in names if f'href="{name}"' in page]


def codes(result: Result) -> list[str]:
    return [problem.code for problem in result.report.problems]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a book in ``book`` and all its editions in ``out``."""
    home = tmp_path_factory.mktemp("standing")
    write_book(home / "book", CHAPTERS)
    assert press.build(home / "book", home / "out").status == 0
    return home


@pytest.fixture
def place(full: Path, tmp_path: Path) -> Output:
    shutil.copytree(full, tmp_path / "home")
    return Output(book=tmp_path / "home" / "book", out=tmp_path / "home" / "out")


def without(*names: str) -> list[str]:
    return [name for name in EVERY if name not in names]


@pytest.mark.parametrize("editions", [["html"], ["pdf"], ["epub", "handout"]])
def test_some_editions_of_the_same_text_give_the_set_that_all_of_them_gave(place: Output, editions: list[str]) -> None:
    before = place.files()
    assert place.works() == place.offered() == EVERY
    result = place.build(*editions)
    assert (result.status, codes(result)) == (0, [])
    assert place.files() == before
    assert MARK in (place.out / "tiny.html").read_text("utf-8")
    assert checking.check(place.book, place.out).status == 0
    assert seal.clean(place.out, (), everything=True).problems == ()
    assert place.files() == {}


def test_the_digest_of_a_text_is_the_same_in_every_process(place: Output) -> None:
    before = place.files()
    words = [sys.executable, "-m", "book", "build", str(place.book), "-o", str(place.out), "-e", "html", "--force"]
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "2"})
    assert place.files() == before


def test_editions_of_an_earlier_text_stay_but_are_not_of_the_set(place: Output) -> None:
    before = place.files()
    place.write("a.md", CHAPTERS["a.md"].replace("some words", "other words"))
    result = place.build("html")
    assert result.status == 0
    (note,) = result.report.problems
    assert (note.code, note.message.rpartition("; ")[2]) == (
        "E154",
        "so EPUB and HTML of this build have no page numbers",
    )
    assert place.works() == place.offered() == ["tiny.html"]
    after = place.files()
    assert {name: after[name] for name in without("tiny.html")} == {name: before[name] for name in without("tiny.html")}
    assert MARK not in (place.out / "tiny.html").read_text("utf-8"), "the pages of another text number nothing"
    assert checking.check(place.book, place.out).status == 0
    result = place.build("epub")
    assert codes(result) == ["E154"], "they are told of as long as they stand"
    assert place.works() == ["tiny.epub", "tiny.html"]
    place.write("a.md", CHAPTERS["a.md"])
    result = place.build()
    assert codes(result) == []
    assert place.works() == EVERY
    assert place.files() == before


def test_a_note_is_no_error_where_warnings_are(place: Output) -> None:
    place.write("a.md", CHAPTERS["a.md"] + "\nMore.\n")
    result = place.build("html", be_strict=True)
    assert (result.status, codes(result)) == (0, ["E154"])


def test_a_file_that_is_not_printed_changes_nothing(place: Output) -> None:
    place.write("notes.txt", "nothing that is printed")
    assert codes(place.build("html")) == []
    assert place.works() == EVERY


@pytest.mark.parametrize("name", ["tiny-print.pdf", "handouts/a.pdf", "tiny-booklet-letter.pdf"])
def test_a_deleted_file_leaves_the_set_alone(place: Output, name: str) -> None:
    (place.out / name).unlink()
    assert codes(place.build("html")) == []
    assert place.works() == place.offered() == without(name)
    assert not (place.out / name).exists()
    assert checking.check(place.book, place.out).status == 0


@pytest.mark.parametrize("name", ["tiny-print.pdf", "handouts/a.pdf", "tiny.epub"])
def test_a_changed_file_leaves_the_set_and_stays(place: Output, name: str) -> None:
    (place.out / name).write_bytes(b"mine")
    result = place.build("html")
    assert codes(result) == ["E154"]
    assert name in result.report.problems[0].message
    assert place.works() == place.offered() == without(name)
    assert (place.out / name).read_bytes() == b"mine"
    assert checking.check(place.book, place.out).status == 0


def test_a_link_in_the_place_of_a_file_is_not_followed(place: Output, tmp_path: Path) -> None:
    (place.out / "handouts").rename(tmp_path / "elsewhere")
    (place.out / "handouts").symlink_to(tmp_path / "elsewhere")
    (place.out / "tiny.pdf").rename(tmp_path / "copy.pdf")
    (place.out / "tiny.pdf").symlink_to(tmp_path / "copy.pdf")
    place.build("html")
    assert place.works() == without("tiny.pdf", "handouts/a.pdf", "handouts/b.pdf", "tiny.epub")
    assert (place.out / "tiny.pdf").is_symlink()


@pytest.mark.parametrize("change", ["gone", "changed"])
def test_without_its_pdf_a_page_map_numbers_nothing(place: Output, change: str) -> None:
    (place.out / "tiny.pdf").unlink() if change == "gone" else (place.out / "tiny.pdf").write_bytes(b"%PDF-1.7")
    result = place.build("html")
    assert MARK not in (place.out / "tiny.html").read_text("utf-8")
    assert place.works() == without("tiny.pdf", "tiny.epub"), "the EPUB has the numbers of a PDF that is not of the set"
    assert codes(result) == ["E154"]
    assert checking.check(place.book, place.out).status == 0


def test_another_edition_that_rules_the_page_map(place: Output) -> None:
    place.write("handbound.toml", f'page_map = "print"\n{SETTINGS}')
    result = place.build("print")
    assert codes(result) == ["E154"]
    assert place.works() == without("tiny.epub", "tiny.html"), "they have the numbers of the other pages"
    assert codes(place.build("html", "epub")) == []
    assert place.works() == EVERY
    assert checking.check(place.book, place.out).status == 0


def test_another_size_of_pages_is_another_edition(place: Output) -> None:
    place.write("handbound.toml", f'{SETTINGS}[print]\ntrim = "a5"\n')
    assert codes(place.build("html")) == ["E154"]
    folded = ("tiny-booklet.pdf", "tiny-booklet-letter.pdf", "booklets/a.pdf", "booklets/b.pdf")
    assert place.works() == without("tiny-print.pdf", "tiny-cover.pdf", *folded)
    assert checking.check(place.book, place.out).status == 0


def test_another_theme_is_the_same_text(place: Output) -> None:
    before = place.files()
    # Its pages have the same size, so the marks of pages stay true.
    ours = {"themes/ours/theme.toml": 'extends = "folio"\n', "themes/ours/tokens.toml": '[color]\naccent = "#0b5d52"\n'}
    write_files(place.book, ours)
    assert place.build("html", theme_name="ours").status == 0
    after = place.files()
    assert after["tiny.html"] != before["tiny.html"]
    assert MARK in after["tiny.html"].decode()
    assert {name for name in EVERY if after[name] == before[name]} == set(without("tiny.html"))
    assert place.works() == place.offered()
    assert checking.check(place.book, place.out).status == 0


def test_another_title_gives_other_files(place: Output) -> None:
    place.write("handbound.toml", SETTINGS.replace("Tiny", "Small"))
    result = place.build("html")
    assert place.works() == ["small.html"]
    former, others = result.report.problems
    assert (former.code, former.severity, others.code, others.severity) == (
        "E154",
        Severity.WARNING,
        "E154",
        Severity.NOTE,
    )
    assert former.message.startswith("not of this set, and not on the download page: tiny.html; ")
    assert others.message.startswith("not of this set, and not on the download page: booklets/a.pdf, booklets/b.pdf, ")
    assert "and 9 more" in others.message
    assert place.offered() == []
    assert set(EVERY) < set(place.files())
    seal.clean(place.out, (), everything=True)
    assert place.files() == {}


def test_files_under_a_former_title_are_no_error_and_go_when_what_is_old_is_cleaned(place: Output) -> None:
    place.write("handbound.toml", SETTINGS.replace("Tiny", "Small"))
    result = place.build(be_strict=True)
    assert result.status == 0, "the new set is sound"
    assert [(problem.code, problem.severity) for problem in result.report.problems] == [("E154", Severity.WARNING)]
    (place.out / "tiny.pdf").write_bytes(b"mine")
    cleaned = clean_old(place.out)
    assert [problem.code for problem in cleaned.problems] == ["W111"], "what somebody changed is theirs"
    works = place.works()
    assert {"tiny.pdf", *works} == {name for name in place.files() if name.endswith((".pdf", ".epub", ".html"))} - {
        "index.html"
    }
    assert "small.epub" in works
    (place.out / "tiny.pdf").unlink()
    assert codes(place.build()) == []
    assert clean_old(place.out).editions == ()


def test_what_is_old_is_not_known_where_the_report_is_damaged(place: Output) -> None:
    before = place.files()
    (place.out / "report.json").write_bytes(b"{}")
    with pytest.raises(PublishError):
        clean_old(place.out)
    assert place.files().keys() == before.keys()


def test_a_chapter_that_is_gone_leaves_its_handout_behind_with_a_note(place: Output) -> None:
    (place.book / "b.md").unlink()
    result = place.build()
    (note,) = result.report.problems
    assert (note.code, note.place.path) == ("E154", "booklets/b.pdf")
    assert place.works() == without("booklets/b.pdf", "handouts/b.pdf")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"[" * 100_000, id="nested"),
        pytest.param(lambda data: json.dumps({**json.loads(data), "checks": []}).encode(), id="no checks"),
        pytest.param(lambda data: data.replace(b'"passed"', b'"PASSED"'), id="another status"),
        pytest.param(lambda data: data.replace(b'"letters": 0', b'"letters": 5'), id="other pages"),
    ],
)
def test_a_report_that_is_not_as_a_build_wrote_it_is_not_believed(
    place: Output, damage: Callable[[bytes], bytes]
) -> None:
    path = place.out / "report.json"
    path.write_bytes(damage(path.read_bytes()))
    result = place.build("html")
    assert (result.status, codes(result)) == (0, ["E154"])
    assert place.works() == place.offered() == ["tiny.html"]
    assert MARK not in (place.out / "tiny.html").read_text("utf-8")
    assert checking.check(place.book, place.out).status == 0


def test_a_report_without_its_ledger_is_not_believed(place: Output) -> None:
    shutil.rmtree(place.out / ".handbound")
    assert place.build("html").status == 0
    assert place.works() == ["tiny.html"]


def test_an_edition_that_a_check_refused_is_not_kept(place: Output) -> None:
    """`book check` of another text writes failed checks, which stay in the report when the old text is restored."""
    place.write("a.md", CHAPTERS["a.md"].replace("some words", "other words"))
    assert checking.check(place.book, place.out).status == 1
    place.write("a.md", CHAPTERS["a.md"])
    place.build("html")
    assert "tiny.epub" not in place.works()
    assert checking.check(place.book, place.out).status == 0


def test_the_earlier_file_of_an_edition_that_cannot_be_made_is_deleted(
    place: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Kind("X999", Severity.ERROR, "for a test")

    def make(_: Book, __: Edition, ___: Theme) -> Made:
        raise ManuscriptError(kind.at(Place(path="a.md", line=5), "too long", fix="write less"))

    module = ModuleType("html")
    module.make = make  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "book.editions.html", module)
    before = place.files()
    assert place.build("html").status == 1, "nothing new was made: nothing is published"
    assert place.files() == before
    assert place.build("html", "epub").status == 3
    assert place.works() == place.offered() == without("tiny.html")
    assert not (place.out / "tiny.html").exists()


def test_nothing_to_do_looks_at_the_kept_files_too(place: Output, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["build", str(place.book), "-o", str(place.out), "-e", "html"]
    assert cli.main(words) == 0
    capsys.readouterr()
    assert cli.main([*words, "--explain"]) == 0
    assert "making html" not in capsys.readouterr().err
    (place.out / "tiny-large.pdf").unlink()
    assert cli.main(words) == 0
    assert "making html" in capsys.readouterr().err
    assert place.works() == without("tiny-large.pdf")


def test_a_build_of_the_editions_in_the_settings_makes_the_whole_set(place: Output) -> None:
    place.write("handbound.toml", f'editions = ["pdf", "html"]\n{SETTINGS}')
    result = place.build()
    assert place.works() == place.offered() == ["tiny.pdf", "tiny.html"]
    (note,) = result.report.problems
    assert (note.code, note.severity) == ("E154", Severity.NOTE)
    assert note.message.endswith("and 8 more; the editions in handbound.toml are others")
    assert note.fix.startswith("add booklet, cover, epub, handout, large, print to editions in handbound.toml, or ")
    assert checking.check(place.book, place.out).status == 0
    place.build("epub")
    assert place.works() == place.offered(), "named on the command line: it stays while the text is the same"
    assert place.works() == ["tiny.epub", "tiny.pdf", "tiny.html"]


def test_pages_of_an_edition_that_the_settings_leave_out_number_nothing(place: Output) -> None:
    place.write("handbound.toml", f'editions = ["html"]\n{SETTINGS}')
    result = place.build()
    assert place.works() == place.offered() == ["tiny.html"]
    assert "no page numbers" in result.report.problems[0].message
    assert MARK not in place.files()["tiny.html"].decode()
    assert place.files()["tiny.html"] == Output(book=place.book, out=place.out / "fresh").built()["tiny.html"]


def test_the_command_says_which_editions_it_no_longer_offers(place: Output, capsys: pytest.CaptureFixture[str]) -> None:
    place.write("a.md", "---\nsidebar: 1\n---\n\n# One\n\nOther words.\n")
    words = ["build", str(place.book), "-o", str(place.out), "-e", "html"]
    for _ in range(2):
        assert cli.main(words) == 0
        assert "E154 not of this set, and not on the download page: booklets/a.pdf" in capsys.readouterr().err
    assert cli.main([*words, "-q"]) == 0
    assert capsys.readouterr().err == ""


def test_a_check_proves_the_download_page_and_leaves_nothing_to_build(
    place: Output, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(place.book), "-o", str(place.out)]
    assert cli.main(["build", *words]) == 0

    def rows() -> list[tuple[str, str, str]]:
        report = json.loads((place.out / "report.json").read_bytes())
        return [(check["work"], check["name"], check["status"]) for check in report["checks"]]

    before = rows()
    assert ("index.html", "ids and links", "passed") in before
    assert cli.main(["check", *words]) == 0
    assert rows() == [(*row[:2], "passed") for row in before]
    capsys.readouterr()
    for again in (["build", *words], ["build", *words, "--check"], ["build", *words]):
        assert cli.main(again) == 0
        said = capsys.readouterr().out
        assert ("nothing has changed" in said) == ("--check" not in again)
        assert "not run" not in said
        assert rows() == [(*row[:2], "passed") for row in before]


@pytest.mark.parametrize("change", ["an edition", "another theme", "a file that only the manifest knows"])
def test_a_check_hides_no_reason_to_build(change: str, place: Output, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(place.book), "-o", str(place.out)]
    build = ["build", *words, *(["--theme", "field"] if change == "another theme" else [])]
    assert cli.main(build) == 0
    if change == "an edition":
        (place.out / "tiny.pdf").write_bytes(b"mine")
    if change == "a file that only the manifest knows":
        write_files(place.book, {"note.txt": "No chapter."})
    cli.main(["check", *words])
    capsys.readouterr()
    assert cli.main(build) == 0
    assert "nothing has changed" not in capsys.readouterr().out


def test_check_runs_the_validators_that_an_earlier_build_skipped(place: Output) -> None:
    result = place.build("html", validators=True, must_run=True)
    assert result.status == 0
    assert {check.status for check in result.report.checks if check.work == "tiny.epub"} == {"passed"}


@pytest.mark.skipif(
    shutil.which("setpriv") is None, reason="it needs setpriv, a program of util-linux, where the tests run as root"
)
def test_what_can_only_be_read_is_checked_and_stays_as_it_is(place: Output) -> None:
    place.build("html", "pdf")
    closed = [place.book, place.out, *place.book.rglob("*"), *place.out.rglob("*")]
    state = {path: path.stat() for path in closed if not path.is_symlink()}
    try:
        for path, before in state.items():
            path.chmod(before.st_mode & ~0o222)
        bare = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.getuid() == 0 else ()
        command = [*bare, sys.executable, "-m", "book", "check", str(place.book), "-o", str(place.out), "-v"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        for path, before in state.items():
            path.chmod(before.st_mode)
    assert done.returncode == 0, done.stderr
    assert "passed   nothing lost  tiny.pdf" in done.stdout
    assert "W113 this folder may not be written" in done.stdout + done.stderr
    assert {path: path.stat().st_mtime_ns for path in state} == {path: one.st_mtime_ns for path, one in state.items()}
    (place.out / "tiny.html").write_text("changed")
    assert checking.check(place.book, place.out).status == 1

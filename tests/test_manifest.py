"""A build is skipped if, and only if, nothing that it depends on has changed."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from book import inputs, manifest, seal, surroundings
from book.manifest import Comparison, Summary
from book.problems import Place, Problem, Severity, Subject
from tests.making import write_files

FILES = {"handbound.toml": 'title = "T"\nlanguage = "en"\n', "a.md": "# A\n\nwords\n", "images/a.svg": "<svg/>"}
SAID = Summary(
    works=(("t.html", 5, None), ("t.pdf", 7, 3)),
    unmade=(("t-print.pdf", "why"),),
    checks={"passed": 4},
    opens="t.html",
    chapters=1,
    changes=2,
    problems=(
        Problem(
            code="R101",
            severity=Severity.WARNING,
            message="m",
            place=Place(path="a.md", line=3, column=4),
            fix="f",
        ),
        Problem(code="X101", severity=Severity.NOTE, message="n", place=Subject(name="pandoc")),
    ),
)


class Built:
    """A book and the files of a build, written without making pages."""

    def __init__(self, folder: Path, out: str = "out") -> None:
        self.book = write_files(folder / "book", FILES)
        self.out = folder / out
        self.words = manifest.options((), None, "", be_strict=False, must_run=False)

    def build(self, during: Callable[[], object] = lambda: None, *, dated: bool = True) -> None:
        """Publish two files and keep the manifest."""
        with seal.Stage(self.out) as stage:
            before = manifest.before(self.book, self.out, self.words)
            during()
            stage.put("t.html", b"<p/>", "html")
            stage.put("report.json", b"{}")
            stage.publish()
            manifest.keep(stage, self.book, before, SAID, dated=dated)

    def reasons(self) -> tuple[str, ...]:
        """The reasons for another build."""
        comparison = manifest.compare(self.book, self.out, self.words)
        assert (comparison.summary is None) == bool(comparison.reasons)
        return comparison.reasons


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    built = Built(tmp_path)
    built.build()
    assert built.reasons() == ()
    return built


def put_back(path: Path, data: bytes) -> None:
    """Change *path* without changing its size and modification time."""
    before = path.stat()
    path.write_bytes(data)
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_unchanged_book_has_the_summary_of_its_last_build(built: Built) -> None:
    assert manifest.compare(built.book, built.out, built.words) == Comparison(summary=SAID)


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "an edit": (lambda book: (book / "a.md").write_text("# A\n\nother words\n"), "a.md has changed"),
    "an edit of the same size at the same time": (
        lambda book: put_back(book / "a.md", b"# A\n\nWORDS\n"),
        "a.md has changed",
    ),
    "another file in its place": (
        lambda book: (write_files(book, {"b": FILES["a.md"]}) / "b").replace(book / "a.md"),
        "a.md has changed",
    ),
    "a new chapter": (lambda book: write_files(book, {"b.md": "# B\n"}), "b.md is new"),
    "a file that was looked for": (lambda book: write_files(book, {"mkdocs.yml": ""}), "mkdocs.yml is new"),
    "a hidden file": (lambda book: write_files(book, {".pages": ""}), ".pages is new"),
    "a file in a theme": (lambda book: write_files(book, {"themes/x/theme.toml": ""}), "themes/ is new"),
    "an empty folder": (lambda book: (book / "z").mkdir(), "z/ is new"),
    "a chapter that is gone": (lambda book: (book / "a.md").unlink(), "a.md is gone"),
    "another name": (lambda book: (book / "a.md").rename(book / "b.md"), "a.md is gone"),
    "other rights": (lambda book: (book / "a.md").chmod(0o600), "a.md has changed"),
    "a folder that nobody may read": (lambda book: (book / "images").chmod(0o700), "images/ has changed"),
    "a link": (lambda book: (book / "b.md").symlink_to("a.md"), "b.md is new"),
    "a nested checkout": (lambda book: (book / "images" / ".git").mkdir(), "images/.git/ is new"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_in_the_folder_of_the_book_is_a_reason(built: Built, name: str) -> None:
    change, reason = CHANGES[name]
    change(built.book)
    assert reason in built.reasons()


def test_a_link_that_leads_elsewhere_is_a_reason(tmp_path: Path) -> None:
    built = Built(tmp_path)
    write_files(tmp_path, {"x.md": "# X\n"})
    (built.book / "b.md").symlink_to("a.md")
    (built.book / "c.md").symlink_to(tmp_path / "x.md")
    built.build()
    assert built.reasons() == ()
    (tmp_path / "x.md").unlink()
    assert built.reasons() == ("c.md has changed",)
    (built.book / "b.md").unlink()
    (built.book / "b.md").symlink_to("handbound.toml")
    assert built.reasons() == ("b.md has changed", "c.md has changed")


def test_an_edit_within_one_tick_of_the_clock_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tick = time.time_ns()

    def coarse(found: os.stat_result) -> str:
        return f"{found.st_mode} {found.st_size} {tick} {tick} 0 0 0"

    monkeypatch.setattr(inputs, "stamp_of", coarse)
    built = Built(tmp_path)
    built.build()
    assert built.reasons() == ()
    (built.book / "a.md").write_text("# A\n\nWORDS\n")
    assert built.reasons() == ("a.md has changed",)


def test_an_edit_while_the_book_is_built_is_a_reason(tmp_path: Path) -> None:
    built = Built(tmp_path)
    built.build(lambda: put_back(built.book / "a.md", b"# A\n\nWORDS\n"))
    assert built.reasons() == ("a.md has changed",)


@pytest.mark.parametrize(
    ("name", "value", "counts"),
    [
        ("SOURCE_DATE_EPOCH", "86400", True),
        ("CI", "true", True),
        ("LC_ALL", "C", True),
        ("FONTCONFIG_FILE", "/x", False),
        ("PYTHONPATH", "/x", True),
        ("TERM", "dumb", False),
        ("WINDOWID", "7", False),
    ],
)
def test_what_a_build_reads_of_the_environment_is_a_reason(
    built: Built, monkeypatch: pytest.MonkeyPatch, name: str, value: str, counts: bool
) -> None:
    monkeypatch.setenv(name, value + os.environ.get(name, ""))
    assert bool(built.reasons()) is counts


@pytest.mark.parametrize(
    "words",
    [
        manifest.options(("html",), None, "", be_strict=False, must_run=False),
        manifest.options((), "field", "", be_strict=False, must_run=False),
        manifest.options((), None, "natural", be_strict=False, must_run=False),
        manifest.options((), None, "", be_strict=True, must_run=False),
        manifest.options((), None, "", be_strict=False, must_run=True),
    ],
)
def test_other_options_are_a_reason(built: Built, words: dict[str, object]) -> None:
    built.words = words
    assert len(built.reasons()) == 1
    assert built.reasons()[0].startswith("option ")


def test_another_version_of_a_package_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = write_files(tmp_path / "packages", {"weasyprint-70.0.dist-info/RECORD": ""})
    monkeypatch.syspath_prepend(str(packages))
    built = Built(tmp_path)
    built.build()
    (packages / "weasyprint-70.0.dist-info").rename(packages / "weasyprint-70.1.dist-info")
    assert built.reasons() == (
        "package weasyprint-70.0.dist-info is gone",
        "package weasyprint-70.1.dist-info is new",
    )
    built.build()
    (packages / "weasyprint-70.1.dist-info" / "RECORD").write_text("installed again")
    assert built.reasons() == ("package weasyprint-70.1.dist-info has changed",)


def test_another_pandoc_or_library_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = write_files(tmp_path / "there", {"pandoc": "1", "libpango-1.0.so.0": "1"})
    monkeypatch.setenv("PYPANDOC_PANDOC", str(there / "pandoc"))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(there))
    built = Built(tmp_path)
    built.build()
    assert built.reasons() == ()
    write_files(there, {"pandoc": "2", "libpango-1.0.so.0": "2"})
    assert built.reasons() == (
        "library libpango-1.0.so.0 has changed",
        "tool pandoc has changed",
    )


def test_another_program_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = write_files(tmp_path / "home", {"book/press.py": "", "themes/base/theme.toml": ""})
    monkeypatch.setattr(surroundings, "HOME", str(home))
    monkeypatch.setattr(surroundings, "THEMES", str(home / "themes"))
    built = Built(tmp_path)
    built.build()
    write_files(home, {"book/press.py": "1", "themes/base/theme.toml": "1"})
    assert built.reasons() == ("program book/press.py has changed", "program themes/base/theme.toml has changed")


def git(folder: Path, *words: str) -> None:
    who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    names = {f"GIT_{role}_{what}": "ada@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env=os.environ | who | names)


@pytest.mark.parametrize("dated", [True, False])
def test_a_commit_is_a_reason_when_it_dates_the_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, dated: bool
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "--allow-empty", "-qm", "1")
    built = Built(tmp_path)
    built.build(dated=dated)
    assert built.reasons() == ()
    git(tmp_path, "commit", "--allow-empty", "-qm", "2")
    assert built.reasons() == (("commit has changed",) if dated else ())


OUTPUTS: dict[str, Callable[[Path], object]] = {
    "t.html has changed since it was written": lambda out: put_back(out / "t.html", b"<q/>"),
    "t.html has changed since it was written ": lambda out: (out / "t.html").unlink(),
    "report.json has changed since it was written": lambda out: (out / "report.json").write_text("{ }"),
    "the last build was cut short": lambda out: (out / ".handbound" / "journal.json").write_text("{}"),
    ".handbound/written.json has changed since it was written": lambda out: (
        out / ".handbound" / "written.json"
    ).unlink(),
    "there is no record of a finished build here": lambda out: (out / ".handbound" / "last-build.json").unlink(),
}


@pytest.mark.parametrize("reason", OUTPUTS)
def test_an_output_that_is_not_as_it_was_written_is_a_reason(built: Built, reason: str) -> None:
    OUTPUTS[reason](built.out)
    assert [one.removeprefix("output ") for one in built.reasons()] == [reason.strip()]


def test_a_link_in_the_place_of_an_output_is_a_reason(built: Built) -> None:
    (built.out / "t.html").rename(built.out / "x.html")
    (built.out / "t.html").symlink_to("x.html")
    assert built.reasons() == ("output t.html has changed since it was written",)


def test_an_output_that_was_changed_while_it_was_published_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = Built(tmp_path)
    publish = seal.Stage.publish

    def then_change(stage: seal.Stage, gone: Sequence[str] = ()) -> None:
        publish(stage, gone)
        put_back(built.out / "t.html", b"<q/>")

    monkeypatch.setattr(seal.Stage, "publish", then_change)
    built.build()
    assert built.reasons() == ("there is no record of a finished build here",)


@pytest.mark.parametrize("out", ["book/build", "book"])
def test_the_output_folder_may_lie_in_the_book(tmp_path: Path, out: str) -> None:
    built = Built(tmp_path, out)
    for _ in range(2):
        built.build()
        assert built.reasons() == ()
    (built.out / "t.html").write_text("<q/>")
    assert built.reasons() == ("output t.html has changed since it was written",)
    built.build()
    write_files(built.out, {"b.md": "# B\n"})
    assert len(built.reasons()) == 1


def test_a_book_of_very_many_files_is_always_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = Built(tmp_path)
    built.build()
    monkeypatch.setattr(inputs, "MOST", 2)
    assert built.reasons() == ("the folder of the book holds more than 2 files",)
    with pytest.raises(inputs.TooMany):
        inputs.state(built.book, built.out, built.words)


@pytest.mark.parametrize("data", ["", "[]", "{}", "null", "[" * 99_999, '{"version": 2}', "\x00"])
def test_a_manifest_that_no_build_wrote_is_not_believed(built: Built, data: str) -> None:
    (built.out / ".handbound" / "last-build.json").write_text(data)
    assert built.reasons() == ("there is no record of a finished build here",)


@pytest.mark.parametrize("key", ["version", "inputs", "outputs", "summary"])
@pytest.mark.parametrize("value", [None, 7, "x", [1], {"x": 1}])
def test_a_manifest_with_strange_values_is_ignored_and_the_book_is_built(built: Built, key: str, value: object) -> None:
    path = built.out / ".handbound" / "last-build.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    assert built.reasons()


@pytest.mark.parametrize(
    "strange",
    [
        {"outputs": {}},
        {"outputs": {"../book/a.md": "x"}},
        {"outputs": {"\0.html": "x"}},
        {"summary": {"chapters": float("inf")}},
        {"summary": {"opens": "\x1b[31m.html"}},
        {"summary": {"works": [["/etc/passwd", 1, None]]}},
    ],
)
def test_a_manifest_with_numbers_or_names_that_no_build_writes_is_not_believed(
    built: Built, strange: dict[str, dict[str, object]]
) -> None:
    path = built.out / ".handbound" / "last-build.json"
    table = json.loads(path.read_text())
    for key, values in strange.items():
        table[key] = {**table[key], **values} if key == "summary" else values
    path.write_text(json.dumps(table))
    assert built.reasons() == ("there is no record of a finished build here",)


def test_a_manifest_contains_nothing_about_the_machine(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "secret_word")
    built.build()
    path = built.out / ".handbound" / "last-build.json"
    text = path.read_text()
    assert "secret_word" not in text
    assert str(Path.home()) not in text
    assert str(built.book) not in text
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_python_compiles_is_no_part_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Another process writes a compiled module under a passing name: the manual was built again because of it.
    write_files(tmp_path, {"book/a.py": "", "book/__pycache__/a.cpython-311.pyc.140": "", "themes/t.css": ""})
    monkeypatch.setattr(surroundings, "HOME", str(tmp_path))
    monkeypatch.setattr(surroundings, "THEMES", str(tmp_path / "themes"))
    assert set(inputs.program()) == {"program book/a.py", "program themes/t.css"}

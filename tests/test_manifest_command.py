"""The command when nothing has changed, and what a build looks at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from book import cli, inputs, manifest, press
from book.values import Result
from tests.loops import some
from tests.making import write_files
from tests.test_manifest import FILES, put_back


def run(*words: str) -> int:
    return cli.main(["build", *words])


def state(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written or replaced; reading it changes only its time of access."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def test_the_command_prints_the_same_when_nothing_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "# A\n\n![x](gone.png) [y](gone.md)\n"
    book, out = write_files(tmp_path / "book", {**FILES, "a.md": text}), tmp_path / "out"
    words = (str(book), "-o", str(out), "-e", "html")
    results: list[Result] = []
    genuine = press.build

    def counted(source: Path, out: Path, **options: Any) -> Result:
        """Build once, and return the same result for every later call."""
        results.append(results[0] if results else genuine(source, out, **options))
        return results[0]

    monkeypatch.setattr(press, "build", counted)
    assert run(*words, "--explain") == 0
    first = capsys.readouterr()
    assert "there is no record of a finished build here" in first.err
    assert "tree: " in first.err
    before = {path: state(path) for path in some(sorted(out.rglob("*.*")))}
    assert run(*words) == 0
    again = capsys.readouterr()
    *lines, last = first.out.splitlines()
    assert again.out.splitlines() == [*lines, "nothing has changed since these were built", last]
    assert again.err in first.err
    assert ": R1" in again.err
    assert ": I1" in again.err
    assert {path: state(path) for path in before} == before
    assert len(results) == 1
    for more, reason in {"--force": "--force", "--strict": "--strict", "--check": "--check"}.items():
        run(*words, more, "--explain")
        assert reason in capsys.readouterr().err
    run(*words, "-e", "epub", "--explain")
    assert "option -e has changed" in capsys.readouterr().err
    assert len(results) == 5
    assert run(*words) == 0
    assert len(results) == 5
    assert cli.main(["clean", "-o", str(out)]) == 0
    assert run(*words) == 0
    assert len(results) == 6


def test_a_build_that_fails_is_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, out = write_files(tmp_path / "book", FILES), tmp_path / "out"
    words = (str(book), "-o", str(out), "-e", "html")
    assert run(*words) == 0
    write_files(book, {"a.md": "---\na: 1\na: 2\n---\n# A\n"})
    for _ in range(2):
        assert run(*words) == 1
        assert "not published" in capsys.readouterr().err
    write_files(book, FILES)
    assert run(*words) == 0
    assert "nothing has changed" not in capsys.readouterr().out


def test_what_was_said_of_a_former_file_is_not_said_again_when_it_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, out = write_files(tmp_path / "book", FILES), tmp_path / "out"
    words = (str(book), "-o", str(out), "-e", "html")
    assert run(*words) == 0
    former = set(out.glob("*.html"))
    write_files(book, {"handbound.toml": 'title = "Another"\n'})
    for _ in range(2):
        assert run(*words) == 0
        assert "E154" in capsys.readouterr().err
    for path in former - {out / "index.html"}:
        path.unlink()
    assert run(*words) == 0
    assert "E154" not in capsys.readouterr().err


def test_a_build_looks_at_everything_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, out = write_files(tmp_path / "book", FILES), tmp_path / "out"
    looks: list[Path] = []
    genuine = inputs.state

    def counted(source: Path, *rest: Any) -> inputs.State:
        looks.append(source)
        return genuine(source, *rest)

    monkeypatch.setattr(inputs, "state", counted)
    assert run(str(book), "-o", str(out), "-e", "html") == 0
    assert len(looks) == 1
    write_files(book, {"a.md": "---\na: 1\na: 2\n---\n# A\n"})
    assert run(str(book), "-o", str(out), "-e", "html") == 1
    assert len(looks) == 2


def test_an_edit_in_a_real_build_is_not_lost(tmp_path: Path) -> None:
    book, out = write_files(tmp_path / "book", FILES), tmp_path / "out"

    def edit(said: str) -> None:
        if said.startswith("making"):
            put_back(book / "a.md", b"# A\n\nWORDS\n")

    press.build(book, out, editions=["html"], progress=edit)
    words = manifest.options(["html"], None, "", be_strict=False, must_run=False)
    assert manifest.compare(book, out, words).reasons == ("a.md has changed",)


def test_nothing_to_do_imports_nothing_heavy(tmp_path: Path) -> None:
    book, out = write_files(tmp_path / "book", FILES), tmp_path / "out"
    words = ["build", str(book), "-o", str(out), "-e", "html"]
    assert cli.main(words) == 0
    program = (
        "import sys; from book import cli; status = cli.main(sys.argv[1:]);"
        "print(status, sorted({'lxml', 'PIL', 'jinja2', 'weasyprint', 'ebooklib', 'yaml', 'book.press'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], check=True, capture_output=True, text=True)
    assert done.stdout.endswith(f"nothing has changed since these were built\nopen {out}/t.html\n0 []\n")

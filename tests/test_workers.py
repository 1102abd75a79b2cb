"""Editions made side by side: the same bytes as one after the other, and what goes wrong in another process is told in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from book import press, workers
from book.editions import EDITIONS
from book.model import Book
from book.problems import PublishError, ThemeError


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, pango: bool) -> Path:
    if not pango:
        pytest.skip("Pango is not on this machine")
    folder = tmp_path_factory.mktemp("source")
    (folder / "handbound.toml").write_text('title = "Side by side"\nslug = "side"\n')
    for name in ("a", "b"):
        text = "Some “words” to fill pages with.\n\n" * 40
        (folder / f"{name}.md").write_text(f"---\ntitle: Chapter {name}\ndiscussion: [Why?]\n---\n{text}")
    return folder


@pytest.fixture(scope="module")
def book(source: Path) -> Book:
    return press.read(source).book


def test_side_by_side_or_not_the_bytes_are_the_same(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["epub", "pdf", "print", "booklet"]
    assert press.build(source, tmp_path / "one", editions=asked).status == 0
    monkeypatch.setattr(workers, "LONG", 1)
    monkeypatch.setattr(workers, "CORES", 2)
    told: list[str] = []
    assert press.build(source, tmp_path / "two", editions=asked, progress=told.append).status == 0
    names = sorted(path.name for path in (tmp_path / "one").iterdir() if path.is_file())
    assert names == sorted(path.name for path in (tmp_path / "two").iterdir() if path.is_file())
    assert len(names) == 7
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    assert [word for word in told if word.startswith("making")] == [
        "making pdf",
        "making epub",
        "making print",
        "making booklet",
    ]


def test_a_short_book_or_one_edition_is_made_right_here(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    both = (EDITIONS["print"], EDITIONS["large"])
    monkeypatch.setattr(workers, "CORES", 2)
    assert not workers.worth(book, both)
    monkeypatch.setattr(workers, "LONG", 1)
    assert workers.worth(book, both)
    assert not workers.worth(book, both[:1])
    monkeypatch.setattr(workers, "CORES", 1)
    assert not workers.worth(book, both)


def test_what_the_maker_says_is_said_here(book: Book, source: Path) -> None:
    job = workers.Job(book=book, edition=EDITIONS["print"], theme="none-such", source=source, cache=None)
    with pytest.raises(ThemeError) as said:
        workers.made(job)
    assert "there is no theme 'none-such'" in said.value.problems[0].message


def test_a_process_that_dies_is_one_line(
    book: Book, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\ncat > /dev/null\necho out of memory >&2\nexit 9\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    job = workers.Job(book=book, edition=EDITIONS["print"], theme="folio", source=source, cache=None)
    with pytest.raises(PublishError) as said:
        workers.made(job)
    (problem,) = said.value.problems
    assert problem.message == "the process that made print ended with status 9: out of memory"
    assert "book build -e print" in problem.fix


# What lies in the folder in which the press is started is not the press.

CANARIES = (
    "pickle",
    "html",
    "argparse",
    "json",
    "tomllib",
    "yaml",
    "lxml",
    "jinja2",
    "signal",
    "copyreg",
    "typing",
    "re",
    "pathlib",
    "sitecustomize",
)


def evil(folder: Path) -> Path:
    """Lay modules into *folder* that leave a trace where they are imported, and a program that does when it is run."""
    trace = f"open({str(folder / 'RAN')!r}, 'a').write(__file__)\n"
    for name in CANARIES:
        (folder / f"{name}.py").write_text(trace)
    for name in ("git", "pandoc", "gcc", "ld"):
        (folder / name).write_text(f"#!/bin/sh\necho {name} >> '{folder}/RAN'\nexit 1\n")
        (folder / name).chmod(0o755)
    return folder


def test_no_module_beside_the_book_is_imported_by_the_other_process(source: Path, tmp_path: Path) -> None:
    words = "from book import workers; workers.LONG, workers.CORES = 1, 2; from book.cli import main; raise SystemExit(main())"
    command = [
        sys.executable,
        "-P",
        "-c",
        words,
        "build",
        str(source),
        "-o",
        str(tmp_path / "out"),
        "-e",
        "print",
        "-e",
        "large",
    ]
    (tmp_path / "here").mkdir()
    here = evil(tmp_path / "here")
    (here / "book.py").write_text(f"open({str(here / 'RAN')!r}, 'a').write('book')\n")
    done = subprocess.run(
        command, cwd=here, env={**os.environ, "PATH": f".:{os.environ['PATH']}:"}, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert not (here / "RAN").exists(), (here / "RAN").read_text()


def test_nothing_that_is_imported_late_comes_from_the_current_folder(source: Path, tmp_path: Path) -> None:
    here = evil(tmp_path)
    (here / "sitecustomize.py").unlink()  # Python runs that before any word of ours: see SECURITY.md
    env = {**os.environ, "PATH": f":.:{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-m", "book", "lint", str(source)], cwd=here, env=env, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert not (here / "RAN").exists(), (here / "RAN").read_text()


def test_a_fault_of_the_press_keeps_its_kind_and_its_traceback(book: Book, source: Path, tmp_path: Path) -> None:
    words = (
        "import book.editions, sys; sys.path.insert(0, sys.argv[2]); from test_apart_broken import broken; "
        "import book.workers as apart; apart.maker = lambda edition: broken; sys.path.append(sys.argv[1]); apart.main()"
    )
    (tmp_path / "test_apart_broken.py").write_text("def broken(*_):\n    return 1 / 0\n")
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{words}" "$4" "{tmp_path}"\n')
    program.chmod(0o755)
    job = workers.Job(book=book, edition=EDITIONS["print"], theme="folio", source=source, cache=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(program))
        with pytest.raises(ZeroDivisionError) as said:
            workers.made(job)
    assert "test_apart_broken.py" in said.value.__notes__[0]

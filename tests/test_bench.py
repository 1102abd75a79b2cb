"""The bench measures commands and writes tables of ratios; what it measures is not run here."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def speed(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(root / "tests" / "bench")
    return importlib.import_module("speed")


def test_a_command_is_measured_with_the_processes_that_it_starts(speed: ModuleType, tmp_path: Path) -> None:
    inner = "x = bytearray(40_000_000); sum(range(2_000_000)); open('out.pdf', 'w').write('12345')"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}], check=True)"
    cost = speed.measured([sys.executable, "-c", outer], tmp_path, [tmp_path / "out.pdf"])
    assert cost.cpu > 0
    assert cost.wall > 0
    assert cost.size == 5
    with pytest.raises(RuntimeError, match=r"^no room$"):
        speed.measured(["sh", "-c", "echo one >&2; echo no room >&2; exit 1"], tmp_path)


def test_the_table_of_results_lists_what_failed_and_what_did_not_run(speed: ModuleType, tmp_path: Path) -> None:
    tasks = [
        speed.Task(name="absent", missing="it is not installed"),
        speed.Task(name="broken", command=["sh", "-c", "echo a fault >&2; exit 1"]),
    ]
    first = speed.Cost(cpu=2.0, wall=4.0, memory=100 << 20, size=5000)
    second = speed.Cost(cpu=1.0, wall=4.0, memory=25 << 20, size=10_000)
    table = speed.Table(title="tiny: PDF", tasks=tasks)
    table.rows = [speed._row(task, tmp_path) for task in tasks]
    table.rows += [speed.Row(name="theirs", cost=first), speed.Row(name="ours", cost=second)]
    assert speed.written(table).splitlines()[4:] == [
        "| absent | not run: it is not installed | | | | | | | |",
        "| broken | failed: a fault | | | | | | | |",
        "| theirs | 4.00 | 1.00 | 2.00 | 1.00 | 100 | 1.00 | 5 | 1.00 |",
        "| ours | 4.00 | 1.00 | 1.00 | 0.50 | 25 | 0.25 | 10 | 2.00 |",
    ]


def test_each_build_of_ours_follows_the_one_before_in_one_folder(speed: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    for name in ("a.md", "b.md", "c.md"):
        (tmp_path / "book" / name).write_text("# A\n")
    epub, pdf = speed.tables("tiny", tmp_path, None)
    assert (epub.title, pdf.title) == ("tiny: EPUB and HTML", "tiny: PDF")
    assert [task.name for task in epub.tasks] == [
        "pandoc, EPUB alone",
        "Handbound, cold",
        "Handbound, nothing changed",
        "Handbound, nothing changed, --force",
        "Handbound, one paragraph more",
        "Handbound, one paragraph more, --watch",
    ]
    assert pdf.tasks[0].name == "pandoc + WeasyPrint"
    assert len({task.results for task in epub.tasks[1:]}) == 1
    epub.tasks[-2].prepare()
    assert (tmp_path / "book" / "b.md").read_text() == f"# A\n{speed.EDIT}"


def test_many_books_are_built_in_each_way_into_folders_of_their_own(speed: ModuleType, tmp_path: Path) -> None:
    speed._shelf(tmp_path / "book", 2)
    first, second = (tmp_path / "book" / name / "0001.md" for name in ("book-000", "book-001"))
    assert first.read_text() != second.read_text()
    table = speed._many(tmp_path)
    assert table.title == "2 made books: EPUB and HTML"
    assert [task.name for task in table.tasks] == [
        "a command for each book",
        "one command for all",
        "the same, nothing changed",
        "Dask, two workers",
    ]
    assert len({task.results for task in table.tasks}) == 3  # only what has not changed is built where it was
    (tmp_path / "together" / "a").mkdir(parents=True)
    for name in ("index.html", "book.epub", "report.json"):
        (tmp_path / "together" / "a" / name).write_text("12345")
    assert speed._size(tmp_path / "together") == 10


STAYS = """
import json, os, signal, subprocess, sys, time

signal.signal(signal.SIGINT, lambda *_: sys.exit(0))

def say():
    print(json.dumps({"event": "end"}), json.dumps({"event": "waiting"}), sep="\\n", flush=True)

say()
for size in (6, 1, 3, 1):
    while not os.path.exists("saved"):
        time.sleep(0.001)
    os.remove("saved")
    subprocess.run([sys.executable, "-c", f"sum(range({size} * 4_000_000))"])
    say()
"""


def test_of_a_command_that_stays_the_cheapest_edit_is_measured(
    speed: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "IDLE", 0.0)
    command = [sys.executable, "-c", STAYS]
    least = speed.measured_edit(command, tmp_path, (tmp_path / "saved").touch)
    monkeypatch.setattr(speed, "EDITS", 1)
    first = speed.measured_edit(command, tmp_path, (tmp_path / "saved").touch)
    assert 0 < least.cpu < first.cpu
    assert least.wall > 0
    with pytest.raises(RuntimeError, match="status 3"):
        speed.measured_edit([sys.executable, "-c", "import sys; sys.exit(3)"], tmp_path, (tmp_path / "saved").touch)


TYPST = """\
# A {#one}

![A picture.](a.svg "A title"){#two}

[Here](#two), [there](#nowhere).

# B {#two}

Text with [a span]{#one}.
"""


def test_typst_gets_each_id_once_and_no_link_that_leads_nowhere(speed: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "a.md").write_text(TYPST)
    words = ["-t", "typst", "-L", str(speed.LABELS)]
    written = subprocess.run(speed._pandoc(["a.md"], *words), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert [word for word in written.stdout.split() if re.fullmatch("<[^>]+>", word)] == ["<one>", "<two>"]
    assert "#link(<two>)[Here], there." in written.stdout


def test_a_made_book_has_no_half_quotation(speed: ModuleType, tmp_path: Path) -> None:
    folder = speed.made_book.make(tmp_path / "made", 60, 40_000)
    chapters = [path.read_text("utf-8") for path in sorted(folder.glob("*.md"))]
    lines = [line for chapter in chapters for line in re.sub(r"```.*?```", "", chapter, flags=re.DOTALL).split("\n")]
    assert len(lines) > 1000
    assert [line for line in lines if line.count('"') % 2] == []

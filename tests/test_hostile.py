"""Hostile books: each is refused at its place, or made harmless and reported, in every edition.

Every case is built as HTML and EPUB in this process. Those whose attack a book survives are then built once more, all in one book,
on paper, where ``file:`` would be read; of the others, one in four is built as PDF too. `nox -s torture` builds every case in every
edition with the real command, large ones in their whole size, and measures its time and memory.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from book import cli
from book.editions import EDITIONS
from tests.fuzzing import bounded
from tests.hostile.cases import FM, TOML, Case, cases
from tests.hostile.judge import Listener, leaks, look, said_badly, verdict

pytestmark = pytest.mark.usefixtures("own_pandoc")

NAMES = [case.id for case in cases(Path("/nowhere"), 1)]
SECONDS, MEBIBYTES = 60, 2048
"""The most processor time and memory that a hostile book may take."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.close()


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the font subsets of a plain book."""
    home = tmp_path_factory.mktemp("cut")
    book = home / "book"
    book.mkdir()
    (book / "handbound.toml").write_text(TOML, "utf-8")
    (book / "chapter.md").write_text(FM + "x\n", "utf-8")
    assert cli.main(["build", str(book), "-o", str(home / "out"), "-e", "html", "-e", "epub"]) == 0
    return home / "out" / ".cache"


def tree(folder: Path) -> dict[bytes, tuple[int, int]]:
    """Return size and time of everything below *folder*."""
    found = {}
    for root, _, names in os.walk(os.fsencode(folder)):
        for name in names:
            path = os.path.join(root, name)  # noqa: PTH118 - names may be no text
            said = os.lstat(path)
            found[path] = (said.st_size, said.st_mtime_ns)
    return found


def chosen(name: str, home: Path, listener: Listener, *, whole: bool) -> Case:
    (case,) = (case for case in cases(home, listener.port, whole=whole) if case.id == name)
    return case


def judged(case: Case, status: int, said: str, home: Path, out: Path, wanted: list[str]) -> list[str]:
    """Return everything that is wrong with the outcome of *case*."""
    said = said.replace(f"{home / case.id}/", "")  # messages name files as the command line names the book
    wrong = [verdict(case, status, said, out, wanted), *said_badly(said)]
    if out.exists():
        wrong += leaks(out, case.absent, case.inert, (home / "secret.png").read_bytes())
    wrong += [f"marker {path.name}" for path in home.rglob("*PWNED*")]
    return [reason for reason in wrong if reason]


@pytest.mark.expects_log  # WeasyPrint says of a drawing without a title that it has no words
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_book_is_refused_or_made_harmless(
    name: str,
    tmp_path: Path,
    cut: Path,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    pango: bool,
) -> None:
    case = chosen(name, tmp_path, listener, whole=False)
    book, out = case.write(tmp_path), tmp_path / "a" / "out"
    on_paper = pango and NAMES.index(name) % 4 == 0 and not case.editions and not survives(case)
    wanted = ["html", "epub", *["pdf"] * on_paper]
    shutil.copytree(cut, out / ".cache")
    before = tree(book)
    monkeypatch.setenv("BOOK_CANARY", "CANARY-env-51c9")
    words = [word for one in wanted for word in ("-e", one)]
    with bounded(SECONDS, MEBIBYTES):
        status = cli.main(["build", str(book), "-o", str(out), *words])
    assert judged(case, status, capsys.readouterr().err, tmp_path, out, wanted) == []
    assert tree(book) == before
    assert listener.heard == []


def survives(case: Case) -> bool:
    """Return whether *case* has one chapter, and files beside it, and the book is still built."""
    return (
        case.expect[0] != "error"
        and case.id not in ("L16", "L17")  # they are about files that are chapters themselves
        and not case.editions
        and case.category in ("file", "network", "script", "link")
        and "handbound.toml" in case.files
        and "chapter.md" in case.files
    )


@pytest.mark.expects_log  # the same
@pytest.mark.needs_pango
def test_all_attacks_that_a_book_survives_do_no_harm_on_paper(
    tmp_path: Path, listener: Listener, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [case for case in cases(tmp_path, listener.port) if survives(case)]
    assert len(found) > 30
    book, out = tmp_path / "book", tmp_path / "out"
    book.mkdir()
    (book / "handbound.toml").write_text(TOML, "utf-8")
    for case in found:
        made = case.write(tmp_path)
        shutil.copytree(made, book / case.id, symlinks=True)
        (book / case.id / "handbound.toml").unlink()
        # One folder deeper: what climbed out of a book of its own climbs out of this one too.
        chapter = book / case.id / "chapter.md"
        chapter.write_bytes(
            chapter.read_bytes().replace(b"../secret", b"../../secret").replace(b"..%2f", b"..%2f..%2f")
        )
    status = cli.main(["build", str(book), "-o", str(out), "-e", "pdf"])
    assert status == 0, capsys.readouterr().err
    absent = {word for case in found for word in case.absent if not word.startswith("+")}
    inert = {word for case in found for word in case.inert if "/etc" not in word}
    assert list(leaks(out, sorted(absent), sorted(inert), (tmp_path / "secret.png").read_bytes())) == []
    assert listener.heard == []


@pytest.mark.torture
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_book_does_no_harm_in_any_edition(
    name: str, tmp_path: Path, listener: Listener, *, pango: bool
) -> None:
    case = chosen(name, tmp_path, listener, whole=True)
    book, out = case.write(tmp_path), tmp_path / "a" / "out"
    wanted = list(case.editions or (EDITIONS if pango else ("epub", "html")))
    before = tree(book)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SOURCE_DATE"))}
    environment |= {"BOOK_CANARY": "CANARY-env-51c9", "HOME": str(tmp_path), "NO_COLOR": "1"}
    words = [word for one in wanted for word in ("-e", one)]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = used.ru_utime + used.ru_stime
    command = [sys.executable, "-m", "book", "build", str(book), "-o", str(out), *words]
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, timeout=1800)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = done.stderr.decode("utf-8", "replace")
    assert judged(case, done.returncode, said, tmp_path, out, wanted) == []
    assert tree(book) == before
    assert listener.heard == []
    # All processes together; with two processors the clock shows about half of it.
    assert used.ru_utime + used.ru_stime - began < 2 * SECONDS
    assert used.ru_maxrss < MEBIBYTES << 10


def test_the_judge_sees_what_is_there(tmp_path: Path) -> None:
    page = tmp_path / "out" / "a.html"
    page.parent.mkdir()
    page.write_text(
        '<p onclick="x()">CANARY-7f3a</p><script>alert(1)</script><iframe></iframe><img src="//e.example/x">'
        '<a href="javascript:x">y</a><style>p{background:url(file:///etc/passwd)}</style>',
        "utf-8",
    )
    found = list(leaks(page.parent, ["CANARY-7f3a", "+LOST"], ["alert(1)"], b"secret"))
    assert [reason.removeprefix("a.html: ") for reason in found] == [
        "holds 'CANARY-7f3a'",
        "lacks 'LOST'",
        "still live: 'alert(1)'",
        "<iframe>",
        "handler onclick",
        "href=javascript:x",
        "loads //e.example/x",
        "url(file:///etc/passwd",
    ]
    assert list(said_badly("Traceback (most recent call last)\n::x\x1b")) == [
        "a traceback",
        "a raw '\\x1b' in the messages",
        "a line of the messages begins with ::",
    ]


def test_the_judge_looks_into_a_pdf(tmp_path: Path) -> None:
    import pikepdf

    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.attachments["x"] = b"CANARY-7f3a"
        pdf.save(path)
    seen = look(path)
    assert b"CANARY-7f3a" in seen.whole
    assert {"PDF action /JavaScript", "PDF attachment"} <= seen.faults

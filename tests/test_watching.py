"""A watch reports every change that an author makes, and no other."""

from __future__ import annotations

import contextlib
import os
import queue
import resource
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import watchfiles
from watchfiles import Change

from book import watching
from tests.making import write_book

PATIENCE = 120
"""Seconds after which a test that waits has failed; no test measures speed."""


class Heard:
    """What a watch reports."""

    def __init__(self) -> None:
        self._batches: queue.SimpleQueue[frozenset[Path] | Exception] = queue.SimpleQueue()
        self.hear = self._batches.put

    def until(self, right: Callable[[frozenset[Path]], bool]) -> frozenset[Path]:
        """Wait for files that are *right*, and return them."""
        while True:
            batch = self._batches.get(timeout=PATIENCE)
            assert not isinstance(batch, Exception)
            if right(batch):
                return batch

    def until_changed(self, file: Path) -> None:
        """Wait for a change of *file*."""
        self.until(lambda batch: file in batch)

    def until_begun_anew(self) -> None:
        """Wait until a folder has been replaced."""
        self.until(lambda batch: not batch)


@contextlib.contextmanager
def watched(*folders: Path, apart: tuple[Path, ...] = ()) -> Iterator[Heard]:
    """Watch *folders*; the watch has begun when this yields."""
    heard = Heard()
    with watching.watching(folders, heard.hear, lambda _: None, apart):
        yield heard


def deleted(book: Path) -> None:
    """Delete the folder and make it again, faster than anyone looks."""
    shutil.rmtree(book)
    book.mkdir()


def renamed(book: Path) -> None:
    """Put another folder in its place, as an exchange of branches may do."""
    new = book.with_name("new")
    new.mkdir()
    book.rename(book.with_name("old"))
    new.rename(book)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for folders and for changes ten times as often as for an author, who does not wait for it."""
    monkeypatch.setattr(watching, "LOOK", watching.LOOK // 10)
    monkeypatch.setattr(watching, "POLL", watching.POLL // 10)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A folder under the name that the watch reports."""
    folder = tmp_path.resolve() / "book"
    folder.mkdir()
    return folder


def test_nothing_that_is_saved_after_its_first_line_is_missed(book: Path) -> None:
    with watched(book) as heard:
        (book / "a.md").write_text("A")
        heard.until_changed(book / "a.md")


@pytest.mark.parametrize("replace", [deleted, renamed])
def test_a_folder_that_is_replaced_is_watched_again(book: Path, replace: Callable[[Path], None]) -> None:
    with watched(book) as heard:
        replace(book)
        heard.until_begun_anew()
        (book / "a.md").write_text("A")
        heard.until_changed(book / "a.md")


def test_a_link_that_is_changed_leads_the_watch_to_another_folder(book: Path) -> None:
    link, other = book.with_name("link"), book.with_name("other")
    other.mkdir()
    link.symlink_to(book)
    with watched(link) as heard:
        link.unlink()
        link.symlink_to(other)
        heard.until_begun_anew()
        (other / "a.md").write_text("A")
        heard.until_changed(other / "a.md")


def test_a_folder_that_is_missing_for_a_while_is_watched_again(book: Path) -> None:
    themes = book.with_name("themes")
    themes.mkdir()
    with watched(book, themes) as heard:
        shutil.rmtree(book)
        heard.until_begun_anew()  # which shows that the book is missing
        write_book(book, "# B\n")
        heard.until_begun_anew()
        (book / "a.md").write_text("A")
        heard.until_changed(book / "a.md")


def test_a_folder_that_vanishes_is_reported_once(book: Path) -> None:
    themes = book.with_name("themes")
    themes.mkdir()
    with watched(book, themes) as heard:
        shutil.rmtree(book)
        assert not heard.until(lambda _: True)
        (themes / "a.css").write_text("a")
        assert book not in heard.until(bool)


def test_a_new_folder_is_watched_too(book: Path) -> None:
    with watched(book) as heard:
        (book / "part/deep").mkdir(parents=True)
        heard.until_changed(book / "part")
        (book / "part/deep/a.md").write_text("A")
        heard.until_changed(book / "part/deep/a.md")


def test_where_the_system_reports_no_changes_files_are_compared(book: Path) -> None:
    messages: list[str] = []
    heard, full = Heard(), contextlib.ExitStack()
    os.utime(book, (0, 0))  # the folder is seen to change too, which is told in seconds

    def say(message: str) -> None:
        full.close()
        messages.append(message)

    full.enter_context(no_file_opens())
    with watching.watching((book,), heard.hear, say):
        assert len(messages) == 1
        assert "Too many open files" in messages[0]
        (book / "a.md").write_text("A")
        heard.until_changed(book / "a.md")


def test_a_watch_that_fails_says_why(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Iterator[object]:
        raise OSError("no watch here")

    monkeypatch.setattr(watchfiles, "watch", fail)
    changes = watching.Changes()
    with watching.watching((book,), changes.hear, lambda _: None), pytest.raises(OSError, match="no watch here"):
        changes.wait()


def test_changes_of_several_moments_are_seen_together_and_a_new_folder_counts_as_anything() -> None:
    changes = watching.Changes()
    changes.hear(frozenset({Path("a")}))
    changes.hear(frozenset({Path("b")}))
    assert changes.are_there()
    assert changes.wait() == {Path("a"), Path("b")}
    assert not changes.are_there()
    changes.hear(frozenset({Path("a")}))
    changes.hear(frozenset())
    assert changes.wait() == frozenset()


@contextlib.contextmanager
def no_file_opens() -> Iterator[None]:
    """Let this process open as many files as it may: a watch is a file too."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    files: list[int] = []
    try:
        with contextlib.suppress(OSError):
            while True:
                files.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("01.md", True),
        (".vitepress/config.ts", True),
        ("#a.md#", False),
        ("#a.md", True),
        ("4913-a-number.md", True),
        ("4913", False),
        ("01.md~", False),
        (".01.md.swp", False),
        (".01.md.swo", False),
        (".#01.md", False),
        ("01.md___jb_tmp___", False),
        (".goutputstream-AB12CD", False),
        ("film.swf", True),
        ("a.part.md", True),
        (".git/index", False),
        ("out/book.html", False),
    ],
)
def test_changes_that_no_author_made_do_not_count(tmp_path: Path, name: str, counts: bool) -> None:
    (tmp_path / "out/.handbound").mkdir(parents=True)
    watch = watching.Filter([tmp_path])
    assert watch(Change.modified, str(tmp_path / name)) is counts


@pytest.mark.parametrize(
    ("name", "counts"), [("book/editions/a.md", False), ("book/editions.md", True), ("a.md", True)]
)
def test_the_folder_of_the_editions_does_not_count_even_before_it_is_one(
    tmp_path: Path, name: str, counts: bool
) -> None:
    watch = watching.Filter([tmp_path, tmp_path / "book"], [tmp_path / "book/editions", tmp_path])
    assert watch(Change.added, str(tmp_path / name)) is counts


def test_what_an_editor_had_only_while_it_saved_is_not_named(book: Path) -> None:
    chapter, folder = book / "b.md", book / "part"
    passing = [book / "b.md___jb_old___", book / ".goutputstream-AB12CD"]
    chapter.write_text("B")
    folder.mkdir()
    assert watching.to_name([*passing, folder, chapter]) == [chapter]
    assert watching.to_name([folder, book / "gone.md"]) == [folder]
    assert watching.to_name([book / "gone.md"]) == [book / "gone.md"]


@pytest.mark.parametrize("name", ["01-one.md", "handbound.toml", "images/dot.svg"])
def test_a_file_that_a_program_empties_before_it_writes_it_is_not_read_in_between(
    name: str, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "EMPTY", PATIENCE * 1000)
    file = book / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("Words.")
    with watched(book) as heard:
        file.write_bytes(b"")
        later = threading.Timer(0.3, file.write_text, ["Other words."])
        later.start()
        heard.until_changed(file)
        assert file.read_text() == "Other words."
        later.join()


def test_a_file_that_stays_empty_is_reported(book: Path) -> None:
    file = book / "01-one.md"
    file.write_text("Words.")
    with watched(book) as heard:
        file.write_bytes(b"")
        heard.until_changed(file)

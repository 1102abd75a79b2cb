"""What is proved of a handout, a booklet or a cover is remembered: any fault is found as if nothing were remembered."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from book import cache, labels, press, proof
from book import report as reports
from book.body import Body
from book.model import Book, Chapter, Check, Work
from book.proof import opened, page_content, verdicts
from tests.loops import some
from tests.making import reworded
from tests.test_handout import workshop

SETTINGS = 'back = "About it."\n'


class Built(Struct, frozen=True, kw_only=True):
    """The files of a small book, and the book."""

    folder: Path
    works: tuple[Work, ...]
    book: Book

    def of(self, *editions: str) -> tuple[Work, ...]:
        """Return the files of *editions*."""
        return tuple(work for work in self.works if work.edition in editions)


def build(source: Path, out: Path) -> Built:
    assert press.build(source, out, editions=["print", "handout", "booklet", "cover"]).status == 0
    return Built(folder=out, works=reports.read(out).works, book=press.read(source).book)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Built:
    root = tmp_path_factory.mktemp("known")
    return build(workshop(root / "book"), root / "out")


def checks(folder: Path, works: Iterable[Work], book: Book, memory: Path | None, *, of: Iterable[Work] = ()) -> object:
    """Return the checks of *works*, in a process that knows no page, or what a proof raised: the builder leaves such an edition out.

    The memory is that of *works*, or of more files, *of*.
    """
    page_content.parsed.cache_clear()
    names = sorted(work.path for work in of)
    try:
        with verdicts.remembered(memory if names else None, *names):
            return proof.prove(folder, works, book, validators=False, cache=None if names else memory)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same
        return repr(error)


def codes(every: object) -> set[str]:
    assert isinstance(every, tuple)
    return {problem.code for check in every if isinstance(check, Check) for problem in check.problems}


@pytest.fixture
def paths(built: Built, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Receives the name of each PDF that a proof opens."""
    names: list[str] = []
    apart = opened.apart

    def noted(path: Path) -> object:
        names.append("/".join(path.parts[path.parts.index("out") + 1 :]))
        return apart(path)

    monkeypatch.setattr(opened, "apart", noted)
    return names


@pytest.fixture(scope="module")
def known(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that knows every file; nobody may change it."""
    folder = tmp_path_factory.mktemp("memory")
    assert codes(checks(built.folder, built.works, built.book, folder)) == set()
    return folder


@pytest.fixture
def memory(known: Path, tmp_path: Path) -> Path:
    """A cache that knows every file."""
    return shutil.copytree(known, tmp_path / "memory")


def test_what_is_known_says_the_same_and_small_files_are_not_opened_again(
    built: Built, memory: Path, paths: list[str]
) -> None:
    expected = checks(built.folder, built.works, built.book, None)
    paths.clear()
    assert checks(built.folder, built.works, built.book, memory) == expected
    assert set(paths) == {"letters-print.pdf", "letters-handout.pdf", "letters-handout-letter.pdf"}


@pytest.mark.parametrize("edition", ["handout", "booklet", "cover"])
@pytest.mark.filterwarnings("ignore:Unexpected end of stream")
def test_a_changed_byte_anywhere_is_found_as_if_nothing_were_remembered(
    edition: str, built: Built, known: Path, tmp_path: Path
) -> None:
    shutil.copytree(built.folder, tmp_path / "out", ignore=shutil.ignore_patterns(".cache"))
    spoiled = 0
    for work in some(built.of(edition)):
        path = tmp_path / "out" / work.path
        sound = path.read_bytes()
        expected = checks(tmp_path / "out", (work,), built.book, None)
        for at in some(range(37, len(sound), len(sound) // 9)):
            data = bytearray(sound)
            data[at] ^= 4
            path.write_bytes(data)
            outcome = checks(tmp_path / "out", (work,), built.book, None)
            # One that knows all files each time: it forgets what nobody asks for.
            memory = shutil.copytree(known, tmp_path / work.path.replace("/", "-") / str(at))
            assert checks(tmp_path / "out", (work,), built.book, memory, of=built.works) == outcome, (work.path, at)
            spoiled += outcome != expected
        path.write_bytes(sound)
    assert spoiled


CHANGES: dict[str, tuple[Callable[[Chapter], Chapter], str]] = {
    "a word": (lambda one: replace(one, wording=reworded(one.wording, running=f"{one.wording.running} more")), "P161"),
    "a letter of its body": (lambda one: replace(one, body=Body.of(str(one.body).replace("bench", "beach"))), "P161"),
    "a question": (lambda one: replace(one, questions=one.questions[:1]), "P161"),
    "its description": (lambda one: replace(one, description="Something else"), "P161"),
    "an address": (
        lambda one: replace(one, body=Body.of(f'{one.body}<p><a hb:kind="external" href="https://lost.example/">x</a></p>')),
        "P171",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_printed_is_missed_although_the_bytes_are_known(name: str, built: Built, memory: Path) -> None:
    change, code = CHANGES[name]
    first = built.book.spine[0]
    book = built.book.map_chapters(lambda chapter: change(chapter) if chapter is first else chapter)
    expected = checks(built.folder, built.of("handout"), book, None)
    assert code in codes(expected)
    assert checks(built.folder, built.of("handout"), book, memory) == expected


def test_a_file_in_another_language_is_found_although_its_bytes_are_known(built: Built, memory: Path) -> None:
    book = replace(built.book, metadata=replace(built.book.metadata, language="de"))
    expected = checks(built.folder, built.works, book, None)
    assert "P143" in codes(expected)
    assert checks(built.folder, built.works, book, memory) == expected


def test_other_labels_are_found_although_the_bytes_are_known(built: Built, memory: Path) -> None:
    token = labels.own.set({"code_of": "Scan {address}"})
    try:
        expected = checks(built.folder, built.of("handout"), built.book, None)
        assert "P171" in codes(expected)
        assert checks(built.folder, built.of("handout"), built.book, memory) == expected
    finally:
        labels.own.reset(token)


def test_another_page_count_is_found_although_the_bytes_are_known(built: Built, memory: Path) -> None:
    for edition in ("handout", "booklet", "cover"):
        works = [replace(work, pages=(work.pages or 0) + 1) for work in built.of(edition)]
        expected = checks(built.folder, works, built.book, None)
        assert "P149" in codes(expected)
        assert checks(built.folder, works, built.book, memory) == expected


def test_after_an_edit_the_files_of_the_other_chapters_are_not_proved_again(
    built: Built, memory: Path, paths: list[str], tmp_path: Path
) -> None:
    shutil.copytree(built.folder.parent / "book", tmp_path / "book")
    shutil.copytree(built.folder, tmp_path / "out")
    with (tmp_path / "book" / "02-the-glue.md").open("a", encoding="utf-8") as chapter:
        chapter.write("\nOvernight and a day.\n")
    edited = build(tmp_path / "book", tmp_path / "out")
    paths.clear()
    assert codes(checks(edited.folder, edited.works, edited.book, memory)) == set()
    assert "handouts/the-glue.pdf" in paths
    assert "handouts/the-bench.pdf" not in paths
    assert "booklets/the-bench.pdf" not in paths


def test_a_damaged_memory_is_no_memory(built: Built, memory: Path) -> None:
    expected = checks(built.folder, built.works, built.book, None)
    for entry in some((memory / "verdicts").iterdir()):
        data = entry.read_bytes()
        seal = len(b"0" * 32)
        for text in (b"[]", b"{}", data[seal:].replace(b'"', b"'")):
            cache.keep(memory, "verdicts", entry.name, text)
            assert checks(built.folder, built.works, built.book, memory) == expected

"""Changed files of Handbound: report.json, the journal, the ledger and the cache may contain anything, and nothing is lost."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from book import cache, checking, explaining, inputs, manifest, press, report, seal, terminal
from book.model import NotMade, Page, Report, Work
from book.problems import PublishError
from tests.fuzzing import Fuzz, mutated
from tests.test_manifest import Built

pytestmark = pytest.mark.fuzz

DIGEST = hashlib.sha256(b"mine").hexdigest()
REPORT = report.dumped(
    Report(
        works=(Work(edition="epub", path="a.epub", bytes=4, digest=DIGEST, words=1),),
        unmade=(NotMade(edition="pdf", path="a.pdf", reason="no", fix="yes"),),
        pages=(Page(label="1", place="one", letters=3, title=True, begins="a"),),
    )
)
LEDGER = json.dumps(
    {"a.epub": {"edition": "epub", "sha256": [DIGEST]}, "index.html": {"edition": "", "sha256": []}}
).encode()
JOURNAL = seal.Journal(put={"a.epub": DIGEST, "report.json": DIGEST}, gone=("a.pdf",)).dumped()
WORDS = [
    *(
        b"[",
        b"]",
        b"{",
        b"}",
        b'"',
        b",",
        b":",
        b"null",
        b"true",
        b"-1",
        b"1e999",
        b"9" * 5000,
        b"[" * 3000,
        b"\0",
        b"\xff",
    ),
    *(
        b"../victim.pdf",
        b"/victim.pdf",
        b"notes.txt",
        b"notes.pdf",
        b".",
        b"handouts/../../victim.pdf",
        b"\\u0000",
        b"\\ud800",
    ),
    *(
        b'"works"',
        b'"status"',
        b'"made"',
        b'"not made"',
        b'"path"',
        b'"sha256"',
        b'"put"',
        b'"gone"',
        b'"linked"',
        b"false",
    ),
    DIGEST.encode(),
]


class Places:
    """An output folder for each trial, and files beside it that must not change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.numbers = itertools.count()

    @contextlib.contextmanager
    def out(self, name: str, data: bytes) -> Iterator[Path]:
        out = self.root / str(next(self.numbers))
        (out / seal.HIDDEN / "stage").mkdir(parents=True)
        for path in (self.root / "victim.pdf", out / "notes.txt", out / "notes.pdf"):
            path.write_bytes(b"theirs")
        (out / seal.HIDDEN / "stage" / "a.epub").write_bytes(b"mine")
        (out / name).write_bytes(data)
        yield out
        for path in (self.root / "victim.pdf", out / "notes.txt", out / "notes.pdf"):
            assert path.read_bytes() == b"theirs"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def test_no_report_ends_in_a_traceback(fuzz: Fuzz, places: Places) -> None:
    def trial(data: bytes) -> None:
        with places.out(report.FILE, data) as out:
            seal.clean(out, cache.STAGES, everything=True)
            earlier = report.read(out)
            assert all(seal.ours(work.path) for work in earlier.works)

    fuzz(mutated([REPORT, b"{}"], WORDS), trial)


def test_no_journal_ends_in_a_traceback_or_touches_what_is_not_ours(fuzz: Fuzz, places: Places) -> None:
    def trial(data: bytes) -> None:
        with places.out(f"{seal.HIDDEN}/{seal.JOURNAL}", data) as out:
            (out / seal.HIDDEN / seal.SET).symlink_to("stage")
            (out / "a.epub").symlink_to(".handbound/set/a.epub")
            with seal.Stage(out) as stage:
                stage.put("a.epub", b"new", "epub")
                stage.publish()
            assert (out / "a.epub").read_bytes() == b"new"
            assert sorted(path.name for path in (out / seal.HIDDEN).iterdir()) == [seal.LOCK, seal.LEDGER]

    fuzz(mutated([JOURNAL, b"[1, null]"], WORDS), trial)


def test_no_ledger_ends_in_a_traceback_or_removes_what_is_not_ours(fuzz: Fuzz, places: Places) -> None:
    def trial(data: bytes) -> None:
        with places.out(f"{seal.HIDDEN}/{seal.LEDGER}", data) as out:
            seal.clean(out, cache.STAGES, everything=True)
            assert sorted(path.name for path in out.iterdir()) == ["notes.pdf", "notes.txt"]

    fuzz(mutated([LEDGER, b"{}"], WORDS), trial)


def test_no_manifest_ends_in_a_traceback_or_looks_at_files_of_others(
    fuzz: Fuzz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    everything, files_agree = inputs.state, manifest._is_as
    looked_at: list[Path] = []

    def of_the_book(*words: Any, **more: Any) -> inputs.State:
        return {name: value for name, value in everything(*words, **more).items() if name.startswith("file ")}

    def noted(path: Path, value: object) -> bool:
        looked_at.append(path)
        return files_agree(path, value)

    monkeypatch.setattr(inputs, "state", of_the_book)
    monkeypatch.setattr(manifest, "_is_as", noted)
    built = Built(tmp_path)
    built.build()
    assert manifest.compare(built.book, built.out, built.words).summary
    path = built.out / seal.HIDDEN / seal.LAST_BUILD
    kept = path.read_bytes()

    def trial(data: bytes) -> None:
        path.write_bytes(data)
        comparison = manifest.compare(built.book, built.out, built.words)
        explaining.explain(comparison.reasons)
        if comparison.summary:
            terminal.sum_up(comparison.summary, built.out)
            terminal.tell(comparison.summary.problems, verbose=True)
        shown = "".join(capsys.readouterr())
        assert not {*shown} & {"\x1b", "\0", "\ud800"}
        assert all(path.resolve().is_relative_to(built.out) for path in looked_at)
        looked_at.clear()

    fuzz(mutated([kept, b"{}"], WORDS), trial)


def test_no_entry_of_the_cache_is_taken_for_what_it_is_not(fuzz: Fuzz, tmp_path: Path) -> None:
    entry = cache.key("a")
    path = tmp_path / "tree" / entry
    cache.remember(tmp_path, "tree", entry, lambda: b"what was made")
    kept = path.read_bytes()

    def trial(data: bytes) -> None:
        path.write_bytes(data)
        assert cache.remember(tmp_path, "tree", entry, lambda: b"what was made") == b"what was made"
        assert path.read_bytes() == kept

    fuzz(mutated([kept, b""], WORDS), trial)


def test_an_entry_under_the_name_of_another_is_made_again(tmp_path: Path) -> None:
    one, two = cache.key("one"), cache.key("two")
    cache.remember(tmp_path, "tree", one, lambda: b"one")
    cache.remember(tmp_path, "tree", two, lambda: b"two")
    (tmp_path / "tree" / two).write_bytes((tmp_path / "tree" / one).read_bytes())
    assert cache.remember(tmp_path, "tree", two, lambda: b"two") == b"two"
    with pytest.raises(ValueError, match="none is not in STAGES"):
        cache.remember(tmp_path, "none", two, lambda: b"two")


def test_an_entry_that_is_a_link_or_a_pipe_is_not_read_and_nothing_is_written_through_it(tmp_path: Path) -> None:
    entry, other = cache.key("a"), tmp_path / "other"
    other.mkdir()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "tree").symlink_to(other)
    assert cache.remember(tmp_path / "cache", "tree", entry, lambda: b"made") == b"made"
    assert list(other.iterdir()) == []
    (tmp_path / "cache" / "fonts").mkdir()
    os.mkfifo(tmp_path / "cache" / "fonts" / entry)
    assert cache.remember(tmp_path / "cache", "fonts", entry, lambda: b"made") == b"made"
    assert cache.remember(tmp_path / "cache", "fonts", entry, lambda: b"other") == b"made"


def test_a_tree_that_no_pandoc_made_is_reported_and_the_book_is_read_without_it(tmp_path: Path) -> None:
    book, out = tmp_path / "book", tmp_path / "out"
    book.mkdir()
    (book / "a.md").write_text("# One\n\nHello.\n", "utf-8")
    assert press.build(book, out, editions=["html"]).status == 0
    made = (out / "book.html").read_bytes()
    for path in (out / seal.CACHE / "tree").iterdir():
        forged = b'{"blocks": [{"t": "Para"}, 3]}'
        path.write_bytes(cache._seal("tree", path.name, forged) + forged)
    for stage in ("excerpts", "chapters"):  # while these hold a chapter, its tree is not read
        shutil.rmtree(out / seal.CACHE / stage)
    result = press.build(book, out, editions=["html"])
    assert (result.status, (out / "book.html").read_bytes()) == (0, made)
    assert [problem.message for problem in result.report.problems if problem.code == "W111"] == [
        "this cache is not Handbound's; it is not used"
    ]


def test_a_report_with_an_edition_that_there_is_not_is_one_line(tmp_path: Path) -> None:
    book, out = tmp_path / "book", tmp_path / "out"
    book.mkdir()
    out.mkdir()
    (book / "a.md").write_text("# One\n", "utf-8")
    for forged in (
        b"[" * 100_000,
        REPORT.replace(b'"epub"', b'"xyz"'),
        REPORT.replace(b"a.epub", b"a.zip"),
        b"[]",
        b"",
    ):
        (out / report.FILE).write_bytes(forged)
        with pytest.raises(PublishError) as raised:
            checking.check(book, out)
        (problem,) = raised.value.problems
        assert problem.code == "E103"
        assert sorted(path.name for path in out.iterdir() if path.name != seal.HIDDEN) == [report.FILE]


def test_an_edition_that_was_changed_after_it_was_built_is_reported(tmp_path: Path) -> None:
    book, out = tmp_path / "book", tmp_path / "out"
    book.mkdir()
    (book / "a.md").write_text("# One\n\nHello.\n", "utf-8")
    assert press.build(book, out, editions=["html"]).status == 0
    assert checking.check(book, out).status == 0
    with (out / "book.html").open("ab") as file:
        file.write(b"<!-- -->")
    result = checking.check(book, out)
    assert result.status == 1
    assert "E152" in {problem.code for problem in result.report.problems}

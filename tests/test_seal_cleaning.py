"""Cleaning an output folder, and the files of others in it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from book import seal
from book.problems import PublishError
from tests.making import published
from tests.test_seal import NEW, OLD, built, earlier, fill, left, publish


def test_cleaning_removes_what_the_cache_holds_and_nothing_else(tmp_path: Path) -> None:
    built(tmp_path)
    editions, before = published(tmp_path), left(tmp_path)
    assert seal.clean(tmp_path, ("tree",), everything=False).problems == ()
    before.remove(f".cache/tree/{'0' * 64}")
    assert (published(tmp_path), left(tmp_path)) == (editions, before)


def test_cleaning_everything_removes_what_builds_wrote_and_nothing_else(tmp_path: Path) -> None:
    built(tmp_path)
    fill(tmp_path, {"report.json": b'{"works": [{"path": "kept.txt"}, {"path": "../x"}]}', "b.html": b"mine now"})
    told = seal.clean(tmp_path, ("tree",), everything=True).problems
    assert left(tmp_path) == [".cache/other/a", ".cache/tree/mine", "b.html", "kept.txt", "report.json"]
    assert not (tmp_path / "handouts").exists()
    assert [(one.place.path.rpartition("/")[2], one.message) for one in told] == [
        ("b.html", "this has changed since it was built, so it is kept"),
        ("report.json", "this has changed since it was built, so it is kept"),
    ]


def test_cleaning_a_folder_in_which_nothing_was_built_does_nothing(tmp_path: Path) -> None:
    assert seal.clean(tmp_path / "nowhere", ("tree",), everything=True) == seal.Cleaned()
    assert not (tmp_path / "nowhere").exists()
    fill(tmp_path, {"report.json": b'{"works": [{"path": "notes.txt"}]}', "notes.txt": b"x", ".cache/pip/x": b"x"})
    seal.clean(tmp_path, ("tree",), everything=True)
    assert left(tmp_path) == [".cache/pip/x", "notes.txt", "report.json"]


# Files of others in the output folder.


def test_an_earlier_edition_that_could_not_be_made_again_goes_in_the_same_step(tmp_path: Path) -> None:
    publish(tmp_path, {"a.epub": b"1", "a.pdf": b"1"})
    fill(tmp_path, {"b.pdf": b"not ours"})
    with seal.Stage(tmp_path) as stage:
        stage.put("a.epub", b"2", "epub")
        assert stage.standing("one") == ("a.pdf",)
        stage.publish(stage.standing("one"))
    assert published(tmp_path) == {"a.epub": b"2", "b.pdf": b"not ours"}
    fill(tmp_path, {"a.epub": b"changed"})
    with seal.Stage(tmp_path) as stage:
        assert (stage.standing("one"), stage.standing("epub")) == ((), ())


def link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def pipe(path: Path, _: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


def a_file(path: Path, _: Path) -> None:
    fill(path.parent, {path.name: b"x"})


def a_folder(path: Path, _: Path) -> None:
    fill(path, {"inside": b"x"})


MISFITS = (link, pipe, a_file, a_folder)
HOME = (seal.HIDDEN, f"{seal.HIDDEN}/stage", f"{seal.HIDDEN}/old", "handouts")


@pytest.mark.parametrize("name", [*HOME, f"{seal.HIDDEN}/lock", f"{seal.HIDDEN}/{seal.LEDGER}", "a.epub", ".cache"])
@pytest.mark.parametrize("misfit", MISFITS)
def test_what_has_the_name_of_something_of_ours_is_one_line_and_nothing_else_is_touched(
    misfit: Callable[[Path, Path], None], name: str, tmp_path: Path
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    fill(
        other, {"stage/x": b"theirs", "lock": b"theirs", "a.epub": b"theirs", ".new-x": b"theirs", "tree/.new-x": b"x"}
    )
    fill(out, {"kept.txt": b"x"})
    misfit(out / name, other)
    before = published(other)
    if (misfit is a_folder and name in (*HOME, ".cache")) or (misfit is a_file and name == f"{seal.HIDDEN}/lock"):
        publish(out, NEW)  # a folder of that name is ours
        assert (out / "a.epub").read_bytes() == NEW["a.epub"]
    elif name in (".cache", f"{seal.HIDDEN}/{seal.LEDGER}") and misfit is not a_folder:
        with seal.Stage(out) as stage:
            (problem,) = stage.problems
            assert problem.code == "W111"
            assert (stage.cache is None) == (name == ".cache")
    else:
        with pytest.raises(PublishError) as raised:
            publish(out, NEW)
        (problem,) = raised.value.problems
        assert problem.code in ("W102", "W103", "W110")
        assert problem.place.path == str(out / name)
        assert "a.epub" not in published(out) or name == "a.epub"
    assert published(other) == before
    assert (out / "kept.txt").read_bytes() == b"x"


FORGED = {
    "a list": b"[1, null]",
    "deep": b"[" * 100_000,
    "a NUL": b"\0",
    "cut": b'{"put": {"a.ep',
    "empty": b"",
    "large": b" " * 70_000_000,
    "a number too long": b'{"put": {"a.epub": ' + b"9" * 5000 + b'}, "gone": [], "linked": true}',
    "outside": json.dumps({"put": {"../victim.pdf": "0" * 64}, "gone": [], "linked": True}).encode(),
    "absolute": json.dumps({"put": {}, "gone": ["/victim.pdf"], "linked": True}).encode(),
    "not ours": json.dumps({"put": {}, "gone": ["notes.txt"], "linked": True}).encode(),
    "without links": json.dumps({"put": {}, "gone": ["notes.pdf"], "linked": False}).encode(),
    "another digest": json.dumps({"put": {"notes.pdf": "0" * 64}, "gone": [], "linked": True}).encode(),
}


@pytest.mark.parametrize("which", FORGED)
def test_a_journal_that_handbound_did_not_write_is_reported_and_deleted(which: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(tmp_path, {"victim.pdf": b"theirs"})
    fill(out, {"notes.txt": b"mine", "notes.pdf": b"mine", f"{seal.HIDDEN}/stage/notes.pdf": b"forged"})
    fill(out, {f"{seal.HIDDEN}/{seal.JOURNAL}": FORGED[which]})
    before = {name: data for name, data in published(tmp_path).items() if seal.HIDDEN not in name}
    with seal.Stage(out) as stage:
        assert [one.code for one in stage.problems] == ["W111"]
        assert stage.problems[0].place.path == f"{out}/{seal.HIDDEN}/{seal.JOURNAL}"
    assert {name: data for name, data in published(tmp_path).items() if seal.HIDDEN not in name} == before
    publish(out, NEW)
    assert (out / "a.epub").read_bytes() == NEW["a.epub"]


def test_a_forged_journal_touches_only_links_that_handbound_made(tmp_path: Path) -> None:
    forged = {"put": {"notes.pdf": seal.digest(b"forged")}, "gone": ["b.html"], "linked": True}
    fill(tmp_path, {"notes.pdf": b"mine", "b.html": b"mine", f"{seal.HIDDEN}/stage/notes.pdf": b"forged"})
    fill(tmp_path, {f"{seal.HIDDEN}/{seal.JOURNAL}": json.dumps(forged).encode()})
    (tmp_path / seal.HIDDEN / "set").symlink_to("stage")
    with seal.Stage(tmp_path):
        pass
    assert published(tmp_path) == {"notes.pdf": b"mine", "b.html": b"mine"}


def test_a_journal_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    fill(tmp_path, {"journal": seal.Journal(put={}, gone=("a.pdf",)).dumped(), "out/a.pdf": b"mine"})
    link(tmp_path / "out" / seal.HIDDEN / seal.JOURNAL, tmp_path / "journal")
    with seal.Stage(tmp_path / "out") as stage:
        assert [one.code for one in stage.problems] == ["W111"]
    assert sorted(published(tmp_path)) == ["journal", "out/.handbound/lock", "out/a.pdf"]


def test_links_of_a_run_whose_hidden_folder_was_deleted_are_not_editions(tmp_path: Path) -> None:
    (tmp_path / "a.epub").symlink_to(".handbound/set/a.epub")
    publish(tmp_path, NEW)
    assert (tmp_path / "a.epub").read_bytes() == NEW["a.epub"]


def test_a_file_system_without_links_still_gets_a_published_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    earlier(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "symlink", refused)
        patch.setattr(os, "link", refused)
        publish(tmp_path, NEW)
        assert published(tmp_path) == OLD | NEW
        journal = seal.Journal(put={"a.epub": seal.digest(b"3")}, gone=("b.html",), linked=False)
        fill(tmp_path, {f"{seal.HIDDEN}/{seal.JOURNAL}": journal.dumped(), f"{seal.HIDDEN}/stage/a.epub": b"3"})
        with seal.Stage(tmp_path):
            pass
        assert published(tmp_path) == {
            name: data for name, data in {**OLD, **NEW, "a.epub": b"3"}.items() if name != "b.html"
        }


def test_a_digest_is_sha_256() -> None:
    assert seal.digest(b"x") == hashlib.sha256(b"x").hexdigest()

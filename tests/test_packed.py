"""The archive of an EPUB: its bytes depend on its files alone, whatever is remembered of how they were packed."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from book import cache, seal
from book.editions.packed import ANCIENT, STAGE, Memory, archive

NAMES = st.text("abé/.", min_size=1, max_size=6).filter(lambda name: name.strip("/.") == name)
FILES = {"mimetype": b"application/epub+zip", "a.xhtml": b"<p>word</p>" * 99, "b.css": b"p {}", "c/é.png": bytes(300)}


def library(files: dict[str, bytes]) -> bytes:
    """Return the same archive as the standard library writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as tight:
        for name in sorted(files, key=lambda name: (name != "mimetype", name)):
            entry = zipfile.ZipInfo(name, ANCIENT)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            tight.writestr(entry, files[name])
    return out.getvalue()


@given(st.dictionaries(NAMES, st.binary(max_size=400), max_size=5))
def test_an_archive_is_the_one_that_the_library_writes(files: dict[str, bytes]) -> None:
    files = {"mimetype": b"application/epub+zip", **files}
    data = archive(files)
    assert data == library(files)
    assert archive(dict(reversed(files.items()))) == data
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        assert {name: package.read(name) for name in package.namelist()} == files


def entries(folder: Path) -> list[Path]:
    """Return the entries of the stage in *folder*."""
    return sorted((folder / STAGE).iterdir())


def test_what_is_unchanged_is_not_packed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pressed: list[int] = []
    make = zlib.compressobj

    def counted(*rest: Any) -> object:
        pressed.append(1)
        return make(*rest)

    monkeypatch.setattr("book.editions.packed.zlib.compressobj", counted)
    assert archive(FILES, Memory(tmp_path, "a")) == library(FILES)
    assert len(pressed) == len(FILES) - 1 + len(FILES) - 1  # the library's own are counted too
    pressed.clear()
    again = archive(FILES, Memory(tmp_path, "a"))
    assert not pressed
    assert again == library(FILES)
    pressed.clear()
    changed = {**FILES, "a.xhtml": b"<p>another</p>"}
    del changed["b.css"]
    assert archive(changed, Memory(tmp_path, "a")) == archive(changed)
    assert len(pressed) == 1 + len(changed) - 1
    (entry,) = entries(tmp_path)
    known = Memory(tmp_path, "a")._known
    assert sorted(known) == sorted(seal.digest(data) for name, data in changed.items() if name != "mimetype")
    assert entry.name == cache.key(STAGE, zlib.ZLIB_RUNTIME_VERSION, "a")


def test_books_share_nothing(tmp_path: Path) -> None:
    archive(FILES, Memory(tmp_path, "a"))
    assert not Memory(tmp_path, "b")._known


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}\n",
        b"[[1, 2]]\nab",
        b'[["a", 3]]\nab',
        b'[["a", 3, 9, 9, ""]]\nab',
        b'[["a", 1, 9, 9, ""]]\nab',
        b'[["a", 0, 9, 9, ""], ["b", 2, 9, 9, ""]]\nab',
        b'[["a", 3, 9, 9, ""], ["b", -1, 9, 9, ""]]\nab',
        b'[["a", 2, -1, 9, ""]]\nab',
        b'[["a", 2, 9, 4294967296, ""]]\nab',
        b'[["a", 2, 9, 9, 1]]\nab',
        b"\xff\nab",
    ],
)
def test_an_entry_in_another_form_is_made_again(tmp_path: Path, data: bytes) -> None:
    archive(FILES, Memory(tmp_path, "a"))
    (entry,) = entries(tmp_path)
    whole = entry.read_bytes()
    cache.keep(tmp_path, STAGE, entry.name, data)
    assert entry.read_bytes() != whole
    assert archive(FILES, Memory(tmp_path, "a")) == library(FILES)
    assert entry.read_bytes() == whole


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    archive(FILES, Memory(tmp_path, "a"))
    (entry,) = entries(tmp_path)
    whole = bytearray(entry.read_bytes())
    whole[-5] ^= 1
    entry.write_bytes(whole)
    assert archive(FILES, Memory(tmp_path, "a")) == library(FILES)


def test_the_index_is_a_line_of_json(tmp_path: Path) -> None:
    archive({"mimetype": b"x", "a": b"word"}, Memory(tmp_path, "a"))
    (entry,) = entries(tmp_path)
    head, _, data = entry.read_bytes()[32:].partition(b"\n")
    assert json.loads(head) == [[seal.digest(b"word"), len(data), 4, zlib.crc32(b"word"), ""]]


def test_an_edit_writes_the_few_files_that_are_new(tmp_path: Path) -> None:
    files = {"mimetype": b"x", **{f"{number}": f"text {number}".encode() for number in range(40)}}
    archive(files, Memory(tmp_path, "a"))
    (entry,) = entries(tmp_path)
    whole = entry.read_bytes()
    for name in ("7", "9", "7"):
        files[name] += b", edited"
        assert archive(files, Memory(tmp_path, "a")) == library(files)
        assert entry.read_bytes() == whole
        (later,) = {*entries(tmp_path)} - {entry}
        assert later.stat().st_size < 400
        assert Memory(tmp_path, "a")._known.keys() >= {seal.digest(files[name])}
    for number in range(0, 40, 3):
        files[f"{number}"] += b", edited"
    assert archive(files, Memory(tmp_path, "a")) == library(files)
    assert entry.read_bytes() != whole
    assert Memory(tmp_path, "a")._known.keys() == {
        seal.digest(data) for name, data in files.items() if name != "mimetype"
    }
    assert not Memory(tmp_path, "a")._known.keys() - Memory(tmp_path, "a")._old.keys()


def test_a_document_is_remembered_packed_under_a_name_with_a_note(tmp_path: Path) -> None:
    files = {"mimetype": b"x", "a": b"<p>word</p>" * 9}
    memory = Memory(tmp_path, "a")
    assert memory.recall("chapter") is None
    packed = memory.keep("chapter", files["a"], "svg")
    assert archive({**files, "a": packed}, memory) == library(files)
    again = Memory(tmp_path, "a")
    known = again.recall("chapter")
    assert known is not None
    assert known.note == "svg"
    assert archive({**files, "a": known}, again) == library(files)

"""Dictionaries of hyphenation: what is kept beside the program divides words as Pyphen does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyphen
import pytest

from book.paged.render import dictionaries

WORDS = (
    "documentation hyphenation Schifffahrt Donaudampfschifffahrt anticonstitutionnellement asszonnyal ulltråd x".split()
)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which patterns are kept; no dictionary is loaded."""
    monkeypatch.setattr(dictionaries, "cache_from_source", lambda _: str(tmp_path / "kept" / "a.pyc"))
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr(pyphen, "hdcache", {})
    dictionaries.dictionary.cache_clear()
    yield tmp_path / "kept"
    dictionaries.dictionary.cache_clear()


def divided(language: str) -> list[list[int]]:
    """Return where the words may be divided, by a dictionary that is loaded anew."""
    dictionaries.dictionary.cache_clear()
    pyphen.hdcache.clear()
    return [dictionaries.dictionary(language, 2, 3).positions(word) for word in WORDS]


@pytest.mark.parametrize("language", ["en_US", "fr", "hu_HU"])
def test_words_are_divided_where_pyphen_divides_them(language: str, kept: Path) -> None:
    plain = pyphen.Pyphen(lang=language, left=2, right=3, cache=False)
    expected = [plain.positions(word) for word in WORDS]
    assert [divided(language), divided(language)] == [expected, expected]
    assert len([*kept.glob("*.json")]) == (language != "hu_HU")  # its divisions change letters


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"a": 1}', b'{"a": [0, ["b"]]}', b"\xff"])
def test_a_damaged_file_is_made_again(data: bytes, kept: Path) -> None:
    expected = divided("en_US")
    (place,) = kept.glob("*.json")
    sound = place.read_bytes()
    place.write_bytes(data)
    assert divided("en_US") == expected
    assert place.read_bytes() == sound


def test_a_program_that_cannot_be_written_divides_words_too(kept: Path) -> None:
    kept.write_text("a file in the place of the folder")
    assert divided("en_US")[0] == pyphen.Pyphen(lang="en_US", left=2, right=3, cache=False).positions(WORDS[0])


def test_nothing_is_written_where_python_writes_no_code(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert divided("en_US")
    assert not kept.exists()

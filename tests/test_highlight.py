"""The marks of words in listings are remembered, listing by listing, and made again when the cache is not right."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from book import cache, highlight, press
from tests.loops import some
from tests.making import write_book

CHAPTER = (
    "# One\n\n```python\nprint('x')\n```\n\nTODO: write this.\n\n```sh\necho 'y'  # why\n```\n\n```\nno language\n```\n"
)


def body(source: Path, folder: Path | None) -> str:
    return str(press.read(source, cache=folder, dated=False).book.spine[0].body)


def dressed(folder: Path | None) -> bytes:
    code = etree.fromstring("<code>return 1</code>")
    with highlight.remembering(folder, "a.md"):
        highlight.dress(code, "python")
    return etree.tostring(code)


def test_an_edit_marks_the_words_of_no_other_listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, folder = write_book(tmp_path / "book", {"one.md": CHAPTER}, 'title = "T"\n'), tmp_path / "cache"
    body(source, folder)
    asked: list[str] = []
    lexer = highlight._lexer

    def noted(language: str) -> object:
        asked.append(language)
        return lexer(language)

    monkeypatch.setattr(highlight, "_lexer", noted)
    edited = CHAPTER.replace("echo 'y'", "echo 'n'")
    (source / "one.md").write_text(edited)
    assert body(source, folder) == body(source, None)
    assert asked == ["sh", "python", "sh"], "one for the edit, two from nothing"
    for place in some((folder / "listings").iterdir()):
        place.write_bytes(b"damaged")
    (source / "one.md").write_text(edited.replace("TODO", "TO DO"))
    assert body(source, folder) == body(source, None)
    assert asked[3:] == ["python", "sh"] * 2


@pytest.mark.parametrize(
    "wrong", [[["k", "raise"], ["", " 1"]], [["script", "return"], ["", " 1"]], [["k", "return 1", "more"]], "x"]
)
def test_a_listing_is_marked_again_if_what_is_cached_is_not_of_it(tmp_path: Path, wrong: object) -> None:
    marked = dressed(tmp_path)
    kept = cache.Bundle(tmp_path, "listings", cache.key(cache.program(), "a.md"))
    kept.keep(cache.key("python", "return 1"), wrong)
    kept.close()
    assert dressed(tmp_path) == marked == dressed(None)

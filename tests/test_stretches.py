"""Pieces of text that become one: same letters at the same places, fewer nodes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from book.markdown import leaves, marks, pandoc, stretches, ties
from book.markdown.nodes import node, wrapper
from book.settings import Limits

TRICKY = (
    'It\'s "here" (or  there), caf&eacute; 3.5 % and a\\*b: x_y, **bold text**  \n'
    'a [link text](a.md "Its title") \t and `code here`!  Ünï—code, ﬁ, 日本語 テスト, שלום עולם, e\u0301a\n'
    'more\ttext &amp; "quoted \\" words" <b>raw html</b> www.example.org. 1,000 -- 20% {{ a b }} 🎉 x 😀y\n\n'
    "- [ ] a task for *all of us*\n\n| a cell | b c |\n|---|---|\n| d\\|e f | g h |\n\nText two words[^1] more\n\n[^1]: A note of us.\n"
)


def separate(markdown: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return pandoc's tree with its pieces as they are."""
    with monkeypatch.context() as patch:
        patch.setattr(stretches, "joined", lambda tree: tree)
        patch.setattr(ties, "tied", lambda text: text)
        return pandoc.read(markdown, Limits())


def letters(tree: bytes) -> list[tuple[int, int, str, str]]:
    """Return each letter of *tree*, with its line and column."""
    result = []
    for line, spot, text, sort in leaves.read(marks.loads(tree)).leaves:
        first = leaves.column(spot)
        is_linear = re.fullmatch(rf"{line}:\d+-{line}:{first + len(text)}", spot) is not None
        result += [(line, first + number if is_linear else first, letter, sort) for number, letter in enumerate(text)]
    return result


@pytest.mark.parametrize("name", ["", "why-product-engineer.md"])
def test_every_letter_stays_at_its_place(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chapter = next(iter(sorted((root / "content").glob("*.md")))) if name else None
    markdown = chapter.read_text("utf-8") if chapter else TRICKY
    whole = separate(markdown, monkeypatch)
    assert letters(stretches.joined(whole.decode()).encode()) == letters(whole)


def test_a_line_of_text_is_one_piece() -> None:
    (paragraph,) = marks.loads(pandoc.read("Some words, and (more) words.", Limits()))
    (text,) = paragraph["c"][1][0]["c"]
    assert text == wrapper("1:1-1:30", node("Str", "Some words, and (more) words."))


@pytest.mark.parametrize("words", ["a \\* b", "a &amp; b", "a  b", "a {{ b", "a : b", "a\nb", "a *b* c", "\\]- a"])
def test_what_is_not_text_as_typed_stays_alone(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = separate(words, monkeypatch).decode()
    assert stretches.joined(whole) == whole


def test_pieces_before_and_after_an_entity_are_joined() -> None:
    tree = pandoc.read("one two caf&eacute; three four", Limits())
    texts = re.findall(r'"t":"Str","c":"([^"]*)"', tree.decode())
    assert texts == ["one two caf", "é", "three four"]


def test_joining_again_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    once = stretches.joined(separate(TRICKY, monkeypatch).decode())
    assert stretches.joined(once) == once
    assert json.loads(once)

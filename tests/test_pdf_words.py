"""Which letters of a PDF are compared with those of the book, and what may stand between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import press
from book.proof import pdf_words
from tests.making import build_book, write_book


@pytest.mark.parametrize(
    ("printed", "heads", "matched"),
    [
        (["one", "two", "three"], (), 11),
        (["one", "∗∗∗", "two", "three"], (), 11),
        (["one", "one", "two", "three"], (True, True, False, False), 11),
        (["one", "one", "two", "three"], (), 3),
        (["one", "more", "two", "three"], (False, True, False, False), 3),
        (["one", "three"], (), 4),
    ],
    ids=["sound", "an ornament", "a table head again", "a word again", "a head that was never there", "a word lost"],
)
def test_only_an_ornament_and_a_repeated_head_may_stand_between(
    printed: list[str], heads: tuple[bool, ...], matched: int
) -> None:
    want = pdf_words.Text(letters="onetwothree", optional={})
    assert pdf_words.walk(want, printed, 0, heads=heads).matched == matched


@pytest.mark.parametrize("lost", [None, 9], ids=["sound", "a cell lost"])
def test_a_repeated_table_head_may_end_with_the_words_of_the_next_cell(lost: int | None) -> None:
    """`| Key |` over `| key 1 |`, where a new page begins between two rows."""
    page = ["key", "value", "key", "one", "value", "of one"]
    printed = [*page, "key", "value", "key", "two", "value", "of two"]
    heads = [True, True, *[False] * 4] * 2
    if lost is not None:
        del printed[lost], heads[lost]
    text = "keyvaluekeyonevalueof onekeytwovalueof two"
    want = pdf_words.Text(letters=text, optional={})
    result = pdf_words.walk(want, printed, 0, heads=heads)
    assert (result.matched == len(text)) is (lost is None)
    assert lost is None or text[result.matched :] in ("twovalueof two", "wovalueof two")


def test_what_the_press_added_may_be_hidden_whole_and_not_in_part() -> None:
    want = pdf_words.Text(letters="oneNotestwo", optional={3: 8})
    assert pdf_words.walk(want, ["one", "Notes", "two"], 0).matched == 11
    assert pdf_words.walk(want, ["onetwo"], 0).matched == 11
    assert pdf_words.walk(want, ["oneNot", "two"], 0).matched < 11


@pytest.mark.parametrize(
    "emoji", ["1\ufe0f\u20e3", "#\u20e3", "\u2764\ufe0f\u200d\U0001f525", "\U0001f468\u200d\U0001f469\u200d\U0001f466"]
)
def test_an_emoji_of_several_characters_is_not_a_letter(emoji: str) -> None:
    assert pdf_words.letters(f"Step {emoji} first") == "stepfirst"


def test_an_emoji_of_one_character_and_a_figure_are_letters() -> None:
    assert pdf_words.letters("1 \U0001f980 # \u2764\ufe0f") == "1\U0001f980#\u2764"


def test_a_chapter_begins_at_its_title_and_not_at_its_number_in_the_same_word(
    tmp_path: Path, needs_pango: None
) -> None:
    """What an edition adds, as in place of a missing image, is no proof of a beginning unless it is printed."""
    image = "![A bench by the window, seen from the left](https://bench.example.org/pictures/by-the-window.png)"
    files = {
        "handbound.toml": 'title = "T"\nslug = "t"\nlanguage = "en"\n',
        "a.md": f"# One\n\n{image} and its words.\n",
    }
    assert (build_book(tmp_path, files, ("pdf",)) / "t.pdf").is_file()


@pytest.mark.needs_pango
def test_marks_without_ink_that_stay_in_the_text_keep_no_pdf_from_being_made(tmp_path: Path) -> None:
    settings = 'title = "Marks"\nlanguage = "en"\n[rules]\nspaces = false\n'
    text = "# A\n\nAn \u200emark\u200e of \u200fdirection\u061c, a co\u034fmbined word, f\u2061(x) and \u3164fillers\u1160.\n"
    write_book(tmp_path / "book", text, settings)
    result = press.build(tmp_path / "book", tmp_path / "out", editions=["pdf"])
    assert result.status == 0, [problem.message for problem in result.report.problems]

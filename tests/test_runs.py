"""Runs: how the words of a tree are laid out, and how edits are written back into it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from book.markdown.tree import plain, unwrap
from book.model import Draft, FrontMatter, Manuscript
from book.problems import Place
from book.style.fixpoint import applied, composed, origins
from book.style.flatten import flatten
from book.style.runs import OBJECT, Edit, Run, edited
from book.style.runs import plain as plain_run
from book.style.source_map import Locator
from book.style.writing import rebuild
from tests.loops import some
from tests.making import make_draft, read_blocks


def chapter(markdown: str, language: str = "en") -> Draft:
    return make_draft(read_blocks(markdown), language=language, markdown=markdown, first_line=3)


def runs(markdown: str) -> list[Run]:
    """Return the runs of the text, without that of the empty title."""
    return list(flatten(chapter(markdown)))[1:]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("a *b **c*** ~~d~~ [e](f)", ["a b c d e"]),
        ("a\nb  \nc<br>d", ["a\nb\vc\fd"]),
        ("a `b` c ![d](e) f <https://g.org>", [f"a {OBJECT} c {OBJECT} f {OBJECT}", "d"]),
        ('[a](b "c") ![d](e "f")', ["a " + OBJECT, "c", "d", "f"]),
        ("a[^1] b\n\n[^1]: c\n\n    d", ["a b", "c", "d"]),
        ("a <b>c</b> <i>d</i><!-- e --> f", ["a c d f"]),
        ("# a\n\n> b\n\n- c\n- d\n\n1. e", ["a", "b", "c", "d", "e"]),
        ("| a | b |\n|---|---|\n| c | d |", ["a", "b", "c", "d"]),
        ("term\n: what\n: else", ["term", "what", "else"]),
        ("::: {.a}\nb\n:::\n\n> [!NOTE]\n> c", ["b", "Note", "c"]),
        ("a  b   c", ["a  b   c"]),
        ("- [ ] a", ["☐", "a"]),
        ("```\na\n```\n\n---\n\n<div>\nb\n</div>", []),
    ],
)
def test_a_tree_is_laid_out_in_runs(typed: str, wanted: list[str]) -> None:
    assert [run.text for run in runs(typed)] == wanted


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ('a \\" "b"', f'a {OBJECT} "b"'),
        ("a <code>b c</code> d", f"a {OBJECT * 3} d"),
        ("a <kbd>b", f"a {OBJECT}"),
        ("a <!-- handbound: off -->b<!-- handbound: on --> c", f"a {OBJECT} c"),
        ("a <!-- handbound: as-typed --> b", OBJECT * 4),
    ],
)
def test_what_no_rule_may_touch_is_hidden_from_the_rules(typed: str, wanted: str) -> None:
    (run,) = runs(typed)
    assert run.guarded == wanted
    assert len(run.text) == len(run.guarded)


def test_a_language_applies_to_its_span_and_its_div() -> None:
    (run,) = runs("a [b [c]{lang=de} d]{lang=fr} e")
    assert [run.language(at) for at in range(0, 10, 2)] == ["en", "fr", "de", "fr", "en"]
    first, second = runs("::: {lang=fr}\na\n:::\n\nb")
    assert (first.language(0), second.language(0)) == ("fr", "en")


def test_paragraphs_of_one_container_see_each_other_over_quotes_and_lists() -> None:
    found = runs("a\n\nb\n\n# c\n\nd\n\n> e\n>\n> f\n\n- g\n- h\n\ni\n\n<!-- j -->\n\nk")
    index = {run.text: number for number, run in enumerate(flatten(chapter("a")), 0)}
    assert index["a"] == 1
    seen = {run.text: found[run.before - 1].text if run.before is not None else None for run in found}
    assert seen == {
        "a": None,
        "b": "a",
        "c": None,
        "d": None,
        "e": None,
        "f": "e",
        "g": None,
        "h": None,
        "i": "d",
        "k": "i",
    }


def test_every_character_has_its_position() -> None:
    typed = 'One *two*\nthree &amp; "four".\n\n> a\tb\tc [d](e "f g")\n'
    one = chapter(typed)
    locate = Locator(one.source)
    lines = typed.split("\n")
    for run in some(flatten(one)):
        for at, letter in enumerate(run.text):  # may be empty: an image has no letters
            place, exact = locate(run, at, at + 1)
            if exact:
                assert lines[place.line - 3][place.column - 1] == letter
            else:
                assert letter in "\n&" or lines[place.line - 3][place.column - 1] == "\t"


def test_edits_come_back_into_the_tree() -> None:
    one = chapter('a *b* [c](d "e") ![f](g "h")[^1]\n\n[^1]: i\n\n| j |\n|---|\n| k |\n\nl\n: m\n')
    laid = flatten(one)
    edits = {
        index: [Edit(0, 1, run.text[0].upper() if run.text[0].isalpha() else run.text[0], "x")]
        for index, run in enumerate(laid)
        if run.text
    }
    done = json.dumps(rebuild(one, laid, edits).blocks)
    assert [letter for letter in "AEFHIJKLM" if f'"{letter}' not in done] == []
    assert '"b"' in done
    assert '"c"' in done


def test_an_edit_over_a_border_is_written_where_it_begins() -> None:
    one = chapter("a.*..b*..**.c**")
    laid = flatten(one)
    done = rebuild(one, laid, {1: [Edit(1, 4, "…", "ellipsis"), Edit(5, 8, "!", "x")]})
    assert plain(done.blocks) == "a…b!c"
    assert [item["t"] for item in done.blocks[0]["c"]] == ["Str", "Emph", "Str", "Strong"]


def test_without_edits_only_the_wrappers_go() -> None:
    typed = "a *b* `c`\n\n- [x] d\n- e {.f}\n\n> g[^1]\n\n[^1]: h\n\n<div>\ni\n</div>\n\n*j*{.k}\n"
    one = chapter(typed)
    done = rebuild(one, flatten(one), {})
    assert plain(done.blocks, notes=True) == plain(unwrap(one.blocks), notes=True)
    assert '"k"' in json.dumps(done.blocks)
    assert "wrapper" not in json.dumps(done.blocks)


def test_a_control_character_is_not_a_line_break() -> None:
    source = Manuscript(path="a.md", text="", first_line=1, front=FrontMatter())
    odd: Any = [{"t": "Para", "c": [{"t": "Str", "c": "a\vb"}, {"t": "LineBreak"}, {"t": "Str", "c": "c"}]}]
    one = Draft(title=(), label=(), lang="en", source=source, blocks=tuple(odd))
    assert flatten(one)[1].text == "a b\vc"


def test_a_place_is_the_file_where_nothing_is_known() -> None:
    source = Manuscript(path="a.md", text="x", first_line=1, front=FrontMatter())
    assert Locator(source)(plain_run("abc", "en"), 1, 2) == (Place(path="a.md"), False)


texts = st.text(st.sampled_from("ab.- "), max_size=12)


@st.composite
def changed(draw: st.DrawFn, text: str) -> tuple[Edit, ...]:
    """Return some edits of *text*, in order and apart."""
    at, edits = 0, []
    while at < len(text) and draw(st.booleans()):
        start = draw(st.integers(at, len(text) - 1))
        end = draw(st.integers(start + 1, min(len(text), start + 3)))
        edits.append(Edit(start, end, draw(st.text("xyz", max_size=3)), "x"))
        at = end
    return tuple(edits)


@given(st.data(), texts)
def test_two_rounds_of_edits_are_one(data: st.DataObject, text: str) -> None:
    first = data.draw(changed(text))
    middle = applied(plain_run(text, "en"), first)
    assert middle.text == edited(text, first)
    second = data.draw(changed(middle.text))
    both = composed(first, second, len(text))
    assert [edit.start for edit in both] == sorted({edit.start for edit in both})
    made = [edit for edit in first if edit.new]
    if (
        all(edit.end - edit.start == 1 for edit in second)
        and all(len(edit.new) == 1 for edit in made)
        and made == list(first)
    ):
        assert edited(text, both) == edited(middle.text, second)


@given(st.data(), texts)
def test_a_character_that_stayed_is_found_again(data: st.DataObject, text: str) -> None:
    edits = data.draw(changed(text))
    result = edited(text, edits)
    original = origins(edits, len(text))
    for at, letter in enumerate(result):
        start, made = original(at)
        assert made == (letter in "xyz")
        assert made or text[start] == letter

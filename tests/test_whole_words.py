"""No word is cut, as if it were too long for any line, where emphasis with links or code in it goes on to the next line."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from tests.loops import some
from tests.test_even_lines import TEXT, lay_out, lines

WORDS = [word for word in re.findall(r"\w+", TEXT) if len(word) > 5]


def each(form: str, between: str = ", ", words: Iterable[object] = WORDS) -> str:
    return between.join(form.format(word) for word in words)


PIECES = {
    "links in emphasis": f"<em>{each('<a href=#>{}</a>')}</em>",
    "code in strong words": f"<b>It has {each('<code>{0}</code> and {0}')}</b>",
    "three deep": f"<a href=#>In <b>bold words, {each('<i>{}</i>', ' ')}</b> words</a>",
    "an index": f"support<span>, {each('<a href=#>{}</a>', words=range(150, 190))}</span>",
    "a box first": f'<em style="padding-left: 9px; border: 2px solid">{each("<u>{}</u>", " ")}</em>',
    "a block in a line": f'<b>One <span style="display: inline-block; width: 150px">{each("<i>{}</i>")}</span> {each("<i>{}</i>")}</b>',
}


@pytest.mark.needs_pango
@pytest.mark.parametrize("align", ["left", "justify", "right"])
@pytest.mark.parametrize("name", PIECES)
def test_words_in_emphasis_are_not_cut(name: str, align: str) -> None:
    style = f"text-align: {align}; hyphens: none; overflow-wrap: break-word"
    for width in range(180, 300, 7):
        laid_out = lay_out(f'<p style="{style}; width: {width}px">{PIECES[name]}</p>')
        whole = set(re.findall(r"\w+", re.sub(r"<[^>]+>", "", PIECES[name])))
        cut = [line for line in some(lines(laid_out)) if not set(re.findall(r"\w+", line)) <= whole]
        assert not cut, width


@pytest.mark.needs_pango
@pytest.mark.parametrize("before", ["", "<b>Words </b>", "Words ", '<img alt="" style="width: 9px; height: 9px"> '])
def test_a_word_too_long_for_any_line_is_cut_inside_emphasis_too(before: str) -> None:
    long = "consequences" * 6
    laid_out = lay_out(
        f'<p style="text-align: left; hyphens: none; overflow-wrap: break-word"><em>{before}<code>{long}</code> and more</em></p>'
    )
    painted = lines(laid_out)
    assert long in "".join(painted).replace(" ", "")
    assert len([line for line in painted if line in long]) >= 1, "a line is full of it"

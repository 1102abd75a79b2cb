"""The classification of lines in a Markdown file, compared with pandoc."""

from __future__ import annotations

import re
import time

import pytest

from book.markdown import lines
from book.markdown.lines import Sort
from book.markdown.nodes import attributes
from book.markdown.tree import walk
from tests.making import read_blocks

LETTERS = {Sort.BLANK: ".", Sort.TEXT: "t", Sort.FENCE: "f", Sort.CODE: "c", Sort.COMMENT: "-", Sort.HTML: "h"}


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        ("a\n\n```js\nb\n\n```\nc", "t.fccft"),
        ("~~~\n```\n~~~", "fcf"),
        ("````\n```\n````", "fcf"),
        ("```\nnever", "fc"),
        ("> ```\n> a\nb", "fct"),
        ("- ```\n  a\nb", "fct"),
        ("1. a\n\n   ```\n   b\n   ```\n", "t.fcf."),
        ("a\n    b", "tt"),
        ("a\n\n    b\n\tc", "t.cc"),
        ("- a\n\n  b\n\n      c", "t.t.c"),
        ("[^a]\n\n[^a]: b\n\n    c\n\n        d", "t.t.t.c"),
        ("<!-- a\nb\n--> c\nd", "---t"),
        ("<!-- a --> b", "t"),
        ("<div>\n    a\n```\n\n    b", "hhh.c"),
        ("<pre>\n\na\n</pre>\nb", "hhhht"),
        ("a\n# b\n    c", "ttc"),
        ("::: note\n    a\n:::", "tct"),
        ("* * *\n    a", "tc"),
    ],
)
def test_lines_are_told_apart(text: str, sorts: str) -> None:
    assert "".join(LETTERS[sort] for sort in lines.read(text).sorts) == sorts
    blocks = read_blocks(text)
    places = [attributes(one)[2].get("hb:pos", "") for one, _ in walk(blocks) if one["t"] == "CodeBlock"]
    seen: set[int] = set()
    for found in re.finditer(r"(\d+):\d+-(\d+):(\d+)", ";".join(places)):
        seen.update(range(int(found[1]), int(found[2]) + (found[3] != "1")))
    code = {number for number, sort in enumerate(sorts, 1) if sort in "fc"}
    # Of code in a footnote pandoc does not say where it stands.
    assert "" in places or {number for number in seen if number <= len(sorts) and sorts[number - 1] not in ".t"} == code


def test_what_is_shown_keeps_every_place() -> None:
    text = "a `b` <!-- c --> d\n\n    e\n\\`f g `` h ` i ``\n"
    shown = lines.read(text).visible
    assert [len(line) for line in shown.split("\n")] == [len(line) for line in text.split("\n")]
    assert not re.search("[bcehi]", shown)
    assert re.findall("[adfg]", shown) == list("adfg")


def test_a_long_text_takes_little_time() -> None:
    begun = time.process_time()
    for text in ("- a\n" * 50_000, "- " * 5_000, "`a ``b` " * 20_000, "<!-- " * 20_000, "```\n" * 20_000, "> " * 5_000):
        assert len(lines.read(text).visible) == len(text)
    assert time.process_time() - begun < 30

"""Laws of the house style, on trees of pieces in every order."""

from __future__ import annotations

import json
import random
import re
import subprocess

from hypothesis import given
from hypothesis import strategies as st

from book.markdown import marks, pandoc
from book.markdown.nodes import attribute, node
from book.markdown.tree import plain, unwrap
from book.model import Draft, FrontMatter, Manuscript, Node
from book.settings import Limits
from book.style import Style, apply, text
from book.style.flatten import flatten
from book.style.languages import MARKS
from tests.making import make_draft

# What a paragraph of prose is made of …
PROSE = [
    '"',
    "'",
    "“",
    "”",
    "’",
    "«",
    "»",
    "a",
    "dogs",
    "it",
    "Ann",
    "til",
    "5",
    "22",
    " ",
    " ",
    " ",
    ".",
    ",",
    "?",
    "(",
    ")",
    "-",
    " - ",
    "--",
    "...",
]
# … and everything that has a rule of its own.
ANYTHING = [
    *PROSE, "‘", "„", "‚", "‹", "›", "「", "」", "『", "''", "``", "`", "´", "′", "″", "—", "–", "…", "!", ":", ";", "/", "&", "n",
    "90s", "s", "kg", "J.", "漢", "は", "é", "\u00a0", "\u202f", "\u200b", "\u200d", "💡", "…", ". . .", "%", "p.", "www.e.org", "--x",
]  # fmt: skip
TAGS = sorted(MARKS)
SIGNS = re.compile(r"[\s\u200b\"'“”„‟«»‘’‚‛‹›「」『』`´′″.…–—-]+")


def as_read(items: list[str]) -> list[str]:
    """Return *items* split as the reader splits a paragraph: words, single signs, and one space for several."""
    return re.findall(r" |[^\W_]+|[^ ]", re.sub(" +", " ", "".join(items)))


pieces = st.lists(st.sampled_from(PROSE), max_size=14).map(as_read)
anything = st.lists(st.sampled_from(ANYTHING), max_size=14)
tags = st.sampled_from(TAGS)


def chapter(blocks: list[Node], language: str) -> Draft:
    return make_draft(blocks, language=language)


def wrapped(items: list[str], line: int = 1) -> list[Node]:
    """Return *items* as the reader returns them: each in a wrapper with its position."""
    result, column = [], 1
    for item in items:
        for letters in re.findall(r" |[^ ]+", item):
            where = attribute(hb_wrapper="1", hb_pos=f"{line}:{column}-{line}:{column + len(letters)}")
            inner = node("Space") if letters == " " else node("Str", letters)
            result.append(node("Span", where, [inner]))
            column += len(letters)
    return result


def edited(blocks: list[Node], language: str) -> str:
    """Return the text of *blocks* in house style; two spaces with a border between them are two pieces, not a row."""
    return re.sub(" +", " ", plain(apply(chapter(blocks, language), Style(language=language))[0].blocks))


@given(anything, tags)
def test_twice_is_once(items: list[str], tag: str) -> None:
    style = Style(language=tag)
    once = text("".join(items), style)
    assert text(once, style) == once


@given(st.lists(pieces, min_size=1, max_size=4), tags)
def test_twice_is_once_over_paragraphs(paragraphs: list[list[str]], tag: str) -> None:
    blocks = [node("Para", wrapped(items, line)) for line, items in enumerate(paragraphs, 1)]
    done, _, _ = apply(chapter(blocks, tag), Style(language=tag))
    again, _, changes = apply(done, Style(language=tag))
    assert changes == ()
    assert again.blocks == done.blocks


@given(anything, tags)
def test_words_stay_when_marks_and_spaces_are_taken_away(items: list[str], tag: str) -> None:
    typed = "".join(items)
    assert SIGNS.sub("", text(typed, Style(language=tag))) == SIGNS.sub("", typed)


@given(pieces, pieces, tags)
def test_nodes_that_are_not_text_are_unchanged(items: list[str], more: list[str], tag: str) -> None:
    opaque = [
        node("Code", attribute(), '"it\'s"...'),
        node("Math", node("InlineMath"), "a'--b"),
        node("RawInline", "html", "<!-- it's -->"),
        node("Link", attribute(), [node("Str", "https://e.org/it's--a")], ["https://e.org/it's--a", ""]),
        node("Image", attribute(title="it's"), [], ["it's.png", ""]),
        node("Span", attribute(hb_wrapper="1", hb_pos="1:1-1:3"), [node("Str", "'")]),
    ]
    one = chapter([node("Para", [*wrapped(items), *opaque, *wrapped(more)])], tag)
    # The last is an apostrophe typed with a backslash.
    escaping = Manuscript(path="a.md", text="\\'", first_line=1, front=FrontMatter())
    one = Draft(title=(), label=(), lang=tag, source=escaping, blocks=one.blocks)
    done, _, changes = apply(one, Style(language=tag))
    inside = done.blocks[0]["c"]
    for item in opaque[:-1]:
        assert item in inside
    assert inside[inside.index(opaque[4]) + 1]["c"].startswith("'")
    assert all("it's" not in change.before for change in changes)


@given(pieces, tags)
def test_each_unpaired_mark_is_reported_once(items: list[str], tag: str) -> None:
    done, problems, changes = apply(chapter([node("Para", wrapped(items))], tag), Style(language=tag))
    lone = [problem.place for problem in problems if problem.code == "Q101"]
    assert len(lone) == len(set(lone))
    typed = "".join(items)
    for place in lone:
        assert typed[place.column - 1] in "\"'“”„‟«»‘’‚‛‹›「」『』"
    # One that is left straight is told; where a double between letters is gershayim it is no mark of quotation.
    if tag != "he":
        changed = {change.place for change in changes}
        left = sum(typed[place.column - 1] == '"' for place in lone if place not in changed)
        assert plain(done.blocks).count('"') == left


@given(pieces, st.data(), tags)
def test_emphasis_wrappers_and_line_ends_change_no_mark(items: list[str], data: st.DataObject, tag: str) -> None:
    words = wrapped(items)
    wanted = edited([node("Para", words)], tag)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(words))] * 2)))
    split = [*words[:first], node("Emph", words[first:last]), *words[last:]]
    assert edited([node("Para", split)], tag) == wanted
    bare = [item["c"][1][0] for item in words]
    assert edited([node("Para", bare)], tag) == wanted
    softened = [node("SoftBreak") if item["t"] == "Space" and data.draw(st.booleans()) else item for item in bare]
    marks = re.sub(r"\s", "", edited([node("Para", softened)], tag))
    assert marks == re.sub(r"\s", "", wanted)


@given(st.lists(anything.map(as_read), max_size=5))
def test_runs_contain_every_character_once(paragraphs: list[list[str]]) -> None:
    one = chapter([node("Para", wrapped(items)) for items in paragraphs], "en")
    assert [run.text for run in flatten(one)][1:] == ["".join(items) for items in paragraphs]


def test_the_marks_survive_a_markdown_writer() -> None:
    """Markdown, tree, Markdown, tree: what was set is read back as it is."""
    dice = random.Random(7)  # noqa: S311 - a page of everything, the same each time
    typed = "\n\n".join("a " + "".join(dice.choices(PROSE, k=12)) + " z" for _ in range(300))
    source = Manuscript(path="a.md", text=typed, first_line=1, front=FrontMatter())
    blocks = marks.loads(pandoc.read(typed, Limits()))
    done, _, _ = apply(Draft(title=(), label=(), lang="en", source=source, blocks=blocks), Style())
    tree = json.dumps({"pandoc-api-version": [1, 23, 1], "meta": {}, "blocks": done.blocks})
    command = [pandoc.door()[0], "-f", "json", "-t", "gfm-smart", "--wrap=none"]
    written = subprocess.run(command, input=tree, capture_output=True, text=True, check=True).stdout
    again = marks.loads(pandoc.read(written, Limits()))
    assert plain(unwrap(again)) == plain(done.blocks)

"""Tree -> XHTML: well-formed, complete, the same when it is read again. Prose cases: `tests/books/markup.md`."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from msgspec.structs import replace

from book.assemble import compose
from book.body import MARKS, Body, parse_html
from book.markdown import sanitise, tree
from book.model import Composed, Draft, Metadata
from book.problems import ManuscriptError
from book.settings import Limits
from tests.making import make_draft, read_blocks

ABOUT = Metadata(title="T", identifier="urn:x", slug="t", date="", modified="1980-01-01T00:00:00Z")
MARKDOWN = st.lists(
    st.sampled_from(
        [
            "words ",
            "*",
            "**",
            "`",
            "[a](b.md)",
            "[^1]",
            "\n\n",
            "\n- ",
            "\n> ",
            "\n1. ",
            "| a | b |\n|---|---|\n| c | d |\n",
            "\n# ",
            "\n\n[^1]: note\n\n",
            "<b>",
            "</b>",
            "<div>\n\n",
            "\n\n</div>\n\n",
            " ![x](y.png) ",
            "\x0c",
            "\ufffe",
            "&amp;",
            "&#0;",
            "<",
            ">",
            "]]>",
            "--",
            "é",
            "漢",
            "\u202e",
            "~~",
            "\\",
            "$x$",
            "\n```\ncode <b>\n```\n",
            "\n: def\n",
            "- [ ] task\n",
            "> [!NOTE]\n> x\n",
        ]
    ),
    max_size=20,
)


def chapter(markdown: str, slug: str = "a") -> Draft:
    made = make_draft(read_blocks(markdown), path=f"{slug}.md", title="Title", markdown=markdown)
    return replace(made, blocks=sanitise.tame(made.blocks, made.source, {})[0])


def composed(*drafts: Draft) -> tuple[Composed, ...]:
    return compose.compose(drafts, {}, Limits())[0]


@given(MARKDOWN)
@limits(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_becomes_well_formed_and_loses_no_word(pieces: list[str]) -> None:
    one = chapter("".join(pieces))
    (set_,) = composed(one)
    body = set_.body.root
    assert Body.of(set_.body.spell()) == set_.body
    said = re.sub(
        r"[\W_]+",
        "",
        "".join(
            str(words)
            for words in body.xpath(
                "//text()[not(ancestor::*[@hb:kind='callout-title' or @hb:kind='footnotes-title'])]",
                namespaces={"hb": MARKS},
            )
        ),
    )
    for word in re.findall(r"[a-zé漢]{2,}", tree.plain(tree.unwrap(one.blocks), notes=True)):
        assert word in said


@given(st.text(max_size=60))
@limits(max_examples=100)
def test_any_fragment_parses_and_is_the_same_when_spelt_and_read_again(text: str) -> None:
    once = Body(parse_html(compose.second_wall(text))).spell()
    assert Body.of(once).spell() == once


def test_a_chapter_cannot_break_the_run_that_all_chapters_share() -> None:
    mark = "<!--handbound-0-->"
    first, second = composed(chapter(f"one {mark} two\n\n{mark}\n\n`{mark}`", "a"), chapter("three", "b"))
    assert "three" in second.body.text
    assert "three" not in first.body.text


def test_a_chapter_that_pandoc_cannot_write_is_named() -> None:
    one = chapter("*word* " * 12_000)
    with pytest.raises(ManuscriptError) as raised:
        compose.compose((one,), {}, Limits(pandoc_mebibytes=8))
    (problem,) = raised.value.problems
    assert (problem.code, problem.place.path, problem.message) == ("G103", "a.md", "pandoc needed more than 8 MiB")


def test_notes_are_numbered_in_the_order_of_their_calls() -> None:
    (one,) = composed(chapter("b[^z] a[^y]\n\n[^y]: second\n\n[^z]: first\n"))
    body = one.body.root
    assert [note.xpath("string()").strip().split("\u00a0")[:2] for note in body.iter("aside")] == [
        ["1", "first"],
        ["2", "second"],
    ]


def test_links_and_notes_give_way_in_a_line_of_the_contents() -> None:
    line = compose.without_links(chapter("# See [b](c) *now*[^1] ![x](y)\n\n[^1]: z").blocks[0]["c"][2])
    assert tree.plain(line, notes=True).split() == ["See", "b", "now"]


@pytest.mark.parametrize("picture", ['<img src="y" alt="x">', '<picture><source srcset="z"><img src="y"></picture>'])
def test_pictures_that_are_tags_give_way_in_a_line_of_the_contents(picture: str) -> None:
    line = compose.without_links(chapter(f"# {picture} Words\n").blocks[0]["c"][2])
    assert not [item for item, _ in tree.walk(line) if item["t"] == "RawInline"]
    assert tree.plain(line).split() == ["Words"]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ('::: {#tree}\n![a](y.png "Cap")\n:::', [("figure", "tree", "")]),
        ('::: {#tree .wide}\n![a](y.png "Cap")\n:::', [("figure", "tree", "wide")]),
        ('::: {#tree}\n![a](y.png "Cap")\n\nWords.\n:::', [("div", "tree", "")]),
        ("::: {#tree}\nWords.\n:::", [("div", "tree", "")]),
    ],
)
def test_a_figure_with_a_name_is_a_block_of_its_chapter(markdown: str, expected: list[tuple[str, str, str]]) -> None:
    (set_,) = composed(chapter(markdown))
    blocks = [(str(block.tag), block.get("id", ""), block.get("class", "")) for block in set_.body.root]
    assert blocks == expected

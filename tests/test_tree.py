"""Walking and rewriting pandoc's tree: laws."""

from __future__ import annotations

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from book.markdown import tree
from book.markdown.nodes import attribute, node, text
from book.model import Node
from book.settings import Limits

INLINES: st.SearchStrategy[Node] = st.recursive(
    st.sampled_from(
        [
            node("Str", "a"),
            node("Str", "b-c"),
            node("Space"),
            node("SoftBreak"),
            node("LineBreak"),
            node("Code", attribute(), "x  y"),
        ]
    ),
    lambda inner: st.one_of(
        st.builds(lambda items: node("Emph", items), st.lists(inner, max_size=3)),
        st.builds(lambda items: node("Link", attribute(), items, ["x", ""]), st.lists(inner, max_size=3)),
        st.builds(
            lambda items: node("Span", attribute(hb_wrapper="1", hb_pos="3:4-3:9"), items), st.lists(inner, max_size=3)
        ),
        st.builds(lambda items: node("Note", [node("Para", items)]), st.lists(inner, max_size=2)),
    ),
    max_leaves=12,
)
BLOCKS = st.lists(
    st.one_of(
        st.builds(lambda items: node("Para", items), st.lists(INLINES, max_size=4)),
        st.builds(lambda items: node("BlockQuote", [node("Plain", items)]), st.lists(INLINES, max_size=4)),
        st.just(node("CodeBlock", attribute(), "a\n  b")),
    ),
    max_size=4,
)


@given(BLOCKS)
def test_a_rewriting_that_changes_nothing_gives_the_very_same_nodes(blocks: list[Node]) -> None:
    before = copy.deepcopy(blocks)
    again = tree.rewrite(blocks, lambda _: None)
    assert all(new is old for new, old in zip(again, blocks, strict=True))
    tree.rewrite(blocks, lambda item: [] if item["t"] == "Str" else None)
    assert blocks == before, "nodes are never changed in place"


@given(BLOCKS)
def test_unwrapping_removes_the_wrappers_and_keeps_the_text(blocks: list[Node]) -> None:
    bare = tree.unwrap(blocks)
    assert "wrapper" not in json.dumps(bare)
    assert tree.plain(bare, notes=True) == tree.plain(blocks, notes=True)
    assert tree.count_words(bare) == tree.count_words(blocks)
    assert tree.unwrap(bare) == bare
    assert tree.depth(bare) == tree.depth(blocks)


@given(BLOCKS)
def test_a_walk_sees_every_node_once_in_reading_order(blocks: list[Node]) -> None:
    seen = [item for item, _ in tree.walk(blocks)]
    assert len(seen) == json.dumps(blocks).count('"t": ')
    words = "".join(item["c"] for item in seen if item["t"] == "Str")
    assert words == "".join(piece for piece in json.dumps(blocks).split('"') if piece in ("a", "b-c"))


def test_a_node_without_a_position_has_that_of_what_holds_it() -> None:
    wrapper = node("Span", attribute(hb_wrapper="1", hb_pos="7:3-7:9"), text("a b"))
    assert [(item["t"], where) for item, where in tree.walk([node("Para", [wrapper])])] == [
        ("Para", None), ("Span", (7, 3)), ("Str", (7, 3)), ("Space", (7, 3)), ("Str", (7, 3))
    ]  # fmt: skip


def test_no_depth_is_too_deep_for_walk_plain_and_depth() -> None:
    deep: list[Node] = text("bottom")
    for _ in range(20_000):
        deep = [node("Emph", deep)]
    assert tree.plain(deep) == "bottom"
    assert tree.depth(deep) == 20_000
    assert sum(1 for _ in tree.walk(deep)) == 20_001
    assert tree.depth(deep) > Limits().nesting


def test_a_task_mark_joins_the_text_of_its_item() -> None:
    item = [node("Plain", [node("Str", "☒")]), node("Plain", text("done it"))]
    (joined,) = tree.unwrap([node("BulletList", [item])])
    assert tree.plain([joined]) == "☒ done it"
    assert tree.task_state(joined["c"][0][0]) == "done"


def test_words_are_runs_with_a_letter_or_a_digit() -> None:
    blocks = [
        node(
            "Para",
            [
                *text("one – two,"),
                node("Space"),
                node("Code", attribute(), "three 4"),
                node("Note", [node("Para", text("not counted"))]),
            ],
        )
    ]
    assert tree.count_words(blocks) == 4


def test_each_letter_of_chinese_and_japanese_is_a_word_and_korean_has_spaces() -> None:
    assert [tree.count_words(text(words)) for words in ("你好世界，hello", "ひらがな", "한국어 문장")] == [5, 4, 2]


def test_raw_markup_has_no_text_but_a_break() -> None:
    inlines = [*text("a"), node("RawInline", "html", "<br>"), *text("b"), node("RawInline", "html", "<b>")]
    assert tree.plain(inlines) == "a\nb"

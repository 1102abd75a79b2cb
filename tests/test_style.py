"""House style of quotation marks, dashes and spaces: the tables in `tests/style/`, and what is reported where."""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from book.markdown import marks, pandoc
from book.markdown.tree import unwrap
from book.model import Change, Draft, FrontMatter, Nodes
from book.problems import Place, Problem
from book.settings import Limits
from book.style import Style, apply, corrections, text
from book.style.languages import MARKS, marks_of
from tests.loops import some
from tests.making import make_draft, read_blocks
from tests.tables import table

FOLDER = Path(__file__).parent / "style"


CASES = [*table(FOLDER / "quotes.tsv"), *table(FOLDER / "own.tsv")]


@functools.cache
def trees() -> dict[str, bytes | None]:
    """Return what pandoc reads in the cases, by text; one process for many texts, because most of its time is its start."""
    texts: list[str] = []
    for case in CASES:
        for markdown in (case["input"], case["expected"]):
            title, body = parted(markdown)
            texts += [body] if title is None else [body, f"# {title}"]
    texts = list(dict.fromkeys(texts))
    batches = [texts[start : start + 200] for start in range(0, len(texts), 200)]
    return {
        text: tree for batch in batches for text, tree in zip(batch, pandoc.read_many(batch, Limits()), strict=True)
    }


def blocks_of(markdown: str) -> Nodes:
    """Return the blocks of a text, most likely that of a case."""
    tree = trees().get(markdown)
    return marks.loads(tree) if tree else read_blocks(markdown)


def inlines(markdown: str) -> Nodes:
    return tuple(blocks_of(f"# {markdown}")[0]["c"][2])


def chapter(
    markdown: str, language: str = "en", *, first_line: int = 1, title: str | None = None, blocks: Nodes = ()
) -> Draft:
    """Return a chapter as the reader of Markdown gives it; *blocks* is its tree if that has been read."""
    front = FrontMatter(title=title, places={"title": Place(path="a.md", line=2, column=8)} if title else {})
    head = inlines(title) if title else ()
    return make_draft(
        blocks or read_blocks(markdown),
        title=head,
        language=language,
        markdown=markdown,
        first_line=first_line,
        front=front,
    )


def case_chapter(markdown: str, language: str, title: str | None) -> Draft:
    """Return the chapter of a case."""
    return chapter(markdown, language, title=title, blocks=blocks_of(markdown))


def fixed(markdown: str, language: str = "en", **style: Any) -> tuple[Draft, tuple[Problem, ...], tuple[Change, ...]]:
    return apply(chapter(markdown, language), Style(language=language, **style))


def parted(markdown: str) -> tuple[str | None, str]:
    """Return title and body of a case that has front matter."""
    found = re.match(r"---\ntitle: (.*?)\n(?:.*?\n)?---\n\n", markdown, re.DOTALL)
    if not found:
        return None, markdown
    given = found[1]
    return json.loads(given) if given.startswith('"') else given, markdown[found.end() :]


def seen(nodes: Nodes) -> str:
    """Return everything that a reader of *nodes* can see: words, code, alt texts and titles, and notes at their references."""
    pieces: list[str] = []
    stack: list[Any] = [list(nodes)]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            pieces.append(value)
        elif isinstance(value, (list, tuple)):
            stack.extend(reversed(value))
        elif "c" not in value:
            pieces.append(" " if value["t"] in ("Space", "SoftBreak", "LineBreak") else "")
        elif value["t"] in ("Code", "CodeBlock", "RawInline", "RawBlock", "Math"):
            pieces.append(value["c"][1])
        elif value["t"] in ("Link", "Image"):
            title = value["c"][2][1]
            stack.extend([f"[{title}]" if title else "", value["c"][1]])
        elif value["t"] == "Str":
            pieces.append(value["c"])
        else:
            stack.extend(["¶", list(inner(value))] if value["t"] != "Span" else [value["c"][1]])
    return re.sub(" +", " ", "".join(pieces))


def inner(value: Any) -> Iterator[Any]:
    """Yield the nodes below a node, however deep in its lists."""
    stack = [value["c"]]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
        elif isinstance(item, list):
            stack.extend(reversed(item))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['why']}")
def test_a_sentence_is_printed_as_the_table_says(case: dict[str, str]) -> None:
    title, body = parted(case["input"])
    wanted_title, wanted = parted(case["expected"])
    done, problems, _ = apply(case_chapter(body, case["language"], title), Style(language=case["language"]))
    assert seen(done.blocks) == seen(unwrap(blocks_of(wanted)))
    if wanted_title:
        assert seen(done.title) == seen(unwrap(inlines(wanted_title)))
        assert done.label == done.title
    if "[unbal]" in case["why"] and case["input"] == case["expected"]:
        assert any(problem.code == "Q101" for problem in problems)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['why']}")
def test_what_is_in_house_style_stays(case: dict[str, str]) -> None:
    title, body = parted(case["expected"])
    one = case_chapter(body, case["language"], title)
    done, _, changes = apply(one, Style(language=case["language"]))
    assert changes == ()
    assert seen(done.blocks) == seen(unwrap(one.blocks))


@pytest.mark.parametrize("tag", sorted(MARKS))
def test_each_language_has_its_marks_at_each_level(tag: str) -> None:
    levels = marks_of(tag)
    typed = 'a "b \'c "d" e\' f" g'
    (one, last_one), (two, last_two), *rest = levels
    three, last_three = rest[0] if rest else levels[0]
    wanted = f"a {one}b {two}c {three}d{last_three} e{last_two} f{last_one} g"
    assert text(typed, Style(language=tag)) == wanted
    assert text(wanted, Style(language=tag)) == wanted


def test_a_tag_falls_back_to_its_language_and_then_to_english() -> None:
    assert text('"a"', Style(language="de-AT")) == "„a“"
    assert text('"a"', Style(language="DE-ch")) == "«a»"
    assert text('"a"', Style(language="zh-Hant")) == "「a」"
    assert text('"a"', Style(language="tlh")) == "“a”"


@pytest.mark.parametrize(
    ("outer", "wanted"),
    [("as-typed", "“a ‘b’” ‘c “d”’"), ("double", "“a ‘b’” “c ‘d’”"), ("single", "‘a “b”’ ‘c “d”’")],
)
def test_the_outer_marks_are_those_of_the_settings(outer: Any, wanted: str) -> None:
    style = Style(outer=outer)
    assert text("\"a 'b'\" 'c \"d\"'", style) == wanted
    assert text(wanted, style) == wanted


def test_a_single_outside_looks_single_where_the_language_has_one() -> None:
    assert text("'a \"b\"'", Style(language="fr")) == "‘a «\u00a0b\u00a0»’"
    assert text("'a'", Style(language="ru")) == "«a»"


def test_rules_can_be_switched_off_one_by_one() -> None:
    typed = '"a" -- b...  5 kg'
    assert text(typed, Style(quotes=False)) == '"a" – b… 5\u00a0kg'
    assert text(typed, Style(dashes=False)) == "“a” -- b... 5\u00a0kg"
    assert text(typed, Style(spaces=False)) == "“a” – b…  5 kg"


def test_a_skipped_chapter_keeps_its_marks_and_gets_its_dashes() -> None:
    done, problems, _ = fixed('"a -- b', skip=("a*",))
    assert (seen(done.blocks), problems) == ('"a – b¶', ())


def test_marks_and_changes_stand_at_their_place() -> None:
    typed = """First "line" here.

- an item's *"word"*...
\t- deeper\t"tab"

> quoted \\"so\\" and "so"

| a "cell" | b |
|---|---|
| c | it's \\| "d" |

Note[^1] and 😀 "face" &quot;x&quot;.

[^1]: In "it".
"""
    _, problems, changes = apply(chapter(typed, first_line=10), Style())
    assert problems == ()
    lines = typed.split("\n")
    found = [(change.before, change.after, change.place.line - 9, change.place.column) for change in changes]
    for before, _, line, column in some(found):
        entity = lines[line - 1][column - 1 :].startswith("&quot;")
        assert entity or lines[line - 1][column - 1 : column - 1 + len(before)] == before
    # The sources of all of them were compared above; these are the lines that have them.
    assert [line for _, _, line, _ in found] == [1, 1, 3, 3, 3, 3, 4, 4, 6, 6, 8, 8, 10, 10, 10, 12, 12, 12, 12, 14, 14]
    assert found[0] == ('"', "“", 1, 7)
    assert {change.rule for change in changes} == {"quotes", "apostrophe", "ellipsis"}
    assert [item.change for item in corrections(chapter(typed, first_line=10), Style())] == list(changes)
    inexact = [item.change.place for item in corrections(chapter(typed), Style()) if not item.exact]
    assert inexact == [Place(path="a.md", line=12, column=23), Place(path="a.md", line=12, column=30)]


def test_each_kind_of_change_has_its_name() -> None:
    _, _, changes = fixed("\"it's\" 6' 5-9 -- a...  5 kg")
    names = [(change.rule, change.before, change.after) for change in changes]
    assert names == [
        ("quotes", '"', "“"),
        ("apostrophe", "'", "’"),
        ("quotes", '"', "”"),
        ("prime", "'", "′"),
        ("range", "-", "–"),
        ("dash", "--", "–"),
        ("ellipsis", "...", "…"),
        ("space", "  ", " "),
        ("space", " ", "\u00a0"),
    ]
    _, _, changes = fixed('« Oui »! "Non"', "fr")
    names = [(change.rule, change.before, change.after) for change in changes]
    assert names == [
        ("french-space", "« ", "«\u00a0"),
        ("french-space", " »", "\u00a0»"),
        ("french-space", "!", "\u202f!"),
        ("quotes", '"', "«\u00a0"),
        ("quotes", '"', "\u00a0»"),
    ]


def test_the_titles_of_links_have_their_place_on_the_line_and_else_the_links() -> None:
    _, _, changes = fixed('see [a](u "it\'s") and [b][r]\n\n[r]: u "he\'s"')
    assert [(change.place.line, change.place.column) for change in changes] == [(1, 14), (1, 23)]


def test_a_title_from_the_front_matter_stands_where_its_key_does() -> None:
    done, problems, changes = apply(chapter("x", title="What's \"new"), Style())
    assert seen(done.title) == "What’s “new"
    assert [change.place for change in changes] == [Place(path="a.md", line=2, column=8)] * 2
    assert [problem.place for problem in problems] == [Place(path="a.md", line=2, column=8)]


def test_a_heading_that_is_the_title_has_its_own_place() -> None:
    one = chapter("# It's so\n\nx", first_line=4)
    lifted = replace(one, title=tuple(one.blocks[0]["c"][2]), label=tuple(one.blocks[0]["c"][2]), blocks=one.blocks[1:])
    done, _, changes = apply(lifted, Style())
    assert seen(done.title) == "It’s so"
    assert [str(change.place) for change in changes] == ["a.md:4:5"]


def test_the_label_and_the_questions_of_a_chapter_get_house_style_too() -> None:
    one = replace(chapter("x", title="It's"), label=inlines("That's"), discussion=(inlines('"Why?"'),))
    done, _, changes = apply(one, Style())
    assert (seen(done.title), seen(done.label), seen(done.discussion[0])) == ("It’s", "That’s", "“Why?”")
    assert len(changes) == 4


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ('He said hello" and left.', ["Q101 14"]),
        ('a " b " c', ["Q101 3", "Q101 7"]),
        ('"a\n\n"b" c', []),
        ("'foo \"bar' baz\"", ["Q102 1", "Q102 10"]),
        ("\"foo 'bar\" baz'", ["Q102 6", "Q102 15"]),
        ("the dogs' bowls and 'em", []),
        ("mind the gap' (there", []),
    ],
)
def test_a_doubtful_mark_is_reported_once_at_its_place(typed: str, codes: list[str]) -> None:
    _, problems, _ = fixed(typed)
    assert [f"{problem.code} {problem.place.column}" for problem in problems] == codes
    assert all(problem.fix and "\n" not in problem.message for problem in problems)


def test_an_apostrophe_that_could_close_a_quotation_is_reported_where_the_glyphs_differ() -> None:
    typed = "'das Auto des Grass' Peter fuhr'"
    assert [problem.code for problem in fixed(typed, "de")[1]] == ["Q103"]
    assert fixed(typed, "en")[1] == ()


def test_an_unmatched_mark_is_shown_with_twenty_characters_on_each_side() -> None:
    _, problems, _ = fixed('0123456789 0123456789 0123456789 " 0123456789 0123456789 0123456789')
    assert problems[0].message.endswith(': 23456789 0123456789 " 0123456789 01234567')


def test_text_that_a_comment_protects_is_neither_changed_nor_reported() -> None:
    typed = """<!-- handbound: as-typed -->

- "a

- it's

"b

<!-- handbound: off -->

"c -- d

<!-- handbound: on -->

it's[^1] <!-- handbound: as-typed --> ![it's](u "it's")

[^1]: it's
"""
    done, problems, changes = fixed(typed)
    assert [change.place.line for change in changes] == [7]
    assert [problem.place.line for problem in problems] == [7]
    assert "’" not in seen(done.blocks)


def test_code_formulas_addresses_and_attributes_stay() -> None:
    typed = '`"a"` [b](http://e.org/"c") <span title="it\'s">d</span> <https://e.org/a--b> ```"e"...```\n\n    "f"\n'
    done, _, changes = fixed(typed)
    assert changes == ()
    assert seen(done.blocks) == seen(unwrap(read_blocks(typed)))


def test_a_bare_address_ends_before_a_closing_mark() -> None:
    done, problems, _ = fixed("“https://e.org/a” and «www.e.org/b»")
    assert [item["c"][2][0] for item in done.blocks[0]["c"] if item["t"] == "Link"] == [
        "https://e.org/a",
        "http://www.e.org/b",
    ]
    assert problems == ()


def test_wrappers_go_and_positions_on_nodes_stay() -> None:
    done, _, _ = fixed('- [x] "a" [b](u)\n- [ ] c {.d}\n\n`e`')
    said = json.dumps(done.blocks, ensure_ascii=False)
    assert "wrapper" not in said
    assert "hb:pos" in said
    assert done.blocks[0]["c"][0][0]["c"][:3] == [{"t": "Str", "c": "☒"}, {"t": "Space"}, {"t": "Str", "c": "“a” "}]


def test_forty_thousand_marks_in_a_paragraph_take_less_than_a_second() -> None:
    for typed in ('"a" ' * 20_000, "it's " * 40_000, '"5" ' * 20_000):
        begun = time.process_time()
        text(typed, Style())
        assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "letter", ["'", '"', "«", "-", ".", "/", " ", "@", "www.", "a' ", "'cause ", "1-2 ", "J. ", "\\", "`"]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_time_for_a_row_of_any_character_is_linear(letter: str, language: str) -> None:
    begun = time.process_time()
    text(letter * 8_000 + "x", Style(language=language))
    assert time.process_time() - begun < 1.6


def test_real_handbooks_need_one_pass(corpora: Path) -> None:
    for path in some(sorted((*corpora.rglob("*.md"), *corpora.rglob("*.mdx")))[::5]):
        found = re.search(r"/_articles/(de|fr|ja|fa)/", path.as_posix())
        markdown = path.read_text("utf-8", errors="replace").replace("\r\n", "\n")
        if len(markdown) > 40_000 or any(sign in markdown for sign in ("\\", "{%", "{{<")):
            continue  # escapes, and code between tags, are only seen with positions
        done, _, _ = fixed(markdown, found[1] if found else "en")
        again, _, changes = apply(done, Style(language=done.lang))
        assert changes == (), path
        assert one_text(again.blocks) == one_text(done.blocks), path


def one_text(blocks: object) -> str:
    """Return *blocks* as JSON in which words and spaces next to each other are one node."""
    said = json.dumps(blocks, ensure_ascii=False).replace('{"t": "Space"}', '{"t": "Str", "c": " "}')
    return re.sub(r'(?<!\\)"\}, \{"t": "Str", "c": "', "", said)


TABLE = "| a |\n|---|\n| b |\n"


@pytest.mark.parametrize(
    ("typed", "caption", "rest"),
    [
        (f'Table: My "cap" *x*\n\n{TABLE}\nEnd', "My “cap” x", ["Table", "Para"]),
        (f"{TABLE}\n: It's below\n\nEnd", "It’s below", ["Table", "Para"]),
        (f"{TABLE}: It's close\n\nEnd", "It’s close", ["Table", "Para"]),
        (f"{TABLE}\nTable-like: no\n", "", ["Table", "Para"]),
        (f"Table: one\n\nmore\n\n{TABLE}", "", ["Para", "Para", "Table"]),
        (f"table: low {{#id .cls}}\n\n{TABLE}", "low", ["Table"]),
    ],
)
def test_a_caption_beside_a_table_goes_into_it(typed: str, caption: str, rest: list[str]) -> None:
    done, _, _ = fixed(typed)
    assert [block["t"] for block in done.blocks] == rest
    table = next(block for block in done.blocks if block["t"] == "Table")
    assert seen(tuple(table["c"][1][1])).strip("¶ ") == caption
    if "#id" in typed:
        assert table["c"][0][:2] == ["id", ["cls"]]


def test_each_of_two_tables_gets_its_own_caption() -> None:
    done, _, _ = fixed(f"{TABLE}\n: one\n\n{TABLE}\n: two\n")
    assert [seen(tuple(block["c"][1][1])) for block in done.blocks] == ["one¶", "two¶"]
    done, _, _ = fixed(f"> : one\n>\n> {TABLE.replace(chr(10), chr(10) + '> ')}\n")
    assert seen(tuple(done.blocks[0]["c"][0]["c"][1][1])) == "one¶"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("1. one\n  - sub\n2. two\n", "Q111 2:3"),
        ("1. one\n   - sub\n2. two\n", ""),
        ("1. one\n\n- next\n", ""),
        ("This is a sentence.\n: and this\n", "Q112 1:1"),
        ("Term\n: what it is\n", ""),
        ("text {.cls} and `code`{.cls}\n", "Q113 1:5"),
        ("## Head {#id}\n\n*a*{.b} [c]{.d}\n", ""),
    ],
)
def test_a_change_that_readers_see_is_reported(typed: str, wanted: str) -> None:
    _, problems, _ = fixed(typed)
    assert " ".join(f"{one.code} {one.place.line}:{one.place.column}" for one in problems) == wanted


@pytest.mark.parametrize(
    "letters", ["a" * 200_000 + "\u00a0b", "a\u200b" * 50_000, "a\u00a0" * 50_000 + "1", "\u200b" * 100_000, "\ufb01" * 50_000],
    ids=["a word before a no-break space", "breaks in a word", "no-break spaces", "breaks alone", "ligatures"],
)  # fmt: skip
def test_what_comes_with_pasted_text_is_found_in_time_however_long_a_word_is(letters: str) -> None:
    began = time.process_time()
    once = text(letters, Style())
    assert time.process_time() - began < 5
    assert text(once, Style()) == once

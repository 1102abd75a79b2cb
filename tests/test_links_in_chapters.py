"""Links in a chapter: cleaned, checked and reported where they stand; and the ids of headings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from book.assemble import slugs
from book.markdown.tree import plain, walk
from book.model import Draft, FrontMatter, Node
from book.problems import Place, Severity
from book.style.links import hosts, known_hosts, links
from book.style.links.addresses import Evidence
from tests.loops import some
from tests.making import make_draft, read_blocks
from tests.tables import table
from tests.test_links import FOLDER, why


def chapter(markdown: str, first_line: int = 1, **more: tuple[Node, ...]) -> Draft:
    front = FrontMatter(places={"title": Place(path="a.md", line=2, column=8)})
    made = make_draft(read_blocks(markdown), markdown=markdown, first_line=first_line, front=front)
    return replace(made, title=more.get("title", ()), label=more.get("label", ()))


def shown(markdown: str) -> list[tuple[str, str]]:
    """Return text and address of each link after the rule, in order."""
    made, _, _ = links(chapter(markdown), Evidence())
    return [(plain(item["c"][1]), item["c"][2][0]) for item, _ in walk(made.blocks) if item["t"] == "Link"]


def told(markdown: str) -> list[str]:
    """Return the changes as ``line:column rule before -> after``; each must be at its place in the text."""
    _, _, changes = links(chapter(markdown), Evidence())
    lines = markdown.split("\n")
    for change in changes:  # may be empty: a case in which nothing changes
        assert lines[change.place.line - 1][change.place.column - 1 :].startswith(change.before)
    return [
        f"{change.place.line}:{change.place.column} {change.rule} {change.before} -> {change.after}"
        for change in changes
    ]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("See [one](http://github.com/a).", ["1:11 https http://github.com/a -> https://github.com/a"]),
        ("[a](<http://github.com/a> 't')", ["1:6 https http://github.com/a -> https://github.com/a"]),
        ("[a `]` *b*](  http://github.com/a)", ["1:15 https http://github.com/a -> https://github.com/a"]),
        ("Ä 🙂 **[a](http://github.com)**", ["1:11 https http://github.com -> https://github.com"]),
        ("- x\t[a](http://github.com)", ["1:9 https http://github.com -> https://github.com"]),
        ("> [a\n> b](\n> http://github.com\n> 't')", ["3:3 https http://github.com -> https://github.com"]),
        ("| a |\n|---|\n| x [b](http://github.com/b) |", ["3:9 https http://github.com/b -> https://github.com/b"]),
        ("[![x](a.png)](http://github.com/b)", ["1:15 https http://github.com/b -> https://github.com/b"]),
        ("a[^1] b[^1]\n\n[^1]: [n](http://github.com/n)", ["3:11 https http://github.com/n -> https://github.com/n"]),
        ("<http://github.com/a>", ["1:2 https http://github.com/a -> https://github.com/a"]),
        ("# H http://github.com/a", ["1:5 https http://github.com/a -> https://github.com/a"]),
        (
            "[a][Ref  b], [ref B][], [ref b]\n\n> [REF b]: <http://github.com/r>\n> 't'",
            ["3:13 https http://github.com/r -> https://github.com/r"],
        ),
        ("[a]\n\n[a]:\n  http://github.com/r", ["4:3 https http://github.com/r -> https://github.com/r"]),
        (
            "[http://github.com](http://github.com)",
            ["1:2 https http://github.com -> https://github.com", "1:21 https http://github.com -> https://github.com"],
        ),
    ],
)  # fmt: skip
def test_the_position_of_a_change_is_that_of_the_address_in_the_authors_file(
    markdown: str, expected: list[str]
) -> None:
    assert told(markdown) == expected


def test_lines_of_front_matter_are_counted() -> None:
    _, problems, changes = links(chapter("http://github.com and https://t.co/x", first_line=6), Evidence())
    assert changes[0].place == Place(path="a.md", line=6, column=1)
    assert problems[0].place == Place(path="a.md", line=6, column=23)


def test_an_address_that_was_typed_with_escapes_is_still_found() -> None:
    _, _, (change,) = links(chapter(r"x [a](http://github.com/a\_b&amp;c)"), Evidence())
    assert (change.place.column, change.before) == (7, "http://github.com/a_b&c")


def test_a_bare_address_shows_what_it_leads_to() -> None:
    assert shown("https://www.google.com/url?q=https://example.org/a&sa=D") == [
        ("https://example.org/a", "https://example.org/a")
    ]


def test_a_text_that_differs_from_the_address_is_never_touched() -> None:
    assert shown("[google.com/url](https://www.google.com/url?q=https://example.org)") == [
        ("google.com/url", "https://example.org")
    ]


def test_a_bare_www_gets_https_without_a_change() -> None:
    assert shown("www.example.org/a") == [("www.example.org/a", "https://www.example.org/a")]
    assert told("www.example.org/a") == []
    assert told("www.example.org/?utm_id=1") == ["1:1 tracking www.example.org/?utm_id=1 -> www.example.org/"]


def test_a_bare_address_keeps_the_letters_of_its_author() -> None:
    assert shown("https://bücher.example/ä") == [("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4")]
    assert told("https://bücher.example/ä") == []


def test_an_ampersand_escaped_in_a_bare_address_is_read() -> None:
    assert shown("<https://example.org/?a=1&amp;b=2>") == [
        ("https://example.org/?a=1&b=2", "https://example.org/?a=1&b=2")
    ]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "java&#x73;cript:x", "file:///etc/passwd", "data:text/html,x", "VBScript:x"]
)
def test_an_unsafe_link_is_reported_and_shown_as_text(address: str) -> None:
    made, (problem,), changes = links(chapter(f"x [words]({address})"), Evidence())
    assert (problem.severity, problem.code, problem.place.column) == (Severity.WARNING, "L106", 11)
    assert not [item for item, _ in walk(made.blocks) if item["t"] == "Link"]
    assert plain(made.blocks) == "x words"
    assert changes == ()


def test_a_link_without_words_that_cannot_be_read_shows_its_address() -> None:
    made, (problem,), _ = links(chapter("x [](ttps://example.org)"), Evidence())
    assert problem.code == "L105"
    assert plain(made.blocks) == "x ttps://example.org"


def test_with_the_rule_switched_off_an_unsafe_link_is_still_an_error() -> None:
    made, (problem,), changes = links(chapter("[a](javascript:x) http://github.com?utm_id=1"), Evidence(), fix=False)
    assert (problem.code, changes) == ("L106", ())
    assert [item["c"][2][0] for item, _ in walk(made.blocks) if item["t"] == "Link"] == ["http://github.com?utm_id=1"]


def test_an_address_in_the_words_of_a_link_is_not_a_link_and_is_not_fixed() -> None:
    assert shown("[see https://www.example.org?utm_id=1](https://example.org/b)") == [
        ("see https://www.example.org?utm_id=1", "https://example.org/b")
    ]
    assert shown("[http://github.com](http://github.com)") == [("https://github.com", "https://github.com")]


def test_words_in_brackets_that_look_like_a_bare_host_are_words() -> None:
    assert shown("[a.org](http://a.org) [www.a.org](http://www.a.org)") == [
        ("a.org", "http://a.org"),
        ("www.a.org", "http://www.a.org"),
    ]


def test_a_reference_used_twice_is_one_problem() -> None:
    _, problems, _ = links(chapter("[a][r] and [b][r]\n\n[r]: https://bit.ly/x"), Evidence())
    assert [(problem.code, str(problem.place)) for problem in problems] == [("L102", "a.md:3:6")]


def test_links_into_the_book_and_addresses_of_images_stay() -> None:
    markdown = "[a](b.md?utm_source=x) [b](#c) [c](/d) ![e](http://github.com/e.png)"
    before = chapter(markdown)
    assert links(before, Evidence()) == (before, (), ())


def test_code_is_never_touched() -> None:
    before = chapter("`http://github.com`\n\n    http://github.com\n")
    assert links(before, Evidence()) == (before, (), ())


def test_a_link_in_a_title_of_the_front_matter_has_the_place_of_the_title() -> None:
    title = chapter("# [a](http://github.com)").blocks[0]["c"][2]
    made, _, (change,) = links(chapter("words", title=tuple(title), label=tuple(title)), Evidence())
    assert change.place == Place(path="a.md", line=2, column=8)
    assert "https://github.com" in json.dumps(made.title)
    assert "https://github.com" in json.dumps(made.label)


def test_a_host_with_https_elsewhere_in_the_book_is_evidence() -> None:
    one, two = (
        chapter("https://www.google.com/url?q=https://a.example/x and www.b.example"),
        chapter("[x](http://a.example) http://b.example"),
    )
    assert hosts(one) == {"a.example"}
    _, problems, changes = links(two, Evidence(https_hosts=known_hosts(map(hosts, (one, two)), ())))
    assert [change.after for change in changes] == ["https://a.example"]
    assert [problem.code for problem in problems] == ["L103"]
    assert known_hosts([], ["Bücher.example", "not a host"]) == {"xn--bcher-kva.example"}


def test_a_second_pass_over_a_chapter_changes_nothing() -> None:
    markdown = "http://github.com, www.example.org, [x](<https://bücher.example/ä b>) https://bücher.example/ä [y](ttps://x) https://a.org?utm_id=1"
    once, _, changes = links(chapter(markdown), Evidence())
    assert changes
    twice, _, again = links(once, Evidence())
    assert (twice, again) == (once, ())


def test_the_position_of_every_change_in_a_real_handbook_is_right(corpora: Path) -> None:
    for path in sorted(corpora.rglob("*.md"))[::23]:
        text = path.read_text("utf-8", errors="replace").lstrip("\ufeff").replace("\r\n", "\n")
        told(text)


# Ids of headings -----------------------------------------------------------------------------------------------------

HEADINGS = list(table(FOLDER / "slugs.tsv"))


@pytest.mark.parametrize("row", HEADINGS, ids=why)
def test_a_heading_has_the_id_of_each_dialect(row: dict[str, str]) -> None:
    named: dict[str, Callable[[str], str]] = {dialect.__name__: dialect for dialect in slugs.DIALECTS}
    for name, expected in some(row.items()):
        if name in named:
            assert (name, named[name](row["heading"])) == (name, expected)
            assert expected in slugs.dialects(row["heading"]) or not expected.strip("-")


@given(st.text())
def test_no_heading_raises_and_none_has_an_id_with_a_space(text: str) -> None:
    for slug in slugs.dialects(text):
        assert slug
        assert " " not in slug


@given(st.from_regex("[A-Za-z]+( [A-Za-z]+)*", fullmatch=True))
def test_plain_words_have_the_same_id_in_every_dialect(text: str) -> None:
    assert slugs.dialects(text) == tuple(dict.fromkeys(dialect(text) for dialect in slugs.DIALECTS))

"""External links: single addresses, then links in a chapter."""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from book.assemble import slugs
from book.markdown.tree import plain, walk
from book.model import Draft, FrontMatter, Node
from book.problems import Place, Severity
from book.style.links import addresses, destinations, gather, hosts, links, redirectors, tables, whatwg
from book.style.links.addresses import Evidence, clean
from tests.loops import some
from tests.making import make_draft, read_blocks

FOLDER = Path(__file__).parent / "links"
KNOWN = Evidence(https_hosts=frozenset({"known.example"}))


def unescape(text: str) -> str:
    r"""Undo the escapes of the tables: \n, \\ and \uXXXX."""
    return re.sub(
        r"\\(n|\\|u[0-9A-Fa-f]{4})",
        lambda found: {"n": "\n", "\\": "\\"}.get(found[1]) or chr(int(found[1][1:], 16)),
        text,
    )


def table(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            {"id": f"{name}:{line}", **{key: unescape(value) for key, value in row.items()}}
            for line, row in enumerate(rows, 2)
        ]


def why(row: dict[str, str]) -> str:
    return f"{row['id']} {row.get('why', row.get('heading'))}"


LISTED, OWN = table("links.tsv"), table("own.tsv")


@pytest.mark.parametrize("row", LISTED, ids=why)
def test_a_listed_address_is_cleaned_as_the_list_states(row: dict[str, str]) -> None:
    cleaned = clean(row["input"], Evidence())
    if row["expected"] == "text":
        assert not cleaned.live
        assert [doubt.kind.severity for doubt in cleaned.doubts] == [Severity.WARNING]
    else:
        assert (cleaned.address, cleaned.live) == (row["expected"], True)
        assert bool(cleaned.steps) == (row["input"] != row["expected"])


@pytest.mark.parametrize("row", OWN, ids=why)
def test_an_address_is_cleaned_by_the_rules_named_beside_it(row: dict[str, str]) -> None:
    cleaned = clean(row["input"], KNOWN)
    assert cleaned.live == (row["expected"] != "text")
    assert cleaned.address == (row["expected"] if cleaned.live else row["input"])
    assert ",".join(cleaned.steps) == row["rules"]
    assert ",".join(doubt.kind.code for doubt in cleaned.doubts) == row["problems"]


@pytest.mark.parametrize("row", LISTED + OWN, ids=why)
def test_an_expected_address_is_clean_already(row: dict[str, str]) -> None:
    cleaned = clean(row["expected"], KNOWN)
    assert cleaned.address == row["expected"]
    assert cleaned.steps == ()


def test_every_redirector_of_the_table_has_a_case() -> None:
    names = {entry.name for row in LISTED + OWN if (parts := whatwg.parse(row["input"]))
             if (entry := redirectors.redirector(parts.host, parts.path))}  # fmt: skip
    assert names == {entry.name for _, entry in tables._tables().redirectors}


def test_every_way_of_the_table_of_redirectors_is_known() -> None:
    assert {entry.take for _, entry in tables._tables().redirectors} == set(redirectors.TAKES)


def chain(length: int) -> str:
    address = "https://example.org/a"
    for _ in range(length):
        address = "https://www.google.com/url?q=" + address.replace("%", "%25").replace("&", "%26").replace("?", "%3F")
    return address


def test_five_redirects_are_unwrapped_and_six_are_left_with_a_warning() -> None:
    assert clean(chain(5), Evidence()).address == "https://example.org/a"
    cleaned = clean(chain(6), Evidence())
    assert cleaned.address == chain(6)
    assert [doubt.kind for doubt in cleaned.doubts] == [addresses.REDIRECT]


def test_a_password_is_not_repeated_in_a_message() -> None:
    (doubt,) = clean("https://ann:secret@example.org/", Evidence()).doubts
    assert "secret" not in doubt.message + doubt.fix


def test_a_mistyped_scheme_is_fixed_as_a_suggestion_only() -> None:
    (doubt,) = clean("hhttps://example.org/a", Evidence()).doubts
    assert doubt.fix == "write 'https://example.org/a'"


@pytest.mark.parametrize(
    "address",
    [
        "https://" + "a." * 500_000 + "org/",
        "https://example.org/" + "../ä" * 250_000,
        "https://example.org/?" + "&" * 1_000_000,
        "https://example.org/?" + "amp;" * 250_000,
        "https://example.org/?" + "utm_a&b&" * 125_000,
        "https://example.org/#" + "utm_&" * 200_000,
        "https://www.amazon.com" + "/ref=a" * 160_000 + "/b",
        "https://urldefense.com/v3/__https://a.org/" + "__;" * 330_000,
        "https://urldefense.com/v3/__https://a.org/" + "*" * 1_000_000 + "__;aWlp!",
        "https://disq.us/url?url=https://a.org/" + ":" * 1_000_000,
        "https://www.google.com/url?q=" * 34_000,
        "java" + "\n" * 1_000_000 + "script:x",
        "h" * 1_000_000 + ":",
        "<" * 1_000_000,
    ],
    ids=lambda address: str(address)[:60],
)
def test_a_hostile_address_of_a_megabyte_ends_within_a_second(address: str) -> None:
    def taken() -> float:
        start = time.process_time()
        clean(address, Evidence())
        return time.process_time() - start

    assert min(taken(), taken()) < 1


def test_ten_thousand_plain_addresses_take_less_than_a_second() -> None:
    start = time.process_time()
    for number in range(10_000):
        clean(f"https://example.org/chapter/{number}#part", Evidence())
    assert time.process_time() - start < 1


# Laws ----------------------------------------------------------------------------------------------------------------

HOSTS = st.sampled_from(
    ["example.org", "WWW.Google.com", "l.facebook.com", "youtu.be", "bücher.example", "web.archive.org", "github.com", "127.0.0.1", "a.test",
     "urldefense.com", "href.li", "www.bing.com", "www.amazon.de", "localhost:80", "u:p@example.org", "example.org:443", "disq.us", "t.co"]
)  # fmt: skip
PATHS = st.sampled_from(
    [
        "",
        "/",
        "/url",
        "/l.php",
        "/amp/s/example.org/a",
        "/a/../b",
        "/%61%2f%zz",
        "/ä b",
        "/v3/__https://a.org/*__;Iw!",
        "/ck/a",
        "/ref=x/",
    ]
)
PIECES = st.one_of(
    st.sampled_from(["utm_source=x", "q=https://github.com/", "u=http%3A%2F%2Fexample.org%2F", "url=", "q=", "&", "a=%20+b", "si=1", "t=2",
                     "u=a1aHR0cHM6Ly9hLm9yZw", "https://example.org", "url=https%3A%2F%2Fa.org%2Fx%3Ay", "amp;x=1"]),
    st.text(st.characters(exclude_characters="#", exclude_categories=["Cs"]), max_size=6),
)  # fmt: skip
QUERIES = st.lists(PIECES, max_size=5).map("&".join)


@st.composite
def urls(draw: st.DrawFn) -> str:
    address = draw(st.sampled_from(["https://", "http://", "HTTP://"])) + draw(HOSTS) + draw(PATHS)
    if query := draw(QUERIES):
        address += f"?{query}"
    return address + draw(st.sampled_from(["", "#", "#b", "#utm_source=x", "#:~:text=a"]))


@st.composite
def nested(draw: st.DrawFn) -> str:
    address = draw(urls())
    for _ in range(draw(st.integers(0, 6))):
        address = "https://www.google.com/url?q=" + address.replace("%", "%25").replace("&", "%26").replace("#", "%23")
    return address


@given(
    st.one_of(
        urls(), nested(), st.text(), st.text().map("https://".__add__), st.text("htps:/.@%2e[]?#&= ", max_size=20)
    )
)
def test_cleaning_twice_is_cleaning_once_and_no_text_raises(address: str) -> None:
    once = clean(address, KNOWN)
    twice = clean(once.address, KNOWN)
    assert (twice.address, twice.live) == (once.address, once.live)
    assert twice.steps == ()
    assert {doubt.kind for doubt in twice.doubts} == {doubt.kind for doubt in once.doubts}


def is_subsequence(part: str, whole: str) -> bool:
    letters = iter(whole)
    return all(letter in letters for letter in part)


@given(HOSTS, QUERIES)
def test_what_remains_of_a_query_is_a_subsequence_of_it(host: str, query: str) -> None:
    query = whatwg.LINE_ENDS.sub("", query).strip(addresses.EDGES)
    cleaned = clean(f"https://{host}/x?{query}", Evidence())
    remains = cleaned.address.partition("?")[2]
    # What no address may hold is encoded, the rest is as it was.
    assert is_subsequence(remains, whatwg.FORBIDDEN.sub(lambda found: quote(found[0]), query))


@given(nested())
def test_an_unwrapped_address_is_never_another_redirector(address: str) -> None:
    cleaned = clean(address, Evidence())
    parts = whatwg.parse(cleaned.address)
    if "redirect" in cleaned.steps and parts and not parts.port:
        entry = redirectors.redirector(parts.host, parts.path)
        assert entry is None or redirectors.target(entry, parts.path, parts.query, parts.fragment) is None


@given(st.one_of(urls(), st.text(), st.text().map("mailto:".__add__)))
def test_a_scheme_only_ever_becomes_https(address: str) -> None:
    cleaned = clean(address, KNOWN)
    before, after = (
        re.match(r"[a-z][a-z0-9+.-]*:", text.strip(addresses.EDGES).lower()) for text in (address, cleaned.address)
    )
    if before and after and "redirect" not in cleaned.steps:
        assert (before[0], after[0]) in {(before[0], before[0]), ("http:", "https:")}


@given(st.from_regex(addresses.QUICK, fullmatch=True))
def test_the_short_way_gives_what_the_long_way_gives(address: str) -> None:
    parts = whatwg.parse(address)
    if parts and not tables.facts(parts.host).listed and "xn--" not in parts.host:
        assert str(parts) == address


@given(urls())
def test_an_address_in_its_own_script_leads_to_the_same_place(address: str) -> None:
    cleaned = clean(address, Evidence()).address
    assert clean(whatwg.readable(cleaned), Evidence()).address == cleaned


@given(st.text("ab()\\&;<> é.", max_size=12).map(lambda text: re.sub(r"[<> ]", "", text)))
def test_a_written_destination_is_read_back(address: str) -> None:
    assert destinations.unescaped(destinations.written(address)) == address


# In a chapter --------------------------------------------------------------------------------------------------------


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
    _, problems, changes = links(two, gather([one, two]))
    assert [change.after for change in changes] == ["https://a.example"]
    assert [problem.code for problem in problems] == ["L103"]
    assert gather([], ["Bücher.example", "not a host"]).https_hosts == {"xn--bcher-kva.example"}


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

HEADINGS = table("slugs.tsv")


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

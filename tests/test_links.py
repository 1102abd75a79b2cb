"""External links: single addresses, then links in a chapter."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from ada_url import normalize_url
from hypothesis import given
from hypothesis import strategies as st

from book.problems import Severity
from book.style.links import addresses, destinations, redirectors, tables, whatwg
from book.style.links.addresses import Evidence, clean
from tests.tables import table

FOLDER = Path(__file__).parent / "links"
KNOWN = Evidence(https_hosts=frozenset({"known.example"}))


def why(row: dict[str, str]) -> str:
    return f"{row['id']} {row.get('why', row.get('heading'))}"


LISTED, OWN = list(table(FOLDER / "links.tsv")), list(table(FOLDER / "own.tsv"))


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


@given(st.from_regex(re.compile(addresses.QUICK.pattern, addresses.QUICK.flags), fullmatch=True))
def test_the_short_way_gives_what_the_long_way_gives(address: str) -> None:
    parts = whatwg.parse(address)
    if parts and not tables.facts(parts.host).listed and "xn--" not in parts.host:
        assert str(parts) == address


@given(st.from_regex(re.compile(whatwg.PLAIN.pattern, whatwg.PLAIN.flags), fullmatch=True))
def test_the_parser_would_leave_a_plain_address_as_it_is(head: str) -> None:
    assert whatwg._normal(head) == normalize_url(head + "?")


@given(urls())
def test_an_address_in_its_own_script_leads_to_the_same_place(address: str) -> None:
    cleaned = clean(address, Evidence()).address
    assert clean(whatwg.readable(cleaned), Evidence()).address == cleaned


@given(st.text("ab()\\&;<> é.", max_size=12).map(lambda text: re.sub(r"[<> ]", "", text)))
def test_a_written_destination_is_read_back(address: str) -> None:
    assert destinations.unescaped(destinations.written(address)) == address

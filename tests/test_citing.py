"""Citations; more cases are in `tests/books/citations.md`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from book import press
from book.citing import style, works
from book.dialects.citations import citations, files
from book.markdown import pandoc
from book.problems import Place
from book.settings import Limits, parse
from tests.loops import some
from tests.making import write_book, write_files

PLACE = Place(path="handbound.toml")


def cited(text: str, *known: str, every: bool = False) -> list[tuple[str, ...]]:
    return [tuple(cite.key for cite in citation.cites) for citation in citations(text, known, every=every)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("[@a]", [("a",)]),
        ("[see @a, p. 3; also -@b]", [("a", "b")]),
        ("[@a, pp. 3; 5]", [("a",)]),
        ("@a says, @b [p. 3] too", [("a",), ("b",)]),
        ("@{a b}", [("a b",)]),
        ("@DBLP:conf/x.", [("DBLP:conf/x",)]),
        ("[@a](b.md), [@a][b], [@a]: x", []),
        ("me@a.org, https://x.org/@a, \\@a, @@a", []),
        ("[no\n\n@a]", [("a",)]),
        ("@unknown", []),
    ],
)
def test_a_citation_is_what_pandoc_calls_one(text: str, keys: list[tuple[str, ...]]) -> None:
    assert cited(text, "a", "b", "DBLP:conf/x") == keys


def test_every_word_behind_a_mark_is_a_citation_in_quarto() -> None:
    assert cited("@unknown", every=True) == [("unknown",)]


def test_places_of_keys_lead_to_the_letters() -> None:
    text = "x [see @a, p. 3; @b] @{c}"
    cites = [cite for citation in citations(text, ("a", "b", "c"), every=False) for cite in citation.cites]
    assert [text[cite.at] for cite in cites] == [cite.key for cite in cites] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000 + "@a", "[@a;" * 20_000, "@" * 100_000, "[-@" * 30_000, "[@a" + " x\n" * 50_000, "@{" * 50_000, "a@" * 50_000],
    ids=["brackets", "groups", "marks", "minus", "long", "braces", "addresses"],
)  # fmt: skip
def test_hostile_citations_take_no_time(text: str) -> None:
    assert len(cited(text, "a", every=True)) <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "@" * 100_000,
        "@book{" * 20_000,
        "@book{a" + ", b={c}" * 20_000,
        "@book{a, title={" + "{" * 100_000,
        "@string{a=b}\n" * 20_000,
        "@book{a, crossref={a}}",
        "@book{a, crossref={b}}\n@book{b, crossref={a}}",
    ],
    ids=["marks", "open", "long", "deep", "strings", "itself", "circle"],
)
def test_a_hostile_bibliography_is_read_or_left_out(text: str, tmp_path: Path) -> None:
    write_book(tmp_path, {"x.bib": text})
    library = works.read(tmp_path, {"x.bib": ("x.bib",)}, (), PLACE)
    assert all(len(work.text) <= works.LARGEST for work in library.chosen(library.by_key))


def test_a_long_bibliography_costs_only_what_is_cited(tmp_path: Path) -> None:
    entries = (f"@book{{k{number}, author={{A{number}, B}}, title={{T}}, year={number}}}" for number in range(20_000))
    write_book(tmp_path, {"x.bib": "\n".join(entries)})
    library = works.read(tmp_path, {"x.bib": ("x.bib",)}, (), PLACE)
    assert len(library.by_key) == 20_000
    assert [work.key for work in library.chosen(["k7", "gone"])] == ["k7"]
    assert library.by_key["k7"].place.line == 8


def test_bibliographies_are_looked_for_beside_the_chapter_and_in_the_folder_of_the_book() -> None:
    assert files(parse('bibliography = ["a.bib"]'), ()) == {"a.bib": ("a.bib",)}


def test_no_style_makes_pandoc_download_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = (
        '<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0"><info><title>x</title><id>x</id>'
    )
    link = '<link href="http://127.0.0.1:9/apa" rel="independent-parent"/></info>'
    rules = '<citation><layout><text variable="title"/></layout></citation>'
    bad = {
        "parent.csl": f"{head}{link}</style>",
        "entity.csl": f'<!DOCTYPE style [<!ENTITY x "y">]>{head}{link}{rules}</style>',
        "wide.csl": f'<?xml version="1.0" encoding="utf-16"?>{head}</info></style>',
        "no.csl": "<svg/>",
    }
    write_book(tmp_path, {**bad, "good.csl": f"{head}{link}{rules}</style>"})
    monkeypatch.setattr(socket, "socket", None)
    for name in some(bad):
        text, problems = style.read(tmp_path, name, PLACE)
        assert (text, [problem.code for problem in problems]) == ("", ["R122"])
    text, problems = style.read(tmp_path, "good.csl", PLACE)
    assert "independent-parent" not in text
    assert not problems
    assert pandoc.cite((), [], "en", text, Limits()).strip() in (
        "",
        '<div id="refs" class="references csl-bib-body">\n\n</div>',
    )


def test_citations_are_remembered(tmp_path: Path) -> None:
    book, cache = tmp_path / "book", tmp_path / "cache"
    write_book(book, {"a.md": "---\nbibliography: x.bib\n---\n# A\n\n[@a]\n", "x.bib": "@book{a, title={T}}"})
    first = press.read(book, cache=cache)
    assert [path.stat().st_size > 0 for path in (cache / "citations").iterdir()] == [True]
    (cache / "citations" / next((cache / "citations").iterdir()).name).write_bytes(b"damaged")
    assert press.read(book, cache=cache).book.metadata == first.book.metadata


@pytest.mark.parametrize("place", ["home/.local/share/pandoc", "home/.pandoc", "data/pandoc"])
def test_the_data_of_the_user_for_pandoc_change_no_book(place: str, tmp_path: Path) -> None:
    """Whatever pandoc reads from there would be in no key of the cache and in no manifest."""
    style = (
        '<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0"><info><title>T</title><id>t</id>'
        "<updated>2020-01-01T00:00:00+00:00</updated></info><citation><layout><text value='OURS'/></layout></citation>"
        "<bibliography><layout><text value='OURS'/></layout></bibliography></style>"
    )
    write_files(tmp_path, {f"{place}/default.csl": style, f"{place}/abbreviations": "cf\n"})
    program = (
        "from book.markdown import pandoc; from book.settings import Limits;"
        "cite = [{'t': 'Para', 'c': [{'t': 'Cite', 'c': [[{'citationId': 'a', 'citationPrefix': [], 'citationSuffix': [],"
        " 'citationMode': {'t': 'NormalCitation'}, 'citationNoteNum': 0, 'citationHash': 0}], [{'t': 'Str', 'c': '@a'}]]}]}];"
        "work = {'id': {'t': 'MetaString', 'c': 'a'}, 'title': {'t': 'MetaString', 'c': 'A bench'}};"
        "print(pandoc.cite(cite, [work], 'en', '', Limits()))"
    )
    homes = {"HOME": str(tmp_path / "home")} | ({"XDG_DATA_HOME": str(tmp_path / "data")} if "data" in place else {})
    done = subprocess.run(  # not in this process, where answers of pandoc are kept
        [sys.executable, "-c", program], env={"PATH": os.defpath, **homes}, capture_output=True, text=True, check=True
    )
    assert "A Bench" in done.stdout
    assert "OURS" not in done.stdout

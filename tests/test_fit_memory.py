"""The cached measures of a chapter give the same pages, and no cache entry can do harm."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from book import cache, press
from book.editions import pdf
from book.paged import fit_memory
from book.paged.fit import NOTE_STEPS, Fitting, may_need
from book.paged.render import Layout, Renderer
from tests.making import make_chapter, published, write_files

NUMBERS = st.integers(1, 60).map(str)
COLUMNS = st.lists(st.lists(st.integers(0, 40), max_size=4).map(tuple), max_size=4).map(tuple)
MEASURES = st.fixed_dictionaries(
    {
        "steps": st.dictionaries(NUMBERS, st.integers(0, 6), max_size=3),
        "pieces": st.dictionaries(NUMBERS, COLUMNS, max_size=3),
        "tall": st.dictionaries(NUMBERS, st.sampled_from(("long-table", "tall")), max_size=3),
        "figures": st.dictionaries(NUMBERS, st.floats(1, 1000), max_size=3),
        "codes": st.dictionaries(NUMBERS, st.integers(1, 200), max_size=3),
    }
)
NOTHING: dict[str, Any] = {**{name: {} for name in fit_memory.TABLES}, "tries": 0, "astray": [], "ended": ""}


@settings(max_examples=40)
@given(MEASURES, st.integers(0, len(NOTE_STEPS)), st.frozensets(st.text(max_size=5), max_size=3), st.text(max_size=9))
def test_what_is_remembered_comes_back_and_what_other_chapters_need_stays(
    tables: dict[str, dict[str, Any]], tries: int, notes: frozenset[str], ended: str
) -> None:
    before = Fitting(codes={("other", "1"): 40}, tries={"other": 1}, astray=frozenset({("other", "n")}))
    measures: dict[str, Any] = {
        name: {("one", number): value for number, value in table.items()} for name, table in tables.items()
    }
    fitting = Fitting(
        **measures,
        tries={"one": tries} if tries else {},
        astray=frozenset(("one", note) for note in notes),
        ended={"one": ended} if ended else {},
    )
    recalled = fit_memory.recall(None, (), "one", before, lambda: fitting)
    assert fit_memory.written(recalled, "one") == fit_memory.written(fitting, "one")
    assert fit_memory.written(recalled, "other") == fit_memory.written(before, "other")


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        json.dumps({**NOTHING, "more": 1}).encode(),
        json.dumps({**NOTHING, "steps": {"1": 7}}).encode(),
        json.dumps({**NOTHING, "steps": {"1": True}}).encode(),
        json.dumps({**NOTHING, "steps": [1]}).encode(),
        json.dumps({**NOTHING, "pieces": {"1": [[-1]]}}).encode(),
        json.dumps({**NOTHING, "pieces": {"1": [0]}}).encode(),
        json.dumps({**NOTHING, "tall": {"1": "x' onload="}}).encode(),
        json.dumps({**NOTHING, "figures": {"1": float("nan")}}).encode(),
        json.dumps({**NOTHING, "figures": {"1": "1px; position: fixed"}}).encode(),
        json.dumps({**NOTHING, "codes": {"1": 10**9}}).encode(),
        json.dumps({**NOTHING, "tries": 99}).encode(),
        json.dumps({**NOTHING, "astray": [1]}).encode(),
        json.dumps({**NOTHING, "ended": None}).encode(),
    ],
)
def test_an_entry_of_another_form_is_made_again(entry: bytes, tmp_path: Path) -> None:
    key = cache.key(cache.program(), "page")
    cache.remember(tmp_path, fit_memory.STAGE, key, lambda: entry)
    fitting = Fitting(codes={("one", "1"): 40})
    assert fit_memory.recall(tmp_path, ("page",), "one", Fitting(), lambda: fitting).codes == {("one", "1"): 40}
    kept = cache.remember(tmp_path, fit_memory.STAGE, key, lambda: b"not kept")
    assert kept == fit_memory.written(fitting, "one")


SENTENCE = "A book that is opened flat shows how well it was bound, and glue holds the back of it together. "
WIDE = "\n".join(
    f"| {' | '.join(row)} |" for row in ([f"Column {n}" for n in range(12)], ["---"] * 12, *([["word"] * 12] * 3))
)
LONG_BOOK = {
    "handbound.toml": 'title = "The Bindery"\nlanguage = "en"\nslug = "bindery"\ndate = "2026-01-31"\n',
    **{f"{number}.md": f"# Chapter {number}\n\n{WIDE}\n\nSee [two](2.md).\n\n{SENTENCE * 8}" for number in range(1, 4)},
    "4.md": f"# Chapter 4\n\n{SENTENCE * 8}",
}


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of pages of every layout, in order."""
    counts: list[int] = []
    lay_out = Renderer.lay_out

    def counted(self: Renderer, page: str, sheet: str = "") -> Layout:
        layout = lay_out(self, page, sheet)
        counts.append(len(layout.pages))
        return layout

    monkeypatch.setattr(Renderer, "lay_out", counted)
    return counts


@pytest.mark.needs_pango
def test_a_chapter_that_nobody_changed_is_not_fitted_again_and_no_byte_changes(
    tmp_path: Path, laid_out: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "LONG", 300)

    def build(out: str) -> tuple[dict[str, bytes], int]:
        laid_out.clear()
        result = press.build(source, tmp_path / out, editions=("pdf",), plain=True)
        assert result.status == 0, result.report.problems
        return published(tmp_path / out), len(laid_out)

    source = write_files(tmp_path / "book", LONG_BOOK)
    cold, layouts = build("a")
    assert layouts == 3 * 2 + 1, (
        "each chapter with a wide table alone, once as it is and once with its measure; then the book"
    )
    warm, layouts = build("a")
    assert warm == cold
    assert layouts == 1, "the book alone"
    (source / "2.md").write_text(LONG_BOOK["2.md"].replace("opened flat", "opened wide", 1), "utf-8")
    edited, layouts = build("a")
    assert edited != cold
    assert layouts == 2 + 1, "one chapter alone, then the book"
    fresh, _ = build("b")
    assert fresh == edited
    shutil.rmtree(tmp_path / "a" / ".cache" / "fits")
    again, _ = build("a")
    assert again == edited


@pytest.mark.needs_pango
def test_a_chapter_of_the_handout_is_laid_out_once_when_nobody_changed_it(tmp_path: Path, laid_out: list[int]) -> None:
    source = write_files(
        tmp_path / "book",
        {
            "1.md": f"# One\n\n{WIDE}\n\n{SENTENCE}",
            "2.md": f"# Two\n\n[A place](https://example.org/a). {SENTENCE * 30}",
        },
    )
    results = []
    for _ in range(2):
        laid_out.clear()
        assert press.build(source, tmp_path / "out", editions=("handout",), plain=True).status == 0
        results.append((published(tmp_path / "out"), len(laid_out)))
    (cold, first), (warm, again) = results
    assert warm == cold
    assert first > again == 3, "two chapters, and a page for notes behind the first"


def test_a_chapter_of_running_text_needs_no_measure() -> None:
    assert not may_need(make_chapter("<p>Words and <em>words</em>, and <a href='#a'>a link</a>.</p>"), Fitting())
    for body in ("<table></table>", "<p><img src='a.png' alt=''/></p>", "<pre>x</pre>", "<a role='doc-noteref'>1</a>"):
        assert may_need(make_chapter(body), Fitting()), body


def test_notes_at_the_end_of_their_chapter_need_no_measure() -> None:
    chapter = make_chapter("<p>x<a role='doc-noteref'>1</a></p>")
    ended = Fitting(ended={chapter.slug: "a note contains more than paragraphs"})
    assert not may_need(chapter, ended)
    assert may_need(replace(chapter, slug="other"), ended)
    assert may_need(make_chapter("<p>x<a role='doc-noteref'>1</a></p><pre>x</pre>"), ended)

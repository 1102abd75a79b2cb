"""Pages after an edit are those of a build from nothing, even if the edit changes what the HTML of their first layout does not show."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from book import cache, labels, press
from book.editions import handout, pages
from book.paged import fit, math_svg
from book.paged.render import Layout, Renderer
from book.theme import fonts
from tests.making import published, write_book

pytestmark = pytest.mark.usefixtures("needs_pango", "one_date")

WIDE = "\n".join(
    f"| {' | '.join(row)} |"
    for row in ([f"Longmonth{n}" for n in range(15)], ["---"] * 15, *([["1,200,300"] * 15] * 4))
)
TEMPLATE = """{% extends "folio:pdf/notes_page.html.j2" %}
{% block notes_page %}{{ super() }}<p><span class="hb-added">WORDS</span></p>{% endblock %}
"""
LINE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9"/></svg>'
WORKS = "@book{bench, title = {Benches}, author = {Ada Miller}, year = {2019}}"
STAGES = frozenset("chapters chunks citations drawings excerpts fits formulas frames inlines segments tree".split())
"""The stages of which the book has something."""
OURS = "themes/ours/templates/pdf/notes_page.html.j2"


def settings(book: Path, more: str) -> None:
    (book / "handbound.toml").write_text(f'title = "Edits"\nslug = "edits"\n{more}', "utf-8")


def template(book: Path, words: str) -> None:
    settings(book, 'theme = "ours"\n')
    (book / OURS).parent.mkdir(parents=True, exist_ok=True)
    (book / OURS).write_text(TEMPLATE.replace("WORDS", words), "utf-8")


CASES: Mapping[str, tuple[str, Mapping[str, str], Callable[[Path, str], object]]] = {
    "a label that only a table in pieces has": (
        "pdf",
        {"a.md": f"# A\n\n{WIDE}\n\nTable: A caption\n"},
        lambda book, words: settings(book, f'[labels]\ncontinued = "{words}"\n'),
    ),
    "words of a template that only a ruled page at the end has": (
        "handout",
        {
            "a.md": "# A\n\nText.\n",
            "themes/ours/theme.toml": 'title = "Ours"\ndescription = "Ours"\nextends = "folio"\n',
        },
        template,
    ),
}


def built(book: Path, out: Path, *editions: str) -> dict[str, bytes]:
    assert press.build(book, out, editions=editions).status == 0
    return published(out)


@pytest.mark.parametrize("name", CASES)
def test_an_edit_of_what_only_a_later_layout_shows_gives_what_a_build_from_nothing_gives(
    name: str, tmp_path: Path
) -> None:
    edition, files, edit = CASES[name]
    book, out = write_book(tmp_path / "book", files), tmp_path / "out"
    edit(book, "First")
    before = built(book, out, edition)
    edit(book, "Second")
    after = built(book, out, edition)
    assert after == built(book, tmp_path / "fresh", edition)
    assert after != before


def test_what_another_version_of_this_program_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "# {0}\n\nIt costs $x^2$ [@bench].\n\n![A line](line.svg)\n"
    files = {"a.md": text.format("A"), "b.md": text.format("B"), "line.svg": LINE, "works.bib": WORKS}
    book, out = write_book(tmp_path / "book", files), tmp_path / "out"
    settings(book, 'bibliography = ["works.bib"]\nmath = true\n')
    editions = ("pdf", "handout", "epub", "html")
    first, then = cache.counted(lambda: built(book, out, *editions))
    for module in (cache, fonts, math_svg):
        monkeypatch.setattr(module, "program", lambda: "another version")
    again, now = cache.counted(lambda: built(book, out, *editions))
    assert again == first
    # The bytes of a file, and the library, decide how it is packed; the tests of a run share their fonts.
    assert {stage: tally for stage, tally in now.items() if stage not in {"packed", "fonts"}} == {
        stage: tally for stage, tally in then.items() if stage not in {"packed", "fonts"}
    }
    assert {stage for stage, tally in now.items() if tally.made} >= STAGES


@pytest.mark.parametrize("edition", ["pdf", "handout"])
def test_a_letter_that_no_font_has_lays_out_its_chapter_alone(
    edition: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "a.md": "# A\n\nText, with more words and words of A.\n",
        "b.md": "# B\n\nText, with more words and words of B ᚠ.\n",
        "c.md": "# C\n\n![C](c.svg)\n",
    }
    book = write_book(tmp_path / "book", {**files, "c.svg": LINE.replace("<path", "<text>ᚢ</text><path")})
    out, lay_out, laid_out = tmp_path / "out", Renderer.lay_out, list[str]()

    def counted(self: Renderer, page: str, *words: Any, **more: Any) -> Layout:
        laid_out.append(page)
        return lay_out(self, page, *words, **more)

    monkeypatch.setattr(Renderer, "lay_out", counted)
    settings(book, "")
    built(book, out, edition)
    assert any("words of A" in page for page in laid_out)
    laid_out.clear()
    (book / "b.md").write_text("# B\n\nText, with more words and words of B ᚠ and ᚨ.\n", "utf-8")
    after = built(book, out, edition)
    assert any("ᚨ" in page for page in laid_out)
    assert not any("words of A" in page for page in laid_out)
    assert after == built(book, tmp_path / "fresh", edition)


WORDS = "Words that say nothing, in a sentence. " * 12
CHAPTERS = {
    "a.md": f"# A\n\n{WORDS}\n",
    "b.md": f"# B\n\n{WORDS}\n\n{WIDE}\n\nTable: A caption\n",
    "c.md": f"# C\n\n{WORDS}[^1]\n\n[^1]: A note.\n",
    "d.md": f"# D\n\n> [!NOTE]\n> {WORDS}\n\n| A[^1] | B |\n|---|---|\n| 1 | 2 |\n\n[^1]: A note in a table: it goes to the end.\n",
}
PLAIN = {
    "title": '"Edits"',
    "number_chapters": "true",
    "authors": '["Ada Miller"]',
    "subtitle": '"One"',
    "description": '"One"',
}
EDITS: Mapping[str, tuple[str, str, int, int]] = {
    "the subtitle": ("subtitle", '"Two"', 0, 0),
    "the description": ("description", '"Two"', 0, 0),
    "the subjects": ("subjects", '["Bees", "Hives"]', 0, 0),
    "the publisher": ("publisher", '"The Hive"', 0, 0),
    "the editors": ("editors", '["Cy Young"]', 0, 0),
    "the series": ("series", '"Crafts"', 0, 0),
    "the identifier": ("identifier", '"urn:isbn:9780306406157"', 0, 0),
    "the words for the cover": ("cover_alt", '"A hive"', 0, 0),
    "the licence": ("licence", '"CC BY 4.0"', 0, 4),
    "the version": ("version", '"2.0"', 0, 4),
    "the date": ("date", '"2026-11-30"', 0, 4),
    "the authors": ("authors", '["Bob Jones"]', 0, 4),
    "the title": ("title", '"Other edits"', 0, 4),
    "the title of the contents": ("labels.contents", '"Chapters"', 0, 0),
    "what stands over the rest of a table": ("labels.continued", '"(more)"', 2, 0),
    "the title of notes, which a table moves to the end": ("labels.notes", '"Asides"', 2, 2),
    "the name of a box": ("labels.note", '"Look"', 1, 1),
    "the name of chapters": ("labels.chapter", '"Chapter no. {n}"', 4, 4),
}
"""A key of the settings, its value after the edit, and how many of the four chapters are laid out again: for a PDF, for a handout."""


def write_settings(book: Path, edit: Mapping[str, str]) -> None:
    rows = [f"{key} = {value}\n" for key, value in {**PLAIN, **edit}.items()]
    (book / "handbound.toml").write_text('slug = "edits"\n' + "".join(rows), "utf-8")


@pytest.mark.parametrize("edition", ["pdf", "handout"])
def test_settings_lay_out_the_chapters_that_may_print_them(
    edition: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, out, lay_out, titles = write_book(tmp_path / "book", CHAPTERS), tmp_path / "out", Renderer.lay_out, set[str]()

    def counted(self: Renderer, page: str, *words: Any, **more: Any) -> Layout:
        titles.update(name for name in "ABCD" if f">{name}</h1>" in page)
        return lay_out(self, page, *words, **more)

    write_settings(book, {})
    built(book, out, edition)
    monkeypatch.setattr(Renderer, "lay_out", counted)
    counts, edits = {}, dict[str, str]()
    for name, (key, value, *_) in EDITS.items():
        edits[key] = value
        write_settings(book, edits)
        titles.clear()
        after = built(book, out, edition)
        counts[name] = len(titles)
        if key == "title":
            assert after == built(book, tmp_path / "fresh", edition)
            shutil.rmtree(tmp_path / "fresh")
    assert after == built(book, tmp_path / "fresh", edition)
    assert counts == {name: count[edition == "handout"] for name, (_, _, *count) in EDITS.items()}


class Asked(dict[str, str]):
    """Words of a book that know which of them are looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.words = set[str]()

    def __contains__(self, word: object) -> bool:
        self.words.add(str(word))
        return False

    def keys(self) -> Any:
        self.words.add("all of them")
        return super().keys()


@pytest.mark.parametrize("edition", ["pdf", "print", "handout"])
def test_labels_that_only_a_later_layout_asks_for_are_in_the_key(
    edition: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, later = Asked(), Asked()

    def listening(make: Callable[..., Any], is_first: Callable[..., bool]) -> Callable[..., Any]:
        def page(self: Any, *words: Any, **more: Any) -> Any:
            before = labels.own.set(first if is_first(self, *words) else later)
            try:
                return make(self, *words, **more)
            finally:
                labels.own.reset(before)

        return page

    begun = fit.Fitting()
    monkeypatch.setattr(
        pages.Source, "page", listening(pages.Source.page, lambda _, fitting, *__: not fit.changed(begun, fitting))
    )
    monkeypatch.setattr(
        handout.Handout, "page", listening(handout.Handout.page, lambda *words: len(words) == 3 and not words[2])
    )
    book = write_book(tmp_path / "book", CHAPTERS)
    write_settings(book, {})
    built(book, tmp_path / "out", edition)
    assert first.words
    assert later.words
    assert later.words - first.words == (set() if edition == "handout" else set(pages.LATER))

"""Pages after an edit are those of a build from nothing, even if the edit changes what the HTML of their first layout does not show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from book import cache, press
from tests.making import published, write_book

pytestmark = pytest.mark.usefixtures("needs_pango", "_one_date")

WIDE = "\n".join(
    f"| {' | '.join(row)} |"
    for row in ([f"Longmonth{n}" for n in range(15)], ["---"] * 15, *([["1,200,300"] * 15] * 4))
)
TEMPLATE = """{% extends "folio:pdf/handout.html.j2" %}
{% block chapter_end %}{{ super() }}{% if "even" in way %}<p><span class="hb-added">WORDS</span></p>{% endif %}{% endblock %}
"""
OURS = "themes/ours/templates/pdf/handout.html.j2"


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


@pytest.fixture
def _one_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")


def built(book: Path, out: Path, edition: str) -> dict[str, bytes]:
    assert press.build(book, out, editions=(edition,)).status == 0
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


def test_pages_that_another_version_of_this_program_laid_out_are_laid_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, out = write_book(tmp_path / "book", {"a.md": "# A\n\nText.\n", "b.md": "# B\n\nText.\n"}), tmp_path / "out"
    first = built(book, out, "pdf")
    monkeypatch.setattr(cache, "program", lambda: "another version")
    before = {stage: replace(tally) for stage, tally in cache.TALLY.items()}
    assert built(book, out, "pdf") == first
    for stage in ("segments", "chunks", "frames"):
        assert cache.TALLY[stage].made > before[stage].made, stage
        assert cache.TALLY[stage].remembered == before[stage].remembered, stage

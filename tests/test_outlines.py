"""An edit makes the HTML of its chapter alone, and loads of WeasyPrint only what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from book.editions import joined_pdf
from book.editions.pages import BACK, FRONT
from book.paged.segments import Segment
from tests.loops import some
from tests.test_pdf_parts import build
from tests.test_segments import manual

pytestmark = pytest.mark.needs_pango


def test_the_html_of_an_unchanged_chapter_is_not_made_and_what_is_known_of_it_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, every, seen = manual(tmp_path / "book"), joined_pdf.Chapters.all, list[joined_pdf.Chapters]()

    def look(chapters: joined_pdf.Chapters) -> list[Segment]:
        seen.append(chapters)
        return every(chapters)

    monkeypatch.setattr(joined_pdf.Chapters, "all", look)
    build(source, tmp_path / "out", monkeypatch)
    with (source / "02-the-glue.md").open("a", encoding="utf-8") as chapter:
        chapter.write("\nBack to [the vice](01-the-bench.md#the-vice).\n")
    build(source, tmp_path / "out", monkeypatch)
    cold, warm = seen
    parts = {item.slug for item in warm.source.items if item.kind == "part"}
    assert set(cold.first_pages) == {FRONT, *cold.names}
    assert set(warm.first_pages) == {FRONT, BACK, "the-glue", *parts}
    for name in some(warm.names):
        assert warm._outline(name) == warm._new_outline(name)
    assert warm._outline("the-glue") != cold._outline("the-glue")


def test_weasyprint_finds_what_it_loads_later() -> None:
    code = (
        "import sys\nfrom book.paged.render import library\n"
        "library.weasyprint()\nimport weasyprint.pdf.fonts as fonts\n"
        "print([name for name in library.RARE if name in sys.modules])\n"
        "print(fonts.subset.Options(hinting=False).hinting, callable(fonts.instantiateVariableFont))\n"
        "print([name for name in library.RARE if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, working, after = done.stdout.splitlines()
    assert (before, working) == ("[]", "False True")
    assert "fontTools.subset" in after

"""What people see on paper and on the page: no head over nothing, boxes of tasks as wide as their indent."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import markup, press
from book.editions import feet, paper
from book.model import Chapter

NOTED = "---\ntitle: One\n---\n\nA word[^a].\n\n[^a]: Said at the foot.\n"
TASKS = "---\ntitle: Two\n---\n\n- [ ] write it down\n- [x] ask\n\n* [ ] loose\n\n* [x] and *done*\n"


@pytest.fixture(scope="module")
def chapters(tmp_path_factory: pytest.TempPathFactory) -> tuple[Chapter, ...]:
    """The two chapters, composed."""
    folder: Path = tmp_path_factory.mktemp("paper")
    (folder / "handbound.toml").write_text('title = "A book"\n', encoding="utf-8")
    (folder / "01.md").write_text(NOTED, encoding="utf-8")
    (folder / "02.md").write_text(TASKS, encoding="utf-8")
    return press.read(folder).book.spine


def test_a_chapter_whose_notes_all_stand_at_the_foot_keeps_no_empty_head_of_notes(
    chapters: tuple[Chapter, ...],
) -> None:
    body = markup.restore(chapters[0].body)
    assert body.xpath("//*[contains(@class, 'footnotes')]")
    feet.lower(body)
    assert body.xpath("//span[contains(@class, 'foot-note')]")
    assert not body.xpath("//*[contains(@class, 'footnotes')]")


def test_the_space_behind_the_box_of_a_task_stands_in_the_box(chapters: tuple[Chapter, ...]) -> None:
    marks = markup.restore(chapters[1].body).xpath("//span[starts-with(@class, 'task ')]")
    assert [mark.text for mark in marks] == ["☐ ", "☒ ", "☐ ", "☒ "]
    assert all(not (mark.tail or "").startswith((" ", "\n")) for mark in marks)


@pytest.mark.usefixtures("pango")
def test_lists_on_paper_bear_the_numbers_that_their_author_gave_them() -> None:
    import weasyprint

    body = markup.restore(
        '<ol start="7"><li>seven</li><li>eight</li></ol><ol><li>one<ol><li>within</li></ol></li><li>two</li></ol>'
        '<ol type="a" start="3" reversed=""><li>see</li><li value="9">eye</li><li>aitch</li></ol>'
    )
    paper.count(body)
    pages = (
        weasyprint.HTML(string=f"<style>ol {{ list-style-position: inside }}</style>{markup.spell(body)}")
        .render()
        .pages
    )
    said = "".join(getattr(box, "text", "") for page in pages for box in page._page_box.descendants())
    assert said.replace(" ", "") == "7.seven8.eight1.one1.within2.twoc.seei.eyeh.aitch"

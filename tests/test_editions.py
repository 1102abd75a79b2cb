"""The page, the download page and the report of the little book in `tests/editions/book`, and what all editions share."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from book import press, theme
from book import report as reports
from book.edition import Trim
from book.editions import EDITIONS, FORMATS, maker
from book.editions.download import outcomes, size
from book.model import Check, Report
from book.view import cover
from tests.little_handbook import BOOK, CHAPTERS, SLUG, Page, built_in
from tests.making import write_book

pytestmark = pytest.mark.usefixtures("exact_letters")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, pango: bool) -> Path:
    return built_in(tmp_path_factory, pango=pango)


@pytest.fixture(scope="module")
def report(built: Path) -> dict[str, list[dict[str, object]]]:
    table: dict[str, list[dict[str, object]]] = json.loads((built / "report.json").read_bytes())
    return table


# HTML.


@pytest.fixture(scope="module")
def text(built: Path) -> str:
    return (built / f"{SLUG}.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_the_page_is_one_file_that_asks_for_nothing(text: str, page: Page) -> None:
    assert all(load.startswith("data:") for load in page.loads)
    sheets = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert all(address.strip("\"'").startswith("data:font/woff2") for address in re.findall(r"url\(([^)]*)\)", sheets))
    assert "@import" not in sheets
    assert not {"link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert page.handlers == []
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert policy[1].startswith("default-src &#39;none&#39;; ")


def test_the_page_works_without_script(text: str) -> None:
    without = Page(re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL))
    words = " ".join("".join(without.words).split())
    for said in (
        "Before it begins.",
        "row 60",
        "A note of its own.",
        "This chapter shows no title.",
        "Er sagt „ja“",
        "return x < 3 and \"y\" != 'z'",
    ):
        # Syntax colours stand in elements of their own: the pieces are joined without regard to spaces.
        assert said.replace(" ", "") in words.replace(" ", "")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    assert "innerHTML" not in scripts[0]
    assert "document.write" not in scripts[0]


def test_the_script_is_the_one_that_the_policy_names(text: str) -> None:
    import base64

    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert f"script-src &#39;sha256-{allowed}&#39;" in policy[1].replace("&#43;", "+")


def test_the_page_has_no_id_twice_and_no_link_to_nowhere(page: Page) -> None:
    assert [name for name, count in Counter(page.ids).items() if count > 1] == []
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert {link for link in page.links if not link.startswith("#")} == {
        "https://example.org/guide?a=b&c=d", "https://example.org/pricing", "https://creativecommons.org/licenses/by/4.0/"
    }  # fmt: skip


def test_the_headings_of_the_page_skip_no_level_and_the_contents_name_every_chapter(text: str, page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.heads]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    assert [said for tag, said in page.heads if tag == "h2"] == [
        "Preface", "First part", "Where it “starts”", "Tables", "Second part", "Ein deutsches Kapitel"
    ]  # fmt: skip
    nav = Page(re.findall(r"<nav class=\"hb-contents\".*?</nav>", text, re.DOTALL)[0])
    assert set(CHAPTERS) <= {link[1:] for link in nav.links}
    assert "A hidden title" in "".join(nav.words)


def test_the_page_has_light_and_dark_colours_and_paper(text: str) -> None:
    assert '<meta name="color-scheme" content="light dark">' in text
    assert "@media (prefers-color-scheme: dark)" in text
    assert "@media print" in text
    assert 'lang="en-GB"' in text
    assert re.search(r'<section class="hb-chapter" id="deutsch"[^>]* lang="de"', text)
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text


# The download page and the report.


def test_the_download_page_offers_what_was_made_with_size_and_checksum(
    built: Path, report: dict[str, list[dict[str, object]]]
) -> None:
    text = (built / "index.html").read_text("utf-8")
    page = Page(text)
    assert sorted(page.links) == sorted(str(work["path"]) for work in report["works"])
    for work in report["works"]:
        data = (built / str(work["path"])).read_bytes()
        assert work["sha256"] == hashlib.sha256(data).hexdigest()
        assert work["bytes"] == len(data)
        assert f'<code class="hb-digest">{work["sha256"]}</code>' in text
        assert f"</span> {size(len(data))}" in text or str(work["path"]).endswith("-letter.pdf")
    assert len(page.ids) == len(set(page.ids))
    assert page.tags["script"] == 0
    assert all(load.startswith("data:") for load in page.loads)
    assert "31 January 2026" in text
    assert "Cover of The “Little” Handbook" in text


def test_only_editions_that_were_built_are_offered(built: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(built / ".cache", out / ".cache")
    press.build(BOOK, out, editions=["html"])
    assert Page((out / "index.html").read_text("utf-8")).links == [f"{SLUG}.html"]
    assert sorted(path.name for path in out.iterdir() if not path.name.startswith(".")) == [
        "index.html",
        "report.json",
        f"{SLUG}.html",
    ]
    # Alone it has no page numbers; all else is the same.
    marks = re.compile(rb'<span [^>]*class="hb-page-mark"[^>]*></span>')
    assert (out / f"{SLUG}.html").read_bytes() == marks.sub(b"", (built / f"{SLUG}.html").read_bytes())


def test_the_report_has_the_fields_that_the_interface_promises(
    report: dict[str, list[dict[str, object]]], pango: bool
) -> None:
    assert set(report) == {"book", "problems", "changes", "chapters", "works", "checks", "page_map"}
    assert [chapter["path"] for chapter in report["chapters"]] == [
        "preface.md",
        "01-start.md",
        "02-table.md",
        "hidden.md",
        "deutsch.md",
    ]
    assert {tuple(sorted(chapter)) for chapter in report["chapters"]} == {("line", "part", "path", "title", "words")}
    assert [chapter["part"] for chapter in report["chapters"]] == [
        "",
        "First part",
        "First part",
        "Second part",
        "Second part",
    ]
    assert report["chapters"][0]["words"] == 3
    assert {tuple(sorted(change)) for change in report["changes"]} == {
        ("after", "before", "column", "line", "path", "rule")
    }
    assert {"rule": "quotes", "path": "deutsch.md", "line": 6, "column": 9, "before": '"', "after": "„"} in report[
        "changes"
    ]
    assert {tuple(sorted(work)) for work in report["works"]} == {
        ("bytes", "edition", "evenness", "made_from", "pages", "path", "remark", "sha256", "status", "words")
    }
    assert [work["edition"] for work in report["works"]] == ["epub", *(["pdf"] if pango else []), "html"]
    assert {tuple(sorted(check)) for check in report["checks"]} == {("detail", "name", "status", "version", "work")}
    assert {check["status"] for check in report["checks"]} <= {"passed", "not run"}


def test_the_report_is_sorted_json(built: Path) -> None:
    data = (built / "report.json").read_bytes()
    assert data == (json.dumps(json.loads(data), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    assert json.loads(reports.dumped(Report())) == {
        "book": None,
        "problems": [],
        "changes": [],
        "chapters": [],
        "works": [],
        "checks": [],
        "page_map": {"edition": "", "pages": []},
    }


def test_a_check_that_failed_anywhere_is_failed_and_one_that_did_not_run_is_not_passed() -> None:
    checks = [
        Check(name="a", status="passed", work="x.epub"),
        Check(name="a", status="failed", work="x.html"),
        Check(name="b", status="passed", work="x.epub"),
        Check(name="b", status="not run", work="x.pdf"),
        Check(name="c", status="passed", work="x.epub"),
    ]
    assert [(one.name, one.status, one.works) for one in outcomes(checks)] == [
        ("a", "failed", "EPUB, HTML"), ("b", "not run", "EPUB, PDF"), ("c", "passed", "EPUB")
    ]  # fmt: skip


# What all share.


def test_every_edition_has_a_format_and_every_format_a_maker() -> None:
    assert {edition.format for edition in EDITIONS.values()} == set(FORMATS)
    assert all(callable(maker(edition)) for edition in EDITIONS.values())
    assert all(name == edition.name for name, edition in EDITIONS.items())


def test_the_title_on_the_cover_breaks_into_lines_that_fit() -> None:
    look = theme.load("folio")
    face = cover.face(look, "serif", 700)
    for words in (
        "A",
        "The Product Engineer Handbook",
        "Donaudampfschifffahrtsgesellschaftskapitän " * 3,
        "",
        "x" * 500,
    ):
        lines = cover.broken(words, face, 130, 1200)
        assert "".join(line.removesuffix("-") for line in lines).replace(" ", "") == words.replace(" ", "")
        assert all(cover.width(line, face, 130) <= 1200 for line in lines)


@pytest.mark.parametrize("size", [None, Trim(width_mm=140, height_mm=216), Trim(width_mm=148, height_mm=210)])
def test_the_label_of_a_full_cover_ends_above_the_line_at_its_foot(size: Trim | None, tmp_path: Path) -> None:
    names = ("Ada Lovelace", "Benjamin Okoro", "Chiara Rossi") * 4
    book = press.read(write_book(tmp_path, "# A\n\nWords.\n")).book
    about = replace(book.metadata, title="Interdepartmental practices " * 5, subtitle="And procedures " * 9)
    about = replace(about, authors=names, publisher="The House")
    shape = cover.Shape.of(size) if size else cover.SHOP
    drawing = etree.fromstring(cover.svg(replace(book, metadata=about), theme.load("folio"), shape))
    (label,) = (box for box in drawing.iter("{*}rect") if box.get("width") == "1380")
    (foot,) = (line for line in drawing.iter("{*}text") if "The House" in "".join(line.itertext()))
    assert float(label.get("y", 0)) + float(label.get("height", 0)) < float(foot.get("y", 0)) - cover.FOOT_SIZE

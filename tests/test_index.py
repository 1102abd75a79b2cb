"""The index at the back: the numbers of its pages are true in every paged edition, its links lead to its places, and an edit lays out no chapter for it.

`tests/books/index-of-terms.md` has the entries themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pikepdf
import pypdfium2
import pytest

from book import press, reading
from book.assemble.alphabets import alphabet
from book.editions import handout
from book.paged import index_pages
from book.paged.render import Layout, Renderer
from book.problems import BookError
from book.proof import pdf_text
from tests import told_by_pdf
from tests.making import published, write_book

WORDS = "Words that say nothing of it, in a sentence of some length. " * 40
SETTINGS = 'title = "Tools"\nslug = "tools"\nlanguage = "en"\n'
TERMS = ("bench", "vise", "glue", "plane")
"""One for each chapter, which marks it in its first and in its last paragraph, and its neighbour's in between."""
CHAPTERS: Mapping[str, str] = {
    "00-preface.md": "---\nrole: preface\n---\n# Preface\n\nA word on the [glue]{.index}.\n",
    **{
        f"{number:02}-{term}.md": (
            f"# Number {number}\n\nFirst the [{term}]{{.index}}. {WORDS}\n\n## Part {number}\n\n"
            f'{WORDS}[]{{.index key="tools!no. {number}"}}\n\n{WORDS}\n\n{WORDS}\n\nLast the [{term}]{{.index}}, and the [everywhere]{{.index}}.\n'
        )
        for number, term in enumerate(TERMS, 1)
    },
    "09-end.md": '# The end\n\nA [vise]{.index see-also="bench"} holds.[^1] []{.index key="vice" see="vise"}\n\n[^1]: As a [note]{.index} says.\n',
}
PAGED = ("pdf", "print", "large")

pytestmark = pytest.mark.usefixtures("one_date")


def built(book: Path, out: Path, *editions: str, **options: Any) -> dict[str, bytes]:
    result = press.build(book, out, editions=editions, **options)
    assert result.status == 0, result.report.problems
    return published(out)


def words_of(page: pikepdf.Page) -> str:
    return " ".join(pdf_text.painted(page).values())


def index_of(pdf: pikepdf.Pdf) -> dict[str, str]:
    """Return what the index of *pdf* prints behind each entry, without spaces."""
    pages = [words_of(page) for page in pdf.pages]
    begin = max(number for number, text in enumerate(pages) if re.search(r"\bIndex\b", text))
    text = " ".join(pages[begin:]).replace("\u2060", "")
    names = ("bench", "everywhere", "glue", "note", "plane", "tools", "vice", "vise")
    found = re.split(rf"({'|'.join(names)})\s*,", re.split("colophon", text, flags=re.IGNORECASE)[0])
    return {name: re.sub(r"\s", "", rest) for name, rest in zip(found[1::2], found[2::2], strict=True)}


@pytest.mark.needs_pango
@pytest.mark.parametrize("edition", PAGED)
def test_an_entry_has_the_number_of_each_of_its_pages_once(edition: str, tmp_path: Path) -> None:
    built(write_book(tmp_path / "book", CHAPTERS, SETTINGS), tmp_path / "out", edition)
    (path,) = (tmp_path / "out").glob("*.pdf")
    with pikepdf.open(path) as pdf:
        places = told_by_pdf.places(pdf)
        labels = _labels(pdf)
        pages = {name: labels[place[0]] for name, place in places.items()}
        entries = index_of(pdf)
        outline = [line[0] for line in told_by_pdf.outline(pdf)]
        links = [line for page in told_by_pdf.links(pdf) for line in page]
    ends = [pages[f"{term}-indexed-3"] for term in TERMS]
    assert len(set(ends)) == len(TERMS)
    assert entries["everywhere"] == ",".join(pages[f"{term}-indexed-4"] for term in TERMS)
    assert entries["bench"].startswith(f"{pages['bench-indexed-1']},{pages['bench-indexed-3']}")
    assert entries["glue"].startswith(f"{pages['preface-indexed-1']},{pages['glue-indexed-1']},")
    assert entries["note"] == pages["end-indexed-2"]
    assert entries["vice"] == "seevise"
    assert entries["vise"].endswith(f"{pages['end-indexed-1']};seealsobench")
    assert (pages["preface-indexed-1"] == "vii") is (edition == "print")
    assert outline[-2:] == ["Index", "Colophon"]
    assert links


def _labels(pdf: pikepdf.Pdf) -> list[str]:
    return [str(page.label) for page in pdf.pages]


@pytest.mark.needs_pango
def test_pages_that_follow_each_other_are_a_range_and_a_page_is_named_once(tmp_path: Path) -> None:
    text = "\n\n".join(f"[term]{{.index}} and [term]{{.index}} {WORDS[:1200]}" for _ in range(12))
    built(write_book(tmp_path / "book", f"# A\n\n{text}\n", SETTINGS), tmp_path / "out", "pdf")
    with pikepdf.open(tmp_path / "out" / "tools.pdf") as pdf:
        last = words_of(pdf.pages[-2])
    assert re.fullmatch(r"\s*Index\s+term\s*,\s*5\s*\u2013\s*\d+\s*", last), last


@pytest.mark.needs_pango
def test_no_letter_of_the_index_is_a_running_head(tmp_path: Path) -> None:
    terms = [f"{letter}{word}" for letter in "abcdefghijklmnopqrstuvwxyz" for word in ("mber", "nder", "rrow", "ster")]
    text = "\n\n".join(f"[{term}]{{.index}}" for term in terms)
    built(write_book(tmp_path / "book", f"# A\n\n{text}\n", SETTINGS), tmp_path / "out", "pdf")
    document = pypdfium2.PdfDocument(tmp_path / "out" / "tools.pdf")
    text = document[len(document) - 2].get_textpage().get_text_range()
    assert re.search(r"\sIndex\s+\d+\s*$", text), text


@pytest.mark.needs_pango
@pytest.mark.parametrize("edition", PAGED)
def test_the_index_is_laid_out_once_however_long_the_front_is(
    edition: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its numbers need the pages before it, whose number nobody can guess."""
    made: list[str] = []
    number = index_pages.numbered

    def noted(page: str, *rest: Any) -> str:
        made.append(page)
        return number(page, *rest)

    monkeypatch.setattr(index_pages, "numbered", noted)
    chapters = {**CHAPTERS, **{f"05-{n:02}.md": f"# More {n}\n\n## Section\n\nWords.\n" for n in range(60)}}
    book = write_book(tmp_path / "book", chapters, settings=SETTINGS)
    built(book, tmp_path / "out", edition)
    layouts = [page for page in made if "<html" in page]
    assert len(layouts) == 1


def test_a_mark_without_words_moves_nothing(tmp_path: Path) -> None:
    text = "# A\n\nText.\n\nMARK\n\n- MARK\n\n  An item.\n\n- Another.\n\nMARK\n\n> MARK\n>\n> Quoted.\n\nMARK\n\n```\ncode\n```\n\n## End\n\nMARK\n"
    lines = []
    for name, mark in {"with": '[]{.index key="x"}', "without": "<!-- -->"}.items():
        book = write_book(tmp_path / name, text.replace("MARK", mark), SETTINGS)
        built(book, tmp_path / f"{name}-out", "pdf")
        with pikepdf.open(tmp_path / f"{name}-out" / "tools.pdf") as pdf:
            (page,) = [page for page in pdf.pages if "Another." in words_of(page)]
            operators = pikepdf.parse_content_stream(page)
        lines.append([[float(at) for at in item.operands] for item in operators if str(item.operator) == "Tm"])
    assert len(lines[0]) > 5
    assert lines[0] == lines[1]


@pytest.mark.needs_pango
@pytest.mark.parametrize("edition", ["pdf", "print"])
def test_pages_laid_out_as_one_document_have_the_same_index(edition: str, tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", CHAPTERS, SETTINGS)
    built(book, tmp_path / "joined", edition)
    built(book, tmp_path / "plain", edition, plain=True)
    entries = []
    for folder in ("joined", "plain"):
        (path,) = (tmp_path / folder).glob("*.pdf")
        with pikepdf.open(path) as pdf:
            entries.append({name: re.sub(r"(?<=bench)\d+$", "", words) for name, words in index_of(pdf).items()})
    assert entries[0] == entries[1]
    assert entries[0]["everywhere"].count(",") == len(TERMS) - 1


def swap(name: str, before: str, after: str) -> Callable[[Path], object]:
    def edit(book: Path) -> None:
        text = (book / name).read_text("utf-8")
        assert before in text
        (book / name).write_text(text.replace(before, after, 1), "utf-8")

    return edit


EDITS: Mapping[str, tuple[Callable[[Path], object], frozenset[str]]] = {
    "pages that move": (
        swap("01-bench.md", "## Part 1", f"{WORDS}\n\n{WORDS}\n\n## Part 1"),
        frozenset({"bench", "index"}),
    ),
    "another entry": (swap("03-glue.md", "Last the [glue]", "Last the [paste]"), frozenset({"glue", "index"})),
    "a mark more on the same page": (swap("09-end.md", "holds.", "[holds]{.index}."), frozenset({"end", "index"})),
    "a word": (swap("09-end.md", "holds.", "grips."), frozenset({"end"})),
    "an entry that is another only in an attribute": (
        swap("02-vise.md", 'key="tools!no. 2"', 'key="tools!no. 22"'),
        frozenset({"index"}),
    ),
}
"""An edit, and the chapters whose pages it lays out."""


@pytest.mark.needs_pango
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_lays_out_its_chapter_and_the_index_and_gives_what_a_build_from_nothing_gives(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit, chapters = EDITS[name]
    editions = ("pdf", "epub", "html")
    book, out, lay_out, slugs = (
        write_book(tmp_path / "book", CHAPTERS, SETTINGS),
        tmp_path / "out",
        Renderer.lay_out,
        set(),
    )
    before = built(book, out, *editions)

    def counted(self: Renderer, page: str, *words: Any, **more: Any) -> Layout:
        slugs.update(re.findall(r'<section class="hb-chapter[^>]* id="([^"]+)"', page))
        return lay_out(self, page, *words, **more)

    monkeypatch.setattr(Renderer, "lay_out", counted)
    edit(book)
    after = built(book, out, *editions)
    assert slugs == chapters
    assert after == built(book, tmp_path / "fresh", *editions)
    assert after["tools.pdf"] != before["tools.pdf"] or name == "a mark more on the same page"


def test_the_epub_and_the_page_name_sections_and_readers_can_jump_to_the_index(tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", CHAPTERS, SETTINGS)
    files = built(book, tmp_path / "out", "epub", "html", validators=True)
    with ZipFile(tmp_path / "out" / "tools.epub") as archive:
        index = archive.read("EPUB/index.xhtml").decode()
        nav = archive.read("EPUB/nav.xhtml").decode()
        package = archive.read("EPUB/content.opf").decode()
    assert '<section id="index" class="hb-chapter" epub:type="index" role="doc-index"' in index
    assert '<a epub:type="index-locator" href="glue.xhtml#glue-indexed-1" class="hb-locator">Number 3</a>' in index
    assert 'href="end.xhtml#end-indexed-2" class="hb-locator">The end</a>' in index
    assert '<a href="#index-entry-bench" class="hb-cross-reference">bench</a>' in index
    assert '<li><a epub:type="index" href="index.xhtml">Index</a></li>' in nav
    assert '<meta property="schema:accessibilityFeature">index</meta>' in package
    page = files["tools.html"].decode()
    assert '<a href="#glue-indexed-1" class="hb-locator">Number 3</a>' in page
    assert "data-places" not in page + index
    assert ".hb-index-list" in page


def test_a_book_without_marks_carries_nothing_of_an_index(tmp_path: Path) -> None:
    for name, text in {"a": "# A\n\nWords.\n", "b": "# A\n\n[Words]{.index}.\n"}.items():
        settings = SETTINGS + ("index = false\n" if name == "b" else "")
        files = built(write_book(tmp_path / name, text, settings), tmp_path / f"{name}-out", "epub", "html")
        page = files["tools.html"].decode().partition("<script>")[0]
        assert "hb-index-" not in page
        assert 'id="index"' not in page


@pytest.mark.needs_pango
def test_a_handout_has_no_index(tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", CHAPTERS, SETTINGS)
    files = built(book, tmp_path / "out", "handout")
    assert handout.__name__
    assert "handouts/bench.pdf" in files
    assert "handouts/index.pdf" not in files


def test_a_made_chapter_is_none_of_the_author(tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", CHAPTERS, SETTINGS)
    result = press.build(book, tmp_path / "out", editions=("html",))
    assert [chapter.path for chapter in result.report.chapters] == sorted(CHAPTERS)
    other = write_book(tmp_path / "other", {"x.md": "# X\n\n[Words]{.index}.\n"}, 'title = "Other"\n')
    with pytest.raises(BookError):
        press.build(other, tmp_path / "out", editions=("html",))


def test_the_title_of_a_book_in_one_file_has_no_marks(tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text("# On [benches]{.index}\n\n## Legs\n\nFour.\n", "utf-8")
    assert reading.read(tmp_path / "book.md").book.metadata.title == "On benches"


def test_titles_and_description_of_the_book_have_no_marks(tmp_path: Path) -> None:
    settings = """title = "Of [wood]{.index}"
subtitle = "And {{i: glue}}"
description = 'A [vise]{.index key="v"} \\index{v}holds'
language = "en"
"""
    write_book(tmp_path / "book", {"handbound.toml": settings, "a.md": "# A\n\nText.\n"})
    about = reading.read(tmp_path / "book").book.metadata
    assert (about.title, about.subtitle, about.description) == ("Of wood", "And glue", "A vise holds")


@pytest.mark.parametrize(
    ("numbers", "printed"),
    [
        ({"a": 1, "b": 1}, ", 1"),
        ({"a": 9, "b": 10}, ", 9, 10"),
        ({"a": 9, "b": 10, "c": 11}, ", 9\u201311"),
        ({"a": 9, "b": 11, "c": 12, "d": 13, "e": 20}, ", 9, 11\u201313, 20"),
        ({"a": 0}, ""),
        ({"i": 6, "j": 7, "k": 8, "a": 6}, ", vi\u2013viii, 6"),
        ({"a|b": (3, 7)}, ", 3\u20137"),
        ({"a|b": (3, 4)}, ", 3\u20134"),
        ({"a|b": (3, 3)}, ", 3"),
        ({"a": 2, "b|c": (3, 9), "d": 5, "e": 11}, ", 2\u20139, 11"),
        ({"i|a": (6, 2)}, ", vi, 2"),
        ({"a|b": (9, 3)}, ", 3, 9"),
        ({"a|b": (3, 0), "c": 5}, ", 5"),
    ],
)
def test_numbers_are_in_order_and_ranges_have_three_pages_or_are_marked(
    numbers: dict[str, int | tuple[int, int]], printed: str
) -> None:
    each = {
        name: number
        for names, pages in numbers.items()
        for name, number in zip(names.split("|"), pages if isinstance(pages, tuple) else (pages,), strict=True)
    }
    bare = f'<span data-places="{" ".join(numbers)}"></span>'
    page = index_pages.numbered(bare, each, {"i", "j", "k"})
    assert set(index_pages.places(bare)) == set(each)
    assert re.sub("<[^>]*>", "", page) == printed


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "=> 2 10 a à Á a-b ab .bashrc $PATH"),
        ("de", "Ader Arm Äther Strasse Straße Sumpf über Zoo"),
        ("da", "abe zebra æble øl år"),
        ("es", "nube ñame oso"),
        ("cs", "cihla čáp hora chata ibis"),
        ("hu", "czar csak dom dzsem zebra zseb"),
        ("pl", "lato łąka mak"),
        ("tr", "ırmak Isparta ile İzmir su şeker"),
        ("ru", "ёлка ель ион йод яма Git"),
        ("uk", "гора ґанок дім інше їжак йод"),
        ("ja", "かさ ガラス さくら"),
        ("ja", "いすず いすゞ かあと かーど カード がーる きって きつて はん ばん ぱん 設計 東京 API"),
        ("zh", "API 安全 beta 版本 部署 测试 产品 软件 设计 用户 重庆"),
        ("zh-Hant", "一 人 大 木 代碼 用戶 產品 設計"),
        ("xx", "a é f"),
    ],
)
def test_entries_are_sorted_by_the_alphabet_of_the_language(language: str, words: str) -> None:
    order = words.split()
    assert sorted(set(order), key=alphabet(language).key) == order


@pytest.mark.needs_pango
@pytest.mark.parametrize("entries", [139, 145])
def test_no_page_of_the_index_has_only_a_few_lines_if_its_letters_can_stand_closer(
    entries: int, tmp_path: Path
) -> None:
    letters = "abcdefghijklmnoprstuvw"
    marks = " ".join(f"[{letters[at % len(letters)]}word {at:03}]{{.index}}" for at in range(entries))
    built(write_book(tmp_path / "book", f"# A\n\n{marks}\n", SETTINGS), tmp_path / "out", "pdf")
    with pikepdf.open(tmp_path / "out" / "tools.pdf") as pdf:
        pages = [words_of(page) for page in pdf.pages]
    counts = [
        len(re.findall(r"\wword \d{3}", page))
        for page in pages[max(n for n, page in enumerate(pages) if "Index A" in " ".join(page.split())) :]
    ]
    counts = [count for count in counts if count]
    assert sum(counts) == entries
    assert len(counts) == 1 or counts[-1] >= 8, counts


def test_the_id_of_an_entry_stays_when_others_come(tmp_path: Path) -> None:
    names = []
    for number, more in enumerate(("", " [ale]{.index} [zoo]{.index} [Bench]{.index}")):
        text = (
            f'# A\n\n[bench]{{.index}} [a b]{{.index}} [x]{{.index key="a!b"}} [=>]{{.index}} [木 木]{{.index}}{more}\n'
        )
        files = built(write_book(tmp_path / f"{number}", text, SETTINGS), tmp_path / f"{number}-out", "html")
        found = re.findall(r'<li id="(index-entry-[^"]+)"', files["tools.html"].decode())
        assert len(set(found)) == len(found)
        names.append(set(found))
    assert names[0] == {f"index-entry-{name}" for name in ("bench", "a", "a-b", "a-b-2", "sign", "木-木")}
    assert names[0] < names[1]

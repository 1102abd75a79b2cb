"""The editions of the little book in `tests/editions/book`: each is opened, and its facts are checked."""

from __future__ import annotations

import fcntl
import hashlib
import io
import itertools
import json
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pikepdf
import pytest
from lxml import etree

from book import press, seal, theme
from book import report as reports
from book.editions import EDITIONS, FORMATS, maker
from book.editions.download import outcomes, size
from book.model import Check, Report
from book.problems import Severity
from book.proof import pdf_text
from book.proof.pdf_links import pages
from book.view import cover
from tests.loops import some

pytestmark = pytest.mark.usefixtures("exact_letters")

BOOK = Path(__file__).parent / "editions" / "book"
SLUG = "the-little-handbook"
CHAPTERS = ("preface", "start", "table", "hidden", "deutsch")
XHTML = "{http://www.w3.org/1999/xhtml}"
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
OPF = {"opf": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
NCX = {"n": "http://www.daisy.org/z3986/2005/ncx/"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, pango: bool) -> Path:
    """The folder with all editions, built once, even if several processes run the tests."""
    home = tmp_path_factory.getbasetemp()
    home = home.parent if home.name.startswith("popen-") else home
    out = home / "editions"
    with (home / "editions.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "report.json").exists():
            result = press.build(BOOK, out, editions=["epub", "pdf", "html"])
            told = [problem for problem in result.report.problems if problem.severity is not Severity.NOTE]
            assert [problem.message for problem in told] == []
            assert result.status == (0 if pango else 3)
    return out


@pytest.fixture(scope="module")
def report(built: Path) -> dict[str, list[dict[str, object]]]:
    table: dict[str, list[dict[str, object]]] = json.loads((built / "report.json").read_bytes())
    return table


# EPUB.


@pytest.fixture(scope="module")
def epub(built: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(built / f"{SLUG}.epub") as package:
        yield package


def document(epub: zipfile.ZipFile, name: str) -> etree._Element:
    return etree.fromstring(epub.read(f"EPUB/{name}"))


def package_of(epub: zipfile.ZipFile) -> etree._Element:
    (name,) = (name for name in epub.namelist() if name.endswith(".opf"))
    return etree.fromstring(epub.read(name))


def test_the_mimetype_is_first_and_stored_and_every_entry_has_the_same_date(epub: zipfile.ZipFile) -> None:
    first, *rest = epub.infolist()
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
    assert epub.read("mimetype") == b"application/epub+zip"
    assert [entry.filename for entry in rest] == sorted(entry.filename for entry in rest)
    assert {(entry.date_time, entry.create_system, entry.external_attr >> 16) for entry in epub.infolist()} == {
        ((1980, 1, 1, 0, 0, 0), 3, 0o644)
    }


def test_the_metadata_are_those_of_the_settings(epub: zipfile.ZipFile) -> None:
    package = package_of(epub)
    assert package.get("version") == "3.0"
    assert package.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-GB"

    def all_of(name: str) -> list[str | None]:
        return [element.text for element in package.iterfind(f".//dc:{name}", OPF)]

    def meta(name: str) -> list[str | None]:
        return [
            element.text
            for element in package.iterfind(".//opf:meta[@property]", OPF)
            if element.get("property") == name
        ]

    assert all_of("title") == ["The “Little” Handbook", "All that a book can hold"]
    assert all_of("creator") == ["Ada Writer", "Ben Writer"]
    assert all_of("language") == ["en-GB"]
    assert all_of("publisher") == ["The Small Press"]
    assert all_of("description") == ["A book for <tests> & proofs."]
    assert all_of("subject") == ["Handbooks"]
    assert all_of("rights") == ["CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)"]
    assert all_of("date") == ["2026-01-31"]
    (identifier,) = all_of("identifier")
    assert identifier
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", identifier)
    assert package.find(f".//dc:identifier[@id='{package.get('unique-identifier')}']", OPF) is not None
    assert meta("dcterms:modified") == ["2026-01-31T00:00:00Z"]
    assert meta("role") == ["aut", "aut"]
    assert meta("schema:accessMode") == ["textual", "visual"]
    assert meta("schema:accessModeSufficient") == ["textual"]
    assert "alternativeText" in meta("schema:accessibilityFeature")
    assert meta("schema:accessibilityHazard") == ["none"]
    assert meta("dcterms:conformsTo") == [], "nothing is claimed that was not checked"


def test_the_manifest_lists_every_file_once_with_its_kind_and_the_spine_every_document(epub: zipfile.ZipFile) -> None:
    package = package_of(epub)
    items = {str(item.get("href")): item for item in package.iterfind(".//opf:item", OPF)}
    # What belongs to the container is none of the publication (EPUB 3.3 §4.2.6.3).
    inside = {name.removeprefix("EPUB/") for name in epub.namelist() if not name.startswith(("mimetype", "META-INF/"))}
    assert set(items) == {name for name in inside if not name.endswith(".opf")}
    keys = [str(element.get("id")) for element in package.iter() if isinstance(element.tag, str) and element.get("id")]
    assert len(keys) == len(set(keys))
    kinds = {name.rsplit(".", 1)[-1]: str(item.get("media-type")) for name, item in items.items()}
    assert kinds == {
        "xhtml": "application/xhtml+xml", "css": "text/css", "woff2": "font/woff2", "png": "image/png", "svg": "image/svg+xml",
        "ncx": "application/x-dtbncx+xml",
    }  # fmt: skip
    assert items["images/cover.png"].get("properties") == "cover-image"
    assert items["nav.xhtml"].get("properties") == "nav"
    by_key = {str(item.get("id")): name for name, item in items.items()}
    spine = [by_key[str(entry.get("idref"))] for entry in package.iterfind(".//opf:itemref", OPF)]
    parts = {
        "preface": "preface",
        "start": "part-first-part start",
        "table": "table",
        "hidden": "part-second-part hidden",
        "deutsch": "deutsch",
    }
    wanted = ["cover", "title", "nav", *" ".join(parts.values()).split(), "colophon"]
    assert spine == [f"{name}.xhtml" for name in wanted]


def test_every_chapter_is_a_file_of_its_own_with_language_role_and_one_title(epub: zipfile.ZipFile) -> None:
    languages, roles, titles = {}, {}, {}
    for name in CHAPTERS:
        page = document(epub, f"{name}.xhtml")
        assert page.get("lang") == page.get("{http://www.w3.org/XML/1998/namespace}lang")
        languages[name] = page.get("lang")
        section = page.find(f".//{XHTML}section")
        assert section is not None
        roles[name] = (section.get(EPUB_TYPE), section.get("role"))
        titles[name] = ["".join(map(str, head.itertext())) for head in page.iter(f"{XHTML}h1")]
        assert page.findtext(f".//{XHTML}title")
    assert languages == {**dict.fromkeys(CHAPTERS, "en-GB"), "deutsch": "de"}
    assert roles == {**dict.fromkeys(CHAPTERS, ("chapter", "doc-chapter")), "preface": ("preface", "doc-preface")}
    assert titles == {
        "preface": ["Preface"],
        "start": ["Where it “starts”"],
        "table": ["Tables"],
        "hidden": [],
        "deutsch": ["Ein deutsches Kapitel"],
    }


def test_the_nav_has_parts_chapters_and_sections_and_the_landmarks_lead_there(epub: zipfile.ZipFile) -> None:
    nav = document(epub, "nav.xhtml")
    contents, landmarks = (nav.find(f".//{XHTML}nav[@{EPUB_TYPE}='{kind}']") for kind in ("toc", "landmarks"))
    assert contents is not None
    assert landmarks is not None

    def outline(items: etree._Element) -> list[object]:
        found: list[object] = []
        for item in items.iterfind(f"{XHTML}li"):  # may be empty: a leaf of the nav has no items
            link, below = item.find(f"{XHTML}a"), item.find(f"{XHTML}ol")
            assert link is not None
            found.append(f"{''.join(map(str, link.itertext()))} -> {link.get('href')}")
            if below is not None:
                found.append(outline(below))
        return found

    first = contents.find(f"{XHTML}ol")
    assert first is not None
    assert outline(first) == [
        "Preface -> preface.xhtml",
        "First part -> part-first-part.xhtml",
        [
            "1. Where it “starts” -> start.xhtml",
            ["A section -> start.xhtml#start-a-section", "A section -> start.xhtml#start-a-section-2"],
            "2. Tables -> table.xhtml",
            ["The table -> table.xhtml#table-the-table"],
        ],
        "Second part -> part-second-part.xhtml",
        ["3. A hidden title -> hidden.xhtml", "4. Ein deutsches Kapitel -> deutsch.xhtml"],
    ]
    marks = [(link.get(EPUB_TYPE), link.get("href")) for link in landmarks.iter(f"{XHTML}a")]
    assert marks == [
        ("cover", "cover.xhtml"),
        ("titlepage", "title.xhtml"),
        ("toc", "nav.xhtml#contents"),
        ("bodymatter", "start.xhtml"),
        ("preface", "preface.xhtml"),
        ("colophon", "colophon.xhtml"),
    ]


def test_the_ncx_lists_the_same_entries_as_the_nav(epub: zipfile.ZipFile) -> None:
    ncx = document(epub, "toc.ncx")
    (depth,) = (head.get("content") for head in ncx.iterfind(".//n:meta", NCX) if head.get("name") == "dtb:depth")
    assert depth == "3"
    (uid,) = (head.get("content") for head in ncx.iterfind(".//n:meta", NCX) if head.get("name") == "dtb:uid")
    assert uid == package_of(epub).findtext(".//dc:identifier", namespaces=OPF)
    said = [content.get("src") for content in ncx.iterfind(".//n:navPoint/n:content", NCX)]
    nav = document(epub, "nav.xhtml").find(f".//{XHTML}nav[@{EPUB_TYPE}='toc']")
    assert nav is not None
    assert said == [link.get("href") for link in nav.iter(f"{XHTML}a")]
    labels = [text.text for text in ncx.iterfind(".//n:navPoint/n:navLabel/n:text", NCX)]
    assert labels == ["".join(map(str, link.itertext())) for link in nav.iter(f"{XHTML}a")]
    orders = [int(str(point.get("playOrder"))) for point in ncx.iterfind(".//n:navPoint", NCX)]
    assert orders == list(range(1, len(orders) + 1))


def test_every_link_and_id_of_the_package_is_sound(epub: zipfile.ZipFile) -> None:
    names = [name.removeprefix("EPUB/") for name in epub.namelist() if name.endswith(".xhtml")]
    ids = {name: [str(one) for one in document(epub, name).xpath("//@id")] for name in names}
    assert all(len(found) == len(set(found)) for found in ids.values())
    outside = Counter[str]()
    for name in some(names):
        for link in document(epub, name).iter(f"{XHTML}a"):  # may be empty: a page without links
            target, _, fragment = str(link.get("href")).partition("#")
            if re.match("[a-z]+:", target):
                outside[target] += 1
                continue
            assert (target or name) in names
            assert not fragment or fragment in ids[target or name]
    assert set(outside) == {
        "https://example.org/guide?a=b&c=d", "https://example.org/pricing", "https://creativecommons.org/licenses/by/4.0/"
    }  # fmt: skip


def test_the_style_sheet_of_the_epub_needs_no_custom_properties(epub: zipfile.ZipFile) -> None:
    sheet = epub.read("EPUB/style.css").decode()
    assert not re.search(
        r"var\(|:root|light-dark\(|@import|https?:|color:",
        re.sub(r"prefers-color-scheme: *dark|color: inherit", "", sheet),
    )
    assert set(re.findall(r"url\(\"([^\"]+)\"\)", sheet)) == {
        name.removeprefix("EPUB/") for name in epub.namelist() if name.endswith(".woff2")
    }


def test_the_cover_is_a_picture_as_stores_want_it(epub: zipfile.ZipFile) -> None:
    from PIL import Image

    with Image.open(io.BytesIO(epub.read("EPUB/images/cover.png"))) as picture:
        assert (picture.format, picture.size) == ("PNG", (1600, 2560))
        assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 3, "it is not blank"
    image = document(epub, "cover.xhtml").find(f".//{XHTML}img")
    assert image is not None
    assert image.get("alt") == "Cover of The “Little” Handbook"


# HTML.


class Page(HTMLParser):
    """The content of a page in a browser."""

    VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.words: list[str] = []
        self.heads: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in self.VOID:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.heads.append((tag, ""))
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href", "data", "srcset", "poster", "action"):
                self.loads.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._open):
            self.words.append(data)
        if self._open and self.heads and any(re.fullmatch("h[1-6]", tag) for tag in self._open):
            tag, said = self.heads[-1]
            self.heads[-1] = (tag, said + data)


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


# PDF.


@pytest.fixture(scope="module")
def pdf(built: Path, needs_pango: None) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(built / f"{SLUG}.pdf") as opened:
        yield opened


@pytest.fixture(scope="module")
def painted(pdf: pikepdf.Pdf) -> list[list[str]]:
    """The text of each page in the order of painting, with running heads and folio last."""
    return [list(paint(page)) for page in pdf.pages]


def paint(page: pikepdf.Page) -> Iterator[str]:
    """Yield the texts of a page: those with a tag by their numbers, then those without."""
    texts = pdf_text.painted(page, untagged=True)
    yield from (texts[number] for number in sorted(texts, key=lambda number: (number < 0, number)))


def folio_of(texts: list[str]) -> str:
    """Return the folio of a page; empty if it has none. Leaders, which are no words either, are painted before it."""
    match = re.search(r"(?:^|\.)(\d+)$", texts[-1]) if texts else None
    return match[1] if match else ""


def test_the_title_page_says_authors_title_subtitle_and_publisher_and_has_no_folio(painted: list[list[str]]) -> None:
    assert painted[0] == [], "the cover is a drawing"
    assert painted[1] == [
        "Ada Writer, Ben Writer",
        "The “Little”",
        "Handbook",
        "All that a book can hold",
        "The Small Press",
    ]
    assert "Screen edition · Version 2 · 31 January 2026" in painted[2], "the imprint"


def test_every_number_in_the_contents_is_the_label_of_its_page(pdf: pikepdf.Pdf, painted: list[list[str]]) -> None:
    (number,) = (number for number, said in enumerate(painted) if said and said[0].casefold() == "contents")
    where = pages(pdf)
    # Links of one entry lead to one id; behind the leader of a chapter, or the words of a section, stands the number printed.
    targets = list(dict.fromkeys(str(link.Dest) for link in pdf.pages[number].Annots))
    assert folio_of(painted[number]) == str(number + 1), "the folio"
    line = re.sub(r"(?:\|\s*\.\s*)+\|\s*", " … ", "|".join(painted[number][1:-1]) + "|")
    folios = re.findall(r"(?: … |\|\s+)(\d+)(?=\|)", line)
    assert len(folios) == len(targets) == 10, (line, targets)
    for target, folio in zip(targets, folios, strict=True):
        page = where[target]
        assert int(folio) == page + 1
        if "part" not in target:
            assert painted[page][-1] == folio, "the folio on that page"


def test_the_page_labels_are_the_printed_folios(pdf: pikepdf.Pdf, painted: list[list[str]]) -> None:
    labels = pdf.Root.PageLabels.Nums
    assert (int(labels[0]), labels[1].get("/S"), labels[1].get("/P"), labels[1].get("/St")) == (
        0,
        pikepdf.Name.D,
        None,
        None,
    )
    shown = {number: folio for number, said in enumerate(painted, 1) if (folio := folio_of(said))}
    assert shown == {number: str(number) for number in shown}
    assert len(shown) == len(painted) - 5, "all but the cover, the title page, the imprint and the two parts"


def test_running_heads_stand_on_every_page_but_openers(painted: list[list[str]]) -> None:
    (opener,) = (said for said in painted if "row 1" in said)
    assert (opener.count("Tables"), opener.count("The table")) == (1, 1), "an opener has no running head"
    after = [said for said in painted if said and said[0] == "Name"]
    assert [said[-3:] for said in after] == [["Tables", "The table", "10"], ["Tables", "The table", "11"]]
    part = "".join(painted[5]).casefold()
    assert part == "part 1first part1 where it “starts”2 tables", "the page of a part has neither head nor folio"


def test_the_bookmarks_are_the_contents(pdf: pikepdf.Pdf) -> None:
    def told(items: list[pikepdf.OutlineItem]) -> list[object]:
        found: list[object] = []
        for item in items:
            found.append(str(item.title))
            if item.children:
                found.append(told(list(item.children)))
        return found

    with pdf.open_outline() as outline:
        assert told(list(outline.root)) == [
            "The “Little” Handbook",
            "Contents",
            "Preface",
            "First part",
            ["Where it “starts”", ["A section", "A section"], "Tables", ["The table"]],
            "Second part",
            ["A hidden title", "Ein deutsches Kapitel"],
            "Colophon",
        ]


def test_links_of_the_pdf_are_live_inside_and_outside(pdf: pikepdf.Pdf) -> None:
    where = pages(pdf)
    annotations = [
        link for page in pdf.pages for link in page.get("/Annots", ()) if link.get("/Subtype") == pikepdf.Name.Link
    ]
    inside = {str(link.Dest) for link in annotations if "/Dest" in link}
    outside = {str(link.A.URI) for link in annotations if "/A" in link}
    assert inside <= set(where)
    assert {
        "preface",
        "start-a-section",
        "start-a-section-2",
        "table-the-table",
        "start-note-1",
    } <= inside
    assert "deutsch-noteref-1" not in inside, "a note on the page of its call needs no way back"
    assert outside == {
        "https://example.org/guide?a=b&c=d",
        "https://example.org/pricing",
        "https://creativecommons.org/licenses/by/4.0/",
    }
    assert all("/URI" in link.A for link in annotations if "/A" in link)
    assert not any(name in pdf.Root for name in ("/OpenAction", "/AA", "/AcroForm"))
    assert "/JavaScript" not in pdf.Root.get("/Names", {})


def test_the_pdf_is_tagged_with_language_title_and_embedded_fonts(pdf: pikepdf.Pdf) -> None:
    assert str(pdf.Root.Lang) == "en-GB"
    assert bool(pdf.Root.MarkInfo.Marked)
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    assert str(pdf.docinfo["/Title"]) == "The “Little” Handbook"
    assert "/StructTreeRoot" in pdf.Root
    with pdf.open_metadata() as xmp:
        assert xmp["pdfuaid:part"] == "1"
    fonts = {}
    for page in pdf.pages:
        for font in page.Resources.get("/Font", {}).values():  # may be empty: a page without letters
            below = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            fonts[str(font.BaseFont)] = any(
                name in below.FontDescriptor for name in ("/FontFile", "/FontFile2", "/FontFile3")
            )
            assert "/ToUnicode" in font
    assert all(fonts.values())
    assert all(re.fullmatch(r"/[A-Z]{6}\+Handbound-.*", name) for name in fonts), "no font of this machine"


def test_every_page_of_the_pdf_has_the_trim_of_its_edition(pdf: pikepdf.Pdf) -> None:
    trim = EDITIONS["pdf"].trim
    assert trim
    for page in some(pdf.pages):
        width, height = (float(side) * 25.4 / 72 for side in page.mediabox[2:])
        assert (round(width, 1), round(height, 1)) == (trim.width_mm, trim.height_mm)


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
    assert {tuple(sorted(chapter)) for chapter in report["chapters"]} == {("part", "path", "title", "words")}
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


def test_a_zip_is_sealed_the_same_whatever_its_order() -> None:
    from book.editions.epub import sealed

    def packed(names: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as package:
            for name in names.split():
                package.writestr(name, name)
        return sealed(out.getvalue())

    assert packed("b mimetype a") == packed("a b mimetype")
    assert seal.digest(packed("mimetype")) == seal.digest(packed("mimetype"))

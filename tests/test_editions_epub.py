"""The EPUB of the little book in `tests/editions/book`: it is opened, and its facts are checked."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests.little_handbook import CHAPTERS, EPUB_TYPE, NCX, OPF, SLUG, XHTML, built_in
from tests.loops import some

pytestmark = pytest.mark.usefixtures("exact_letters")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, pango: bool) -> Path:
    return built_in(tmp_path_factory, pango=pango)


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
        "xhtml": "application/xhtml+xml", "css": "text/css", "ttf": "font/ttf", "png": "image/png", "svg": "image/svg+xml",
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
        name.removeprefix("EPUB/") for name in epub.namelist() if name.endswith(".ttf")
    }


def test_the_cover_is_a_picture_as_stores_want_it(epub: zipfile.ZipFile) -> None:
    from PIL import Image

    with Image.open(io.BytesIO(epub.read("EPUB/images/cover.png"))) as picture:
        assert (picture.format, picture.size) == ("PNG", (1600, 2560))
        assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 3, "it is not blank"
    image = document(epub, "cover.xhtml").find(f".//{XHTML}img")
    assert image is not None
    assert image.get("alt") == "Cover of The “Little” Handbook"

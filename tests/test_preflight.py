"""The preflight: cases that need more than a text file, and images made fit for it."""

from __future__ import annotations

import io
import tomllib
import zipfile
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image

from book import press
from book.images import e_readers
from book.model import Asset, Book, Budgets, Metadata, Work
from book.problems import Severity
from book.proof import preflight
from tests.making import picture

HERE = Path(__file__).parent / "proof"
BOOK = Book(
    metadata=Metadata(
        title="The Two Chapters",
        identifier="urn:uuid:5f0b1a52-3d5e-5d1c-9b8f-0c2b7d9d3c11",
        slug="book",
        date="2026-01-02",
        modified="2026-01-02T03:04:05Z",
    )
)


def noise(kind: str, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, kind)
    return out.getvalue()


def judged(folder: Path, changed: dict[str, bytes], book: Book = BOOK, **renamed: str) -> list[str]:
    """Return the findings of the preflight in the valid EPUB of tests/proof/epub with other files in it."""
    home = HERE / "epub"
    files = {path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    files |= changed
    with zipfile.ZipFile(folder / "book.epub", "w") as archive:
        for name, data in files.items():
            archive.writestr(renamed.get(name, name), data)
    work = Work(edition="epub", path="book.epub", bytes=(folder / "book.epub").stat().st_size, digest="")
    check = preflight.epub(folder, work, book)
    wrong = any(problem.severity is Severity.ERROR for problem in check.problems)
    assert check.status == ("failed" if wrong else "passed")
    assert all(problem.fix for problem in check.problems)
    return [
        f"{problem.code} {problem.place.path.removeprefix('book.epub/')}: {problem.message}"
        for problem in check.problems
    ]


def test_a_sound_epub_passes_and_the_check_lists_what_it_examined(tmp_path: Path) -> None:
    assert judged(tmp_path, {}) == []


def test_each_rule_has_a_fault_that_it_catches() -> None:
    told = {case["code"] for case in tomllib.loads((HERE / "epub-faults.toml").read_text("utf-8"))["fault"]}
    here = {"P215", "P219"}
    assert {kind.code for kind in preflight.RULES} <= told | here


@pytest.mark.parametrize(
    ("cover", "said"),
    [
        (picture("PNG", (900, 1400), "L"), "the cover has 900 × 1400 pixels; its long side needs 1600"),
        (picture("PNG", (1600, 1600), "L"), "the cover is 1.00 times as high as wide, not 1.2 to 1.9"),
        (picture("PNG", (800, 1600), "L"), "the cover is 2.00 times as high as wide, not 1.2 to 1.9"),
        (picture("JPEG", (1000, 1600), "L"), "the cover is image/png, not a readable JPEG or PNG"),
        (b"no picture", "the cover is image/png, not a readable JPEG or PNG"),
    ],
    ids=["small", "square", "narrow", "another kind", "no picture"],
)
def test_a_cover_that_a_shop_refuses_is_reported(tmp_path: Path, cover: bytes, said: str) -> None:
    assert f"P218 EPUB/images/cover.png: {said}" in judged(tmp_path, {"EPUB/images/cover.png": cover})


def test_a_cover_in_the_colours_of_a_printer_is_reported(tmp_path: Path) -> None:
    package = (
        (HERE / "epub/EPUB/package.opf")
        .read_bytes()
        .replace(b'cover.png" media-type="image/png"', b'cover.png" media-type="image/jpeg"')
    )
    changed = {"EPUB/images/cover.png": picture("JPEG", (1000, 1600), "CMYK"), "EPUB/package.opf": package}
    told = judged(tmp_path, changed)
    assert "P218 EPUB/images/cover.png: the colours of the cover are CMYK, not sRGB" in told
    assert "P214 EPUB/images/cover.png: its colours are CMYK, not those of a screen" in told


@pytest.mark.parametrize(
    ("budgets", "code"),
    [
        (Budgets(image_bytes=100), "P214"),
        (Budgets(book_bytes=1000), "P215"),
        (Budgets(cover_pixels=2000), "P218"),
    ],
    ids=["bytes", "book", "cover"],
)
def test_a_value_beyond_its_budget_is_reported_with_the_key_that_raises_it(
    tmp_path: Path, budgets: Budgets, code: str
) -> None:
    told = judged(tmp_path, {}, replace(BOOK, budgets=budgets))
    assert told
    assert {one.split()[0] for one in told} == {code}


def test_a_cover_with_more_pixels_than_devices_accept_is_reported(tmp_path: Path) -> None:
    told = judged(tmp_path, {"EPUB/images/cover.png": picture("PNG", (2000, 3200), "L")})
    assert told == ["P214 EPUB/images/cover.png: it has 2000 × 3200 pixels; the budget is 5600000"]


def test_a_book_beyond_its_budget_is_made_and_reported(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "handbound.toml").write_text('title = "T"\n[budgets]\nbook_bytes = 1000\n', "utf-8")
    (tmp_path / "b" / "a.md").write_text("# A\n\nWords.\n", "utf-8")
    result = press.build(tmp_path / "b", tmp_path / "out", editions=("epub",))
    assert result.status == 0
    (told,) = [problem for problem in result.report.problems if problem.code == "P215"]
    assert told.severity is Severity.WARNING
    assert "the budget is 1000" in told.message
    assert (tmp_path / "out" / "t.epub").is_file()


def test_small_budgets_for_images_leave_the_cover_alone(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    settings = 'title = "T"\ncover = "front.png"\n[budgets]\nimage_pixels = 1000\nimage_bytes = 1000\n'
    front = picture("PNG", (1000, 1600), "RGB")
    (tmp_path / "b" / "front.png").write_bytes(front)
    for name, text in (("drawn", settings.replace('cover = "front.png"\n', "")), ("own", settings)):
        (tmp_path / "b" / "handbound.toml").write_text(text, "utf-8")
        (tmp_path / "b" / "a.md").write_text("# A\n\nWords.\n", "utf-8")
        result = press.build(tmp_path / "b", tmp_path / name, editions=("epub",))
        assert (result.status, [problem.code for problem in result.report.problems if problem.code == "P214"]) == (
            0,
            [],
        )
    with zipfile.ZipFile(tmp_path / "own" / "t.epub") as epub:
        assert epub.read("EPUB/images/cover.png") == front


@pytest.mark.parametrize("name", ["EPUB/a b.css", "EPUB/ä.css", "EPUB/.hidden", "EPUB/-a.css"])
def test_a_name_that_is_not_plain_is_reported(tmp_path: Path, name: str) -> None:
    assert any(one.startswith(f"P219 {name}") for one in judged(tmp_path, {name: b""}))


def test_the_style_of_a_picture_is_the_press_s(tmp_path: Path) -> None:
    sheet = b"@media (prefers-color-scheme: dark) { img.drawing, figure > img { background: #fff } }\np { color: inherit; border: 1px solid }"
    assert judged(tmp_path, {"EPUB/book.css": sheet}) == []


def test_an_epub_without_a_package_document_is_reported_by_one_proof_only(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.epub", "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    work = Work(edition="epub", path="book.epub", bytes=1, digest="")
    assert preflight.epub(tmp_path, work, BOOK).detail == "no package document"


# Images made fit.


def asset(data: bytes, media_type: str, size: tuple[int, int]) -> Asset:
    ending = media_type.rpartition("/")[2]
    return Asset(
        name=f"images/a-1.{ending}", path=f"a.{ending}", media_type=media_type, data=data, width=size[0], height=size[1]
    )


def fit(one: Asset, **budgets: int) -> tuple[Asset, list[str]]:
    book, problems = e_readers.fitted(replace(BOOK, assets=(one,), budgets=Budgets(**budgets)))
    return book.assets[0], [problem.message for problem in problems]


@pytest.mark.parametrize(
    ("kind", "media_type", "mode"),
    [("PNG", "image/png", "RGBA"), ("JPEG", "image/jpeg", "RGB"), ("GIF", "image/gif", "P"), ("PNG", "image/png", "1")],
)
def test_an_image_within_its_budget_goes_in_byte_for_byte(kind: str, media_type: str, mode: str) -> None:
    one = asset(picture(kind, (40, 30), mode), media_type, (40, 30))
    assert fit(one) == (one, [])


def test_an_image_with_too_many_pixels_is_made_smaller_and_told() -> None:
    one = asset(picture("JPEG", (4000, 3000)), "image/jpeg", (4000, 3000))
    new, told = fit(one)
    assert (new.name, new.media_type) == ("images/a-1.jpg", "image/jpeg")
    assert new.width * new.height <= 5_600_000
    assert Image.open(io.BytesIO(new.data)).size == (new.width, new.height)
    assert abs(new.width / new.height - 4 / 3) < 0.01
    assert told == [f"'a.jpeg' has 4000 × 3000 pixels, in the EPUB {new.width} × {new.height}"]


def test_an_image_with_too_many_bytes_is_made_smaller() -> None:
    one = asset(noise("PNG", (300, 300)), "image/png", (300, 300))
    assert len(one.data) > 60_000
    new, told = fit(one, image_bytes=50_000)
    assert len(new.data) <= 50_000
    assert told


def test_webp_becomes_what_every_device_shows() -> None:
    webp, told = fit(asset(picture("WEBP", (50, 40), "RGBA"), "image/webp", (50, 40)))
    assert (webp.name, webp.media_type, told) == ("images/a-1.png", "image/png", [])
    assert Image.open(io.BytesIO(webp.data)).mode == "RGBA"


def test_the_pages_show_the_image_that_is_in_the_epub_and_the_other_editions_the_author_s(tmp_path: Path) -> None:
    home = tmp_path / "b"
    home.mkdir()
    (home / "handbound.toml").write_text('title = "T"\n[budgets]\nimage_pixels = 1000\n', "utf-8")
    (home / "a.md").write_text("# A\n\n![A dark box](a.webp)\n", "utf-8")
    (home / "a.webp").write_bytes(picture("WEBP", (100, 50)))
    found = press.read(home).book
    (shown,) = found.assets
    assert shown.media_type == "image/webp"
    book, problems = e_readers.fitted(found)
    (new,) = book.assets
    assert f'src="{new.name}"' in str(book.spine[0].body)
    assert new.name.endswith(".jpg")
    assert [problem.code for problem in problems] == ["E141"]


# Text made fit.


def read(folder: Path, text: str) -> press.Proofread:
    (folder / "a.md").write_text(text, "utf-8")
    return press.read(folder)


def test_a_heading_without_words_is_reported_and_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, "# A\n\nOne.\n\n##\n\nTwo.\n\n{#here}\n##\n\n[Link](#here)\n")
    assert [(problem.code, str(problem.place)) for problem in found.problems] == [
        ("G116", "a.md:5:1"),
        ("G116", "a.md:10:1"),
    ]
    body = str(found.book.spine[0].body)
    assert "<h2" not in body
    assert '<div id="a-here"' in body
    assert 'href="#a-here"' in body


@pytest.mark.parametrize("heading", ["![A box](a.png)", "`x`", "*y*", '<img src="a.png" alt="A box">'])
def test_a_heading_with_words_stays(tmp_path: Path, heading: str) -> None:
    (tmp_path / "a.png").write_bytes(picture("PNG", (3, 3)))
    found = read(tmp_path, f"# A\n\n## {heading}\n\nWords.\n")
    assert [problem.code for problem in found.problems] == []
    assert "<h2" in str(found.book.spine[0].body)


def test_an_html_heading_without_words_is_not_a_heading(tmp_path: Path) -> None:
    body = read(tmp_path, "# A\n\n<h2></h2>\n\nWords.\n").book.spine[0].body.spell()
    assert "<h2" not in body


def test_an_anchor_is_not_a_broken_link(tmp_path: Path) -> None:
    text = '# A\n\n## Here <a id="x"></a>\n\nSee [there](#x), <a name="y"></a>[and](#y).\n'
    body = str(read(tmp_path, text).book.spine[0].body)
    assert "<a id" not in body
    assert ('<span id="a-x">' in body, 'href="#a-x"' in body) == (True, True)
    assert ('<span id="a-y">' in body, 'href="#a-y"' in body) == (True, True)

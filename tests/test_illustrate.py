"""Images: found under every name that an author may write, each picture once. Prose cases: `tests/books/plates.md`."""

from __future__ import annotations

import base64
import io
import unicodedata
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from PIL import Image

from book import press, seal
from book.assemble import illustrate
from book.assemble.printed_pictures import picture
from book.images import rasters
from book.settings import Limits


def raster(kind: str, colour: tuple[int, int, int] = (1, 2, 3), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(out, kind, **more)
    return out.getvalue()


@given(st.binary(max_size=200), st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.integers(0, 200))
@limits(max_examples=100)
def test_a_damaged_image_is_refused_or_read_as_far_as_it_goes(noise: bytes, kind: str, at: int) -> None:
    data = raster(kind)
    for broken in (noise, data[:at], data[:at] + noise + data[at + len(noise) :]):
        try:
            (sound, width, height), media, ending, _, _ = picture(broken, "x.png", Limits())
        except rasters.Refused:
            continue
        assert (media, ending) in {*rasters.PRINTED.values(), ("image/svg+xml", "svg")}
        assert min(width, height) >= 1
        with Image.open(io.BytesIO(sound)) as image:
            image.load()
            assert image.size == (width, height)


def test_a_picture_of_far_too_many_pixels_is_refused_before_it_is_read() -> None:
    header = raster("PNG")
    huge = header[:16] + (30_000).to_bytes(4, "big") * 2 + header[24:]
    with pytest.raises(rasters.Refused) as refused:
        picture(huge, "x.png", Limits())
    assert refused.value.kind in (rasters.TOO_LARGE, rasters.BROKEN)


# Found under every name.


def read(folder: Path, text: str, files: dict[str, bytes]) -> press.Proofread:
    (folder / "a.md").write_text(f"# A\n\n{text}\n", "utf-8")
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return press.read(folder)


@pytest.mark.parametrize(
    ("typed", "file", "codes"),
    [
        ("my pics/red one.png", "my pics/red one.png", []),
        ("my%20pics/red%20one.png", "my pics/red one.png", []),
        ("100%25.png", "100%.png", []),
        ("a%20b.png", "a%20b.png", []),
        ("a.png?raw=true", "a.png", []),
        ("a.png#gh-dark-mode-only", "a.png", []),
        ("a(1).png", "a(1).png", []),
        ("UP.PNG", "UP.PNG", []),
        ("gr%C3%B6%C3%9Fe.png", "größe.png", []),
        ("größe.png", unicodedata.normalize("NFD", "größe.png"), []),
        (unicodedata.normalize("NFD", "bilder/größe.png"), "bilder/größe.png", []),
        ("Pics/Fig.PNG", "pics/fig.png", ["I114"]),
        (r"pics\fig.png", "pics/fig.png", ["I113"]),
        (r"..\a\pics\fig.png", "pics/fig.png", ["I113", "I103"]),
        ("pics%5Cfig.png", "pics/fig.png", ["I113"]),
        (r"C:\pics\fig.png", "pics/fig.png", ["I103"]),
        ("fgi.png", "fig.png", ["I101"]),
    ],
)
def test_an_image_is_found_under_every_name_that_an_author_writes(
    tmp_path: Path, typed: str, file: str, codes: list[str]
) -> None:
    found = read(tmp_path, f"![x](<{typed}>)" if "\\" not in typed else f"![x]({typed})", {file: raster("PNG")})
    assert [problem.code for problem in found.problems] == codes
    assert len(found.book.assets) == (0 if {"I101", "I103"}.intersection(codes) else 1)


def test_different_capitals_are_reported_with_the_name_of_the_file(tmp_path: Path) -> None:
    (told,) = read(tmp_path, "![x](pics/fig.png)", {"Pics/FIG.png": raster("PNG")}).problems
    assert (str(told.place), told.fix) == ("a.md:3:1", "did you mean Pics/FIG.png?")


def test_of_two_names_that_differ_in_capitals_none_is_guessed(tmp_path: Path) -> None:
    files = {"FIG.png": raster("PNG"), "Fig.png": raster("PNG", (9, 9, 9))}
    assert [one.code for one in read(tmp_path, "![x](fig.png)", files).problems] == ["I101"]


def test_the_same_picture_in_two_files_is_one_asset(tmp_path: Path) -> None:
    files = {
        "a/logo.png": raster("PNG"),
        "b/logo.png": raster("PNG"),
        "b/other.png": raster("PNG"),
        "c/logo.png": raster("PNG", (9, 9, 9)),
    }
    found = read(tmp_path, "".join(f"![x]({name})\n\n" for name in files), files)
    assert found.problems == ()
    assert [asset.path for asset in found.book.assets] in (["a/logo.png", "c/logo.png"], ["c/logo.png", "a/logo.png"])
    assert found.book.spine[0].body.spell().count("<img") == 4
    assert len({asset.name for asset in found.book.assets}) == 2


def test_two_pictures_made_to_have_the_same_short_digest_have_two_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(illustrate, "digest", lambda data: f"{0:08x}{seal.digest(data)[8:]}")
    files = {"a/x.png": raster("PNG"), "b/x.png": raster("PNG", (9, 9, 9))}
    found = read(tmp_path, "![x](a/x.png) ![x](b/x.png)", files)
    assert len({asset.name for asset in found.book.assets}) == 2


@pytest.mark.parametrize("written", ["![x]({})", "![x][y]\n\n[y]: <{}>", '<img src="{}" alt="x">'])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "svg", "percent"])
def test_a_picture_in_an_address_is_taken_in_like_a_file(tmp_path: Path, written: str, kind: str) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3" onload="x()"/>'
    data = drawing if kind in ("svg", "percent") else raster(kind)
    address = f"data:image/{kind.lower()};base64,{base64.b64encode(data).decode()}"
    if kind == "percent":
        address = "data:image/svg+xml," + "".join(f"%{byte:02x}" for byte in data)
    found = read(tmp_path, written.format(address), {})
    assert [problem.code for problem in found.problems] == (["I110"] if kind in ("svg", "percent") else [])
    (asset,) = found.book.assets
    assert (asset.width, asset.height) == (4, 3)
    assert b"onload" not in asset.data
    assert found.book.spine[0].body.spell().count(asset.name) == 1


@pytest.mark.parametrize(
    "address",
    [
        "data:image/png;base64,AAAA",
        "data:image/png;base64,***",
        "data:text/html,words",
        "data:,",
        "data:",
        "data:image/png;base64,A",
    ],
)
def test_an_address_that_holds_no_picture_leaves_its_words(tmp_path: Path, address: str) -> None:
    found = read(tmp_path, f"![the words](<{address}>)", {})
    assert [(one.code, str(one.severity), one.place.line) for one in found.problems] == [("I105", "warning", 3)]
    assert "the words" in str(found.book.spine[0].body)
    assert "base64,A" not in str(found.book.spine[0].body)


# The author's sizes.


@pytest.mark.parametrize(
    ("written", "style"),
    [
        ("![x](a.png){width=50%}", "width: 50%"),
        ("![x](a.png){width=3in}", "width: 3in"),
        ("![x](a.png){height=30mm}", "width: 40mm"),
        ("![x](a.png){width=2in height=1in}", "width: 1.333in"),
        ('<img src="a.png" alt="x" width="50%">', "width: 50%"),
        ('<img src="a.png" alt="x" width=100>', "width: 100px"),
        ('<img src="a.png" alt="x" style="width: 50%">', "width: 50%"),
        ('<img src="a.png" alt="x" style="zoom:50%;" />', "width: 2px"),
        ('<img src="a.png" alt="x" style="max-width: 100%">', ""),
        ('<img src="a.png" alt="x" style="max-width: 2px">', "width: 2px"),
        ('<p align="center"><img src="a.png" alt="x" width="200"></p>', "width: 200px"),
    ],
)
def test_the_size_that_an_author_wants_becomes_a_width(tmp_path: Path, written: str, style: str) -> None:
    found = read(tmp_path, written, {"a.png": raster("PNG")})
    assert found.problems == ()
    body = str(found.book.spine[0].body)
    assert (f'style="{style}"' in body) is bool(style)
    assert 'width="4" height="3"' in body
    assert "data-" not in body.partition("<img")[2].partition(">")[0]


@pytest.mark.parametrize("size", ["abc", "-5", "1000000000", "0", "5furlongs", "NaN", "1e9px", "calc(1px)", "50vw"])
def test_an_invalid_size_is_reported_and_left_out(tmp_path: Path, size: str) -> None:
    for number, written in enumerate([f'<img src="a.png" alt="x" width="{size}">', f"![x](a.png){{width={size}}}"]):
        if number and not size.isalnum():
            continue  # pandoc takes no such word
        found = read(tmp_path, written, {"a.png": raster("PNG")})
        assert [(one.code, one.place.line) for one in found.problems] == [("I112", 3)]
        assert "style=" not in str(found.book.spine[0].body).partition("<img")[2]


def test_other_styles_of_an_image_are_reported(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '<img src="a.png" alt="x" style="width: 2px; background: url(http://x.example/)">',
        {"a.png": raster("PNG")},
    )
    assert [one.code for one in found.problems] == ["H103"]
    assert "x.example" in found.problems[0].message
    assert "width: 2px" in str(found.book.spine[0].body)
    assert "x.example" not in str(found.book.spine[0].body)


def widths(path: Path) -> list[float]:
    """Return the width of each picture on the pages of a PDF, in CSS pixels."""
    found = []
    with pikepdf.open(path) as file:
        for page in file.pages:
            things = page.resources.get("/XObject", pikepdf.Dictionary()).items()
            pictures = {str(name) for name, thing in things if int(thing.get("/Width", 0)) == 400}
            stack, now = [], pikepdf.Matrix()
            for instruction in pikepdf.parse_content_stream(page, "q Q cm Do"):
                word = str(instruction.operator)
                if word == "q":
                    stack.append(now)
                elif word == "Q":
                    now = stack.pop()
                elif word == "cm":
                    now = pikepdf.Matrix(*map(float, instruction.operands)) @ now
                elif str(instruction.operands[0]) in pictures:
                    found.append(abs(now.a) / 0.75)
    return found


@pytest.mark.needs_pango
@pytest.mark.parametrize("edition", ["pdf", "large"])
def test_the_size_that_an_author_wants_is_that_on_paper(tmp_path: Path, edition: str) -> None:
    sizes = [
        '{width="100%"}',
        "{width=50%}",
        "{width=25%}",
        "{width=100}",
        "{width=1in}",
        "{height=50px}",
        "{width=9999px}",
    ]
    home = tmp_path / "b"
    home.mkdir()
    (home / "handbound.toml").write_text('title = "T"\n', "utf-8")
    (home / "a.md").write_text("# A\n\n" + "\n\n".join(f"![x](a.png){size}" for size in sizes) + "\n", "utf-8")
    out = io.BytesIO()
    Image.linear_gradient("L").resize((400, 200)).convert("RGB").save(out, "PNG")
    (home / "a.png").write_bytes(out.getvalue())
    result = press.build(home, tmp_path / "out", editions=(edition,))
    assert result.status == 0
    (path,) = (tmp_path / "out").glob("*.pdf")
    measure, half, quarter, hundred, inch, by_height, cut = widths(path)
    assert half == pytest.approx(measure / 2, abs=0.5)
    assert quarter == pytest.approx(measure / 4, abs=0.5)
    assert (hundred, inch, by_height) == pytest.approx((100, 96, 100), abs=0.5)
    assert cut == pytest.approx(measure, abs=0.5)

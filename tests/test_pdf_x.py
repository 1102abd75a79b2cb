"""The printed book as PDF/X-4: its content, and a report for each violation."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageCms

from book import press
from book.model import Work
from book.paged import pdf_x
from book.proof import pdf
from book.proof import pdf_x as rules

HERE = Path(__file__).parent / "editions" / "book"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("out")
    shutil.copytree(HERE, source, dirs_exist_ok=True)
    Image.new("RGB", (40, 30), (200, 30, 30)).save(source / "img" / "red.jpg", quality=80)
    Image.new("RGBA", (40, 30), (30, 200, 30, 120)).save(source / "img" / "green.png")
    (source / "z.md").write_text(
        "---\ntitle: Colours\nsidebar: 99\n---\n![Red](img/red.jpg)\n\n![Green](img/green.png)\n\n[A link](https://example.org)\n"
    )
    settings = (source / "handbound.toml").read_text()
    (source / "handbound.toml").write_text(f"{settings}\n[print]\npdf_x = true\n")
    result = press.build(source, out, editions=["print"])
    assert result.status == 0, result.report.problems
    (work,) = result.report.works
    return out / work.path


def test_a_pdf_x_declares_itself_and_contains_only_grey(printed: Path) -> None:
    with pikepdf.open(printed) as file:
        assert file.pdf_version == "1.6"
        assert rules.CLAIM in file.Root.Metadata.read_bytes()
        assert b"pdfuaid:part" in file.Root.Metadata.read_bytes()
        assert list(rules.broken(file, work(printed), None)) == []  # type: ignore[arg-type]
        pictures = [
            thing for thing in file.objects if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]
        assert len(pictures) >= 3
        assert {str(picture.ColorSpace) for picture in pictures} == {"/DeviceGray"}
        assert file.Root.StructTreeRoot is not None


def test_a_red_picture_becomes_the_grey_that_is_as_light(printed: Path) -> None:
    with pikepdf.open(printed) as file:
        greys = {
            pikepdf.PdfImage(thing).as_pil_image().convert("L").getpixel((20, 15))
            for thing in file.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image" and int(thing.Width) == 40
        }
    assert any(abs(int(str(grey)) - 81) <= 2 for grey in greys), greys


def test_the_profile_is_one_that_others_can_read() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(pdf_x.grey_profile())).profile
    assert (profile.xcolor_space.strip(), profile.device_class, profile.profile_description) == (
        "GRAY",
        "prtr",
        pdf_x.CONDITION,
    )
    assert ImageCms.isIntentSupported(
        ImageCms.ImageCmsProfile(io.BytesIO(pdf_x.grey_profile())), ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Direction.OUTPUT
    ) == 1  # fmt: skip


def work(file: Path) -> Work:
    with pikepdf.open(file) as opened:
        return Work(edition="print", path=file.name, bytes=0, digest="", pages=len(opened.pages))


def metadata(file: pikepdf.Pdf, old: bytes, new: bytes) -> None:
    file.Root.Metadata.write(file.Root.Metadata.read_bytes().replace(old, new))


def recoloured(file: pikepdf.Pdf) -> None:
    page: Any = file.pages[3]
    page.contents_add(b"1 0 0 rg", prepend=True)


def linked(file: pikepdf.Pdf) -> None:
    page: Any = file.pages[3]
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    page.obj.Annots = pikepdf.Array([file.make_indirect(link)])


def unboxed(file: pikepdf.Pdf) -> None:
    del file.pages[2].obj["/TrimBox"]


def unprofiled(file: pikepdf.Pdf) -> None:
    file.Root.OutputIntents[0].DestOutputProfile.write(b"nothing")


def coloured_picture(file: pikepdf.Pdf) -> None:
    picture: Any = next(
        thing for thing in file.objects if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
    )
    picture.ColorSpace = pikepdf.Name.DeviceRGB


FAULTS: dict[str, tuple[Callable[[pikepdf.Pdf], None], str]] = {
    "a colour": (recoloured, "asks for colours: rg"),
    "a link": (linked, "page 4 has links"),
    "no trim": (unboxed, "page 3 does not say where it is cut"),
    "no profile": (unprofiled, "no profile of a press"),
    "a coloured picture": (coloured_picture, "a picture is in /DeviceRGB"),
    "no date": (lambda file: metadata(file, b"xmp:ModifyDate", b"xmp:X"), "say xmp:ModifyDate 0 times"),
    "no intent": (lambda file: file.Root.__delitem__("/OutputIntents"), "0 output intents"),
    "not trapped": (lambda file: file.docinfo.__delitem__("/Trapped"), "trapped"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_way_to_break_a_promise_is_reported(printed: Path, tmp_path: Path, fault: str) -> None:
    spoil, said = FAULTS[fault]
    spoilt = tmp_path / printed.name
    with pikepdf.open(printed) as file:
        spoil(file)
        file.save(spoilt, force_version="1.6")
    with pikepdf.open(spoilt) as file:
        (message,) = rules.broken(file, work(spoilt), None)  # type: ignore[arg-type]
    assert said in message


def test_a_file_of_a_later_version_is_reported(printed: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / printed.name
    with pikepdf.open(printed) as file:
        file.save(spoilt, force_version="1.7")
    with pikepdf.open(spoilt) as file:
        assert any("PDF 1.7" in message for message in rules.broken(file, work(spoilt), None))  # type: ignore[arg-type]


def test_a_file_that_claims_nothing_has_nothing_to_keep(tmp_path: Path) -> None:
    with pikepdf.new() as file:
        assert list(rules.broken(file, Work(edition="", path="", bytes=0, digest=""), None)) == []  # type: ignore[arg-type]
    assert pdf.LOOKS[pdf.CLAIM] is rules.broken

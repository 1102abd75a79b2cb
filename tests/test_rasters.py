"""Raster images: upright, 8 bits, in screen colours, still; unchanged if there is nothing to fix."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps

from book.images import rasters
from book.settings import Limits

RED, BLUE = (200, 30, 30), (30, 30, 200)


def written(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def flag(size: tuple[int, int] = (48, 24)) -> Image.Image:
    """Return a picture that looks different from every side."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, 0, size[0] // 2, size[1] // 2))
    image.paste((250, 250, 250), (size[0] // 2, 0, size[0], size[1] // 2))
    return image


def sound(data: bytes, **limits: int) -> rasters.Raster:
    return rasters.sound(data, "x", Limits(**limits))


def opened(raster: rasters.Raster) -> Image.Image:
    image = Image.open(io.BytesIO(raster.data))
    image.load()
    assert image.size == (raster.width, raster.height)
    assert image.format == {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP"}[raster.ending]
    return image


def apart(one: Image.Image, other: Image.Image) -> int:
    assert one.size == other.size
    return max(high for _, high in ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getextrema())  # type: ignore[misc]


def photograph(turn: int) -> Image.Exif:
    """Return the Exif data of a phone's photograph: orientation and location."""
    exif = Image.Exif()
    exif[0x0112] = turn
    exif[0x010F] = "CANARY maker"
    exif.get_ifd(0x8825)[1] = "N"
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_a_rotated_photograph_is_upright_and_contains_no_camera_data(kind: str, turn: int) -> None:
    data = written(flag(), kind, exif=photograph(turn), **({"quality": 95} if kind in ("JPEG", "WEBP") else {}))
    made = sound(data)
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert apart(opened(made), wanted) < 24
    assert b"CANARY" not in made.data
    assert opened(made).getexif().get(0x0112, 1) == 1
    assert (made.width, made.height) == ((24, 48) if turn > 4 else (48, 24))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_metadata_of_a_photograph_are_removed_without_changing_a_pixel(kind: str) -> None:
    data = written(flag(), kind, exif=photograph(1), xmp=b"<x:xmpmeta>CANARY</x:xmpmeta>")
    assert b"CANARY" in data
    made = sound(data)
    assert b"CANARY" not in made.data
    assert apart(opened(made), Image.open(io.BytesIO(data))) == 0
    assert made.media_type == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    ("kind", "mode", "how"),
    [("PNG", "RGB", {}), ("PNG", "RGBA", {}), ("PNG", "P", {}), ("PNG", "1", {}), ("PNG", "LA", {}), ("JPEG", "RGB", {}),
     ("JPEG", "L", {}), ("JPEG", "RGB", {"progressive": True}), ("GIF", "P", {}), ("WEBP", "RGB", {}), ("WEBP", "RGBA", {})],
)  # fmt: skip
def test_a_sound_file_goes_in_byte_for_byte(kind: str, mode: str, how: dict[str, Any]) -> None:
    data = written(flag().convert(mode), kind, **how)
    made = sound(data)
    assert (made.data == data, made.faults) == (True, ())


def ramp(mode: str) -> Image.Image:
    image = Image.new(mode, (256, 2))
    for x in range(256):
        for y in range(2):
            image.putpixel((x, y), x * 257 if mode == "I;16" else x / 255 if mode == "F" else x)
    return image


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "I;16"), ("TIFF", "I;16"), ("TIFF", "F"), ("TIFF", "I")])
def test_greys_of_more_than_8_bits_are_scaled(kind: str, mode: str) -> None:
    image = opened(sound(written(ramp(mode), kind)))
    assert image.mode == "L"
    assert all(abs(image.getpixel((x, 0)) - x) <= 1 for x in range(256))  # type: ignore[operator]


def deep(colours: int, alpha: bool) -> bytes:
    """Return a PNG of 16 bits a channel: a ramp over 256 columns."""
    import struct
    import zlib

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    kind = {(1, False): 0, (3, False): 2, (1, True): 4, (3, True): 6}[colours, alpha]
    row = b"\0" + b"".join(struct.pack(">H", x * 257) * (colours + alpha) for x in range(256))
    head = struct.pack(">IIBBBBB", 256, 1, 16, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_png_of_16_bits_becomes_one_of_8_with_the_same_greys_and_holes(colours: int, alpha: bool) -> None:
    made = sound(deep(colours, alpha))
    assert made.data[24] == 8
    image = opened(made).convert("RGBA")
    for x in (0, 64, 128, 255):
        pixel = image.getpixel((x, 0))
        assert isinstance(pixel, tuple)
        assert abs(pixel[0] - x) <= 1
        assert abs(pixel[3] - (x if alpha else 255)) <= 1
    assert made.clear is alpha


def test_the_clear_grey_of_a_deep_png_stays_clear() -> None:
    image = opened(sound(written(ramp("I;16"), "PNG", transparency=0)))
    assert (image.mode, image.getpixel((0, 0)), image.getpixel((255, 0))) == ("LA", (0, 0), (255, 255))


@pytest.mark.parametrize(("kind", "how"), [("JPEG", {"quality": 95}), ("TIFF", {})])
def test_the_colours_of_a_printer_become_those_of_a_screen(kind: str, how: dict[str, Any]) -> None:
    image = opened(sound(written(flag().convert("CMYK"), kind, **how)))
    assert image.mode == "RGB"
    assert apart(image, flag()) < 12


def test_the_colours_of_another_screen_are_converted_and_those_of_srgb_stay() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = written(flag(), "JPEG", icc_profile=srgb, quality=95)
    assert sound(data).data == data
    # The same profile under another name, with red and green exchanged: a screen whose red is green.
    other = bytearray(
        srgb.replace(b"sRGB", b"oddR").replace(b"s\0R\0G\0B", b"o\0d\0d\0R").replace(b"\0s\0R\0G", b"\0o\0d\0d")
    )
    tags = {bytes(other[at : at + 4]): at for at in range(132, 132 + 12 * int.from_bytes(other[128:132], "big"), 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    other[red + 4 : red + 12], other[green + 4 : green + 12] = other[green + 4 : green + 12], other[red + 4 : red + 12]
    made = sound(written(Image.new("RGB", (9, 9), (255, 0, 0)), "PNG", icc_profile=bytes(other)))
    pixel = opened(made).getpixel((4, 4))
    assert isinstance(pixel, tuple)
    assert pixel[1] > 200
    assert pixel[0] < 60
    assert not opened(made).info.get("icc_profile")


def test_an_invalid_colour_profile_changes_nothing() -> None:
    data = written(flag(), "PNG", icc_profile=b"no profile at all" * 20)
    assert apart(opened(sound(data)), flag()) == 0


def frames(count: int, size: tuple[int, int] = (80, 60)) -> list[Image.Image]:
    return [Image.new("RGB", size, (number, 255 - number, 0)) for number in range(count)]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_only_the_first_frame_of_an_animation_is_printed(kind: str) -> None:
    first, *others = frames(110)
    data = written(first, kind, save_all=True, append_images=others)
    made = sound(data, image_pixels=80 * 60)
    assert getattr(opened(made), "n_frames", 1) == 1
    assert apart(opened(made), first) < 6
    assert [kind.code for kind, _, _ in made.faults] == ["I111"]
    assert b"fdAT" not in made.data


def test_what_is_left_of_a_file_can_be_read_to_its_end() -> None:
    data = written(flag(), "PNG", save_all=True, append_images=[flag().transpose(Image.Transpose.ROTATE_180)])
    broken = data.replace(b"fdAT", b"DRIH")[:-12]  # an unknown piece, and no end
    image = Image.open(io.BytesIO(rasters.greyed(sound(broken).data, "image/png")))
    assert image.size == (48, 24)


@pytest.mark.parametrize("turn", [1, 6])
def test_a_photograph_of_several_pictures_is_the_first_of_them(turn: int) -> None:
    data = written(flag(), "MPO", save_all=True, append_images=[flag((24, 24))], exif=photograph(turn), quality=95)
    assert Image.open(io.BytesIO(data)).format == "MPO"
    made = sound(data)
    assert (made.media_type, made.faults) == ("image/jpeg", ())
    assert (made.width, made.height) == ((24, 48) if turn == 6 else (48, 24))
    assert Image.open(io.BytesIO(made.data)).format == "JPEG"
    assert len(made.data) < len(data) - 300


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_the_readable_part_of_a_damaged_image_is_printed_and_reported(kind: str) -> None:
    made = sound(written(Image.effect_noise((200, 200), 80).convert("RGB"), kind)[:9000])
    assert [kind.code for kind, _, _ in made.faults] == ["I105"]
    assert opened(made).size == (200, 200)


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("BMP", "png"), ("TIFF", "png"), ("AVIF", "jpg"), ("ICO", "png"), ("PPM", "png"), ("TGA", "png")],
)
def test_a_format_of_few_programs_becomes_one_of_all(kind: str, ending: str) -> None:
    made = sound(written(flag((32, 32)), kind))
    assert (made.ending, made.faults) == (ending, ())
    assert apart(opened(made).resize((32, 32)).crop((0, 0, 8, 8)), flag((32, 32)).crop((0, 0, 8, 8))) < 30


def test_nothing_is_opened_that_another_program_would_have_to_draw() -> None:
    with pytest.raises(rasters.Refused):
        sound(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n")


@pytest.mark.parametrize(("mode", "clear"), [("RGBA", True), ("LA", True), ("RGB", False), ("P", False)])
def test_it_is_known_what_the_page_is_seen_through(mode: str, clear: bool) -> None:
    image = flag().convert(mode)
    if clear:
        assert not sound(written(image, "PNG")).clear
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    assert sound(written(image, "PNG")).clear is clear


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("WEBP", "RGBA"), ("GIF", "P")]
)
def test_a_picture_is_grey_where_only_black_is_printed(kind: str, mode: str) -> None:
    image = flag().convert(mode)
    if mode == "RGBA":
        image.putalpha(100)
    made = sound(written(image, kind))
    grey = Image.open(io.BytesIO(rasters.greyed(made.data, made.media_type)))
    assert grey.mode in ("L", "LA")
    assert ("A" in grey.getbands()) is (mode == "RGBA")
    wanted = image.convert("RGB").convert("L").getpixel((40, 20))
    assert abs(grey.convert("L").getpixel((40, 20)) - wanted) < 6  # type: ignore[operator]

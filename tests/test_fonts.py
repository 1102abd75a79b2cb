"""The built-in fonts are complete: names, weights, characters, features, licences."""

from __future__ import annotations

import io
import os
import shutil
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from book.paged import code_lines, math_svg
from book.theme import fonts
from book.view import cover
from tests.loops import some

FONTS = Path(__file__).resolve().parent.parent / "themes" / "_fonts"
FAMILIES: list[dict[str, Any]] = tomllib.loads((FONTS / "sources.toml").read_text(encoding="utf-8"))["family"]
FACES = sorted(path.relative_to(FONTS).as_posix() for path in FONTS.glob("*/*.ttf"))
TEXT_FACES = [face for face in FACES if face.startswith("source-")]
CODE_FACES = [face for face in FACES if face.startswith(("source-code-pro", "jetbrains-mono"))]

TYPOGRAPHY = (
    "“”‘’«»‹›„‚–—…′″†‡•·×−±°©®™€£¥§¶№½¼¾¹²³⁰⁴⁹₀₉‰‐‑\u00a0\u00ad\u2002\u2003\u2007\u2009\u200a\u200b\u200d\u202f\u2060"
)
LETTERS = "AaÀàČčĐđŁłŐőŞşẠạỆệßÿœæ"
GREEK_AND_CYRILLIC = "ΑαΆάΩωςЖжЙйЇїҐґЁё"
SYMBOLS = "←→↑↓↔⇒✓✗☐☑☒≤≥≠≈∞√∑∂∫⌘⏎★☆●○■□▶◆①⑳"
BOXES = "─│┌┐└┘├┤┬┴┼═║╔╝━┃╭╯█▀▄"


@pytest.fixture(scope="module")
def faces() -> dict[str, TTFont]:
    """Every font, by its path below the folder of fonts."""
    return {face: TTFont(FONTS / face) for face in FACES}


def features(font: TTFont, table: str) -> set[str]:
    lists = font[table].table.FeatureList if table in font else None
    return {record.FeatureTag for record in lists.FeatureRecord} if lists else set()


@pytest.mark.parametrize("face", FACES)
def test_a_face_states_its_own_weight_and_style_correctly(faces: dict[str, TTFont], face: str) -> None:
    font, style = faces[face], Path(face).stem
    italic, bold = "Italic" in style, style.startswith("Bold")
    assert font["OS/2"].usWeightClass == (700 if bold else 600 if style.startswith("SemiBold") else 400)
    assert bool(font["OS/2"].fsSelection & 1) == bool(font["head"].macStyle & 2) == italic
    assert bool(font["OS/2"].fsSelection & 0x20) == bool(font["head"].macStyle & 1) == bold
    assert bool(font["OS/2"].fsSelection & 0x40) == (style in {"Regular", "SemiBold"})
    assert font["OS/2"].fsType == 0, "embedding is allowed"


def test_every_face_has_a_name_of_its_own(faces: dict[str, TTFont]) -> None:
    names = [font["name"].getDebugName(6) for font in faces.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("face", FACES)
def test_no_face_uses_a_reserved_name(faces: dict[str, TTFont], face: str) -> None:
    names = faces[face]["name"]
    assert all("Source" not in str(names.getDebugName(number)) for number in (1, 3, 4, 6, 16))
    assert "Noto" not in str(names.getDebugName(4))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family["folder"])
def test_a_licence_names_its_owner_and_the_reserved_name(family: dict[str, Any]) -> None:
    licence = (FONTS / family["folder"] / "OFL.txt").read_text(encoding="utf-8")
    assert licence.startswith(family["copyright"])
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert ("Reserved Font Name ‘Source’" in licence) == family["folder"].startswith("source-")


@pytest.mark.parametrize("face", TEXT_FACES)
def test_a_text_face_has_the_letters_and_marks_of_european_languages(faces: dict[str, TTFont], face: str) -> None:
    wanted = TYPOGRAPHY + LETTERS
    if face not in {
        "source-code-pro/Italic.ttf",
        "source-code-pro/SemiBoldItalic.ttf",
    }:  # the published italics stop at Latin
        wanted += GREEK_AND_CYRILLIC
    if face.startswith("source-code-pro"):
        wanted += BOXES
    cmap = faces[face].getBestCmap()
    assert [character for character in wanted if ord(character) not in cmap] == []


def test_what_no_text_face_has_the_symbols_have(faces: dict[str, TTFont]) -> None:
    cmap = faces["symbols/Regular.ttf"].getBestCmap()
    assert [character for character in SYMBOLS if ord(character) not in cmap] == []


def test_emoji_print(faces: dict[str, TTFont]) -> None:
    cmap = faces["noto-emoji/Regular.ttf"].getBestCmap()
    assert [character for character in "👍🚀✅❌🎉⚠💡" if ord(character) not in cmap] == []


@pytest.mark.parametrize("face", TEXT_FACES)
def test_a_hyphen_is_drawn_as_a_hyphen_and_a_narrow_space_is_blank(faces: dict[str, TTFont], face: str) -> None:
    font = faces[face]
    cmap, metrics = font.getBestCmap(), font["hmtx"].metrics
    assert font["glyf"][cmap[0x2010]].numberOfContours == font["glyf"][cmap[0x2D]].numberOfContours != 0
    assert font["glyf"][cmap[0x202F]].numberOfContours == 0
    assert metrics[cmap[0x202F]][0] <= metrics[cmap[0x20]][0]
    assert metrics[cmap[0x200B]][0] == 0


@pytest.mark.parametrize("face", TEXT_FACES)
def test_figures_stand_in_columns(faces: dict[str, TTFont], face: str) -> None:
    cmap, metrics = faces[face].getBestCmap(), faces[face]["hmtx"].metrics
    widths = {metrics[cmap[ord(figure)]][0] for figure in "0123456789"}
    assert max(widths) - min(widths) <= 1, "tabular by default, but for rounding"


@pytest.mark.parametrize("face", [face for face in TEXT_FACES if not face.startswith("source-code-pro")])
def test_kerning_and_fractions_survive_the_merge(faces: dict[str, TTFont], face: str) -> None:
    assert {"kern", "mark"} <= features(faces[face], "GPOS")
    assert {"frac", "liga", "numr", "dnom", "pnum"} <= features(faces[face], "GSUB")


@pytest.mark.parametrize("face", CODE_FACES)
def test_every_character_of_a_code_face_is_one_cell_wide_or_as_wide_as_in_a_terminal(
    faces: dict[str, TTFont], face: str
) -> None:
    font = faces[face]
    widths = {code: font["hmtx"].metrics[name][0] for code, name in font.getBestCmap().items()}
    wide = {code for code, width in widths.items() if width not in {0, 600}}
    assert {widths[code] for code in wide} <= {1200}, "0 for marks that take no room"
    assert all(code_lines.width(chr(code)) == 2 for code in wide)


@pytest.mark.parametrize("face", CODE_FACES)
def test_a_code_face_has_the_signs_of_drawings_inside_their_cells(faces: dict[str, TTFont], face: str) -> None:
    font = faces[face]
    cmap, metrics, glyphs = font.getBestCmap(), font["hmtx"].metrics, font["glyf"]
    assert [sign for sign in SYMBOLS + "▲▼◀⟶░▒▓➜❯⚠⚡" if ord(sign) not in cmap] == []
    for sign in some([sign for sign in SYMBOLS if ord(sign) in cmap]):
        glyph, (width, _) = glyphs[cmap[ord(sign)]], metrics[cmap[ord(sign)]]
        assert 0 <= glyph.xMin < glyph.xMax <= width, sign


def test_no_face_carries_the_date_of_its_making(faces: dict[str, TTFont]) -> None:
    assert len({(font["head"].created, font["head"].modified) for font in faces.values()}) == 1


@pytest.mark.usefixtures("exact_letters")
@pytest.mark.parametrize("face", TEXT_FACES)
def test_a_cut_face_has_its_letters_its_features_and_nothing_else(faces: dict[str, TTFont], face: str) -> None:
    weight, style = fonts.looked_at(FONTS / face)
    cut = fonts.Face(family="A", weight=weight, style=style, path=FONTS / face, role="serif")
    letters = frozenset(map(ord, "fi 1/2 Añ–’"))
    data = fonts.subset(cut, letters | {0x4E00})
    assert data == fonts.subset(cut, letters)
    assert len(data) < (FONTS / face).stat().st_size / 10
    part, whole = TTFont(io.BytesIO(data)), faces[face]
    assert part.flavor == "woff2"
    assert set(part.getBestCmap()) == letters
    assert (part["OS/2"].usWeightClass, part["head"].unitsPerEm) == (weight, whole["head"].unitsPerEm)
    assert features(part, "GSUB") <= features(whole, "GSUB") - fonts.PAPER_ONLY
    assert ("frac" in features(part, "GSUB")) == ("frac" in features(whole, "GSUB"))
    for name in some({part.getBestCmap()[code] for code in letters}):
        assert part["hmtx"].metrics[name][0] in {width for width, _ in whole["hmtx"].metrics.values()}
    assert "fpgm" not in part


def test_another_font_in_the_place_of_a_file_is_read_even_if_it_has_the_same_time(tmp_path: Path) -> None:
    file = tmp_path / "Regular.ttf"

    def put(name: str) -> tuple[object, ...]:
        shutil.copyfile(FONTS / name, file)
        os.utime(file, ns=(0, 0))
        weight, style = fonts.looked_at(file)
        face = fonts.Face(family="Own", weight=weight, style=style, path=file, role="serif")
        measures = cover.width("Handbound", face, 100.0), math_svg._x_height(file)
        return weight, style, fonts.credit(file), fonts.covered(face), *measures

    names = ("literata/Regular.ttf", "alegreya/BoldItalic.ttf")
    first, second = map(put, names)
    assert all(one != other for one, other in zip(first, second, strict=True))
    assert put(names[0]) == first


@pytest.mark.needs_pango
def test_the_mark_of_a_shortened_line_is_that_of_the_font_not_of_an_earlier_one_of_its_name() -> None:
    from book.paged.render.shared_fonts import SHORTENING, Embedded

    texts = []
    for name in ("literata/Regular.ttf", "inter/Regular.ttf"):
        data = (FONTS / name).read_bytes()
        letters = TTFont(io.BytesIO(data))
        glyphs = [letters.getGlyphID(letters.getBestCmap()[ord(sign)]) for sign in SHORTENING]
        font = SimpleNamespace(file_content=data, index=0, hash="AAAAAA", to_unicode=dict.fromkeys(glyphs, "wrong"))
        Embedded({name: font}).used()
        texts.append([font.to_unicode[glyph] for glyph in glyphs])
    assert texts == [list(SHORTENING)] * 2


def test_cut_faces_are_compressed_as_hard_as_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from fontTools.ttLib import woff2

    asked: list[object] = []
    compress = woff2.brotli.compress

    def noted(data: bytes, **options: object) -> bytes:
        asked.append(options.get("quality"))
        return bytes(compress(data, **options))

    monkeypatch.setattr(woff2.brotli, "compress", noted)
    before, path = woff2.brotli, FONTS / TEXT_FACES[0]
    face = fonts.Face(family="A", weight=400, style="normal", path=path, role="serif")
    assert fonts._cut(face, frozenset(map(ord, "Handbound"))).startswith(b"wOF2")
    assert asked == [fonts.QUALITY]
    assert woff2.brotli is before

"""The typefaces of one script for one book: fetched, made into one TTF per style, and written as a theme of that book.

The faces of Chinese, Japanese and Korean weigh ten times as much as the product; whoever needs them fetches them once. What is
written is an ordinary theme: a child of the book's own, or additions to it when it already lies in the book. The same packages
give the same bytes.

    python themes/_fonts/scripts.py BOOK ja         the nox session `scripts` (which brings npm and fontTools along)
    python themes/_fonts/scripts.py BOOK ja he      several scripts into one theme
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import re
import sys
import tempfile
import tomllib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawn import BLANKS, MARKS_WITHOUT_WIDTH, add_glyph
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables._g_l_y_f import Glyph
from merge import HERE, STYLES, Face, christen, licence, merged, saved, subset_files, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCRIPTS = HERE / "scripts.toml"
KINDS = ("serif", "sans")
"""The roles of a theme before which a script has faces."""
WEIGHTS = ("400-normal", "700-normal")
"""No script that is fetched has italics."""
NUMBERED = re.compile(r"-\[?(\d+)\]?-(\d00-normal)\.woff$")
"""A file of a package that is divided into a hundred parts; with or without brackets."""
SPACING = frozenset({"chws", "halt", "palt"})
"""Features by which signs that follow each other are set closer; all others are for columns that run down the page."""
FOLIO = "folio"


def joined(files: Sequence[bytes], keep: frozenset[int]) -> TTFont:
    """Return one font of a hundred subset *files* of one style: the outlines of all, the features of the one with the signs.

    :func:`merge.merged` does the same with every feature, and takes a minute a style where there are ten thousand letters.

    Args:
        files: WOFF files that share measures (WOFF2 would be unpacked and packed again, glyph by glyph); where two have a character, the first gives it.
        keep: the code points to keep.
    """
    parts = [TTFont(BytesIO(content), recalcTimestamp=False, lazy=True) for content in files]
    signs = frozenset(range(0x3000, 0x3020)) | frozenset(range(0xFF00, 0xFF10))
    first = max(range(len(files)), key=lambda index: len(signs & set(parts[index].getBestCmap())))
    tags = {tag for table in ("GSUB", "GPOS") if table in parts[first] for tag in _tags(parts[first], table)}
    whole = merged([files[first]], keep, frozenset(tags - SPACING))
    glyphs, metrics = whole["glyf"], whole["hmtx"].metrics
    order = list(whole.getGlyphOrder())
    cmap = dict(whole.getBestCmap())
    for part in parts:
        widths = part["hmtx"].metrics
        copied: dict[str, str] = {}
        for code, source in sorted(part.getBestCmap().items()):
            if code in cmap or code not in keep:
                continue
            if source not in copied:
                copied[source] = f"u{code:05X}"
                glyphs[copied[source]] = _plain(part, source)
                metrics[copied[source]] = widths[source]
                order.append(copied[source])
            cmap[code] = copied[source]
    whole.setGlyphOrder(order)
    glyphs.glyphOrder = order
    whole["cmap"] = _cmap(cmap)
    return whole


def _plain(font: TTFont, name: str) -> Any:
    """Return the outline *name* of *font*, whole where it is put together of others."""
    glyph = font["glyf"][name]
    if glyph.isComposite():
        pen, recording = TTGlyphPen(None), DecomposingRecordingPen(font.getGlyphSet())
        font.getGlyphSet()[name].draw(recording)
        recording.replay(pen)
        return pen.glyph()
    return glyph  # the packages have no hints, and what is not looked into is copied as it is


def _tags(font: TTFont, table: str) -> set[str]:
    found = font[table].table.FeatureList
    return {record.FeatureTag for record in found.FeatureRecord} if found else set()


def _cmap(letters: Mapping[int, str]) -> Any:
    """Return a cmap table for *letters*, with and without those beyond U+FFFF."""
    table = newTable("cmap")
    table.tableVersion, table.tables = 0, []
    for version, encoding, top in ((4, 1, 0xFFFF), (12, 10, 0x10FFFF)):
        sub = CmapSubtable.newSubtable(version)
        sub.platformID, sub.platEncID, sub.language = 3, encoding, 0
        sub.cmap = {code: name for code, name in letters.items() if code <= top}
        table.tables.append(sub)
    return table


def made(script: Mapping[str, Any], kind: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the faces of one *kind* (``serif`` or ``sans``) of a *script*, file name -> bytes, and their licence."""
    source = script[kind]
    keep = wanted(script) or frozenset()
    result = {"OFL.txt": licence(source, files["LICENSE"].decode()).encode()}
    for key in WEIGHTS:
        style, weight, italic = STYLES[key]
        face = Face(family=source["family"], style=style, weight=weight, italic=italic)
        if "subset" in script:
            end = f"-{script['subset']}-{key}.woff"
            font = merged([content for name, content in files.items() if name.endswith(end)], keep)
        else:
            numbered = ((NUMBERED.search(name), content) for name, content in files.items())
            parts = sorted((int(found[1]), content) for found, content in numbered if found and found[2] == key)
            font = joined([content for _, content in parts], keep)
        _blanks(font)
        christen(font, face, source)
        result[face.file] = saved(font)
    return result


def _blanks(font: TTFont) -> None:
    """Give *font* every blank: the one after a letter is taken from the letter's face."""
    known = font.getBestCmap()
    for code, width in {**BLANKS, **dict.fromkeys(MARKS_WITHOUT_WIDTH, 0)}.items():
        if code not in known:
            add_glyph(font, code, Glyph(), width if isinstance(width, int) else 250)


# The theme ----------------------------------------------------------------------------------------------------------------


def home(book: Path, theme: str, names: Sequence[str]) -> Path:
    """Return the folder of the theme that takes the faces: the book's own, else a new child of the house's."""
    own = book / "themes" / theme
    return own if (own / "theme.toml").is_file() else book / "themes" / "-".join([theme, *names])


def settings(book: Path) -> Mapping[str, Any]:
    """Return what handbound.toml of *book* says; nothing when it is not there."""
    try:
        return tomllib.loads((book / "handbound.toml").read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        sys.exit(f"{book / 'handbound.toml'}: this is not TOML: {error}")


def lines(script: Mapping[str, Any], language: str, theme: str) -> str:
    """Return the tokens that a new theme gets for a book in *language*: room between the lines, when it is the script's own."""
    if "type" not in script or language.split("-", maxsplit=1)[0].lower() != script["name"].split("-")[0].lower():
        return ""
    values = dict(script["type"])
    handout, large = values.pop("handout"), values.pop("large")
    parent = HERE.parent / theme / "tokens.toml"
    if parent.is_file() and tomllib.loads(parent.read_text(encoding="utf-8")).get("type", {}).get("indent") == "0":
        del values["indent"]  # paragraphs that stand apart
    body = "".join(f'{name} = "{value}"\n' for name, value in values.items())
    return f'[type]\n{body}\n[edition.handout.type]\nlead = "{handout}"\n\n[edition.large.type]\nlead = "{large}"\n\n'


def fitted(content: bytes, beside: Path) -> bytes:
    """Return a face with the ascent and descent of the face *beside*: a line that has letters of both is no taller than others."""
    with TTFont(beside, lazy=True) as other:  # OS/2 fsSelection, bit 7, of our faces: these measures count
        em, top, bottom = other["head"].unitsPerEm, other["OS/2"].sTypoAscender, other["OS/2"].sTypoDescender
    font = TTFont(BytesIO(content), recalcTimestamp=False, lazy=True)
    scale = font["head"].unitsPerEm / em
    ascent, descent = round(top * scale), round(bottom * scale)
    font["hhea"].ascent = font["OS/2"].sTypoAscender = font["OS/2"].usWinAscent = ascent
    font["hhea"].descent = font["OS/2"].sTypoDescender = descent
    font["hhea"].lineGap = font["OS/2"].sTypoLineGap = 0
    font["OS/2"].usWinDescent = -descent
    return saved(font)


def beside(book: Path, theme: str, kind: str) -> Path:
    """Return the regular face that the *theme* of *book*, or one it extends, names for the role *kind*."""
    name = theme
    for _ in range(9):  # a theme that extends itself is told by the build
        homes = [home for home in (book / "themes" / name, HERE.parent / name) if (home / "theme.toml").is_file()]
        if not homes:
            break
        tokens = homes[0] / "tokens.toml"
        table = tomllib.loads(tokens.read_text(encoding="utf-8-sig")) if tokens.is_file() else {}
        if folder := table.get("font", {}).get(kind, {}).get("folder"):
            places = [homes[0] / "fonts" / folder, HERE / folder]
            if found := [path for place in places for path in sorted(place.glob("*.ttf"), key=_plainness)]:
                return Path(found[0])
        name = tomllib.loads((homes[0] / "theme.toml").read_text(encoding="utf-8-sig")).get("extends", "base")
    return HERE / {"serif": "source-serif-4", "sans": "source-sans-3"}[kind] / "Regular.ttf"


def _plainness(path: Path) -> tuple[bool, str]:
    return path.stem != "Regular", path.name


def write(
    folder: Path,
    theme: str,
    title: str,
    faces: Mapping[str, Mapping[str, bytes]],
    families: Mapping[str, str],
    tokens: str,
) -> None:
    """Write *faces* (folder -> files) into the theme in *folder*, a child of *theme* when it is new.

    Args:
        folder: of the theme; made if need be.
        theme: the parent of a new theme.
        title: what the new theme is for, in a word.
        faces: name of a font folder, such as ``ja-serif`` -> its files.
        families: name of a font folder -> what its faces are called.
        tokens: what a new theme says besides.
    """
    for name, files in faces.items():
        (folder / "fonts" / name).mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / "fonts" / name / file).write_bytes(content)
    path, new = folder / "tokens.toml", not (folder / "theme.toml").is_file()
    before = path.read_text(encoding="utf-8-sig") if path.is_file() else tokens if new else ""
    known = tomllib.loads(before).get("font", {})
    added = [
        f'[font.{name}]   # fetched by: nox -s scripts\nfamily = "{families[name]}"\nfolder = "{name}"\n'
        f'before = "{name.rpartition("-")[2]}"\n'
        for name in faces
        if name not in known
    ]
    path.write_text("\n".join([*([before] if before else []), *added]), encoding="utf-8")
    if new:
        words = f'title = "{theme.title()}, {title}"\ndescription = "{theme.title()} with typefaces for {title}."\n'
        (folder / "theme.toml").write_text(f'{words}extends = "{theme}"\n', encoding="utf-8")


def choose(book: Path, theme: str) -> bool:
    """Write *theme* into the settings of *book* where that is one line; return whether they say it now."""
    path = book / "handbound.toml"
    if not path.is_file():
        return False
    text = path.read_bytes().decode("utf-8-sig")
    end = "\r\n" if "\r\n" in text else "\n"
    tables = re.search(r"^[ \t]*\[", text, re.M)
    top, table = (text[: tables.start()], text[tables.start() :]) if tables else (text, "")
    line = f'theme = "{theme}"'
    changed, count = re.subn(r"^theme[ \t]*=[ \t]*(?:\"[^\"\n]*\"|'[^'\n]*')", line, top, count=1, flags=re.M)
    if not count:
        changed = f"{top.rstrip()}{end}{line}{end}{end if table else ''}"
    whole = f"{changed}{table}"
    # The same settings, but for the one line: else the author writes it.
    if {**tomllib.loads(text), "theme": theme} != tomllib.loads(whole):
        return False
    path.write_bytes(whole.encode("utf-8"))
    return True


def main() -> None:
    """Fetch, make and write the faces of the scripts that are asked for, and say what now stands where."""
    sources = tomllib.loads(SCRIPTS.read_text(encoding="utf-8"))
    known = {script["name"]: script for script in sources["script"]}
    told = ", ".join(f"{name} ({script['title']})" for name, script in known.items())
    parser = argparse.ArgumentParser(prog="nox -s scripts --", description=f"Scripts: {told}.")
    parser.add_argument("book", type=Path, metavar="BOOK", help="folder of the book")
    parser.add_argument("scripts", nargs="+", metavar="SCRIPT", help=f"one of: {', '.join(known)}")
    options = parser.parse_args()
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    if not options.book.is_dir():
        sys.exit(f"{options.book}: the book's folder is not there")
    names = list(dict.fromkeys(options.scripts))
    if strange := [name for name in names if name not in known]:
        sys.exit(f"no script {strange[0]!r}; there are: {told}")
    said = settings(options.book)
    theme = str(said.get("theme", FOLIO))
    folder = home(options.book, theme, names)
    faces: dict[str, dict[str, bytes]] = {}
    families: dict[str, str] = {}
    for name in names:
        for kind in KINDS:
            source = known[name][kind]
            with tempfile.TemporaryDirectory() as place:
                sys.stdout.write(f"fetching {source['package']}\n")
                files = subset_files({**source, "version": sources["version"]}, Path(place), "woff")
            one = f"{name.lower()}-{kind}"
            faces[one], families[one] = made(known[name], kind, files), source["family"]
            for file, content in faces[one].items():
                digest = hashlib.sha256(content).hexdigest()
                recorded = source.get("files", {}).get(file)
                strange_bytes = (
                    "" if digest == recorded else f"; scripts.toml has another digest:\n{file!r} = {digest!r}"
                )
                sys.stdout.write(f"    {one}/{file}: {len(content):,} bytes{strange_bytes}\n".replace("'", '"'))
    # Nothing is written before everything is there.
    faces = {
        one: {
            file: content if file == "OFL.txt" else fitted(content, beside(options.book, theme, one.rpartition("-")[2]))
            for file, content in files.items()
        }
        for one, files in faces.items()
    }
    tokens = "".join(lines(known[name], str(said.get("language", "")), theme) for name in names)
    write(folder, theme, " and ".join(known[name]["title"] for name in names), faces, families, tokens)
    done = choose(options.book, folder.name)
    sys.stdout.write(f"{folder}: the theme {folder.name} has typefaces for {', '.join(names)}\n")
    if done:
        sys.stdout.write(
            f'{options.book / "handbound.toml"}: theme = "{folder.name}"; the next book build prints with it\n'
        )
    else:
        sys.stdout.write(f"build with it: book build {options.book} --theme {folder.name}\n")


if __name__ == "__main__":
    main()

"""The faces of the house: merges published subset files into one TTF per style, as `sources.toml` beside this file says.

The subsets that web font packages hold are split by script, with `unicode-range` deciding which file serves a letter. Layout engines
for print do not read that descriptor, so Greek and Cyrillic come out as garbage and the hyphen as a box. One whole file per style
cures both. The same inputs give the same bytes: no clock, no host, nothing from the system's fonts.

    python themes/_fonts/merge.py             fetch the packages and write the faces (the nox session `fonts`)
    python themes/_fonts/merge.py --check     the same into memory: do the recorded digests still hold?
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from drawn import add_blanks_and_twins, add_box_drawing, add_figures, add_symbols
from fontTools.merge import Merger
from fontTools.merge import Options as MergeOptions
from fontTools.subset import Options as SubsetOptions
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.varLib import instancer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources.toml"
OLD_MAC_EPOCH = 2_082_844_800  # seconds from 1904-01-01 to 1970-01-01: `head` counts from 1904
MADE = 1_767_225_600 + OLD_MAC_EPOCH  # 2026-01-01T00:00:00Z: a face carries this date whenever it is made
# Each of these would need care to merge and none is read on the way to EPUB, HTML or PDF: hinting, variation names, vertical metrics.
DROPPED = (
    "prep",
    "fpgm",
    "cvt ",
    "hdmx",
    "VDMX",
    "LTSH",
    "STAT",
    "BASE",
    "vhea",
    "vmtx",
    "MATH",
    "meta",
    "DSIG",
    "GlyphOrder",
)


class Face(NamedTuple):
    """One style of a family, as its table in `sources.toml` says it."""

    family: str
    """The name it carries; never a reserved name of its source (OFL-1.1, clause 3)."""
    style: str
    """`Regular`, `Italic`, `SemiBold`, `SemiBold Italic`, `Bold` or `Bold Italic`."""
    weight: int
    """400, 600 or 700: OS/2 usWeightClass."""
    italic: bool
    """Whether it slants: the italic bits of OS/2 and head."""

    @property
    def file(self) -> str:
        """The file's name below its family: `SemiBoldItalic.ttf`."""
        return f"{self.style.replace(' ', '')}.ttf"

    @property
    def postscript(self) -> str:
        """Name 6: no spaces, unique over all faces."""
        return f"{self.family.replace(' ', '')}-{self.style.replace(' ', '')}"


MADE_FROM = {False: "Merged from the subset files", True: "Cut from the variable font"}
STYLES = {
    "400-normal": ("Regular", 400, False),
    "400-italic": ("Italic", 400, True),
    "600-normal": ("SemiBold", 600, False),
    "600-italic": ("SemiBold Italic", 600, True),
    "700-normal": ("Bold", 700, False),
    "700-italic": ("Bold Italic", 700, True),
}


def merged(
    files: Iterable[bytes], wanted: frozenset[int] | None = None, without: frozenset[str] = frozenset()
) -> TTFont:
    """Return one font of the subset *files*; where two have a character, the earlier file gives it.

    Args:
        files: WOFF2 or TTF files of one style, the one that names and measures the face first.
        wanted: the code points to keep; `None` keeps all.
        without: layout features to leave out: `calt` would draw `->` as an arrow that nobody wrote.
    """
    parts: list[BytesIO] = []
    taken: set[int] = set()
    for content in files:
        part = TTFont(BytesIO(content), recalcTimestamp=False)
        fresh = set(part.getBestCmap()) - taken
        if wanted is not None:
            fresh &= wanted
        if not fresh:
            continue
        taken |= fresh
        part.flavor = None
        for tag in DROPPED:
            if tag in part:
                del part[tag]
        tags = {
            record.FeatureTag for table in ("GSUB", "GPOS") if table in part for record in feature_records(part, table)
        }
        options = SubsetOptions(
            layout_features=sorted(tags - without) if without else ["*"],
            hinting=False,
            notdef_outline=True,
            glyph_names=True,
            name_IDs=["*"],
        )
        cutter = Subsetter(options)
        cutter.populate(unicodes=fresh)
        cutter.subset(part)
        saved = BytesIO()
        part.save(saved, reorderTables=False)
        saved.seek(0)
        parts.append(saved)
    if len(parts) == 1:
        return TTFont(parts[0], recalcTimestamp=False)
    return Merger(options=MergeOptions(drop_tables=list(DROPPED))).merge(parts)


def instance(content: bytes, axes: Mapping[str, float], weight: int) -> bytes:
    """Return the style of a variable font at a point of its *axes* and with a *weight*, as the bytes of a TTF."""
    font = TTFont(BytesIO(content), recalcTimestamp=False)
    still = instancer.instantiateVariableFont(font, {**axes, "wght": weight})
    out = BytesIO()
    still.save(out)
    return out.getvalue()


def feature_records(font: TTFont, table: str) -> Iterable[Any]:
    """Return the records of the features in the GSUB or GPOS *table*."""
    found = font[table].table.FeatureList
    return found.FeatureRecord if found else ()


# Names --------------------------------------------------------------------------------------------------------------------


def christen(font: TTFont, face: Face, source: Mapping[str, Any]) -> None:
    """Write the name, OS/2, head and post tables, so that the face says truly what it is."""
    name = newTable("name")
    name.names = []
    plain = face.style in {"Regular", "Italic", "Bold", "Bold Italic"}
    # Name 1 and 2 know four styles only; other weights become families of their own there, and 16 and 17 say the whole truth.
    legacy = face.family if plain else f"{face.family} {face.style.removesuffix(' Italic')}"
    version = f"Version {source['revision']}"
    lines = {
        0: source["copyright"],
        1: legacy,
        2: face.style if plain else ("Italic" if face.italic else "Regular"),
        3: f"{source['revision']};{face.postscript}",
        4: f"{face.family} {face.style}",
        5: version,
        6: face.postscript,
        10: f"{MADE_FROM['variable' in source]} of {source['name']}; not the original version.",
        13: "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        14: "https://openfontlicense.org",
        **({} if plain else {16: face.family, 17: face.style}),
    }
    for number, text in lines.items():
        name.setName(text, number, 3, 1, 0x409)
    font["name"] = name

    os2, head = font["OS/2"], font["head"]
    bold = face.weight == 700
    os2.usWeightClass, os2.usWidthClass, os2.fsType, os2.achVendID = face.weight, 5, 0, "HBND"
    os2.fsSelection = (1 if face.italic else 0) | (0x20 if bold else 0) | (0x80 if os2.version >= 4 else 0)
    os2.fsSelection |= 0 if face.italic or bold else 0x40
    head.macStyle = (1 if bold else 0) | (2 if face.italic else 0)
    head.created = head.modified = MADE
    head.fontRevision = float(source["revision"])
    os2.recalcUnicodeRanges(font)
    os2.recalcCodePageRanges(font)
    os2.recalcAvgCharWidth(font)
    cmap = font.getBestCmap()
    os2.usFirstCharIndex, os2.usLastCharIndex = min(*cmap, 0xFFFF), min(max(cmap), 0xFFFF)
    font["post"].formatType = 3.0
    font["post"].underlinePosition = font["post"].underlinePosition or -100
    gasp = newTable("gasp")
    gasp.version, gasp.gaspRange = 1, {0xFFFF: 15}  # unhinted: smooth at every size
    font["gasp"] = gasp


def saved(font: TTFont) -> bytes:
    """Return the bytes of *font* as a TTF."""
    font.recalcTimestamp = False
    font.flavor = None
    out = BytesIO()
    font.save(out)
    return out.getvalue()


# Sources ------------------------------------------------------------------------------------------------------------------


def subset_files(package: Mapping[str, Any], folder: Path, kind: str = "woff2") -> Mapping[str, bytes]:
    """Return file name -> bytes of the subset files and the LICENSE of one npm package, fetched by npm and proved by its digest.

    Args:
        package: name, version and digest.
        folder: where npm may put it.
        kind: how the files that are wanted end: `woff2`, `woff` or `ttf`.

    Raises:
        SystemExit: if npm is missing or fails, or the package's bytes are not those that `sources.toml` records.
    """
    spec = f"{package['package']}@{package['version']}"
    # Quiet, but with the reason when it fails; a network that is not there is not waited for.
    command = ["npm", "pack", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=500", spec]
    try:
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603 - words of sources.toml
    except FileNotFoundError:
        sys.exit("npm is missing; install Node.js, or run the nox session, which brings it along")
    except subprocess.CalledProcessError as failed:
        found = re.search(r"^npm (?:error|ERR!) code (\S+)", failed.stderr, re.M)
        sys.exit(
            f"npm could not fetch {spec} ({found[1] if found else 'no reason given'}): is the package index within reach?"
        )
    archive = folder / done.stdout.strip().splitlines()[-1]
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != package["sha256"]:
        sys.exit(f"{spec} has sha256 {digest}; the one we know has {package['sha256']}: nothing is made of it")
    with tarfile.open(archive) as tar:
        return {
            Path(member.name).name: tar.extractfile(member).read()  # type: ignore[union-attr]  # a regular file always opens
            for member in tar
            if member.isfile() and member.name.endswith((f".{kind}", "LICENSE", "LICENSE.md"))
        }


def licence(family: Mapping[str, Any], text: str) -> str:
    """Return the licence text that lies beside the faces: whose they are, what was changed, then the OFL word for word."""
    body = text[text.index("This Font Software is licensed under") :]
    made = MADE_FROM["variable" in family].lower().replace(" from", " by Handbound from")
    note = f"{family['family']} is a Modified Version, {made} of {family['name']}."
    return "\n".join(line.rstrip() for line in f"{family['copyright']}\n{note}\n\n{body}".strip().splitlines()) + "\n"


def wanted(family: Mapping[str, Any]) -> frozenset[int] | None:
    """Return the code points that a family's `keep` ranges name, or `None` where it keeps all."""
    if "keep" not in family:
        return None
    pairs = (span.split("-") for span in family["keep"])
    return frozenset(code for pair in pairs for code in range(int(pair[0], 16), int(pair[-1], 16) + 1))


def parts(family: Mapping[str, Any], packages: Mapping[str, Mapping[str, bytes]], key: str) -> list[bytes]:
    """Return the files of which a family's style *key* is made."""
    _, weight, italic = STYLES[key]
    return [
        instance(packages[name][file], family["axes"], weight)
        for name in family["packages"]
        if (file := family.get("variable", {}).get("italic" if italic else "normal"))
    ] or [
        packages[name][file]
        for name in family["packages"]
        for subset in family["subsets"]
        if (file := f"{name.rsplit('/', 1)[-1]}-{subset}-{key}.woff2") in packages[name]
    ]


def faces(
    family: Mapping[str, Any], packages: Mapping[str, Mapping[str, bytes]], lender: TTFont
) -> Iterator[tuple[Face, bytes]]:
    """Yield each face of a family with its bytes; those of code have the symbols of *lender*."""
    for key in family["styles"]:
        style, weight, italic = STYLES[key]
        face = Face(family=family["family"], style=style, weight=weight, italic=italic)
        font = merged(parts(family, packages, key), wanted(family), frozenset(family.get("without", ())))
        add_blanks_and_twins(font)
        add_figures(font)
        if font["post"].isFixedPitch:
            add_box_drawing(font)
            add_symbols(font, lender)
        christen(font, face, family)
        yield face, saved(font)


def main() -> None:
    """Make every face that `sources.toml` names, write it, and print its digest and how many characters it has."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a recorded digest does not hold")
    options = parser.parse_args()
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    sources = tomllib.loads(SOURCES.read_text(encoding="utf-8"))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        packages = {
            package["package"]: subset_files(package, Path(folder), package.get("kind", "woff2"))
            for package in sources["package"]
        }
    symbols = next(family for family in sources["family"] if family["folder"] == "symbols")
    lender = merged(parts(symbols, packages, "400-normal"), wanted(symbols))
    for family in sources["family"]:
        if not options.check:
            package = packages[family["packages"][0]]
            words = licence(family, package.get("LICENSE", package.get("LICENSE.md", b"")).decode())
            (HERE / family["folder"]).mkdir(exist_ok=True)
            (HERE / family["folder"] / "OFL.txt").write_text(words, encoding="utf-8")
        for face, content in faces(family, packages, lender):
            digest = hashlib.sha256(content).hexdigest()
            recorded = family.get("sha256", {}).get(face.file)
            count = len(TTFont(BytesIO(content)).getBestCmap())
            same = digest == recorded
            wrong += not same
            sys.stdout.write(f"{family['folder']}/{face.file}: {len(content):,} bytes, {count} characters\n")
            sys.stdout.write(
                "" if same else f'    sources.toml says {recorded}; now it is\n"{face.file}" = "{digest}"\n'
            )
            if not options.check:
                (HERE / family["folder"] / face.file).write_bytes(content)
    sys.exit(1 if wrong and options.check else 0)


if __name__ == "__main__":
    main()

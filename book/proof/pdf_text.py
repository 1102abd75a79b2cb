"""The text of a tagged PDF as a screen reader reads it: line by line, in the order of the tags, without running heads.

A formula is painted as outlines; its text is its alternative text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

from book.model import Work
from book.proof import opened, verdicts
from book.proof.pdf_links import Thing

# PDF 2.0 §14.8: tags of text that is not the author's running text.
LABELS = frozenset({"/Lbl", "/Artifact", "/TOC"})
FORMULA = "/Formula"
PICTURES = frozenset({"/Figure", FORMULA})
NOTES = frozenset({"/Note", "/FENote"})
HEX = re.compile("(?:[0-9a-f]{2})*")
TELLING = PICTURES | NOTES | {"/Caption", "/TH"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Text that the PDF paints in one operation: at most one line."""

    page: int
    """Index of the page, from 0."""
    mark: int
    """Identifier (MCID) of its marked content: the order in which it is painted on its page."""
    text: str
    note: bool
    """Whether it belongs to a footnote."""
    head: bool
    """Whether it is in a header cell of a table; such cells are printed again on each page."""
    formula: bool = False
    """Whether it is the alternative text of a formula, whose outlines are painted."""


def runs_of(folder: Path, work: Work) -> tuple[Run, ...]:
    """Return the text of a PDF edition as :func:`runs` does; several proofs of one file read it once."""
    path = folder / work.path
    state = path.stat()
    return _read(path, (state.st_ino, state.st_size, state.st_mtime_ns))


@functools.lru_cache(maxsize=2)
def _read(path: Path, state: tuple[int, ...]) -> tuple[Run, ...]:
    """Return the text of the PDF at *path* in this *state*."""
    del state
    with opened.pdf_at(path) as pdf:
        return runs(pdf)


def runs(pdf: pikepdf.Pdf) -> tuple[Run, ...]:
    """Return the text of *pdf* in the order of its tags, without list labels, contents and pictures."""
    numbers = {page.obj.objgen: index for index, page in enumerate(pdf.pages)}
    known: dict[tuple[int, int], Letters] = {}
    by_page = [painted(page, known) for page in pdf.pages]
    paths: dict[int, frozenset[int]] = {}
    tree = pdf.Root.get("/StructTreeRoot")
    texts = []
    for page, mcid, roles, formula in _order(tree, numbers) if tree is not None else ():
        # The outlines of a formula must be painted too: marked content without paths or letters counts as empty.
        if formula and page not in paths:
            paths[page] = _painted_paths(pdf.pages[page])
        if text := formula if formula and mcid in paths[page] else by_page[page].get(mcid, ""):
            note, head = not roles.isdisjoint(NOTES), "/TH" in roles
            texts.append(Run(page=page, mark=mcid, text=text, note=note, head=head, formula=bool(formula)))
    return tuple(texts)


def _order(tree: Thing, numbers: Mapping[tuple[int, int], int]) -> Iterator[tuple[int, int, frozenset[str], str]]:
    """Yield page, MCID, the roles of the elements above, and the alternative text of a formula, in the order of the tags."""
    stack: list[tuple[Thing, int | None, frozenset[str], str]] = [(tree.get("/K"), None, frozenset(), "")]
    while stack:
        thing, page, roles, formula = stack.pop()
        if isinstance(thing, int):
            # Words in a picture are not the author's, those of its caption are.
            if page is not None and (formula or roles.isdisjoint(PICTURES) or "/Caption" in roles):
                yield page, thing, roles, formula
        elif isinstance(thing, pikepdf.Array):
            stack += ((kid, page, roles, formula) for kid in reversed(list(thing)))
        elif isinstance(thing, pikepdf.Dictionary):
            role = str(thing.get("/S", ""))
            if role in LABELS or thing.get("/Type") == "/OBJR":
                continue
            own = thing.get("/Pg")
            page = numbers.get(own.objgen) if own is not None else page
            formula = str(thing.get("/Alt", "")) if role == FORMULA else formula
            if (mcid := thing.get("/MCID")) is not None:
                stack.append((mcid, page, roles, formula))
            elif "/K" in thing:
                stack.append((thing["/K"], page, roles | {role} if role in TELLING else roles, formula))


def painted(
    page: pikepdf.Page, known: dict[tuple[int, int], Letters] | None = None, *, untagged: bool = False
) -> dict[int, str]:
    """Return the text that *page* paints, by MCID.

    Args:
        page: a page of a PDF.
        known: caches its fonts, for the other pages.
        untagged: whether to return the text without a tag too, such as running heads and folios, under negative numbers.
    """
    known = {} if known is None else known
    fonts = (page.obj.get("/Resources") or page.resources).get("/Font")
    maps: dict[str, Letters] = {}
    for name, font in fonts.items() if isinstance(fonts, pikepdf.Dictionary) else ():
        number = font.objgen  # (0, 0) for a font defined on the page itself
        maps[name] = known[number] if number in known else _unicode(font)
        if number != (0, 0):
            known[number] = maps[name]
    pieces: dict[int, list[str]] = {}
    nothing = Letters(width=2, map={})
    for mcid, face, code in _shown(_content(page)):
        if mcid >= 0 or untagged:
            pieces.setdefault(mcid, []).append(maps.get(face, nothing).read(bytes.fromhex(code)))
    return {mcid: "".join(texts) for mcid, texts in pieces.items()}


def _content(page: pikepdf.Page) -> bytes:
    """Return the whole content of *page*."""
    contents = page.obj.get("/Contents")
    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join(stream.read_bytes() for stream in streams if isinstance(stream, pikepdf.Stream))


Shown = tuple[tuple[int, str, str], ...]
"""Each text that a page shows: its MCID, -1 outside marked content, the name of its font, and its codes, in hexadecimal digits."""

READER = f"pikepdf {pikepdf.__version__}"
"""What reads the operators of a page."""


def _shown(content: bytes) -> Shown:
    """Return each text that the *content* of a page shows.

    This depends on the content alone, so it is remembered. What the codes mean depends on the fonts of the file: it never is.
    """
    return verdicts.extract(f"shown, {READER}", content, lambda: _parsed(content), _read_shown)


@functools.lru_cache(maxsize=1000)
def _parsed(content: bytes) -> Shown:
    """Return :func:`_shown`, from the operators. Files of one book share pages: a handout of all chapters has those of each."""
    shown: list[tuple[int, str, str]] = []
    font = ""
    for mcid, word, operands in _marked(content, "Tf TJ Tj ' \""):
        if word == "Tf":
            font = str(operands[0])
        else:
            strings = operands[0] if word == "TJ" else (operands[-1],)
            code = b"".join([bytes(piece) for piece in strings if isinstance(piece, pikepdf.String)])
            shown.append((mcid, font, code.hex()))
    return tuple(shown)


def _read_shown(value: object) -> Shown | None:
    """Return *value*, from the cache, if it has the form of :data:`Shown`, else None."""
    if not isinstance(value, list):
        return None
    try:
        shown = tuple((mcid, font, code) for mcid, font, code in value)
    except (TypeError, ValueError):
        return None
    is_sound = all(
        type(mcid) is int and isinstance(font, str) and isinstance(code, str) and HEX.fullmatch(code)
        for mcid, font, code in shown
    )
    return shown if is_sound else None


def _painted_paths(page: pikepdf.Page) -> frozenset[int]:
    """Return the MCIDs of the marked content of *page*, forms included, in which something is filled or stroked."""
    content = _content(page)

    def make() -> list[int]:
        return sorted({mcid for mcid, _, _ in _marked(content, "f F f* B B* S s b b* Do") if mcid >= 0})

    return frozenset(verdicts.extract(f"paths, {READER}", content, make, _read_numbers))


def _read_numbers(value: object) -> list[int] | None:
    """Return *value*, from the cache, if it is a list of numbers, else None."""
    return value if isinstance(value, list) and all(type(number) is int for number in value) else None


def _marked(content: bytes, words: str) -> Iterator[tuple[int, str, Any]]:
    """Yield each of the operators *words* in *content*: the MCID of the marked content around it, -1 outside; its name; its operands."""
    marks: list[int] = []
    owner = pikepdf.new()  # a stream does not outlive its file
    for instruction in pikepdf.parse_content_stream(pikepdf.Stream(owner, content), f"BDC BMC EMC {words}"):
        operands, word = instruction.operands, str(instruction.operator)
        if word in {"BDC", "BMC"}:
            properties = operands[1] if len(operands) > 1 else None
            inner = properties.get("/MCID") if isinstance(properties, pikepdf.Dictionary) else None
            marks.append(int(inner) if inner is not None else marks[-1] if marks else -1)
        elif word == "EMC":
            marks = marks[:-1]
        else:
            yield marks[-1] if marks else -1, word, operands


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The mapping from the codes of one font to Unicode."""

    width: int
    """Bytes per code: 2 for a composite font, else 1."""
    map: Mapping[bytes, str]

    def read(self, code: bytes) -> str:
        """Return the text of *code*; an unmapped code gives the replacement character."""
        step, known = self.width, self.map
        return "".join([known.get(code[index : index + step], "\ufffd") for index in range(0, len(code), step)])


def _unicode(font: Thing) -> Letters:
    """Return the mapping of *font*, from its ToUnicode map (PDF 2.0 §9.10.3)."""
    width = 2 if font.get("/Subtype") == "/Type0" else 1
    stream = font.get("/ToUnicode")
    known: dict[bytes, str] = {}
    text = stream.read_bytes().decode("latin-1") if isinstance(stream, pikepdf.Stream) else ""
    for kind, block in re.findall(r"beginbf(char|range)(.*?)endbf", text, re.DOTALL):
        codes = [bytes.fromhex(code) for code in re.findall(r"<([0-9A-Fa-f\s]*)>", block)]
        if kind == "char":
            known.update((code, _utf16(letters)) for code, letters in zip(codes[::2], codes[1::2], strict=False))
            continue
        for low, high, letters in zip(codes[::3], codes[1::3], codes[2::3], strict=False):
            first = int.from_bytes(letters[-2:], "big")
            for offset in range(int.from_bytes(high, "big") - int.from_bytes(low, "big") + 1):
                code = (int.from_bytes(low, "big") + offset).to_bytes(len(low), "big")
                known[code] = _utf16(letters[:-2] + (first + offset).to_bytes(2, "big"))
    return Letters(width=width, map=known)


def _utf16(letters: bytes) -> str:
    return letters.decode("utf-16-be", "replace")

"""The text of a tagged PDF as a screen reader reads it: line by line, in the order of the tags, without running heads.

A formula is painted as outlines; its text is its alternative text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pikepdf
from msgspec import Struct

from book.model import Work
from book.proof import opened, page_content
from book.proof.page_content import Content
from book.proof.pdf_targets import Thing

# PDF 2.0 §14.8: tags of text that is not the author's running text.
LABELS = frozenset({"/Lbl", "/Artifact", "/TOC"})
FORMULA = "/Formula"
PICTURES = frozenset({"/Figure", FORMULA})
NOTES = frozenset({"/Note", "/FENote"})
TELLING = PICTURES | NOTES | {"/Caption", "/TH"}


class Run(Struct, frozen=True, kw_only=True):
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
    return runs(opened.pdf_at(path))


def runs(pdf: pikepdf.Pdf) -> tuple[Run, ...]:
    """Return the text of *pdf* in the order of its tags, without list labels, contents and pictures."""
    tree = pdf.Root.get("/StructTreeRoot")
    contents = [page_content.of(page) for page in pdf.pages] if tree is not None else []
    return runs_below(tree.get("/K"), list(pdf.pages), contents, {}) if tree is not None else ()


def runs_below(
    tags: Thing,
    pages: Sequence[pikepdf.Page],
    contents: Sequence[Content],
    known: dict[tuple[int, int], Letters],
    own: range | None = None,
) -> tuple[Run, ...]:
    """Return the text of *pages* in the order of *tags*.

    Args:
        tags: elements of the structure tree.
        pages: the pages, of which the first is 0.
        contents: what each of them paints.
        known: caches their fonts.
        own: the numbers of all objects that may be below *tags*; None for all.

    Raises:
        ValueError: another object is below *tags*.
    """
    numbers = {page.obj.objgen: index for index, page in enumerate(pages)}
    by_page = [_painted(page, content, known) for page, content in zip(pages, contents, strict=True)]
    texts = []
    for page, mcid, roles, formula in _order(tags, numbers, own):
        # The outlines of a formula must be painted too: marked content without paths or letters counts as empty.
        if text := formula if formula and mcid in contents[page].paths else by_page[page].get(mcid, ""):
            note, head = not roles.isdisjoint(NOTES), "/TH" in roles
            texts.append(Run(page=page, mark=mcid, text=text, note=note, head=head, formula=bool(formula)))
    return tuple(texts)


def _order(
    tags: Thing, numbers: Mapping[tuple[int, int], int], own: range | None
) -> Iterator[tuple[int, int, frozenset[str], str]]:
    """Yield page, MCID, the roles of the elements above, and the alternative text of a formula, in the order of the *tags*."""
    stack: list[tuple[Thing, int | None, frozenset[str], str]] = [(tags, None, frozenset(), "")]
    while stack:
        thing, page, roles, formula = stack.pop()
        if isinstance(thing, int):
            # Words in a picture are not the author's, those of its caption are.
            if page is not None and (formula or roles.isdisjoint(PICTURES) or "/Caption" in roles):
                yield page, thing, roles, formula
        elif isinstance(thing, pikepdf.Array | list):
            stack += [(kid, page, roles, formula) for kid in reversed(list(thing))]
        elif isinstance(thing, pikepdf.Dictionary):
            if own is not None and thing.is_indirect and thing.objgen[0] not in own:
                raise ValueError("a tag of another part")
            name = thing.get("/S")
            role = "" if name is None else str(name)
            if role in LABELS or (not role and thing.get("/Type") == "/OBJR"):
                continue
            pg = thing.get("/Pg")
            page = numbers.get(pg.objgen) if pg is not None else page
            formula = str(thing.get("/Alt", "")) if role == FORMULA else formula
            if not role and (mcid := thing.get("/MCID")) is not None:
                stack.append((mcid, page, roles, formula))
            elif (kids := thing.get("/K")) is not None:
                stack.append((kids, page, roles | {role} if role in TELLING else roles, formula))


def painted(page: pikepdf.Page) -> dict[int, str]:
    """Return the text with tags that *page* paints, by MCID: not running heads and folios, which are artifacts."""
    return _painted(page, page_content.of(page), {})


def _painted(page: pikepdf.Page, content: Content, known: dict[tuple[int, int], Letters]) -> dict[int, str]:
    """Return the text of *page*, which has this *content*, as :func:`painted` does."""
    fonts = (page.obj.get("/Resources") or page.resources).get("/Font")
    maps: dict[str, Letters] = {}
    for name, font in fonts.items() if isinstance(fonts, pikepdf.Dictionary) else ():
        number = font.objgen  # (0, 0) for a font defined on the page itself
        maps[name] = known[number] if number in known else _unicode(font)
        if number != (0, 0):
            known[number] = maps[name]
    pieces: dict[int, list[str]] = {}
    nothing = Letters(width=2, map={})
    for mcid, face, code in content.shown:
        if mcid >= 0:
            pieces.setdefault(mcid, []).append(maps.get(face, nothing).read(bytes.fromhex(code)))
    return {mcid: "".join(texts) for mcid, texts in pieces.items()}


class Letters(Struct, frozen=True, kw_only=True):
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

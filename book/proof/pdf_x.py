"""A file that claims PDF/X-4 meets it: a list of checks from ISO 15930-7, instead of an external validator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pikepdf

from book.model import Book, Work
from book.proof import opened

CLAIM = b"<pdfxid:GTS_PDFXVersion>PDF/X-4<"
COLOURED = frozenset({"rg", "RG", "k", "K", "sc", "SC", "scn", "SCN", "sh"})
"""Operators that may ask for colours that the grey output intent does not define."""
INKS = frozenset({"k", "K"})
"""Those that ask for amounts of four inks."""
FILTERS = frozenset({"/LZWDecode", "/Crypt"})


def broken(pdf: pikepdf.Pdf, work: Work, book: Book) -> Iterator[str]:
    """Yield the requirements of PDF/X-4 that a file with that claim does not meet; nothing for a file without the claim."""
    del work, book
    metadata = pdf.Root.get("/Metadata")
    xmp = metadata.read_bytes() if isinstance(metadata, pikepdf.Stream) else b""
    if CLAIM in xmp:
        for rule in RULES:
            yield from (f"PDF/X-4: {message}" for message in rule(pdf, xmp))


def _version(pdf: pikepdf.Pdf, xmp: bytes) -> Iterator[str]:
    del xmp
    if pdf.pdf_version > "1.6" or pdf.is_encrypted:
        yield f"the file is PDF {pdf.pdf_version}{' and encrypted' if pdf.is_encrypted else ''}, not plain PDF 1.6"
    if "/ID" not in pdf.trailer:
        yield "the file has no /ID"


def _statements(pdf: pikepdf.Pdf, xmp: bytes) -> Iterator[str]:
    names = (b"xmp:CreateDate", b"xmp:ModifyDate", b"xmp:MetadataDate", b"dc:title", b"xmpMM:DocumentID", b"xmpMM:VersionID", b"pdf:Trapped")  # fmt: skip
    for name in names:
        if xmp.count(b"<" + name + b">") != 1:
            yield f"the metadata say {name.decode()} {xmp.count(b'<' + name + b'>')} times, not once"
    if pdf.docinfo.get("/Trapped") not in {"/True", "/False"}:
        yield "the file does not state whether the pages are trapped (/Trapped)"


def _intent(pdf: pikepdf.Pdf, xmp: bytes) -> Iterator[str]:
    del xmp
    intents = [intent for intent in pdf.Root.get("/OutputIntents") or () if intent.get("/S") == "/GTS_PDFX"]
    if len(intents) != 1:
        yield f"there are {len(intents)} output intents for print, not one"
        return
    profile: Any = intents[0].get("/DestOutputProfile")
    data = profile.read_bytes() if isinstance(profile, pikepdf.Stream) else b""
    if data[12:16] != b"prtr" or data[36:40] != b"acsp" or int.from_bytes(data[:4], "big") != len(data):
        yield "the output intent has no profile of a press"
    elif {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}.get(data[16:20]) != int(profile.get("/N", 0)):
        yield "the profile of the output intent has a different number of inks than declared"


def _boxes(pdf: pikepdf.Pdf, xmp: bytes) -> Iterator[str]:
    del xmp
    for number, page in enumerate(pdf.pages, 1):
        if "/TrimBox" not in page.obj or "/BleedBox" not in page.obj:
            yield f"page {number} does not say where it is cut (/TrimBox, /BleedBox)"


def _nothing_to_click(pdf: pikepdf.Pdf, xmp: bytes) -> Iterator[str]:
    del xmp
    for number, page in enumerate(pdf.pages, 1):
        if len(page.obj.get("/Annots") or ()):
            yield f"page {number} has links"
    for name in ("/OpenAction", "/AA", "/AcroForm", "/OCProperties"):
        if opened.down(pdf.Root, name) is not None:
            yield f"the catalog has {name}"


def _inks(pdf: pikepdf.Pdf, xmp: bytes) -> Iterator[str]:
    del xmp
    foreign = COLOURED - INKS if _is_separated(pdf) else COLOURED
    for number, page in enumerate(pdf.pages, 1):
        words = {str(instruction.operator) for instruction in pikepdf.parse_content_stream(page)}
        if words & foreign:
            yield f"page {number} asks for colours: {' '.join(sorted(words & foreign))}"
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Stream):
            continue
        filters = thing.get("/Filter")
        names = {str(filters)} if isinstance(filters, pikepdf.Name) else {str(name) for name in filters or ()}
        if names & FILTERS:
            yield f"a stream is packed with {' '.join(sorted(names & FILTERS))}"
        kind = thing.get("/Subtype")
        if kind == "/Form" or thing.get("/PatternType") == 1:
            words = {str(instruction.operator) for instruction in pikepdf.parse_content_stream(thing)}
            if words & foreign:
                yield f"a drawing asks for colours: {' '.join(sorted(words & foreign))}"
        elif kind == "/Image" and not thing.get("/ImageMask") and not _is_allowed(thing.get("/ColorSpace"), foreign):
            yield f"a picture is in {thing.get('/ColorSpace')}, without a profile that says what that means"
        if kind == "/Image" and (thing.get("/Alternates") is not None or thing.get("/OPI") is not None):
            yield "an image has an alternate"


def _is_separated(pdf: pikepdf.Pdf) -> bool:
    """Return whether the file is printed with four inks, as its output intent says."""
    return any(
        int(profile.get("/N", 0)) == len("CMYK")
        for intent in pdf.Root.get("/OutputIntents") or ()
        if isinstance(profile := intent.get("/DestOutputProfile"), pikepdf.Stream)
    )


def _is_allowed(space: Any, foreign: frozenset[str]) -> bool:
    """Return whether a picture may be in the colour *space*: grey; with four inks, also any that has a profile."""
    if space == "/DeviceGray":
        return True
    return not INKS & foreign and isinstance(space, pikepdf.Array) and space[0] == "/ICCBased"


RULES: tuple[Callable[[pikepdf.Pdf, bytes], Iterator[str]], ...] = (
    _version,
    _statements,
    _intent,
    _boxes,
    _nothing_to_click,
    _inks,
)

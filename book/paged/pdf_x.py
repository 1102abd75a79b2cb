"""The printed book as PDF/X-4: black only, an output intent, no links; made from the finished print edition.

Printers ask for PDF/X (ISO 15930-7) because such a file states what its colours mean and contains nothing that cannot be
printed. WeasyPrint writes either PDF/UA or PDF/X, and the latter with the current time; here the tags of the pages are kept.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pikepdf

from book.model import Book
from book.paged import process_profile

CONDITION = "Handbound black on uncoated paper"
GAMMA = 1.75
"""The gamma that models a dot gain of about 20 % in greys."""
WHITE = (0.9642, 1.0, 0.8249)
"""D50, the white point of the profile connection space (ICC.1:2001 §A.1)."""
SHOWN = {"rg": "g", "RG": "G"}
"""Operators that set an RGB colour -> those that set a grey."""
LUMA = (Decimal("0.3"), Decimal("0.59"), Decimal("0.11"))


def pressed(data: bytes, book: Book) -> bytes:
    """Return a finished print edition as PDF/X-4.

    Args:
        data: the PDF from :func:`book.editions.pdf.finished`: tagged, fonts embedded, trim and bleed boxes set.
        book: the book, for its date and identifier.

    Returns:
        The same pages in grey, without links; the same bytes for the same book.
    """
    with pikepdf.open(io.BytesIO(data)) as pdf:
        _unlink(pdf)
        for stream in list(streams(pdf)):
            if stream.get("/Subtype") == "/Image":
                _grey_image(stream)
            else:
                recolour(stream, SHOWN, lambda colour: (grey(colour),))
        blend_in(pdf, pikepdf.Name.DeviceGray)
        return _stated(pdf, book, CONDITION, pdf.make_stream(grey_profile(), N=1))


def pressed_in_colour(data: bytes, book: Book) -> bytes:
    """Return a finished cover in process colours as PDF/X-4; its pictures keep their RGB, with a profile that says so.

    Args:
        data: the PDF from :func:`book.paged.inks.separated`.
        book: the book, for its date and identifier.
    """
    from PIL import ImageCms  # noqa: PLC0415 - slow to import

    with pikepdf.open(io.BytesIO(data)) as pdf:
        _unlink(pdf)
        screen = pdf.make_stream(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), N=3)
        # ICC.1:2001 §6.1: the time of its making, which must not change the bytes of the file.
        screen.write(_undated(screen.read_bytes()))
        screen.N = 3
        for stream in list(streams(pdf)):
            if stream.get("/Subtype") == "/Image" and stream.get("/ColorSpace") == "/DeviceRGB":
                stream.ColorSpace = pikepdf.Array([pikepdf.Name.ICCBased, screen])
        intent = pdf.make_stream(process_profile.profile(), N=4)
        return _stated(pdf, book, process_profile.CONDITION, intent)


def _undated(profile: bytes) -> bytes:
    """Return an ICC *profile* made on the first day of 2026."""
    return profile[:24] + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + profile[36:]


def _stated(pdf: pikepdf.Pdf, book: Book, condition: str, profile: pikepdf.Stream) -> bytes:
    """Return *pdf* with everything that PDF/X-4 requires, printed under a *condition* that the *profile* describes."""
    pdf.Root.OutputIntents = pikepdf.Array([
        pikepdf.Dictionary(
            Type=pikepdf.Name.OutputIntent,
            S=pikepdf.Name("/GTS_PDFX"),
            OutputConditionIdentifier="Custom",
            OutputCondition=condition,
            Info=condition,
            DestOutputProfile=profile,
        )
    ])  # fmt: skip
    pdf.docinfo["/Trapped"] = pikepdf.Name("/False")
    pdf.Root.Metadata.write(_metadata(pdf.Root.Metadata.read_bytes(), book))
    out = io.BytesIO()
    # ISO 15930-7 §6.1 is based on PDF 1.6.
    pdf.save(out, deterministic_id=True, force_version="1.6", object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _unlink(pdf: pikepdf.Pdf) -> None:
    """Remove links and other interactive content (ISO 15930-7 §6.17), and their tags."""
    removed = set()
    for page in pdf.pages:
        removed |= {annotation.objgen for annotation in page.obj.get("/Annots") or ()}
        if "/Annots" in page.obj:
            del page.obj["/Annots"]
        if "/Tabs" in page.obj:
            del page.obj["/Tabs"]
    stack = [pdf.Root.get("/StructTreeRoot")]
    while stack:
        item = stack.pop()
        if isinstance(item, pikepdf.Array):
            stack.extend(item)
        elif isinstance(item, pikepdf.Dictionary) and "/K" in item:
            kids = item.K
            if isinstance(kids, pikepdf.Array):
                item.K = pikepdf.Array([kid for kid in kids if not _is_reference(kid)])
            elif _is_reference(kids):
                del item["/K"]
                continue
            stack.append(item.K)


def _is_reference(kid: Any) -> bool:
    return isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/OBJR"


def streams(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Yield every content or image stream once: of pages, forms, patterns and images."""
    for page in pdf.pages:
        page.contents_coalesce()
        yield page.obj.Contents
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream):
            kind = item.get("/Subtype")
            if kind in {"/Form", "/Image"} or item.get("/PatternType") == 1:
                yield item


def recolour(stream: Any, operators: Mapping[str, str], replaced: Callable[[Any], Sequence[Decimal]]) -> None:
    """Replace the colours of one content stream.

    Args:
        stream: of a page or a form.
        operators: each operator that sets a colour -> the one that sets its replacement.
        replaced: returns the operands of that, from the operands of a colour.
    """
    changed = False
    steps: list[Any] = []
    for instruction in pikepdf.parse_content_stream(stream):
        word = str(instruction.operator)
        if word in operators:
            changed = True
            steps.append((list(replaced(instruction.operands)), pikepdf.Operator(operators[word])))
        else:
            steps.append(instruction)
    if changed:
        stream.write(pikepdf.unparse_content_stream(steps))


def grey(colour: Any) -> Decimal:
    """Return the grey with the lightness of an RGB *colour*; all values are from 0 to 1.

    >>> grey((Decimal(1), Decimal(1), Decimal(1))), grey((Decimal("0.5"), 0, 0))
    (Decimal('1.000'), Decimal('0.150'))
    """
    return sum((weight * Decimal(value) for weight, value in zip(LUMA, colour, strict=True)), Decimal(0)).quantize(
        Decimal("0.001")
    )


def _grey_image(stream: Any) -> None:
    """Convert an RGB image to grey."""
    if stream.get("/ColorSpace") in {"/DeviceGray", None} or stream.get("/ImageMask"):
        return
    picture = pikepdf.PdfImage(stream).as_pil_image().convert("L")
    for key in ("/DecodeParms", "/Decode", "/SMaskInData"):
        if key in stream:
            del stream[key]
    stream.write(picture.tobytes())
    stream.ColorSpace = pikepdf.Name.DeviceGray
    stream.BitsPerComponent = 8


def blend_in(pdf: pikepdf.Pdf, space: pikepdf.Name) -> None:
    """Make transparency groups blend in the colour *space*."""
    for item in pdf.objects:
        if isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
            group = item.get("/Group")
            if isinstance(group, pikepdf.Dictionary) and "/CS" in group:
                group.CS = space


def grey_profile() -> bytes:
    """Return an ICC profile of black ink on white paper: version 2, one channel, gamma :data:`GAMMA` (ICC.1:2001 §6.3.3).

    >>> profile = grey_profile()
    >>> len(profile) == int.from_bytes(profile[:4], "big"), profile[12:24]
    (True, b'prtrGRAYXYZ ')
    """

    def fixed(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def text(kind: bytes, words: str) -> bytes:
        plain = words.encode("ascii") + b"\0"
        if kind == b"text":
            return b"text\0\0\0\0" + plain
        return b"desc\0\0\0\0" + struct.pack(">I", len(plain)) + plain + bytes(4 + 4 + 2 + 1 + 67)

    tags = {
        b"cprt": text(b"text", "No copyright: use freely"),
        b"desc": text(b"desc", CONDITION),
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, round(GAMMA * 256)),
        b"wtpt": b"XYZ \0\0\0\0" + b"".join(map(fixed, WHITE)),
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(
        ">I4sI4s4s4s6H4s4sI4s4sQI12s4s44x",
        start + len(body), b"\0\0\0\0", 0x02400000, b"prtr", b"GRAY", b"XYZ ", 2026, 1, 1, 0, 0, 0, b"acsp", b"\0\0\0\0", 0,
        b"\0\0\0\0", b"\0\0\0\0", 0, 0, b"".join(map(fixed, WHITE)), b"\0\0\0\0",
    )  # fmt: skip
    return header + table + body


def _metadata(xmp: bytes, book: Book) -> bytes:
    """Return the XMP with the entries that PDF/X-4 requires (ISO 15930-7 §6.6)."""
    about = book.metadata
    document = uuid.UUID(bytes=hashlib.sha256(about.identifier.encode()).digest()[:16], version=5)
    packet = (
        '<rdf:Description rdf:about="" xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/" '
        'xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:pdf="http://ns.adobe.com/pdf/1.3/">'
        "<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>"
        f"<xmp:CreateDate>{about.modified}</xmp:CreateDate><xmp:ModifyDate>{about.modified}</xmp:ModifyDate>"
        f"<xmp:MetadataDate>{about.modified}</xmp:MetadataDate>"
        f"<xmpMM:DocumentID>uuid:{document}</xmpMM:DocumentID><xmpMM:VersionID>1</xmpMM:VersionID>"
        "<xmpMM:RenditionClass>default</xmpMM:RenditionClass><pdf:Trapped>False</pdf:Trapped></rdf:Description>"
    )
    # Dates that WeasyPrint wrote would be there twice.
    bare = re.sub(rb"<xmp:(CreateDate|ModifyDate|MetadataDate)>[^<]*</xmp:\1>", b"", xmp)
    return bare.replace(b"</rdf:RDF>", packet.encode() + b"</rdf:RDF>", 1)

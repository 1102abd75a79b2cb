"""What a PDF tells its readers besides the picture of its pages: text, boxes, labels, places, outline, links and tags, as values that can be compared."""

from __future__ import annotations

from typing import Any

import pikepdf
from lxml import etree

from book.proof import pdf_text


def texts(page: pikepdf.Page) -> list[tuple[int, str]]:
    """Return the texts that *page* paints, in order, each with its MCID; one without a tag, as a running head or a folio, has -1."""
    fonts = {name: pdf_text._unicode(font) for name, font in page.resources.Font.items()}
    shown: list[tuple[int, str]] = []
    marks, face = [-1], pdf_text.Letters(width=2, map={})
    for step in pikepdf.parse_content_stream(page):
        operands: Any = step.operands
        match str(step.operator):
            case "BDC" | "BMC":
                values = operands[-1]
                marks.append(int(values.get("/MCID", -1)) if isinstance(values, pikepdf.Dictionary) else -1)
            case "EMC":
                marks.pop()
            case "BT":
                own = max(marks)
                if own < 0 or not shown or shown[-1][0] != own:
                    shown.append((own, ""))
            case "Tf":
                face = fonts[str(operands[0])]
            case "TJ" | "Tj":
                pieces = operands[0] if str(step.operator) == "TJ" else operands
                words = "".join(face.read(bytes(piece)) for piece in pieces if isinstance(piece, pikepdf.String))
                shown[-1] = (shown[-1][0], shown[-1][1] + words)
    return shown


def numbers(pdf: pikepdf.Pdf) -> dict[tuple[int, int], int]:
    return {page.obj.objgen: number for number, page in enumerate(pdf.pages)}


def place(pdf: pikepdf.Pdf, dest: Any) -> tuple[int, float, float]:
    return numbers(pdf)[dest[0].objgen], round(float(dest[2]), 3), round(float(dest[3]), 3)


def places(pdf: pikepdf.Pdf) -> dict[str, tuple[int, float, float]]:
    """Return the named places of *pdf*."""
    names = pdf.Root.Names.Dests.Names
    result = {str(names[at]): place(pdf, names[at + 1]) for at in range(0, len(names), 2)}
    assert list(result) == sorted(result), "a reader looks names up by halves"
    return result


def outline(pdf: pikepdf.Pdf, line: Any = None) -> list[Any]:
    """Return the lines of the outline below *line*, each with its place, its count and the lines below it."""
    line = pdf.Root.Outlines if line is None else line
    lines = []
    below = line.get("/First")
    while below is not None:
        assert below.Parent.objgen == line.objgen
        lines.append((str(below.Title), place(pdf, below.Dest), int(below.Count), outline(pdf, below)))
        following = below.get("/Next")
        assert following is None or following.Prev.objgen == below.objgen
        below = following
    return lines


def parents(pdf: pikepdf.Pdf) -> dict[int, Any]:
    """Return the tags of the content of each page, and of each link, by their numbers in the tree of parents."""
    return dict(pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree).items())


def metadata(pdf: pikepdf.Pdf) -> list[Any]:
    """Return what the file says of itself, however that is written, without the name of this very copy."""
    elements = etree.fromstring(pdf.Root.Metadata.read_bytes()).iter(etree.Element)
    return [
        (element.tag, (element.text or "").strip(), sorted(element.items()))
        for element in elements
        if not str(element.tag).startswith("{http://ns.adobe.com/xap/1.0/mm/}")
    ]


def links(pdf: pikepdf.Pdf) -> list[Any]:
    """Return for each page where its links stand and lead, and the tag that owns each."""
    owners = parents(pdf)
    assert list(owners) == sorted(owners)
    return [
        [
            (
                [round(float(side), 3) for side in link.Rect],
                str(link.get("/Dest", "")),
                str(link.A.URI) if "/A" in link else "",
                str(link.Contents),
                str(owners[int(link.StructParent)].S),
            )
            for link in page.obj.get("/Annots", ())
        ]
        for page in pdf.pages
    ]


def tags(pdf: pikepdf.Pdf) -> Any:
    """Return the tree of tags: role, page, attributes and kids, in which every parent knows its kids, and names are numbered as they come."""
    pages, names = numbers(pdf), dict[str, int]()
    owners = parents(pdf)

    def number(name: Any) -> int:
        return names.setdefault(str(name), len(names))

    def attributes(thing: Any) -> list[Any]:
        every = thing.get("/A", pikepdf.Array())
        return [
            {
                key: [number(name) for name in value] if key == "/Headers" else repr(value)
                for key, value in attribute.items()
                if key != "/BBox"
            }
            for attribute in (every if isinstance(every, pikepdf.Array) else [every])
        ]

    def described(thing: Any, parent: Any, page: int) -> Any:
        if isinstance(thing, int):
            owner = owners[int(pdf.pages[page].obj.StructParents)][thing]
            assert owner.objgen == parent.objgen
            return thing
        if thing.get("/Type") == "/OBJR":
            return "link", pages[thing.Pg.objgen]
        assert thing.P.objgen == parent.objgen
        page = pages[thing.Pg.objgen] if "/Pg" in thing else page
        kids = thing.get("/K", [])
        kids = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
        name = number(thing.ID) if "/ID" in thing else None
        below = [described(kid, thing, page) for kid in kids]
        return str(thing.S), page, str(thing.get("/Alt", "")), name, attributes(thing), below

    root = pdf.Root.StructTreeRoot
    return described(root.K[0], root, -1)


def seen(pdf: pikepdf.Pdf) -> Any:
    """Return what readers of *pdf* are told besides its pages."""
    labels = pdf.Root.PageLabels.Nums
    return {
        "text": [(run.page, run.mark, run.text, run.note, run.head) for run in pdf_text.runs(pdf)],
        "boxes": [
            [[float(side) for side in page.obj[box]] for box in ("/MediaBox", "/TrimBox", "/BleedBox")]
            for page in pdf.pages
        ],
        "labels": [(int(labels[at]), str(labels[at + 1].S)) for at in range(0, len(labels), 2)],
        "fonts": sorted({str(font.BaseFont) for page in pdf.pages for font in page.resources.Font.values()}),
        "about": {key: str(value) for key, value in pdf.docinfo.items()},
        "language": str(pdf.Root.Lang),
        "metadata": metadata(pdf),
        "places": places(pdf),
        "outline": outline(pdf),
        "links": links(pdf),
        "tags": tags(pdf),
    }

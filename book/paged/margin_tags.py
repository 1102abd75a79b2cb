"""Running heads and folios of a PDF, which nobody reads aloud on every page: artifacts (PDF/UA-1 §7.8).

WeasyPrint 70 gives them tags that stand nowhere in the tree.
"""

from __future__ import annotations

from typing import Any


def hide_margins(pdf: Any) -> None:
    """Turn all text of *pdf* whose tags are not in the tree, that of the margin boxes, into artifacts."""
    root = pdf.Root.get("/StructTreeRoot")
    if root is None:
        return
    document = root.K[0]
    tops = {kid.objgen for kid in document.K}
    nums = root.ParentTree.Nums
    rows = {int(nums[at]): nums[at + 1] for at in range(0, len(nums), 2)}
    known: dict[tuple[int, int], bool] = {}

    def stands(element: Any) -> bool:
        """Return whether an element stands in the tree: whether the one above it that is directly in the document does."""
        own = element.objgen
        if own not in known:
            known[own] = own in tops if element.P.objgen == document.objgen else stands(element.P)
        return known[own]

    for page in pdf.pages:
        row = rows.get(int(page.obj.get("/StructParents", -1)), ())
        stray = [number for number, element in enumerate(row) if element is not None and not stands(element)]
        if stray:
            _hide(pdf, page.obj, row, stray)


def _hide(pdf: Any, page: Any, row: Any, stray: list[int]) -> None:
    """Turn the marked contents *stray* of *page* into artifacts.

    Args:
        pdf: with the page.
        page: its text is one stream, as WeasyPrint writes it.
        row: the elements that own the marked contents of the page; changed.
        stray: numbers of marked contents.
    """
    code = page.Contents.read_bytes()
    for number in stray:
        for tag in (b"Span", b"Figure"):
            begin = b"/%s\n<</MCID %d>>\nBDC" % (tag, number)
            if begin in code:
                code = code.replace(begin, b"/Artifact\nBMC")
                row[number] = None
    page.Contents = pdf.make_stream(code)

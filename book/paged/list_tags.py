"""Lists of a PDF as screen readers know them: an item is a label and one body, which holds all else, and a list says how it is numbered.

WeasyPrint 70 puts the blocks of an item beside its label, and a list in an item behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from book.paged import tags
from book.paged.link_tags import role
from book.paged.tags import Element

NUMBERINGS: Mapping[str, str] = {
    "decimal": "Decimal",
    "decimal-leading-zero": "Decimal",
    "lower-roman": "LowerRoman",
    "upper-roman": "UpperRoman",
    **dict.fromkeys(("lower-alpha", "lower-latin"), "LowerAlpha"),
    **dict.fromkeys(("upper-alpha", "upper-latin"), "UpperAlpha"),
}
"""How CSS calls the numbers of a list -> how PDF does (PDF 1.7 Table 347)."""


def number_lists(lists: Sequence[Element], styles: Sequence[str]) -> None:
    """Note at each of the *lists* of a PDF how its items are numbered (PDF/UA-1 §7.6).

    Args:
        lists: in order, as WeasyPrint tagged them; they are changed.
        styles: how CSS calls the markers of each.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    if len(lists) != len(styles):  # unknown order: they are read all the same
        return
    for element, style in zip(lists, styles, strict=True):
        if style in NUMBERINGS:
            element.A = pikepdf.Dictionary(O=pikepdf.Name.List, ListNumbering=pikepdf.Name(f"/{NUMBERINGS[style]}"))


def settle_lists(pdf: Any, lists: Sequence[Element]) -> None:
    """Give every item of the *lists* of *pdf* one body, and put the lists that stand behind an item into it (PDF/UA-1 §7.2)."""
    import pikepdf  # noqa: PLC0415 - as above

    for element in lists:
        items: list[Element] = []
        inner: list[Element] = []
        for kid in tags.kids(element):
            if role(kid) == "/L" and items:
                inner.append(kid)
                continue
            _settle_item(pdf, items[-1:], inner)
            items.append(kid)
            inner = []
        _settle_item(pdf, items[-1:], inner)
        if role(element) == "/L" and len(items) < len(tags.kids(element)):
            element.K = pikepdf.Array(items)


def _settle_item(pdf: Any, items: Sequence[Element], lists: Sequence[Element]) -> None:
    """Give the item of a list one body with all that it holds, and with the *lists* behind it."""
    import pikepdf  # noqa: PLC0415 - as above

    for item in items:
        kids = tags.kids(item)
        labels = kids[: role(next(iter(kids), None)) == "/Lbl"]
        rest = kids[len(labels) :]
        if role(item) != "/LI" or (not lists and (not rest or list(map(role, rest)) == ["/LBody"])):
            return
        if list(map(role, rest)) == ["/LBody"]:
            body, rest = rest[0], tags.kids(rest[0])
        else:
            words = pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name.LBody, P=item, Pg=item.Pg)
            body = pdf.make_indirect(words)
            for kid in rest:
                kid.P = body
                if role(kid) == "/LBody":  # a line or more between blocks
                    kid.S = pikepdf.Name.P
        for kid in lists:
            kid.P = body
        body.K = pikepdf.Array([*rest, *lists])
        item.K = pikepdf.Array([*labels, body])

"""Operators between words in formulas: they keep the space on their sides."""

from __future__ import annotations

from lxml import etree

from book.html_names import MATH

ROWS = frozenset("math mrow mstyle mpadded mphantom merror msqrt menclose mtd".split())
"""Elements of MathML whose children stand in a row."""


def space_out(math: etree._Element) -> None:
    """Give an empty identifier to each row of *math* that has nothing but words and one operator between them.

    Such a row counts as one large operator (MathML 3 §3.2.5.7.3), and Firefox sets the space of the operator around the row.

    >>> math = etree.fromstring(f'<math xmlns="{MATH}"><mtext>price</mtext><mo>×</mo><mtext>share</mtext></math>')
    >>> space_out(math)
    >>> [etree.QName(part).localname for part in math]
    ['mtext', 'mo', 'mtext', 'mi']
    """
    for operator in math.iter(f"{{{MATH}}}mo"):
        row = operator.getparent()
        if row is None or etree.QName(row).localname not in ROWS:
            continue
        before = list(operator.itersiblings(etree.Element, preceding=True))
        after = list(operator.itersiblings(etree.Element))
        if before and after and all(map(_is_like_space, (*before, *after))):
            etree.SubElement(row, f"{{{MATH}}}mi")


def _is_like_space(element: etree._Element) -> bool:
    name, parts = etree.QName(element).localname, list(element.iterchildren(etree.Element))
    return name in ("mtext", "mspace") or (name in ROWS and bool(parts) and all(map(_is_like_space, parts)))

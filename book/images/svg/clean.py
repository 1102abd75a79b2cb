"""Recognises drawings that are clean: nothing but allowed elements and attributes, and no address that leads out."""

from __future__ import annotations

import re

from lxml import etree

from book.html_names import SVG
from book.images.svg.vocabulary import ELEMENTS, HREF, NUMERIC, PRESENTED, SPACE, WORDED
from book.patterns import regex

ATTRIBUTES = PRESENTED | NUMERIC | WORDED | {HREF, SPACE}
_CARRIED = regex(r"#|data:image/(?:png|jpeg|gif|webp);base64,")
_LEADS_OUT = regex(r"url\(\s*(?!#)", re.IGNORECASE)


def is_clean(data: bytes) -> bool:
    """Return whether *data* is a drawing as :func:`book.images.svg.cleaned` writes it: nothing in it loads or runs.

    >>> is_clean(b'<svg xmlns="http://www.w3.org/2000/svg"><g fill="red"/></svg>')
    True
    >>> is_clean(b'<svg xmlns="http://www.w3.org/2000/svg"><g onload="x()"/></svg>')
    False
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return False
    if root.getroottree().docinfo.doctype or root.tag != f"{{{SVG}}}svg":
        return False
    for element in root.iter():
        if not isinstance(element.tag, str) or etree.QName(element).namespace != SVG:
            return False
        if etree.QName(element).localname not in ELEMENTS:
            return False
        for key, value in element.attrib.items():
            if key not in ATTRIBUTES or _LEADS_OUT.search(value) or (key == HREF and not _CARRIED.match(value)):
                return False
    return True

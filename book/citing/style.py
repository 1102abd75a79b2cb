"""The CSL style of a book: a file of the book, checked and rewritten so that citeproc has nothing to download."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from book.problems import Kind, Place, Problem, Severity, printable
from book.safe_open import Refusal, open_file

NO_STYLE = Kind("R122", Severity.WARNING, "a citation style that cannot be used")

LIMIT = 1_000_000
CSL = "{http://purl.org/net/xbiblio/csl}"


def read(root: Path, name: str, place: Place) -> tuple[str, tuple[Problem, ...]]:
    """Return the style in the file *name* of the book, empty if it cannot be used, and the problem.

    A dependent style only names another one, without rules of its own; citeproc would download the other.
    """
    if not name:
        return "", ()
    data = open_file(root, name, limit=LIMIT)
    why = data.detail if isinstance(data, Refusal) else ""
    style = b""
    if isinstance(data, bytes):
        style, why = _checked(data)
    if not why:
        return style.decode(), ()
    message = f"the citation style '{printable(name, 80)}' is not used: {why}; Chicago (author and date) is used"
    return "", (NO_STYLE.at(place, message, fix="put the .csl file of an independent style into the book"),)


def _checked(data: bytes) -> tuple[bytes, str]:
    """Return a style without links, and why it cannot be used; one of the two is empty."""
    if b"<!" in data.replace(b"<!--", b""):
        return b"", "it has a document type"
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as fault:
        return b"", f"it is not well-formed XML: {printable(str(fault), 100)}"
    if root.tag != f"{CSL}style":
        return b"", "it is no CSL style"
    if root.find(f"{CSL}citation") is None:
        return b"", "it only names another style"
    for link in [*root.iter(f"{CSL}link"), *root.iter("link")]:
        if (parent := link.getparent()) is not None:
            parent.remove(link)
    return etree.tostring(root, encoding="utf-8"), ""

"""XHTML as a value: the body of a chapter, or a line such as its title. Parsed once, never changed, spelled for an edition.

The tree inside is lxml's, which could be changed. Nobody does: :meth:`Body.changed` gives another body, made from a copy.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from book.characters import NOT_XML
from book.html_names import EPUB, EPUB_TYPE, MATH, SVG, VOID

MARKS = "urn:handbound:marks"
"""Namespace of the press's own marks, prefix ``hb``: no author can write them, and no edition shows them."""
PREFIX = "hb-"
"""Begins every class that Handbound puts on, and no class of an author."""
HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def own(name: str) -> str:
    """Return the name of a mark of the press as an attribute of a tree.

    >>> own("kind")
    '{urn:handbound:marks}kind'
    """
    return f"{{{MARKS}}}{name}"


KIND = own("kind")
"""What an element is for the press: one or more words such as ``noteref`` or ``added link-number``."""
POS, NOTE, BREAK = own("pos"), own("note"), own("break")
"""Where an element stands in the author's file; which note it calls or is; where it breaks a page."""
HREF, SRC = own("href"), own("src")
"""An address as the author wrote it, until it is known where it leads."""
LETTERS = own("letters")
"""What a drawn formula says, in letters."""
TABLE, PIECE, FIGURE, CODE = own("table"), own("piece"), own("figure"), own("code")
"""Number of a table, of a piece of a table, of a figure and of a listing, each in its chapter."""
HEAD, LABEL, BOOKMARK = own("head"), own("label"), own("bookmark")
"""The words of a heading in the head of a page, in letters alone, and in the bookmarks."""
TO, AFTER = own("to"), own("after")
"""Of a reference to a page: where it leads, and the words behind the number."""
ON_PAPER: Mapping[str, str] = {
    TABLE: "data-table",
    PIECE: "data-piece",
    FIGURE: "data-figure",
    CODE: "data-code",
    HEAD: "data-head",
    LABEL: "data-label",
    BOOKMARK: "data-bookmark",
    TO: "data-to",
    AFTER: "data-after",
}
"""Marks that stay on paper, and the plain attributes that they become: ``attr()`` of CSS and WeasyPrint's boxes know no namespaces."""
ADDRESSES = ("href", "src", "cite", HREF, SRC)
"""Attributes that hold an address, or will."""

Element = etree._Element  # noqa: SLF001 - lxml's only name for the type
Change = Callable[[Element], None]
"""What an edition or a stage does to a copy of a body."""


class Body:
    """XHTML that stands in a page, without an element round it.

    Two bodies are equal when they are spelled alike. A body can be sent to another process.

    >>> line = Body.of("a <em>b</em>")
    >>> line, line == Body.of("a <em>b</em>"), bool(Body.of(""))
    (Body.of('a <em>b</em>'), True, False)
    """

    __slots__ = ("_root", "_spelled")

    def __init__(self, root: Element) -> None:
        """Take *root* over: what it holds is the body, and nobody changes it from now on."""
        self._root = root
        self._spelled: str | None = None

    @classmethod
    def of(cls, xhtml: str) -> Body:
        """Return the body that :meth:`spell` gave as *xhtml*.

        Raises:
            lxml.etree.XMLSyntaxError: it is not well-formed.
        """
        return cls(_parsed(xhtml))

    @classmethod
    def inside(cls, element: Element) -> Body:
        """Return what *element* holds as a body of its own; it is taken out of *element*."""
        root = _parsed("")
        root.text, element.text = element.text, None
        root.extend(list(element))
        return cls(root)

    @property
    def root(self) -> Element:
        """The element round the body, to read."""
        return self._root

    @property
    def text(self) -> str:
        """All its text."""
        return "".join(map(str, self._root.itertext()))

    def iter(self, *tags: str) -> Iterator[Element]:
        """Yield the elements of the body in their order, those called *tags* if any are named."""
        elements = self._root.iter(*tags) if tags else self._root.iter(etree.Element)
        return (element for element in elements if element is not self._root)

    def ids(self) -> Iterator[str]:
        """Yield the ids of its elements."""
        return (name for element in self.iter() if (name := element.get("id")))

    def holds(self, *tags: str) -> bool:
        """Say whether an element called one of *tags* stands in the body."""
        return next(self.iter(*tags), None) is not None

    def changed(self, *changes: Change) -> Body:
        """Return the body as *changes*, one after the other, make it of one copy.

        >>> Body.of("<b>a</b>").changed(lambda root: root[0].set("class", "x"))
        Body.of('<b class="x">a</b>')
        """
        return Body(self.copy(*changes))

    def line(self) -> Body:
        """Return the body as one line: without space at its ends, and with spaces for the ends of lines."""

        def flatten(root: Element) -> None:
            for element in root.iter():
                if element.text:
                    element.text = element.text.replace("\n", " ")
                if element.tail:
                    element.tail = element.tail.replace("\n", " ")
            root.text = (root.text or "").lstrip() or None
            if not len(root):
                root.text = (root.text or "").rstrip() or None
            else:
                root[-1].tail = (root[-1].tail or "").rstrip() or None

        return self.changed(flatten)

    def spell(self) -> str:
        r"""Return the body as well-formed XHTML.

        >>> Body.of("<a href='/\"x'>a</a>").spell()
        '<a href="/%22x">a</a>'
        """
        if self._spelled is None:
            self._spelled = _spelled(self._root)
        return self._spelled

    def xhtml(self, *changes: Change, paper: bool = False) -> str:
        """Return the body as it stands in a document of an EPUB, after *changes* to a copy of it.

        Args:
            changes: one after the other.
            paper: whether it is laid out in pages: then the marks :data:`ON_PAPER` stay, as plain attributes.

        >>> line = Body.of('<a hb:kind="noteref" class="mine" hb:pos="1:1" hb:to="#a">1</a>')
        >>> line.xhtml(), line.xhtml(paper=True)
        ('<a class="mine hb-noteref">1</a>', '<a class="mine hb-noteref" data-to="#a">1</a>')
        """
        return _spelled(self.copy(*changes, dress_for_paper if paper else _dress))

    def html(self, *changes: Change, paper: bool = False) -> str:
        """Return the body as it stands in a page of HTML, after *changes* to a copy of it; *paper* as for :meth:`xhtml`.

        Empty elements have no slash, and no attribute is EPUB's.
        """
        root = self.copy(*changes, dress_for_paper if paper else _dress)
        for element in root.iter(etree.Element):
            element.attrib.pop(EPUB_TYPE, None)
        etree.cleanup_namespaces(root)
        # lxml does not know that HTML 13.1.2 gives wbr no end tag.
        text = _in_double_quotes(root).replace("</wbr>", "")
        return text[text.index(">") + 1 : text.rindex("<")]

    def copy(self, *changes: Change) -> Element:
        """Return a copy of the element round the body after *changes*; it is the caller's."""
        root = copy.deepcopy(self._root)
        for change in changes:
            change(root)
        return root

    def __bool__(self) -> bool:
        """Say whether there is anything in it."""
        return bool(len(self._root) or self._root.text)

    def __eq__(self, other: object) -> bool:
        """Say whether *other* is a body that is spelled alike."""
        return isinstance(other, Body) and self.spell() == other.spell()

    def __hash__(self) -> int:
        """Return the hash of its spelling."""
        return hash(self.spell())

    def __reduce__(self) -> tuple[Callable[[str], Body], tuple[str]]:
        """Travel as text: lxml's trees cannot be pickled."""
        return Body.of, (self.spell(),)

    def __str__(self) -> str:
        """Return its spelling."""
        return self.spell()

    def __repr__(self) -> str:
        """Return how it is made."""
        return f"Body.of({self.spell()!r})"


_TAG = re.compile(r'<([A-Za-z][A-Za-z0-9]*)((?:\s+[^\s=>"/]+="[^"]*")*)\s*>')


def parse_html(fragment: str) -> Element:
    r"""Return an element that holds *fragment*, HTML as nh3 serialises it: every attribute in quotes, no void element closed.

    >>> Body(parse_html('a<br>b&nbsp;<p></p>'))
    Body.of('a<br/>b\xa0<p></p>')
    """
    xml = _TAG.sub(_closed, fragment).replace("&nbsp;", "\u00a0")
    return _parsed(NOT_XML.sub("\ufffd", xml))


def _parsed(xhtml: str) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(f'<section xmlns:epub="{EPUB}" xmlns:hb="{MARKS}">{xhtml}</section>', parser)


def _closed(match: re.Match[str]) -> str:
    """Return a tag of HTML as XML wants it."""
    tag, pairs = match[1], match[2].replace(' href=""', "").replace(' src=""', "")
    space = {"svg": f' xmlns="{SVG}"', "math": f' xmlns="{MATH}"'}.get(tag, "")
    return f"<{tag}{space}{pairs}/>" if tag in VOID else f"<{tag}{space}{pairs}>"


def _spelled(root: Element) -> str:
    """Return what *root* holds as well-formed XHTML."""
    for inner in root.iter(etree.Element):
        if inner.text is None and not len(inner) and etree.QName(inner).namespace is None and inner.tag not in VOID:
            inner.text = ""  # <p/> stays open in an HTML parser
        for name in ADDRESSES:
            # An address has no quotation mark (RFC 3986 §2): none may end its attribute, whoever writes it.
            if '"' in (address := inner.get(name) or ""):
                inner.set(name, address.replace('"', "%22"))
    text = etree.tostring(root, encoding="unicode", with_tail=False)
    return text[text.index(">") + 1 : text.rindex("<")] if not text.endswith("/>") else ""


def _in_double_quotes(root: Element) -> str:
    """Return *root* as HTML, every attribute in double quotes: lxml would put one that holds such a mark in single ones."""
    marked = [
        (element, name)
        for element in root.iter(etree.Element)
        for name in element.attrib
        if '"' in element.attrib[name]
    ]
    if not marked:
        return etree.tostring(root, encoding="unicode", method="html")
    written = etree.tostring(root, encoding="unicode")
    stand_in = next((mark for mark in map(chr, range(0xFDD0, 0xFDF0)) if mark not in written), "\ufdd0")
    for element, name in marked:
        element.set(name, element.attrib[name].replace('"', stand_in))
    return etree.tostring(root, encoding="unicode", method="html").replace(stand_in, "&quot;")


EMPTY_BODY = Body.of("")


def kinds(element: Element) -> tuple[str, ...]:
    """Return what *element* is for the press: in a body by its mark, in a printed document by its classes.

    >>> kinds(etree.fromstring('<a class="mine hb-noteref"/>'))
    ('noteref',)
    """
    names = (element.get(KIND) or "").split()
    classes = (element.get("class") or "").split()
    return (*names, *(name[len(PREFIX) :] for name in classes if name.startswith(PREFIX)))


def mark(element: Element, *names: str) -> None:
    """Say that *element* is of the kinds *names*, beside those that it is of."""
    known = (element.get(KIND) or "").split()
    element.set(KIND, " ".join(dict.fromkeys((*known, *names))))


def _dress(root: Element) -> None:
    """Make classes of the kinds of the elements, and take all other marks of the press away."""
    for element in root.iter(etree.Element):
        if names := element.attrib.pop(KIND, None):
            dressed = (PREFIX + name for name in str(names).split())
            element.set("class", " ".join((*(element.get("class") or "").split(), *dressed)))
        for name in [name for name in element.attrib if str(name).startswith(own(""))]:
            del element.attrib[name]


def dress_for_paper(root: Element) -> None:
    """Make plain attributes of the marks :data:`ON_PAPER`, classes of the kinds, and take all other marks away."""
    for element in root.iter(etree.Element):
        for name in [name for name in element.attrib if name in ON_PAPER]:
            element.set(ON_PAPER[str(name)], str(element.attrib.pop(name)))
    _dress(root)


def take_out(element: Element) -> None:
    """Remove *element* from its parent; what follows it stays."""
    parent, tail = element.getparent(), element.tail or ""
    if parent is None:
        return
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    element.tail = None
    parent.remove(element)

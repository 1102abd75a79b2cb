"""XHTML as a value: the body of a chapter, or a line such as its title. Parsed once, never changed, serialised for each edition.

The tree inside is lxml's and could be changed, but never is: :meth:`Body.changed` returns another body, made from a copy.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from book import facts as facts_of
from book.characters import NOT_XML
from book.facts import Facts
from book.html_names import EPUB, EPUB_TYPE, MATH, SVG, VOID
from book.patterns import regex

MARKS = "urn:handbound:marks"
"""Namespace of Handbound's own marks, prefix ``hb``: no author can write them, and no edition contains them."""
PREFIX = "hb-"
"""Prefix of every class that Handbound adds, and of no class of an author."""
HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def own(name: str) -> str:
    """Return the name of one of our marks as an attribute in a tree.

    >>> own("kind")
    '{urn:handbound:marks}kind'
    """
    return f"{{{MARKS}}}{name}"


KIND = own("kind")
"""The kinds of an element: one or more words such as ``noteref`` or ``added link-number``."""
POS, NOTE, BREAK = own("pos"), own("note"), own("break")
"""Position in the author's file; the note that an element calls or is; where it breaks a page."""
HREF, SRC = own("href"), own("src")
"""An address as the author wrote it, until it is resolved."""
LETTERS = own("letters")
"""Text of a drawn formula."""
TABLE, PIECE, FIGURE, CODE = own("table"), own("piece"), own("figure"), own("code")
"""Number of a table, of a piece of a table, of a figure and of a listing, each within its chapter."""
BLOCK, MOVED = own("block"), own("moved")
"""Number of a block that is directly in the body of its chapter; in a chapter with blocks that were moved, whether this is one (yes, no)."""
SMALLEST = own("smallest")
"""The size of the smallest letters in a drawing, as shares of its width and its height."""
LINES = own("lines")
"""The number of lines in which a paragraph is set so that pages are filled, if it is not the best for the paragraph itself."""
HEAD, LABEL, BOOKMARK = own("head"), own("label"), own("bookmark")
"""The text of a heading in running heads, as plain letters, and in bookmarks."""
TO, AFTER = own("to"), own("after")
"""For a page reference: its target, and the words after the number."""
PLACES = own("places")
"""The ids of the places of an entry of the index, whose page numbers it gets on paper."""
ON_PAPER: Mapping[str, str] = {
    TABLE: "data-table",
    PIECE: "data-piece",
    FIGURE: "data-figure",
    CODE: "data-code",
    BLOCK: "data-block",
    MOVED: "data-moved",
    LINES: "data-lines",
    SMALLEST: "data-smallest",
    HEAD: "data-head",
    LABEL: "data-label",
    BOOKMARK: "data-bookmark",
    TO: "data-to",
    AFTER: "data-after",
    PLACES: "data-places",
}
"""Marks that paged editions keep, and the plain attributes that they become: neither ``attr()`` in CSS nor WeasyPrint's boxes
support namespaces."""
ADDRESSES = ("href", "src", "cite", HREF, SRC)
"""Attributes that hold an address, or will hold one."""

Element = etree._Element  # noqa: SLF001 - lxml's only name for the type
Change = Callable[[Element], None]
"""A change that an edition or a stage makes to a copy of a body."""


class Body:
    """The XHTML inside an element of a page.

    Two bodies are equal if their XHTML is the same. A body can be sent to another process.

    >>> line = Body.of("a <em>b</em>")
    >>> line, line == Body.of("a <em>b</em>"), bool(Body.of(""))
    (Body.of('a <em>b</em>'), True, False)
    """

    __slots__ = ("_digest", "_facts", "_make", "_printed", "_root", "_spelled")

    def __init__(self, root: Element | None, make: Callable[[], Element] | None = None) -> None:
        """Take ownership of *root*, whose content is the body; it must not be changed any more. None: *make* returns it when it is needed."""
        self._root = root
        self._make = make
        self._spelled: str | None = None
        self._facts: Facts | None = None
        self._digest = ""
        self._printed: dict[bool, str] = {}
        """What :meth:`xhtml` returns without changes: several lists and editions ask for the same title."""

    @classmethod
    def of(cls, xhtml: str) -> Body:
        """Return the body that :meth:`spell` returned as *xhtml*.

        Raises:
            lxml.etree.XMLSyntaxError: it is not well-formed.
        """
        return cls(_parsed(xhtml))

    @classmethod
    def later(
        cls, make: Callable[[], Element], *, xhtml: str | None = None, facts: Facts | None = None, digest: str = ""
    ) -> Body:
        """Return the body inside the element that *make* returns, which is called only if something needs the tree.

        Args:
            make: returns an element that nobody else has; what it raises reaches whoever asks for the tree.
            xhtml: what :meth:`spell` returns, if that is known.
            facts: the facts of the body, if they are known.
            digest: its digest, if that is known.

        >>> Body.later(lambda: 1 / 0, xhtml="No <b>tree</b>").spell()
        'No <b>tree</b>'
        """
        body = cls(None, make)
        body._spelled, body._facts, body._digest = xhtml, facts, digest
        return body

    @classmethod
    def inside(cls, element: Element) -> Body:
        """Move the content of *element* into a body of its own, and return it."""
        root = _parsed("")
        root.text, element.text = element.text, None
        root.extend(list(element))
        return cls(root)

    @classmethod
    def text_line(cls, text: str) -> Body:
        """Return the body of one line that contains *text* and no element.

        >>> Body.text_line(" a & b ")
        Body.of('a &amp; b')
        """
        root = _parsed("")
        root.text = text.replace("\n", " ").strip() or None
        return cls(root)

    @property
    def root(self) -> Element:
        """The element around the body, for reading only."""
        root = self._root
        if root is None:
            root = self._make() if self._make else _parsed(self.spell())
            self._root, self._make = root, None  # in this order: another thread may ask meanwhile
        return root

    def rest(self) -> None:
        """Let go of the tree and keep the text, which takes a fifth of the memory: whoever needs the tree parses it again."""
        if self._root is not None:
            self.spell()
            self._root = None

    def _tree(self, *, own: bool = False) -> Element:
        """Return the element around the body, parsed for this call alone if the body is at rest; if it should be the caller's *own*, a copy."""
        if self._root is None and self._make is None:
            return _parsed(self.spell())
        return copy.deepcopy(self.root) if own else self.root

    @property
    def plain(self) -> str | None:
        """Its text, if that has no markup and is known without a tree; else None.

        >>> Body.later(lambda: 1 / 0, xhtml="a title").plain
        'a title'
        """
        text = self._spelled if self._root is None else None
        return text if text is not None and "<" not in text and "&" not in text else None

    @property
    def text(self) -> str:
        """All its text."""
        plain = self.plain
        return "".join(map(str, self._tree().itertext())) if plain is None else plain

    @property
    def digest(self) -> str:
        """The digest of its XHTML: two bodies with the same digest are equal."""
        if not self._digest:
            self._digest = self._facts.digest if self._facts else facts_of.digest(self.spell())
        return self._digest

    @property
    def facts(self) -> Facts:
        """What is asked of it most, taken from its tree once."""
        if self._facts is None:
            root = self._tree()
            text = "".join(map(str, root.itertext()))
            self._facts = facts_of.taken(root.iterdescendants(etree.Element), text, self.spell(), kinds)
        return self._facts

    @property
    def letters(self) -> str:
        """The letters of its text and of its attributes, each at least once.

        >>> Body.of('<b title="x">aba</b>').letters
        'abx'
        """
        plain = self.plain
        return self.facts.letters if plain is None else plain

    def iter(self, *tags: str) -> Iterator[Element]:
        """Yield the elements of the body in order, only those called *tags* if any are given."""
        if tags and not self.holds(*tags):
            return iter(())
        root = self.root
        elements = root.iter(*tags) if tags else root.iter(etree.Element)
        return (element for element in elements if element is not root)

    def ids(self) -> Iterator[str]:
        """Yield the ids of its elements."""
        return iter(self.facts.ids if self.plain is None else ())

    def holds(self, *tags: str) -> bool:
        """Return whether the body contains an element called one of *tags*."""
        if self._facts:
            return not self._facts.tags.isdisjoint(tags)
        if self.plain is not None:
            return False
        root = self.root
        return any(element is not root for element in root.iter(*tags))

    def changed(self, *changes: Change) -> Body:
        """Return a copy of the body with *changes* applied in order.

        >>> Body.of("<b>a</b>").changed(lambda root: root[0].set("class", "x"))
        Body.of('<b class="x">a</b>')
        """
        return Body(self.copy(*changes))

    def line(self) -> Body:
        """Return the body as one line: without space at its ends, and with line ends replaced by spaces."""

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
            self._spelled = _spelled(self.root)
        return self._spelled

    def xhtml(self, *changes: Change, paper: bool = False) -> str:
        """Return the body for a document of an EPUB, after *changes* to a copy of it.

        Args:
            changes: applied in order.
            paper: whether it is for a paged edition: then the marks :data:`ON_PAPER` are kept as plain attributes.

        >>> line = Body.of('<a hb:kind="noteref" class="mine" hb:pos="1:1" hb:to="#a">1</a>')
        >>> line.xhtml(), line.xhtml(paper=True)
        ('<a class="mine hb-noteref">1</a>', '<a class="mine hb-noteref" data-to="#a">1</a>')
        """
        if not changes and (plain := self.plain) is not None:
            return plain
        dress = dress_for_paper if paper else _dress
        if changes:
            return _spelled(self.copy(*changes, dress))
        if paper not in self._printed:
            self._printed[paper] = _spelled(self.copy(dress))
        return self._printed[paper]

    def html(self, *changes: Change, paper: bool = False) -> str:
        """Return the body for a page of HTML, after *changes* to a copy of it; *paper* as for :meth:`xhtml`.

        Void elements have no slash, and there are no EPUB attributes.
        """
        if not changes and (plain := self.plain) is not None:
            return plain
        root = self.copy(*changes, dress_for_paper if paper else _dress)
        for element in root.iter(etree.Element):
            element.attrib.pop(EPUB_TYPE, None)
        etree.cleanup_namespaces(root)
        # lxml does not know that HTML 13.1.2 gives wbr no end tag.
        text = _in_double_quotes(root).replace("</wbr>", "")
        return text[text.index(">") + 1 : text.rindex("<")]

    def copy(self, *changes: Change) -> Element:
        """Return a copy of the element around the body after *changes*; the caller may change it."""
        root = self._tree(own=True)
        for change in changes:
            change(root)
        return root

    def __bool__(self) -> bool:
        """Return whether the body is not empty."""
        if self._root is None and self._spelled is not None:
            return bool(self._spelled)
        return bool(len(self.root) or self.root.text)

    def __eq__(self, other: object) -> bool:
        """Return whether *other* is a body with the same XHTML."""
        return isinstance(other, Body) and self.spell() == other.spell()

    def __hash__(self) -> int:
        """Return the hash of its XHTML."""
        return hash(self.spell())

    def __reduce__(self) -> tuple[type[Body], tuple[None], tuple[None, Mapping[str, object]]]:
        """Pickle as text: lxml's trees cannot be pickled, and another process needs few of them."""
        return Body, (None,), (None, {"_spelled": self.spell(), "_facts": self._facts})

    def __str__(self) -> str:
        """Return its XHTML."""
        return self.spell()

    def __repr__(self) -> str:
        """Return the expression that makes it."""
        return f"Body.of({self.spell()!r})"


_TAG = regex(r'<([A-Za-z][A-Za-z0-9]*)((?:\s+[^\s=>"/]+="[^"]*")*)\s*>')


def parse_html(fragment: str) -> Element:
    r"""Return an element that contains *fragment*, HTML as nh3 serialises it: attributes quoted, void elements not closed.

    >>> Body(parse_html('a<br>b&nbsp;<p></p>'))
    Body.of('a<br/>b\xa0<p></p>')
    """
    xml = _TAG.sub(_closed, fragment).replace("&nbsp;", "\u00a0")
    return _parsed(NOT_XML.sub("\ufffd", xml))


def _parsed(xhtml: str) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(f'<section xmlns:epub="{EPUB}" xmlns:hb="{MARKS}">{xhtml}</section>', parser)


def _closed(match: re.Match[str]) -> str:
    """Return a tag of HTML as well-formed XML."""
    tag, pairs = match[1], match[2].replace(' href=""', "").replace(' src=""', "")
    space = {"svg": f' xmlns="{SVG}"', "math": f' xmlns="{MATH}"'}.get(tag, "")
    return f"<{tag}{space}{pairs}/>" if tag in VOID else f"<{tag}{space}{pairs}>"


def _spelled(root: Element) -> str:
    """Return the content of *root* as well-formed XHTML."""
    for inner in root.iter(etree.Element):
        if inner.text is None and not len(inner) and etree.QName(inner).namespace is None and inner.tag not in VOID:
            inner.text = ""  # an HTML parser would leave <p/> open
        for name in ADDRESSES:
            # An address contains no quotation mark (RFC 3986 §2), so none may end its attribute.
            if '"' in (address := inner.get(name) or ""):
                inner.set(name, address.replace('"', "%22"))
    text = etree.tostring(root, encoding="unicode", with_tail=False)
    return text[text.index(">") + 1 : text.rindex("<")] if not text.endswith("/>") else ""


def _in_double_quotes(root: Element) -> str:
    """Return *root* as HTML, every attribute in double quotes; lxml would use single quotes for a value that contains a double one."""
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
    """Return the kinds of *element*: in a body from its mark, in a published document from its classes.

    >>> kinds(etree.fromstring('<a class="mine hb-noteref"/>'))
    ('noteref',)
    """
    marks, classes_of = element.get(KIND), element.get("class")
    if not marks and not classes_of:
        return ()  # true of most elements
    names, classes = (marks or "").split(), (classes_of or "").split()
    return (*names, *(name[len(PREFIX) :] for name in classes if name.startswith(PREFIX)))


def mark(element: Element, *names: str) -> None:
    """Add *names* to the kinds of *element*."""
    known = (element.get(KIND) or "").split()
    element.set(KIND, " ".join(dict.fromkeys((*known, *names))))


def _dress(root: Element) -> None:
    """Turn the kinds of the elements into classes, and remove all other marks."""
    for element in root.iter(etree.Element):
        if names := element.attrib.pop(KIND, None):
            dressed = (PREFIX + name for name in str(names).split())
            element.set("class", " ".join((*(element.get("class") or "").split(), *dressed)))
        for name in [name for name in element.attrib if str(name).startswith(own(""))]:
            del element.attrib[name]


def dress_for_paper(root: Element) -> None:
    """Turn the marks :data:`ON_PAPER` into plain attributes and kinds into classes, and remove all other marks."""
    for element in root.iter(etree.Element):
        for name in [name for name in element.attrib if name in ON_PAPER]:
            element.set(ON_PAPER[str(name)], str(element.attrib.pop(name)))
    _dress(root)


def take_out(element: Element) -> None:
    """Remove *element* from its parent; keep the text that follows it."""
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

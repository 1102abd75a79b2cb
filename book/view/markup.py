"""The body of a chapter as HTML, with additions for keyboard users and for right-to-left text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree
from msgspec.structs import replace

from book.body import HEADINGS, KIND, Change, Element, kinds, mark
from book.labels import label
from book.model import Book, Chapter
from book.paged import on_paper
from book.patterns import regex
from book.scripts import direction

DEEPEST = 12
"""The most columns by which the rest of a line is further in: on a phone, a deeper one would leave it no room."""


def turn_code(body: Element, language: str) -> None:
    """Mark the code in a right-to-left chapter as left-to-right."""
    if direction(language) == "rtl":
        for element in body.iter("pre", "code", "kbd", "samp"):
            element.set("dir", "ltr")


def hang_lines(body: Element) -> None:
    r"""Put each line of a listing into an element of the kind ``line``, so that a line that is too long continues further in.

    The end of the line stands inside: the text stays the same, and nothing is between two lines.

    >>> body = etree.fromstring("<div><pre><code>a <b>b\nc</b> d\n</code></pre></div>")
    >>> hang_lines(body)
    >>> "".join(body.itertext())
    'a b\nc d\n'
    >>> [line.get(KIND) for line in body.iter("span")], [len(line) for line in body.iter("span")]
    (['line', 'line'], [1, 1])

    It continues further in than it begins: a line that is indented has the kind ``in-4`` too, after its columns.
    """
    for box in body.iter("pre"):
        holder = box[0] if len(box) == 1 and box[0].tag == "code" and not (box.text or "").strip() else box
        lines = _Lines()
        lines.fill(holder)
        tail = holder.tail
        attributes = dict(holder.attrib)
        holder.clear()
        holder.attrib.update(attributes)
        holder.tail = tail
        holder.extend(line for line in lines.lines if len(line) or line.text)
        for line in holder:
            text = "".join(map(str, line.itertext()))
            if indent := min((len(text) - len(text.lstrip(" "))) // 2 * 2, DEEPEST):
                mark(line, f"in-{indent}")


OUTPUT = frozenset({"", "console", "log", "markdown", "md", "output", "text", "txt"})
"""Languages of listings whose lines are running text: what a program prints, and what authors write."""

_COLUMNS = regex(r"\S(?: {3,}|[ ]*\t[ \t]*)\S|[\u2500-\u259f]|[|+][-=]{3}")
"""Text in columns, drawn frames: it falls apart when a line is divided."""


def wrap_output(body: Element) -> None:
    """Give the listings of *body* that hold plain text the kind ``output``: their long lines may be divided.

    Code and text in columns keep their lines.

    >>> body = etree.fromstring("<div><pre><code>a  b</code></pre><pre><code>a    b</code></pre></div>")
    >>> wrap_output(body)
    >>> [box.get(KIND) for box in body]
    ['output', None]
    """
    for box in body.iter("pre"):
        languages = [
            name.removeprefix("language-")
            for part in (box, *box.iter("code"))
            for name in (part.get("class") or "").split()
            if name.startswith("language-")
        ]
        if OUTPUT.issuperset(languages) and not _COLUMNS.search("".join(map(str, box.itertext()))):
            mark(box, "output")


class _Lines:
    """The lines of a listing while they are gathered."""

    def __init__(self) -> None:
        self.lines = [etree.Element("span", {KIND: "line"})]
        self.open: list[Element] = []
        """The elements around the current place, in the current line, outermost first."""

    def fill(self, element: Element) -> None:
        """Add what is inside *element*."""
        self._add(element.text)
        for child in element:
            inner = etree.SubElement(self._place(), child.tag, dict(child.attrib))
            self.open.append(inner)
            self.fill(child)
            self.open.pop()
            self._add(child.tail)

    def _place(self) -> Element:
        return self.open[-1] if self.open else self.lines[-1]

    def _add(self, text: str | None) -> None:
        for number, piece in enumerate((text or "").split("\n")):
            if number:
                self._write("\n")
                self._begin()
            self._write(piece)

    def _write(self, text: str) -> None:
        place = self._place()
        if len(place):
            place[-1].tail = (place[-1].tail or "") + text
        elif text:
            place.text = (place.text or "") + text

    def _begin(self) -> None:
        """Begin a line, with the same elements around it; an id stays on the first."""
        self.lines.append(etree.Element("span", {KIND: "line"}))
        around = self.lines[-1]
        for number, element in enumerate(self.open):
            attributes = {str(name): str(value) for name, value in element.attrib.items() if name != "id"}
            self.open[number] = around = etree.SubElement(around, element.tag, attributes)


def ids(chapter: Chapter) -> Iterator[str]:
    """Yield the ids in *chapter*, including those of the note calls after its title."""
    yield from chapter.body.ids()
    yield from chapter.title_calls.ids()


def raise_calls(body: Element) -> None:
    """Raise the numbers that call the notes of *body* in the markup too: engines without style sheets would join them to the word before.

    >>> body = etree.fromstring('<p xmlns:hb="urn:handbound:marks">As told<a hb:kind="noteref" href="#n">1</a></p>')
    >>> raise_calls(body)
    >>> etree.tostring(body).decode().partition(">")[2]
    'As told<a hb:kind="noteref" href="#n"><sup>1</sup></a></p>'
    """
    for call in body.iter("a"):
        if "noteref" in kinds(call):
            raised = etree.Element("sup")
            raised.text, call.text = call.text, None
            raised.extend(list(call))
            call.append(raised)


def with_raised_calls(book: Book) -> Book:
    """Return *book* with the notes of titles called as :func:`raise_calls` does it."""
    return book.map_chapters(
        lambda chapter: (
            replace(chapter, title_calls=chapter.title_calls.changed(raise_calls)) if chapter.title_calls else chapter
        )
    )


def divide_addresses(body: Element) -> None:
    """Allow line breaks at the punctuation of links that show their address: browsers would divide them within a word.

    >>> body = etree.fromstring('<p><a href="https://example.org/long/path">https://example.org/long/path</a></p>')
    >>> divide_addresses(body)
    >>> etree.tostring(body[0]).decode().partition(">")[2]
    'https://<wbr/>example<wbr/>.org/<wbr/>long/<wbr/>path</a>'
    """
    for link in body.iter("a"):
        text = link.text or ""
        if len(link) or not text or text not in (link.get("href"), (link.get("href") or "").removeprefix("mailto:")):
            continue
        first, *rest = on_paper.breakable(text).replace(on_paper.TIE, "").split(on_paper.BREAK)
        link.text = first
        for piece in rest:
            etree.SubElement(link, "wbr").tail = piece


def html_body(
    chapter: Chapter, *changes: Change, image: Callable[[str], str], shift: int = 0, paper: bool = False
) -> str:
    """Return the chapter's body as HTML.

    Args:
        chapter: after composition, with references resolved.
        changes: changes that the edition makes to the body first.
        image: returns the address of an asset for its name.
        shift: number of levels by which headings are lowered.
        paper: see :meth:`book.body.Body.html`.
    """

    def fit(body: Element) -> None:
        turn_code(body, chapter.lang)
        for element in body.iter(etree.Element):
            if element.tag == "img" and element.get("src"):
                element.set("src", image(str(element.get("src"))))
                if not element.get("alt"):
                    element.attrib.pop("role", None)  # an empty alt marks an image as decorative (HTML 4.8.4.4)
            elif shift and element.tag in HEADINGS:
                element.tag = f"h{min(6, int(str(element.tag)[1]) + shift)}"

    return chapter.body.html(*changes, fit, paper=paper)


def name_tables(body: Element, language: str, before: int = 0) -> int:
    """Make every box around a table a named region: it may scroll, and the keyboard must reach it.

    Args:
        body: the body of a chapter.
        language: language of the name.
        before: number of tables named before.

    Returns:
        The number of tables named so far.
    """
    for box in body.iter("div"):
        if "table" not in kinds(box):
            continue
        before += 1
        caption = box.find("table/caption")
        text = "" if caption is None else " ".join("".join(map(str, caption.itertext())).split())
        if caption is None or not any("caption-number" in kinds(part) for part in caption.iter("span")):
            text = label(language, "table", n=before) + (f": {text}" if text else "")
        name_region(box, text)
    return before


def name_region(box: Element, name: str) -> None:
    """Make *box* a region called *name* that the keyboard can reach (WCAG 2.1.1)."""
    box.set("tabindex", "0")
    box.set("role", "region")
    box.set("aria-label", name)

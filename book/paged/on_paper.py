"""Prepares a chapter for paper, where links cannot be clicked: adds page numbers after internal links, and numbers for addresses."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Mapping

from lxml import etree
from msgspec import Struct

from book.body import AFTER, HEADINGS, KIND, TO, Element, kinds, mark, take_out
from book.html_names import INLINE
from book.labels import labels
from book.model import Book, Chapter
from book.patterns import regex
from book.schemes import SCHEMES, scheme
from book.style.links.whatwg import printed

NOT_SENT = frozenset({"doc-noteref", "doc-backlink"})
"""Roles of links that need no number: notes can be found without one."""
QUIET = frozenset({*HEADINGS, "pre", "figcaption"})
"""Elements into which nothing is inserted."""
LETTERED = {"a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
"""The ``type`` of a list in HTML 4.4.5 -> the CSS counter style; digits are the default."""
COMMAS = {"ar": "،", "fa": "،"}
"""The comma of the languages that have one of their own and write brackets as ``(`` and ``)``."""
WHOLE = regex(r"-?\d{1,9}", re.ASCII)
BREAK = "\u200b"
"""An allowed line break. Pango gives it no glyph, so it is not in text copied from a PDF."""
TIE = "\u2060"
"""A forbidden line break."""
LEADING = regex(r"(?:\.{1,2}|~)?/(?=[^\s/])|--?(?=\w)")
"""What a path or an option begins with: it stays on the line of what follows."""
SHORT = 18
"""An address or a name with at most this many letters is never divided."""
LONG_RUN, RUN = 25, 8
"""A longer run of letters and digits without punctuation may be divided between any two letters, except near its ends."""
LONGEST_NAME = 120
"""The most letters of the name of a link in a list of links."""
LONGEST = 1000
ENDLESS = regex(rf"[!-\u0dff\u10a0-\u16ff\u1800-\u1fff\u2010-\u2dff]{{{LONGEST},}}")
"""Letters without a break from which no page can set them as a word, in scripts that put spaces between words."""
SET_AS_TYPED = frozenset({"pre", "style", "script", "title", "svg", "math"})
RAGGED = frozenset({"p", "dd"})
BLANK = regex(r"([_.\-–—…])\1{15,}")
"""A line to write on, or dots up to a number."""
WRITTEN_OUT = regex(r"(?:https?://|ftp://|www\.)\S|[^\s@]+@[^\s@]+\.\w", re.I)
POINTS = {"mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0, "pt": 1.0, "px": 0.75}
"""Points per unit of length."""


class Address(Struct, frozen=True, kw_only=True):
    """One entry of the list at the end of a chapter."""

    number: int
    href: str
    shown: str
    """The address without its scheme, with allowed line breaks."""


def front_ids(book: Book) -> frozenset[str]:
    """Return the ids of everything on pages with roman numbers."""
    return frozenset(name for chapter in book.front for name in ids(chapter))


def glossary_ids(book: Book) -> frozenset[str]:
    """Return the ids in the bodies of the glossaries of *book*: those of their entries."""
    return frozenset(name for chapter in book.spine if chapter.role == "glossary" for name in chapter.body.ids())


def ids(chapter: Chapter) -> tuple[str, ...]:
    """Return the ids of everything on the pages of *chapter*."""
    return (chapter.slug, *chapter.body.ids(), *chapter.title_calls.ids(), f"title-{chapter.slug}")


def fill_in(body: Element, own: Collection[str], folios: Mapping[str, str]) -> None:
    """Write the *folios* of other chapters into the *body* of a chapter that is laid out alone, so that its lines have their final width.

    Args:
        body: the body after :func:`annotate`; it is changed.
        own: the ids of its chapter.
        folios: page numbers by id, from :mod:`book.paged.likely_pages`.
    """
    for added in body.iter("span"):
        name = (added.get(TO) or "")[1:]
        if name and name not in own:
            added.text = f"{added.text or ''}{folios.get(name, '')}{added.attrib.pop(AFTER, '')}"
            added.attrib.pop(TO)


def annotate(
    body: Element, chapter: Chapter, roman: frozenset[str], terms: frozenset[str] = frozenset()
) -> tuple[Address, ...]:
    """Add a page number after each link inside the book and a number after each other link; return the addresses.

    A link whose text is its address needs no number, nor does a link to an entry of a glossary, which is found by its letters.
    Additions have the kind ``added``.

    Args:
        body: the body of the chapter, which is changed.
        chapter: the chapter, for its language.
        roman: ids on pages with roman numbers, from :func:`front_ids`.
        terms: ids of the entries of glossaries, from :func:`glossary_ids`.
    """
    numbers: dict[str, int] = {}
    for link, bracketed in [(link, in_brackets(link)) for link in body.iter("a")]:
        href = link.get("href") or ""
        parent = link.getparent()
        if not href or parent is None or link.get("role") in NOT_SENT or "cross-reference" in kinds(link):
            continue
        if any(above.tag in QUIET for above in link.iterancestors()) or not "".join(link.itertext()).strip():
            continue
        if href[1:] in terms and href.startswith("#"):
            continue
        if href.startswith("#"):
            kind = "page-reference roman" if href[1:] in roman else "page-reference"
            gap, before, after = page_words(chapter.lang, bracketed=bracketed)
            added = etree.Element("span", {KIND: f"added {kind}", TO: href, AFTER: after})
            added.text = before
            _behind(link, added, gap=gap)
        elif _bare(href) not in (_bare("".join(link.itertext())), _bare(f"mailto:{''.join(link.itertext())}")):
            number = numbers.setdefault(href, len(numbers) + 1)
            added = etree.Element("span", {KIND: "added link-number"})
            added.text = str(number)
            _behind(link, added)
    return tuple(Address(number=number, href=href, shown=shown(href, chapter.lang)) for href, number in numbers.items())


def page_words(language: str, *, bracketed: bool) -> tuple[str, str, str]:
    """Return what stands between a reference and its page number: the gap, and the words before and after the number.

    Brackets are not set within brackets: there a comma takes their place.

    >>> page_words("en", bracketed=False), page_words("en", bracketed=True)
    ((' ', '(page ', ')'), (', ', 'page ', ''))
    """
    before, _, after = labels(language)["page_reference"].partition("{n}")
    if bracketed and before.startswith("(") and after.endswith(")"):
        return COMMAS.get(language.partition("-")[0], ",") + " ", before[1:], after[:-1]
    return "" if before.startswith("（") else " ", before, after


def in_brackets(link: Element) -> bool:
    """Return whether *link* stands behind an open ``(`` of its paragraph."""
    pieces: list[str] = []
    inner: Element | None = link
    while inner is not None and inner.tag in INLINE:
        for sibling in inner.itersiblings(preceding=True):
            pieces += (sibling.tail or "", "".join(map(str, sibling.itertext())) if sibling.tag in INLINE else "")
        inner = inner.getparent()
        pieces.append((inner.text if inner is not None else "") or "")
    depth = 0
    for bracket in re.findall("[()]", "".join(reversed(pieces))):
        depth = max(0, depth + (1 if bracket == "(" else -1))
    return depth > 0


def _behind(link: Element, mark: Element, *, gap: str = "") -> None:
    """Insert *mark* directly after *link*; the *gap* between them gets an element of its own, for line breaking."""
    mark.tail, link.tail = link.tail, None
    link.addnext(mark)
    if gap:
        between = etree.Element("span", {KIND: "added"} if gap.strip() else {})
        between.text = gap
        link.addnext(between)


def _bare(address: str) -> str:
    return re.sub(r"^(?:https?://|mailto:)", "", address.strip()).rstrip("/").casefold()


def shown(href: str, language: str = "") -> str:
    r"""Return an address as printed: without scheme and final slash, with allowed line breaks.

    >>> shown("https://example.org/a-long/b?c=1").replace("\u200b", "|")
    'example|.org/|a|-\u2060long/|b|?c|=1'
    """
    address = printed(href, language)
    address = address.removesuffix("/") if address.count("/") == 1 else address
    return breakable(address)


def breakable(address: str) -> str:
    r"""Return *address*, or a name such as a path, with allowed line breaks: after a slash, else before punctuation.

    No break adds a hyphen. A long run without punctuation may be divided anywhere (Chicago 7.46); a short name is never divided.

    >>> breakable("https://example.org/en_GB/a,b").replace("\u200b", "|"), breakable("example.org")
    ('https://|example|.org/|en|_GB/|a|,b', 'example.org')
    >>> breakable("../lib/share/handbook/").replace("\u200b", "|"), breakable("/etc"), breakable("--open")
    ('../\u2060lib/|share/|handbook/', '/\u2060etc', '--\u2060open')
    """
    if (lead := LEADING.match(address)) is not None:
        return f"{lead[0]}{TIE}{breakable(address[lead.end() :])}"
    if len(address) <= SHORT:
        return address
    marked = re.sub(r"(/)(?=[^/])", rf"\1{BREAK}", address)
    marked = re.sub(r"(?<=[^\W_])([.?&=_#%~,;@<([{|+\\]|:(?!//))(?=\w)", rf"{BREAK}\1", marked)
    # By default a line may end after a hyphen, and the hyphen would look as if it had been added.
    marked = re.sub(r"(?<=[^\W_])-(?=\w)", f"{BREAK}-{TIE}", marked)
    return re.sub(rf"[^\W_]{{{LONG_RUN},}}", lambda run: _divided(run[0]), marked)


def _divided(run: str) -> str:
    """Return a long run of letters with allowed line breaks: before a capital, else anywhere except near its ends."""
    humps = re.split(r"(?<=[a-z0-9])(?=[A-Z])", run)
    if max(map(len, humps)) < LONG_RUN:
        return BREAK.join(humps)
    return BREAK.join(re.findall(f".{{{RUN},{2 * RUN - 1}}}$|.{{1,{RUN}}}", run))


def ease(body: Element) -> None:
    """Allow line breaks at the punctuation of addresses, paths and other long names, never with a hyphen.

    A paragraph with such a name, or with a long line to write on, is set ragged: words that can be divided in few places would leave
    gaps in justified lines.

    Args:
        body: the body of a chapter, which is changed.
    """
    for element in list(body.iter("a", "code", "kbd", "samp", "span")):
        missing = "missing-address" in kinds(element)
        if (element.tag == "span" and not missing) or any(above.tag == "pre" for above in element.iterancestors()):
            continue
        words = "".join(element.itertext())
        href = element.get("href") or ""
        if element.tag == "a" and not (_names_itself(words, href) or _begins(words, href)):
            continue
        if missing or element.tag == "a":
            mark(element, "address")
        for inner in element.iter(etree.Element):
            inner.text = _eased(inner.text)
            if inner is not element:
                inner.tail = _eased(inner.tail)
        if max(map(len, words.split()), default=0) <= SHORT:
            continue
        block = next((above for above in element.iterancestors() if above.tag in RAGGED), None)
        if block is not None:
            mark(block, "ragged")
    for block in body.iter(*RAGGED):
        if any(BLANK.search(text) for text in block.itertext()):
            mark(block, "ragged")


def put_behind(root: Element, side: str) -> None:
    """Put an empty page before those of the document *root*: as in the whole book, it decides whether a blank page is needed.

    Args:
        root: the document, which is changed.
        side: the side of the empty page, ``left`` or ``right``.
    """
    root.set("style", f"break-before: {side}")
    body = root.find("body")
    if body is not None:
        body.insert(0, body.makeelement("div", {}))


def divide_endless(root: Element) -> None:
    """Allow line breaks in words of a thousand or more letters: WeasyPrint 70 examines the whole rest of a word for each line.

    A word may consist of thousands of elements: code, emphasis or links with no space between them.

    Args:
        root: a page, which is changed.
    """
    for run in _runs(root):
        cuts = _cuts("".join(text for _, _, text in run))
        start = number = 0
        for element, name, text in run if cuts else ():
            pieces, end = [], 0
            while number < len(cuts) and cuts[number] < start + len(text):
                pieces.append(text[end : cuts[number] - start])
                end = cuts[number] - start
                number += 1
            setattr(element, name, BREAK.join((*pieces, text[end:])))
            start += len(text)


def _runs(root: Element) -> list[list[tuple[Element, str, str]]]:
    """Return the texts that follow each other on lines, as lists of element, ``text`` or ``tail``, and the text itself."""
    runs: list[list[tuple[Element, str, str]]] = [[]]
    _collect(root, runs)
    return runs


def _collect(element: Element, runs: list[list[tuple[Element, str, str]]]) -> None:
    """Add the texts in *element* to *runs*."""
    if element.text:
        runs[-1].append((element, "text", element.text))
    for child in element:
        if child.tag not in INLINE:
            runs.append([])
        if isinstance(child.tag, str) and child.tag not in SET_AS_TYPED:
            _collect(child, runs)
        if child.tag not in INLINE:
            runs.append([])
        if child.tail:
            runs[-1].append((child, "tail", child.tail))


def _cuts(text: str) -> list[int]:
    r"""Return the offsets in *text* at which its endless words may be divided.

    >>> len(_cuts("short " + "x" * 1000)), _cuts("short words")
    (124, [])
    """
    return [
        word.start() + part.end()
        for word in (ENDLESS.finditer(text) if len(text) >= LONGEST else ())
        for part in re.finditer(rf".{{{RUN}}}(?=[!-~]|\w)", word[0])
    ]


def divide(box: Element) -> None:
    """Allow line breaks inside the long words of the table in *box*, without a hyphen: their hyphenation is unknown."""
    for cell in box.iter("td", "th"):
        for inner in cell.iter(etree.Element):
            inner.text = _parted(inner.text)
            if inner is not cell:
                inner.tail = _parted(inner.tail)


def _parted(text: str | None) -> str | None:
    return re.sub(rf"[^\W_]{{{LONG_RUN},}}", lambda run: _divided(run[0]), text) if text else text


def _eased(text: str | None) -> str | None:
    return re.sub(r"\S+", lambda name: breakable(name[0]), text) if text else text


def _names_itself(words: str, href: str) -> bool:
    """Return whether the text of a link is an address: its own, or another one written out."""
    address = words.strip()
    return (
        bool(address)
        and not re.search(r"\s", address)
        and (_bare(address) == _bare(href) or bool(WRITTEN_OUT.match(address)))
    )


def _begins(words: str, href: str) -> bool:
    """Return whether the text of a link is the beginning of its address, such as the name of a site."""
    begin, address = _bare(words), _bare(href)
    return "." in begin and re.match(re.escape(begin) + r"[/?#]", address) is not None


def outside(link: Element) -> str:
    """Return the address of *link* if it leads out of the book, else an empty string."""
    address = str(link.get("href", "")).strip()
    return address if scheme(address) in SCHEMES else ""


def link_names(chapter: Chapter) -> dict[str, str]:
    """Return the external addresses that *chapter* links to, in reading order, each with the words of its first link.

    The words are empty where they are the address itself.
    """
    names: dict[str, str] = {}
    for link in (link for body in (chapter.body, *chapter.questions) for link in body.iter("a")):
        if address := outside(link):
            words = " ".join("".join(map(str, link.itertext())).split())
            is_name = any(map(str.isalnum, words)) and not _names_itself(words, address)
            name = textwrap.shorten(words, LONGEST_NAME, placeholder="…") if is_name else ""
            names[address] = names.get(address) or name
    return names


def points(length: str) -> float | None:
    """Return a CSS *length* in points; None if its unit is unknown."""
    parts = re.fullmatch(r"([0-9.]+)([a-z]+)", length)
    return float(parts[1]) * POINTS[parts[2]] if parts and parts[2] in POINTS else None


def count(body: Element) -> None:
    """Express the numbering of lists as styles, because WeasyPrint 70 ignores the HTML attributes for it.

    Args:
        body: the body of a chapter; lists that do not count up from 1, or that use letters, are changed.

    >>> items = etree.fromstring('<div><ol start="7" type="a"><li>g</li></ol></div>')
    >>> count(items)
    >>> etree.tostring(items[0]).decode()
    '<ol start="7" type="a" style="list-style-type: lower-alpha"><li style="counter-set: list-item 7; counter-increment: none">g</li></ol>'
    """
    for items in body.iter("ol"):
        if (style := LETTERED.get(items.get("type", ""))) is not None:
            items.set("style", f"list-style-type: {style}")
        entries = items.findall("li")
        down = items.get("reversed") is not None
        number = _integer(items.get("start"), len(entries) if down else 1)
        for place, entry in enumerate(entries, 1):
            number = _integer(entry.get("value"), number)
            if number != place:
                entry.set("style", f"counter-set: list-item {number}; counter-increment: none")
            number += -1 if down else 1


def _integer(value: str | None, default: int) -> int:
    """Return the integer that an attribute contains, within the bounds of every counter; else *default*."""
    return int(value) if value is not None and WHOLE.fullmatch(value.strip()) else default


def without_ways_back(body: Element) -> None:
    """Remove the arrows that lead from a note back to its references from *body*: in print they cannot be clicked.

    >>> note = etree.fromstring('<aside xmlns:hb="urn:handbound:marks"><p>a\u00a0<a hb:kind="backlink">b</a></p></aside>')
    >>> without_ways_back(note)
    >>> etree.tostring(note).decode()
    '<aside xmlns:hb="urn:handbound:marks"><p>a</p></aside>'
    """
    for link in list(body.iter("a")):
        if "backlink" not in kinds(link):
            continue
        block, before = link.getparent(), link.getprevious()
        take_out(link)
        if before is not None:
            before.tail = (before.tail or "").rstrip("\u00a0") or None
        elif block is not None:
            block.text = (block.text or "").rstrip("\u00a0") or None
        if block is not None and "ways-back" in kinds(block) and not len(block):
            take_out(block)

"""Prepares the body of a chapter for paper: does what WeasyPrint 70 does not do itself, and prevents its bad line breaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from lxml import etree

from book.assemble import formulas
from book.body import BOOKMARK, HEADINGS, KIND, MARKS, Change, Element, kinds, mark
from book.html_names import INLINE, SVG
from book.paged import box_changes, on_paper, tables
from book.patterns import regex

INTRODUCED = frozenset({"pre", "ul", "ol", "dl", "div", "figure", "blockquote", "table"})
"""Elements that a paragraph that ends with a colon introduces: no page ends between them."""
GOES_ON = regex(r"[^\W_],?$")
"""The end of a sentence that goes on in a listing or a formula: "which gives", "if you run this,"."""
LONGEST_TIED = 24
"""The most letters of a word that is kept on one line with the number after it."""
INTRODUCING = frozenset({"li", "dd"})
"""Elements besides the body of a chapter whose paragraphs introduce what follows."""
RAGGED = frozenset({"ul", "ol", "blockquote"})
"""Elements whose lines end ragged, and are filled one after the other."""
SHORT_END = regex(r"(?<=\s)\S{1,24}[ \n]+\W*\w{1,3}\W*$")
"""The end of a text whose last word has fewer than four letters, with the word before it."""
TITLE_END = regex(r"(?<=\s)\S{1,12}[ \n]+\W*\w{1,3}\W*$")
"""The same of the title of a chapter or a part, whose letters are large."""
WORD = regex(r"\S+(?=\s)")
"""A word with a space after it: whole, whatever follows."""
FIRST_WORDS = regex(r"\S{1,24}\s(?:.*\s)?", re.DOTALL)
"""The text before the first inline element, up to its last space, if its first word is of usual length."""
ALIKE = regex("[\u0370-\u03ff\u1f00-\u1fff\u0138\u017f\u00b5]")
"""Letters that share a small capital with another one, above all those of Greek, where capitals have no accents and σ is ς: who copies
the text of a PDF would get the other letter."""
LETTER = regex("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef][\u3001\u3002\u3009-\u3011\uff09\uff0c\uff0e\uff3d]*$")
"""The last letter of a text in a script without spaces, with the closing marks after it."""
OWN_WORDS = etree.XPath(
    ".//text()[not(ancestor::a[@role='doc-noteref'] or ancestor::*[contains(@hb:kind, 'added')])]",
    namespaces={"hb": MARKS},
)
"""The text of a heading without the additions of an edition."""


def prepare(body: Element, shape: Change, lower: Change | None = None, *, live: bool = False) -> None:
    """Make the *body* of a chapter ready for paper: lines may break before every inline element.

    WeasyPrint 70 breaks a line after its first word when the text before an inline element just fills it; a space in an
    element of its own does not (measured).

    Args:
        body: the body, which is changed.
        shape: changes it before anything else.
        lower: changes it after words are tied to the references after them: moves notes to the foot of pages.
        live: whether the links can be clicked, so that the links back from the notes stay.
    """
    for main in body.iter(box_changes.NOTE_TAG):
        main.tag = "div"
    on_paper.count(body)
    tables.let_long_ones_break(body)
    if not live:
        on_paper.without_ways_back(body)
    for heading in body.iter("h2"):
        if heading.find(".//a[@role='doc-noteref']") is not None:
            heading.set(BOOKMARK, own_words(heading))
    for block in list(body.iter("li", "p", "dd", *HEADINGS)):
        if block.tag in HEADINGS or any(
            above.tag in RAGGED or "callout" in kinds(above) for above in block.iterancestors()
        ):
            _tie_end(block)
    for block in reversed(list(body.iter("p"))):
        below, above = block.getnext(), block.getparent()
        if below is None or (above is not body and (above is None or above.tag not in INTRODUCING)):
            continue
        if below.tag in INTRODUCED or not {"label", "introduction"}.isdisjoint(kinds(below)):
            words = own_words(block)
            shows = below.tag == "pre" or not {"formula", "listing"}.isdisjoint(kinds(below))
            goes_on = shows and "label" not in kinds(block) and GOES_ON.search(words)
            if goes_on or words.endswith((":", "：")):
                mark(block, "introduction")
    shape(body)
    on_paper.ease(body)
    for call in list(body.iter("a", "span")):
        if not {"noteref", "link-number"}.isdisjoint(kinds(call)):
            _tie(call)
    for formula in list(body.iter(f"{{{SVG}}}svg")):
        if "math" in kinds(formula):
            formulas.keep_marks(formula)
    if lower is not None:
        lower(body)
    for element in list(body.iter(*INLINE)):
        _loosen(element)


def mark_titles(body: Element, titles: Mapping[str, str]) -> None:
    """Mark each link whose text is the title of its target: on paper nothing else tells a title from the words around it.

    Args:
        body: the body of a chapter, which is changed.
        titles: id -> the title of a chapter or a section.

    >>> body = etree.fromstring('<p>Read <a href="#users">Talking to users</a>, or <a href="#users">a chapter</a>.</p>')
    >>> mark_titles(body, {"users": "Talking to users"})
    >>> [kinds(link) for link in body]
    [('named',), ()]
    """
    for link in body.iter("a"):
        title = titles.get((link.get("href") or "").removeprefix("#"))
        if title and " ".join("".join(link.itertext()).split()).casefold() == title.casefold():
            mark(link, "named")


def set_off_first_words(body: Element, count: int) -> None:
    """Give the first *count* words of a chapter the kind ``first-words`` if it begins with a paragraph in a script with capitals.

    Fewer words are marked where an emphasis, a link or another element follows; none where the first word is not whole, or where
    small capitals are the same for several letters.

    >>> body = etree.fromstring("<div><p>On a cold <b>day</b> in May.</p></div>")
    >>> set_off_first_words(body, 4)
    >>> etree.tostring(body[0][0], encoding="unicode").partition(">")[2]
    'On a cold</span> '
    """
    first = next(body.iterchildren(etree.Element), None)
    if first is None or first.tag != "p" or kinds(first) or (words := FIRST_WORDS.match(first.text or "")) is None:
        return
    text = str(first.text)
    *_, last = islice(WORD.finditer(words[0]), count)
    end = last.end()
    if text[:end].upper() == text[:end].lower() or ALIKE.search(text, 0, end):
        return
    span = etree.Element("span", {KIND: "first-words"})
    span.text, span.tail, first.text = text[:end], text[end:], None
    first.insert(0, span)


def own_words(heading: Element) -> str:
    """Return the text of *heading* without the additions of an edition."""
    return " ".join("".join(OWN_WORDS(heading)).split())


def _tie_end(block: Element) -> None:
    """Keep a last word of fewer than four letters on the line of the word before it: alone it would make a line of almost nothing."""
    last = block[-1] if len(block) else None
    text = ((block.text if last is None else last.tail) or "").rstrip()
    if (end := SHORT_END.search(text)) is None:
        return
    block.append(_tied(block, last, text, end))


def tied_title(title: str) -> str:
    """Return the markup of a *title* with a short last word on the line of the word before it; a title with elements stays as it is.

    >>> tied_title("Notes on part 2")
    'Notes on <span class="hb-tied">part 2</span>'
    >>> tied_title("Notes on <em>part</em> 2"), tied_title("Notes")
    ('Notes on <em>part</em> 2', 'Notes')
    """
    return title if "<" in title else TITLE_END.sub(r'<span class="hb-tied">\g<0></span>', title)


def _tied(parent: Element, before: Element | None, text: str, end: re.Match[str]) -> Element:
    """Cut the *end* off the *text* in *parent* that follows *before*, and return it as an element that stays on one line."""
    tied = etree.Element("span", {KIND: "tied"})
    tied.text = end[0]
    if before is None:
        parent.text = text[: end.start()]
    else:
        before.tail = text[: end.start()]
    return tied


def _tie(mark: Element) -> None:
    """Keep the small number *mark* on the line of the word before it: WeasyPrint 70 may begin a line with it."""
    parent, before = mark.getparent(), mark.getprevious()
    text = ((parent.text if before is None else before.tail) or "") if parent is not None else ""
    word = LETTER.search(text) or re.search(rf"\S{{1,{LONGEST_TIED}}}$", text)
    if parent is None or word is None:
        return
    tied = _tied(parent, before, text, word)
    tied.tail, mark.tail = mark.tail, None
    parent.replace(mark, tied)
    tied.append(mark)


def _loosen(element: Element) -> None:
    """Put the space before *element* into a span."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None or any(above.tag == "pre" for above in element.iterancestors()):
        return
    text = (parent.text if before is None else before.tail) or ""
    if not text[-1:].isspace() or not text.strip():
        return
    space = etree.Element("span")
    space.text = " "
    parent.insert(parent.index(element), space)
    if before is None:
        parent.text = text.rstrip(" \n")
    else:
        before.tail = text.rstrip(" \n")

"""Emoji, for which old e-readers have no font: each run of them becomes an element, to which a style sheet can give one."""

from __future__ import annotations

from lxml import etree

from book.body import KIND, Element
from book.patterns import regex

EMOJI = regex(
    r"(?:[\u2049\u23eb\u23ec\u23f0\u2705\u270a\u2728\u274c\u274e\u2754\u2755\u2795-\u2797\u27b0\u27bf\U0001f000-\U0001faff]"
    r"[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*+)+"
)
"""Signs that only the font for emoji has, in a row, each with what joins or changes it: joiners, selectors, colours of skin, letters of flags (UTS 51)."""
LEFT = frozenset({"pre", "code", "kbd", "samp"})
"""Elements whose typeface is followed by that for emoji."""


def mark_emoji(body: Element) -> None:
    """Put the emoji in the text of *body* into elements of the kind ``emoji``.

    >>> body = etree.fromstring("<p>Well \U0001f642\ufe0e<b>\u2705</b> done \u2705\U0001f44d!<code>\u2605</code></p>")
    >>> mark_emoji(body)
    >>> print(etree.tostring(body, encoding="unicode").replace(' xmlns:ns0="urn:handbound:marks" ns0:kind="emoji"', ""))
    <p>Well <span>\U0001f642\ufe0e</span><b><span>\u2705</span></b> done <span>\u2705\U0001f44d</span>!<code>\u2605</code></p>
    """
    for element in list(body.iter(etree.Element)):
        if element.text and EMOJI.search(element.text) and _may_hold(element):
            element.text = _divide(element.text, element, 0)
        parent = element.getparent()
        if element.tail and parent is not None and EMOJI.search(element.tail) and _may_hold(parent):
            element.tail = _divide(element.tail, parent, parent.index(element) + 1)


def _may_hold(element: Element) -> bool:
    """Return whether an element may be put into *element*, whose typeface is that of the text."""
    return all(
        above.tag not in LEFT and etree.QName(above).namespace is None and above.get("role") != "doc-backlink"
        for above in (element, *element.iterancestors())
    )


def _divide(text: str, parent: Element, at: int) -> str:
    """Insert the emoji of *text* into *parent* from the place *at*, each with the words after it; return the words before the first."""
    end, words = 0, ""
    marks: list[Element] = []
    for match in EMOJI.finditer(text):
        before = text[end : match.start()]
        if marks:
            marks[-1].tail = before
        else:
            words = before
        run = etree.Element("span", {KIND: "emoji"})
        run.text, end = match[0], match.end()
        marks.append(run)
    marks[-1].tail = text[end:] or None
    for number, run in enumerate(marks):
        parent.insert(at + number, run)
    return words

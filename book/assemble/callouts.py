"""Callouts: gives each one a title, and finds the boxes in an author's HTML that are callouts too."""

from __future__ import annotations

from lxml import etree

from book.body import HEADINGS, KIND, Element, kinds, mark
from book.html_names import SVG
from book.labels import label
from book.markdown.callouts import BARE, CALLOUTS, OWN_TITLE, kind_of, names_kind
from book.patterns import regex

BOXES = frozenset({"div", "aside", "section", "blockquote", "details", "p"})
"""Elements that may be a callout in HTML."""
FAMILIES = frozenset(
    "admonition alert callout notice hint custom-block bd-callout markdown-alert usa-alert info-box infobox "
    "confluence-information-macro".split()
)
"""Classes that style sheets use for callouts; another class, or the part after a hyphen, names the kind."""
_SUFFIXED = regex(rf"(?:{'|'.join(sorted(FAMILIES))})-{{1,2}}([a-z]+)")
_TITLE_CLASS = regex(r"(?:^|[-_])(?:title|heading|header)$")
_TITLES = frozenset({"p", "div", "span", "strong", "b", "header"})
_LABEL = regex(r"\s*(\w+)\s*[:!.–—]")


def read_html(body: Element, language: str) -> None:
    """Mark the boxes in an author's HTML whose classes make them callouts, and their titles."""
    for box in list(body.iter(*BOXES)):
        kind = _kind(box)
        if kind is None:
            continue
        if box.tag == "p":
            inner = etree.Element("p")
            inner.text, box.text = box.text, None
            inner.extend(list(box))
            box.append(inner)
        box.tag = "div"
        box.attrib.pop("open", None)
        box.attrib.pop("cite", None)
        mark(box, "callout", f"callout-{kind}")
        _remove_icons(box)
        if (title := _title_in_html(box)) is not None:
            mark(title, "callout-title", OWN_TITLE)
        elif _names_itself(box, language):
            box.set("aria-label", label(language, kind))


def _kind(box: Element) -> str | None:
    """Return the kind of callout that the classes of *box* name; None if it is not a callout."""
    classes = [name.casefold() for name in (box.get("class") or "").split()]
    if not classes or any(name.startswith("callout-") for name in kinds(box)):
        return None
    # The part after the hyphen may also name a part of the box: `callout-title`, `alert-heading`.
    suffixes = (match[1] for name in classes if (match := _SUFFIXED.fullmatch(name)))
    suffixed = next((name for name in suffixes if names_kind(name)), None)
    if suffixed is None and not FAMILIES.intersection(classes):
        # The last of several kinds is the most specific: `note warning`.
        is_box = BARE.issuperset(classes) or (box.tag == "aside" and all(map(names_kind, classes)))
        return kind_of(classes[-1])[0] if is_box else None
    kinds_named = (name for name in (suffixed, *classes) if name and names_kind(name))
    return kind_of(next(kinds_named, "note"))[0]


def _remove_icons(box: Element) -> None:
    """Remove the elements with which *box* begins that show nothing without a style sheet: the places of icons."""
    while len(box) and box[0].tag in ("p", "span", "i") and not (box.text or "").strip():
        first = box[0]
        shown = "".join(map(str, first.itertext())).strip() or any(
            True for _ in first.iter("img", "br", f"{{{SVG}}}svg")
        )
        if shown or any(element.get("id") for element in first.iter()):
            return
        box.text = f"{box.text or ''}{first.tail or ''}"
        box.remove(first)


def _title_in_html(box: Element) -> Element | None:
    """Return the title at the start of *box*, as a paragraph; None if it has none."""
    first = box[0] if len(box) else None
    if first is None or (box.text or "").strip() or not "".join(map(str, first.itertext())).strip():
        return None
    titled = any(_TITLE_CLASS.search(name) for name in (first.get("class") or "").split())
    if first.tag != "summary" and first.tag not in ("h1", *HEADINGS) and not (titled and first.tag in _TITLES):
        return None
    blocks = next(first.iter("p", "div", "ul", "ol", "table", "pre", *HEADINGS), first)
    first.tag = "p" if blocks is first else "div"
    return first


def _names_itself(box: Element, language: str) -> bool:
    """Return whether the text of *box* begins with the label of a kind, as in "Note: …"."""
    start = _LABEL.match("".join(map(str, box.itertext())))
    return start is not None and (
        names_kind(start[1]) or start[1] in {label(language, kind) for kind in sorted(CALLOUTS)}
    )


def set_titles(body: Element, language: str) -> None:
    """Give each callout a title: its own, else the label of its kind in the language of the chapter.

    A title of its own stands without the label, as in the systems that callouts come from; assistive technology still gets the kind.
    """
    for box in list(body.iter("div")):
        names = kinds(box)
        kind = next((name.removeprefix("callout-") for name in names if name.startswith("callout-")), None)
        if kind is None or "callout" not in names:
            continue
        word = label(language, kind)
        box.set("role", "note")
        if _has_title(box):
            box.set("aria-label", word)
        elif not box.get("aria-label"):
            title = etree.Element("p", {KIND: "callout-title"})
            title.text = word
            title.tail = box.text
            box.text = None
            box.insert(0, title)


def _has_title(box: Element) -> bool:
    """Return whether *box* begins with a title of its own; unwrap a title that is in a Div."""
    first = box[0] if len(box) else None
    if first is None or OWN_TITLE not in kinds(first):
        return False
    if first.tag == "div" and len(first) == 1 and first[0].tag == "p":
        title = first[0]
        title.set(KIND, first.attrib[KIND])
        title.tail = first.tail
        box.replace(first, title)
        box.text = None
    return True

"""Callouts: their kinds, the other names of these kinds, and the one form that later stages read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from book.markdown.nodes import (
    BOXES,
    attribute,
    attributes,
    children,
    node,
    text,
    with_attributes,
    with_children,
)
from book.markdown.tree import rewrite
from book.model import Node, Nodes
from book.patterns import regex

OWN_TITLE = "own-title"
"""The class of a callout title that the author wrote, and its kind; Handbound's own titles have another kind."""
CALLOUTS = frozenset("note tip important warning caution danger example quote".split())
BARE = CALLOUTS | {"attention", "error", "hint", "info"}
"""Names that, as the only class of a box, make it a callout in every book."""
SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys("info information notes memo primary secondary light default".split(), "note"),
    **dict.fromkeys("hint success check done tips best-practice".split(), "tip"),
    **dict.fromkeys("attention warn alert warnings".split(), "warning"),
    **dict.fromkeys("error failure fail missing bug critical".split(), "danger"),
    **dict.fromkeys("cite blockquote".split(), "quote"),
    **dict.fromkeys("examples".split(), "example"),
}
"""Other names of the kinds; a box with such a name is printed with the label of its kind."""
OTHERS = frozenset(
    "abstract summary tldr question help faq todo seealso see-also admonition topic versionadded versionchanged deprecated "
    "code math exercise solution theorem lemma corollary proposition conjecture definition remark proof algorithm axiom assumption criterion observation property "
    "highlight new update new-title security trivia discussion quiz settings preview experimental".split()
)
"""Names of boxes that are printed as a note with that name as its title."""
LESSONS = frozenset(
    "objectives questions keypoints prereq prerequisites challenge testimonial checklist spoiler instructor callout".split()
)
"""Names of such boxes in lessons, which are words of the text elsewhere."""
NAMED = {"seealso": "See also", "versionadded": "Added in", "versionchanged": "Changed in", "deprecated": "Deprecated since",
         "tldr": "TL;DR", "faq": "FAQ", "keypoints": "Key points", "prereq": "Prerequisites", "instructor": "For instructors", "callout": ""}  # fmt: skip
"""How some of these names are printed, empty for a note without a title; every other name is printed as typed."""
_LONG_NOTE = regex(r"^\[\^[^\]\n]+\]:[^\n]*\n(?:[^\n]+\n)*[ \t]*\n[ \t]{2,}\S", re.MULTILINE)
"""A footnote of several blocks."""


def kind_of(name: str) -> tuple[str, str]:
    """Return the kind of callout for a box called *name*, and the title to print if the author gave none.

    >>> kind_of("info"), kind_of("Tip"), kind_of("abstract")
    (('note', ''), ('tip', ''), ('note', 'Abstract'))
    """
    plain = name.casefold()
    if plain in CALLOUTS:
        return plain, ""
    if plain in SYNONYMS:
        return SYNONYMS[plain], ""
    return "note", NAMED.get(plain, name[:1].upper() + name[1:].replace("-", " ").replace("_", " "))


def names_kind(name: str) -> bool:
    """Return whether *name* is one of the kinds, or another name of one.

    >>> names_kind("Warning"), names_kind("info"), names_kind("theorem")
    (True, True, False)
    """
    return name.casefold() in CALLOUTS or name.casefold() in SYNONYMS


def is_known(name: str) -> bool:
    """Return whether *name* names a box in some dialect.

    >>> is_known("WARNING"), is_known("columns")
    (True, False)
    """
    plain = name.casefold()
    return names_kind(plain) or plain in OTHERS or plain in LESSONS


def callout(
    name: str, title: Sequence[Node], body: Sequence[Node], identifier: str = "", classes: Sequence[str] = ()
) -> Node:
    """Return a callout in the form that pandoc gives to a GitHub alert; the author's title follows the alert word, in a Div of its own.

    The author's *classes* are kept.
    """
    kind, words = kind_of(name)
    title = list(title) or text(words)
    word = node("Div", attribute(["title"]), [node("Para", [node("Str", kind.capitalize())])])
    own = [node("Div", attribute([OWN_TITLE]), [node("Para", list(title))])] if title else []
    return node("Div", attribute([kind, *classes], identifier), [word, *own, *body])


def is_title(item: Node) -> bool:
    """Return whether *item* is the title of a GitHub alert."""
    return item["t"] == "Div" and attributes(item)[1] == ("title",)


def is_callout(item: Node) -> bool:
    """Return whether *item* is a callout in the form that :func:`callout` returns."""
    inside = children(item) if item["t"] == "Div" else []
    return bool(inside) and is_title(inside[0]) and any(name in CALLOUTS for name in attributes(item)[1])


def holders(typed: str) -> frozenset[str] | None:
    r"""Return the tags of the nodes that may hold callouts in the chapter *typed*; None for any.

    Only in a footnote of several blocks a callout is inside a paragraph: that which refers to the note.

    >>> holders("[^a]: Words.\n") == BOXES, holders("[^a]: Words.\n\n    > [!TIP]\n    > Words.\n")
    (True, None)
    """
    return None if _LONG_NOTE.search(typed) else BOXES


def without_alert_titles(blocks: Nodes, typed: str) -> Nodes:
    """Return *blocks*, the chapter *typed*, without the titles of GitHub alerts; they are added later, in the chapter's language."""
    return rewrite(blocks, lambda item: [] if is_title(item) else None, within=holders(typed))


def with_callouts(blocks: Nodes, typed: str) -> Nodes:
    """Return *blocks*, the chapter *typed*, with callouts carrying Handbound's marks; one without a title gets its label later, in the chapter's language."""

    def change(item: Node) -> Iterable[Node] | None:
        if not is_callout(item):
            return None
        identifier, classes, values = attributes(item)
        kind = next(name for name in classes if name in CALLOUTS)
        own = classes[classes.index(kind) + 1 :]
        inside = with_children(item, [_marked(child) for child in children(item)[1:]])
        return [with_attributes(inside, identifier, own, {**values, "hb:kind": f"callout callout-{kind}"})]

    return rewrite(blocks, change, within=holders(typed))


def _marked(item: Node) -> Node:
    """Return *item*, marked if it is a title that the author gave to a callout."""
    if item["t"] != "Div" or attributes(item)[1] != (OWN_TITLE,):
        return item
    return with_attributes(item, "", (), {"hb:kind": f"callout-title {OWN_TITLE}"})

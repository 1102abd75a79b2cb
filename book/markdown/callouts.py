"""Callouts: the kinds there are, what other names they have, and the one form in which the rest of the press knows them."""

from __future__ import annotations

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

OWN_TITLE = "own-title"
"""The class of a callout's own title, and the kind that tells it from a title which the press sets."""
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
"""Other names of the same kinds: they need no words beside those of the kind."""
OTHERS = frozenset(
    "abstract summary tldr question help faq todo seealso see-also admonition topic versionadded versionchanged deprecated "
    "code math exercise solution theorem lemma corollary proposition conjecture definition remark proof "
    "highlight new update new-title security trivia discussion quiz settings preview experimental".split()
)
"""Names of boxes that are a note with that name over it."""
NAMED = {"seealso": "See also", "versionadded": "Added in", "versionchanged": "Changed in", "deprecated": "Deprecated since",
         "tldr": "TL;DR", "faq": "FAQ"}  # fmt: skip
"""How some of them are printed; every other one as it is typed."""


def kind_of(name: str) -> tuple[str, str]:
    """Return the kind of callout that a box called *name* is, and the words to print over it if it has no title of its own.

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
    return names_kind(plain) or plain in OTHERS


def callout(
    name: str, title: Sequence[Node], body: Sequence[Node], identifier: str = "", classes: Sequence[str] = ()
) -> Node:
    """Return a callout as pandoc gives an alert of GitHub's; a title of its own follows the word, in a box of its own.

    The author's own *classes* stay.
    """
    kind, words = kind_of(name)
    title = list(title) or text(words)
    word = node("Div", attribute(["title"]), [node("Para", [node("Str", kind.capitalize())])])
    own = [node("Div", attribute([OWN_TITLE]), [node("Para", list(title))])] if title else []
    return node("Div", attribute([kind, *classes], identifier), [word, *own, *body])


def is_title(item: Node) -> bool:
    """Return whether *item* is the word over an alert of GitHub's."""
    return item["t"] == "Div" and attributes(item)[1] == ("title",)


def is_callout(item: Node) -> bool:
    """Return whether *item* is a callout as :func:`callout` gives it."""
    inside = children(item) if item["t"] == "Div" else []
    return bool(inside) and is_title(inside[0]) and any(name in CALLOUTS for name in attributes(item)[1])


def without_alert_titles(blocks: Nodes) -> Nodes:
    """Return *blocks* without the words over the alerts of GitHub, which the language sets later."""
    return rewrite(blocks, lambda item: [] if is_title(item) else None, within=BOXES)


def with_callouts(blocks: Nodes) -> Nodes:
    """Return *blocks* with callouts as the press marks them; a callout without a title gets its word in the chapter's language later."""

    def change(item: Node) -> Iterable[Node] | None:
        if not is_callout(item):
            return None
        identifier, classes, values = attributes(item)
        kind = next(name for name in classes if name in CALLOUTS)
        own = classes[classes.index(kind) + 1 :]
        inside = with_children(item, [_marked(child) for child in children(item)[1:]])
        return [with_attributes(inside, identifier, own, {**values, "hb:kind": f"callout callout-{kind}"})]

    return rewrite(blocks, change, within=BOXES)


def _marked(item: Node) -> Node:
    """Return *item* with the mark of a callout's own title if it is one."""
    if item["t"] != "Div" or attributes(item)[1] != (OWN_TITLE,):
        return item
    return with_attributes(item, "", (), {"hb:kind": f"callout-title {OWN_TITLE}"})

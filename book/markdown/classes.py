"""Class names: which ones Handbound itself uses, and what becomes of an author's class of the same name.

Style sheets, scripts, layout and proofs know the elements that Handbound adds by their classes. An author may use any
class name; one of these would hide, move or drop the words under it. So every class of an author is renamed when it comes
in, from ``kicker`` to ``x-kicker``, unless it is one that authors may use.
"""

from __future__ import annotations

import re
from typing import Any

from book.markdown.nodes import attr, is_wrapper, with_attr
from book.model import Node, Nodes

PREFIX = "x-"
"""Stands before an author's class whose name is taken."""

AUTHORS = frozenset(
    {
        "decorative",
        "page-break",
        "callout",
        *(f"callout-{kind}" for kind in "note tip important warning caution danger example quote".split()),
        *(f"align-{side}" for side in "left right center justify".split()),
        *(f"valign-{side}" for side in "top middle bottom baseline".split()),
        *("big", "nobr"),
        "uri",  # pandoc's, of an address that is its own text
    }
)
"""Classes that mean something when an author writes them."""

TAKEN = frozenset(
    "a4 added address addresses addresses-title anchor aside backlink begins-page bleed book booklet by-block by-hand "
    "c card cards carry chapter check checks close code coded codes colours column columns contents copy count cover "
    "cover-page cut-anywhere date dead-link description detail digest discussion divided done drawing edition "
    "external f facts family field fields finder flush folio-switch folios foot foot-note foot-says foot-text "
    "footnote footnotes footnotes-title formula found front-matter gap gathered gd gi go half-title handout head "
    "image imprint imprint-block in-part k kicker kind letter line lines link link-number links listing live long "
    "long-table longer longest lower maker masthead math matter missing-address missing-image name note-number "
    "note-paragraph noteref notes number numbered numeral offer one-line-lower opener page page-mark page-reference "
    "part part-opener people plate plates preview purpose ragged reading releases roman room rule ruling s said "
    "scrolls search section-begins section-ends see-through series shelf shown shrunk silent singles skip split "
    "starts status subtitle table tall task tasks tex text three-lines-lower tied tight title-block title-page to-top "
    "tools top turned twice uncoded unmade ways-back where with-sections year".split()
)
"""Classes that a style sheet, a script, a template or the code itself looks for; a test holds the list complete."""

FAMILIES = re.compile(
    r"(?:callout|check|contents|depth|foot|footnotes|lower|page|task|table|formula|handbound)-.*"
    r"|(?:front|back|body)-matter|h[1-6]|x-+(?:callout|foot).*"
)
"""Kinds of names of which some are taken: all of them are."""


def own(name: str) -> str:
    """Return the class that stands for an author's class *name*.

    >>> own("kicker"), own("warm"), own("callout-tip"), own("callout-zzz")
    ('x-kicker', 'warm', 'callout-tip', 'x-callout-zzz')
    """
    folded = name.casefold()
    return f"{PREFIX}{name}" if folded not in AUTHORS and (folded in TAKEN or FAMILIES.fullmatch(folded)) else name


def owned(value: str) -> str:
    """Return the value of an author's class attribute with the names of :func:`own`.

    >>> owned(" skip  b ")
    'x-skip b'
    """
    return " ".join(own(name) for name in value.split())


def disown(blocks: Nodes) -> Nodes:
    """Return *blocks*, as pandoc read them, without attributes that are Handbound's own: classes, marks of positions, ``data-``.

    The first class of a code block is the name of its language and stays.
    """
    return tuple(_disowned(list(blocks)))


def _disowned(value: Any) -> Any:
    if isinstance(value, dict):
        content = value.get("c")
        if content is None or isinstance(content, str):
            return value
        new = _disowned(content)
        return _without_own(value if new is content else {**value, "c": new})
    if not isinstance(value, list):
        return value
    result = [_disowned(item) if isinstance(item, (dict, list)) else item for item in value]
    return value if all(new is item for new, item in zip(result, value, strict=True)) else result


# As the reader's sourcepos writes it.
_POSITION = re.compile(r"(?:\d+:\d+-\d+:\d+;?)+")


def _without_own(item: Node) -> Node:
    """Return *item* without the attributes that only Handbound may give it."""
    whole = attr(item)
    if whole is None:
        return item
    identifier, classes, pairs = whole
    first = next((pair for pair in pairs if pair[0] == "data-pos" and _POSITION.fullmatch(pair[1])), None)
    kept = (
        pairs
        if is_wrapper(item) and [name for name, _ in pairs] == ["wrapper", "data-pos"]
        else [pair for pair in pairs if pair is first or not (pair[0] == "wrapper" or pair[0].startswith("data-"))]
    )
    language = classes[:1] if item["t"] == "CodeBlock" else []
    named = [*language, *(own(name) for name in classes[len(language) :])]
    if named == classes and len(kept) == len(pairs):
        return item
    return with_attr(item, [identifier, named, kept])

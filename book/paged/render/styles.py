"""Computes styles once for all layouts with one style sheet: what a chapter looks like does not change while its pages are laid out again.

The computed style of an element follows from what the style sheet declares for it and from the style of its parent, so WeasyPrint shares
one between equal elements of a document. Here, documents share them too. WeasyPrint has no interface for this, so one of its
functions is wrapped while a document is laid out, and nowhere else; ``tests/test_shaping.py`` fails if it changes.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from weasyprint.css import StyleFor

VIEWPORT: Final = re.compile(r"\d(?:vw|vh|vmin|vmax|vi|vb)\b")
"""A length that depends on the first page of a document."""
MOST: Final = 20_000
"""How many styles are remembered at most."""
SETTLED: Final = "_settled"
"""The attribute of a style that has been computed; a copy, which WeasyPrint may change, does not have it."""
_set = StyleFor.set_computed_styles


@dataclass(slots=True)
class Memory:
    """The computed styles of documents with one style *sheet*."""

    sheet: str
    styles: dict[tuple[Any, ...], Any] = field(default_factory=dict)


@contextlib.contextmanager
def shared(memory: Memory) -> Iterator[None]:
    """Let documents that are laid out in the ``with`` block share the styles in *memory*."""
    if VIEWPORT.search(memory.sheet):
        yield
        return
    if len(memory.styles) > MOST:
        memory.styles.clear()
    StyleFor.set_computed_styles = _sharing(memory.styles)
    try:
        yield
    finally:
        StyleFor.set_computed_styles = _set


def _sharing(styles: dict[tuple[Any, ...], Any]) -> Any:
    def set_computed_styles(
        self: Any,
        element: Any,
        parent: Any,
        root: Any = None,
        pseudo_type: str | None = None,
        base_url: str | None = None,
        target_collector: Any = None,
    ) -> None:
        def compute() -> Any:
            _set(self, element, parent, root, pseudo_type, base_url, target_collector)
            setattr(computed[element, pseudo_type], SETTLED, True)
            return computed[element, pseudo_type]

        computed = self.get_computed_styles()
        declared = self.get_cascaded_styles().get((element, pseudo_type), {})
        called = pseudo_type == "note-call" and computed[parent, None]["position"][0] == "note()"
        if called or not _may_share(element, declared):
            compute()
            return
        above = None if element is root and pseudo_type is None else computed[parent, None]
        key = (
            id(above),
            pseudo_type,
            *(
                (name, _identity(value), origin, layer, *specificity)
                for name, (value, (origin, layer, specificity)) in declared.items()
            ),
        )
        style = styles.get(key)
        if style is None:
            styles[key] = compute()  # it keeps its parent and its values: no identity is used again
            return
        computed[element, pseudo_type] = style
        if target_collector and style["anchor"]:
            target_collector.collect_anchor(style["anchor"])

    return set_computed_styles


def _identity(value: Any) -> object:
    """Return what tells a declared *value* from others: words themselves, since those of attributes are read anew in each document."""
    words = value if type(value) is tuple else (value,)
    return value if all(type(word) is str for word in words) else id(value)


def _may_share(element: Any, declared: Mapping[str, Any]) -> bool:
    """Return whether the style of an element stays as it is: WeasyPrint changes that of one that scrolls or hides all pages."""
    hidden = declared.get("display", ((),))[0] == ("none",)
    return getattr(element, "tag", "") not in {"html", "body"} or not (hidden or "overflow" in declared)

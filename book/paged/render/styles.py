"""Computes styles once for all layouts with one style sheet: what a chapter looks like does not change while its pages are laid out again.

The computed style of an element follows from what the style sheet declares for it and from the style of its parent, so WeasyPrint shares
one between equal elements of a document. Here, documents share them too. WeasyPrint has no interface for this, so one of its
functions is wrapped while a document is laid out, and nowhere else; ``tests/test_shaping.py`` fails if it changes.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field
from weasyprint.css import StyleFor, declaration_precedence, find_style_attributes, preprocess_declarations

from book.paged.render.matching import Place, Places
from book.patterns import regex

ALONE: Final = regex(r"\d(?:vw|vh|vmin|vmax|vi|vb)\b|-weasy-anchor")
"""In a style sheet: a length that depends on the first page of a document, or an anchor, which might be inherited."""
MOST: Final = 8_000
"""How many styles are remembered at most: those of some twenty chapters, with their places. All of a long book would take more memory than time."""
SETTLED: Final = "_settled"
"""The attribute of a style that has been computed; a copy, which WeasyPrint may change, does not have it."""
_set, _begin, _add = StyleFor.set_computed_styles, StyleFor.__init__, StyleFor.add_page_declarations


class Memory(Struct):
    """The computed styles of documents with one style *sheet*."""

    sheet: str
    styles: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    """The style of an element, by that of its parent and by what is declared for it."""
    elements: dict[tuple[Any, ...], tuple[Mapping[str | None, Any], object]] = field(default_factory=dict)
    """The styles of an element and of its pseudo-elements, by the style of its parent and by the rules that match; and these, to keep them."""
    alike: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    """The same without its anchor -> the first style of such an element: what is in all of them looks alike."""
    firsts: dict[int, Any] = field(default_factory=dict)
    """The identity of a style -> that first one, if it is another."""
    pages: dict[tuple[int, ...], tuple[Mapping[str | None, Any], object]] = field(default_factory=dict)
    """What is declared for a page and its margins, by the rules that match it; and these, to keep them."""
    places: Places = field(default_factory=lambda: Places(sheets=()))
    """The places of elements, in which the same rules match."""

    def clear(self) -> None:
        """Forget everything."""
        for table in (self.styles, self.elements, self.alike, self.firsts, self.pages, self.places.places):
            table.clear()


@contextlib.contextmanager
def shared(memory: Memory) -> Iterator[None]:
    """Let documents that are laid out in the ``with`` block share the styles in *memory*."""
    if ALONE.search(memory.sheet):
        yield
        return
    if len(memory.styles) + len(memory.elements) + len(memory.places.places) > MOST:
        memory.clear()
    StyleFor.set_computed_styles, StyleFor.__init__ = _sharing(memory.styles), _beginning(memory)
    StyleFor.add_page_declarations = _adding(memory)
    try:
        yield
    finally:
        StyleFor.set_computed_styles, StyleFor.__init__, StyleFor.add_page_declarations = _set, _begin, _add


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


Declared = tuple[str, Any, tuple[Any, ...]]
"""A declaration: name, value and weight."""


def _beginning(memory: Memory) -> Any:
    """Return what gives all elements of a document their styles, as WeasyPrint does; those in *memory* have some already."""
    elements, alike, firsts = memory.elements, memory.alike, memory.firsts

    def begin(
        self: Any, html: Any, sheets: Any, presentational_hints: Any, font_config: Any, target_collector: Any
    ) -> None:
        self._cascaded_styles, self._computed_styles = {}, {}
        self.initial_page_sizes = {"box": None, "area": None}
        self._sheets, self.font_config = sheets, font_config
        own = _own(html, presentational_hints)
        full = [sheet for sheet in sheets if sheet[0].matcher.order]  # a document has an empty one of its own
        if not memory.places.holds(full):
            memory.places = Places(sheets=full)
        places, place_of = memory.places, dict[Any, Place]()
        pseudo_anchors = []
        for wrapper in html.wrapper_element.iter_subtree():
            element = wrapper.etree_element
            parent = wrapper.parent.etree_element if wrapper.parent else None
            above = self._computed_styles[parent, None] if wrapper.parent else None
            place = place_of[element] = places.of(wrapper, place_of.get(parent))
            matched, number = places.rules(place, wrapper)
            declared = own.get(element, ())
            parts = [(name, _identity(value), weight) for name, value, weight in declared]
            key = (id(firsts.get(id(above), above)), number, *parts)
            if key in elements:
                styles = elements[key][0]
            else:
                styles = _styles(self, html, element, parent, _cascaded(declared, matched))
                if _may_share(element, styles[None].cascaded) and styles[None]["position"][0] != "note()":
                    elements[key] = styles, (declared, matched)
                    look = (*key[:2], *(part for part in parts if part[0] != "anchor"))
                    first = alike.setdefault(look, styles[None])
                    if first is not styles[None]:
                        firsts[id(styles[None])] = first
            for pseudo_type, style in styles.items():
                self._computed_styles[element, pseudo_type] = style
                if target_collector and style["anchor"]:
                    if pseudo_type:
                        pseudo_anchors.append(style["anchor"])
                    else:
                        target_collector.collect_anchor(style["anchor"])
        for anchor in pseudo_anchors:
            target_collector.collect_anchor(anchor)
        self._cascaded_styles.clear()

    return begin


def _adding(memory: Memory) -> Any:
    """Return what notes what is declared for a page of a document, as WeasyPrint does; of most pages, the same as for one before."""

    def add_page_declarations(self: Any, page_type: Any) -> None:
        matching = [
            declarations
            for sheet, *_ in self._sheets
            for _rule, selectors, declarations in sheet.page_rules
            for *_, selector in selectors
            if self._page_type_match(selector, page_type)
        ]
        cascaded, key = self.get_cascaded_styles(), tuple(map(id, matching))
        if key in memory.pages:
            cascaded.update(((page_type, pseudo), style) for pseudo, style in memory.pages[key][0].items())
            return
        _add(self, page_type)
        own = {pseudo: style for (page, pseudo), style in cascaded.items() if page == page_type}
        memory.pages[key] = own, matching

    return add_page_declarations


def _own(html: Any, presentational_hints: Any) -> Mapping[Any, list[Declared]]:
    """Return what the attributes of each element declare."""
    own: dict[Any, list[Declared]] = {}
    for specificity, element, declarations, base in find_style_attributes(
        html.etree_element, presentational_hints, html.base_url
    ):
        own.setdefault(element, []).extend(
            (name, value, (declaration_precedence("author", importance), math.inf, specificity))
            for name, value, importance in preprocess_declarations(base, declarations)
        )
    return own


def _cascaded(declared: Iterable[Declared], matched: Iterable[Any]) -> dict[str | None, dict[str, Any]]:
    """Return what is declared for an element and for each of its pseudo-elements, by its own attributes and by the rules that match."""
    cascaded: dict[str | None, dict[str, Any]] = {None: {}}

    def add(pseudo_type: str | None, name: str, value: Any, weight: tuple[Any, ...]) -> None:
        style = cascaded.setdefault(pseudo_type, {})
        before = style.get(name, (None, None))[1]
        if before is None or before <= weight:
            style[name] = value, weight

    for name, value, weight in declared:
        add(None, name, value, weight)
    for sheet, origin, sheet_specificity, (specificity, _, pseudo_type, (declarations, layer)) in matched:
        order = math.inf if layer is None else sheet.layers.index(layer)
        cascaded.setdefault(pseudo_type, {})
        for name, value, importance in declarations:
            weight = declaration_precedence(origin, importance), order, sheet_specificity or specificity
            add(pseudo_type, name, value, weight)
    return cascaded


def _styles(
    own: Any, html: Any, element: Any, parent: Any, cascaded: Mapping[str | None, Mapping[str, Any]]
) -> Mapping[str | None, Any]:
    """Return the computed styles of an *element* and its pseudo-elements, which inherit from it."""
    computed = own.get_computed_styles()
    for pseudo_type, declared in cascaded.items():
        own.get_cascaded_styles()[element, pseudo_type] = declared
        above = element if pseudo_type else parent
        own.set_computed_styles(element, above, html.etree_element, pseudo_type, html.base_url)
    return {pseudo_type: computed[element, pseudo_type] for pseudo_type in cascaded}


def _identity(value: Any) -> object:
    """Return what tells a declared *value* from others: words themselves, since those of attributes are read anew in each document."""
    kind = type(value)
    if kind is tuple:
        return id(value) if any(type(word) is not str for word in value) else value
    return value if kind is str else id(value)


def _may_share(element: Any, declared: Mapping[str, Any]) -> bool:
    """Return whether the style of an element stays as it is: WeasyPrint changes that of one that scrolls or hides all pages."""
    hidden = declared.get("display", ((),))[0] == ("none",)
    return getattr(element, "tag", "") not in {"html", "body"} or not (hidden or "overflow" in declared)

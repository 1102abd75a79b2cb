"""Finds the rules that match an element once for all elements like it: most rules look at nothing but the element and what it is in.

Elements of one *place* have the same name, the same of the attributes that rules name, and are in elements of one place. Rules that
also look beside an element or into it are tried for each element. The library compiles a selector to a function and keeps nothing
else of it, so its code tells what it looks at; ``tests/test_matching.py`` compares with the library's own search.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType
from typing import Any, Final

from msgspec import Struct, field

STEADY: Final = frozenset(
    "any ancestors ascii_lower attrib classes endswith etree_element get id in_html_document lang local_name lower namespace_url next parent "
    "scheme split_whitespace startswith tag urlparse".split()
)
"""The names in the code of a selector that looks at nothing but an element and what it is in."""
ALWAYS: Final = frozenset({"class", "lang", "{http://www.w3.org/XML/1998/namespace}lang"})
"""The attributes that the library reads by itself."""
MISSING: Final = ""
"""What the library reads as the value of an attribute that is not there, where it compares values."""
_numbers = itertools.count()

Rule = tuple[Any, str, Any, tuple[Any, ...]]
"""What a style sheet says of an element: sheet, origin, specificity of the sheet, and the library's entry of a selector."""


class Place(Struct, eq=False, frozen=True):
    """The rules of all elements of one place."""

    steady: tuple[Rule, ...]
    """Those that match all of these elements."""
    tests: tuple[Any, ...]
    """What tells whether an element matches each of the other *rules*."""
    rules: tuple[Rule, ...]
    chosen: dict[tuple[bool, ...], tuple[tuple[Rule, ...], int]] = field(default_factory=dict)
    """Which of these match -> all rules that match, by weight, and their number."""


class Places(Struct):
    """The places of elements in documents with the same style sheets."""

    sheets: Sequence[tuple[Any, str, Any]]
    """Style sheets as parsed by WeasyPrint, with their origin and specificity."""
    words: frozenset[str] = ALWAYS
    """All words in selectors: among them, the attributes that they name and the ids."""
    compared: frozenset[str] = ALWAYS
    """Those of them among which are the attributes with a value that matters."""
    steady: frozenset[Any] = frozenset()
    """What tells whether a selector matches, if it looks at nothing but an element and what it is in."""
    places: dict[tuple[Any, ...], Place] = field(default_factory=dict)
    numbers: dict[tuple[tuple[Any, ...], ...], int] = field(default_factory=dict)
    """Declarations of rules, their part of an element and their weight -> the number of all of them."""

    def __post_init__(self) -> None:
        """Look at all selectors."""
        words, compared, steady = {*ALWAYS}, {*ALWAYS}, set[Any]()
        for test in (entry[0] for sheet, *_ in self.sheets for entries in _tables(sheet.matcher) for entry in entries):
            names = set[str]()
            for code in _codes(test.__code__):
                own = {word for word in code.co_consts if isinstance(word, str)}
                names.update(code.co_names)
                words |= own
                if MISSING in own:
                    compared |= own
            if names <= STEADY:
                steady.add(test)
        self.words, self.compared, self.steady = frozenset(words), frozenset(compared), frozenset(steady)

    def holds(self, sheets: Sequence[tuple[Any, str, Any]]) -> bool:
        """Return whether these are the places of documents with *sheets*."""
        return len(sheets) == len(self.sheets) and all(
            mine[0] is other[0] and mine[1:] == other[1:] for mine, other in zip(self.sheets, sheets, strict=True)
        )

    def of(self, wrapper: Any, above: Place | None) -> Place:
        """Return the place of an element.

        Args:
            wrapper: the element as wrapped by the library.
            above: the place of the element that it is in; None for the root.
        """
        element, words, compared = wrapper.etree_element, self.words, self.compared
        attributes = [
            (name, value if name in compared or name == "id" else None)
            for name, value in element.attrib.items()
            if name in words or (name == "id" and value in words)
        ]
        key = (above or wrapper.lang, element.tag, *attributes)
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = self._new(wrapper)
        return place

    def rules(self, place: Place, wrapper: Any) -> tuple[tuple[Rule, ...], int]:
        """Return the rules that match an element of *place*, by weight, and the number that tells them from others."""
        match = tuple([test(wrapper) for test in place.tests])
        if match not in place.chosen:
            place.chosen[match] = self._numbered([*place.steady, *itertools.compress(place.rules, match)])
        return place.chosen[match]

    def _numbered(self, rules: list[Rule]) -> tuple[tuple[Rule, ...], int]:
        places = {id(sheet): number for number, (sheet, *_) in enumerate(self.sheets)}
        # In one sheet, no two selectors have the same order.
        matched = tuple(sorted(rules, key=lambda rule: (places[id(rule[0])], *rule[3][:2])))
        key = tuple((id(declarations), part, weight) for *_, (weight, _, part, (declarations, _)) in matched)
        return matched, self.numbers.setdefault(key, next(_numbers))

    def _new(self, wrapper: Any) -> Place:
        steady, tests, rules = list[Rule](), list[Any](), list[Rule]()
        for sheet in self.sheets:
            for test, *entry in _candidates(sheet[0].matcher, wrapper):
                rule = (*sheet, tuple(entry))
                if test not in self.steady:
                    tests.append(test)
                    rules.append(rule)
                elif test(wrapper):
                    steady.append(rule)
        return Place(steady=tuple(steady), tests=tuple(tests), rules=tuple(rules))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield *code* and all code in it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _codes(part)


def _tables(matcher: Any) -> Iterator[Iterable[Any]]:
    """Yield all entries of *matcher*, in groups."""
    for table in (
        matcher.id_selectors,
        matcher.class_selectors,
        matcher.lower_local_name_selectors,
        matcher.namespace_selectors,
    ):
        yield from table.values()
    yield from (matcher.lang_attr_selectors, matcher.other_selectors)


def _candidates(matcher: Any, wrapper: Any) -> Iterator[Any]:
    """Yield the entries of *matcher* whose last part may match an element, as the library chooses them."""
    yield from matcher.id_selectors.get(wrapper.id, ())
    for name in wrapper.classes:
        yield from matcher.class_selectors.get(name, ())
    yield from matcher.lower_local_name_selectors.get(wrapper.local_name.lower(), ())
    yield from matcher.namespace_selectors.get(wrapper.namespace_url, ())
    if "lang" in wrapper.etree_element.attrib:
        yield from matcher.lang_attr_selectors
    yield from matcher.other_selectors

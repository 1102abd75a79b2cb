"""Whether a style sheet lets each chapter be laid out without the others: what in it depends on the chapters before.

Built-in sheets do (a test says so). In the sheet of an author's theme, this module looks for counters, strings, selectors and page
numbers that go from one chapter to the next. What it does not know counts as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import tinycss2

from book.patterns import regex

NESTED = frozenset({"media"})
"""At-rules that contain rules."""
HARMLESS = frozenset({"charset", "font-face", "font-feature-values", "counter-style", "color-profile"})
STRINGS = frozenset({"chapter", "section"})
"""Named strings that every chapter sets at its beginning."""
LOCAL = frozenset({"list-item"})
"""Counters that begin anew by themselves."""
COUNTERS = frozenset({"counter-increment", "counter-reset", "counter-set"})
SIDES = frozenset({"left", "right", "recto", "verso"})
INSIDE = regex(r"(\.hb-(?:chapter|part|matter)):has\((?!\s*[+~])(?:[^()]|\([^()]*\))*\)")
"""What a chapter or a part must hold, which depends on no other one."""
STRUCTURE = regex(r":(?:first|last|only|nth)-[a-z-]+", re.I)
TOP = regex(
    r"hb-(?:chapter|part|matter|[a-z]+-matter|contents|plates|imprint|title-page|cover-page|half-title|level-\d|in-part|starts|long|longer|longest)"
)
"""Classes of the elements that follow each other in a book: parts, chapters and pages of Handbound's own."""
TOP_TAGS = frozenset({"", "*", "section", "nav", "div", "body", "html"})
TARGETS = {"hb-contents": "href", "hb-plates": "href", "hb-page-reference": "data-to"}
"""Where page numbers of targets may be printed: a class in the selector, and the attribute with the target."""


def dependence(sheet: str) -> str:
    """Return what in *sheet* makes a chapter depend on others, as the end of a sentence; empty if nothing does.

    >>> dependence(".hb-chapter p { color: red }"), dependence("figure { counter-increment: figure }")
    ('', 'counts “figure” through the whole book')
    """
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return next(_rules(rules, _resets(rules)), "")


Resets = Mapping[str, frozenset[str]]
"""Counter -> the elements that set it back: the last compound of each selector."""


def _resets(rules: Iterable[Any]) -> Resets:
    resets: dict[str, set[str]] = {"page": {"@page"}, "section": {".hb-numbered"}}
    for rule in rules:
        for declaration in declarations_of(rule.content) if rule.type == "qualified-rule" else ():
            if declaration.lower_name == "counter-reset":
                places = {compounds_of(selector)[-1] for selector in tinycss2.serialize(rule.prelude).split(",")}
                for token in declaration.value:
                    if token.type == "ident":
                        resets.setdefault(token.value, set()).update(places)
    return {name: frozenset(places) for name, places in resets.items()}


def declarations_of(content: Any) -> list[Any]:
    """Return the declarations in the *content* of a rule."""
    items = tinycss2.parse_blocks_contents(content or [], skip_comments=True, skip_whitespace=True)
    return [item for item in items if item.type == "declaration"]


def _rules(rules: Iterable[Any], resets: Resets) -> Iterator[str]:
    for rule in rules:
        if rule.type == "at-rule":
            name = rule.lower_at_keyword
            if name in NESTED:
                inner = tinycss2.parse_rule_list(rule.content or [], skip_comments=True, skip_whitespace=True)
                yield from _rules(inner, resets)
            elif name == "page":
                yield from _page(rule, resets)
            elif name not in HARMLESS:
                yield f"has an @{name} rule"
        elif rule.type == "qualified-rule":
            selector = tinycss2.serialize(rule.prelude)
            yield from _selector(selector)
            for declaration in declarations_of(rule.content):
                yield from _declaration(declaration, selector, resets)


def _page(rule: Any, resets: Resets) -> Iterator[str]:
    """Yield what is wrong with a rule for pages."""
    selector = tinycss2.serialize(rule.prelude)
    if re.search(r":nth\((?!\s*1\s+of\b)", selector):
        yield f"selects pages by their number (@page {selector.strip()})"
    for declaration in declarations_of(rule.content):
        if declaration.lower_name in COUNTERS:
            yield from _counters(declaration, "@page", resets)


def _declaration(declaration: Any, selector: str, resets: Resets) -> Iterator[str]:
    """Yield what is wrong with a declaration in a rule with *selector*."""
    name, value = declaration.lower_name, tinycss2.serialize(declaration.value)
    if name in COUNTERS:
        yield from _counters(declaration, selector, resets)
    elif name == "string-set":
        for string in (tinycss2.serialize(part).split(maxsplit=1)[:1] for part in _parts(declaration.value)):
            if not (STRINGS | {"none"}).issuperset(string):
                yield f"carries the string “{''.join(string)}” from page to page"
    elif name == "position" and "running(" in value:
        yield "has running elements"
    elif name in {"break-after", "page-break-after"} and value.strip() in SIDES and _may_be_top(compounds_of(selector)):
        yield "says on which side the next chapter begins"
    elif name == "content":
        if re.search(r"counters?\(\s*pages?\b", value):
            yield "prints page numbers in the text"
        for target in re.findall(r"target-[a-z]+\(\s*attr\(\s*([\w-]+)", value):
            if target not in {attribute for mark, attribute in TARGETS.items() if f".{mark}" in selector}:
                yield "prints page numbers of links in the text"


def _parts(tokens: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the parts of a value between commas."""
    part: list[Any] = []
    for token in tokens:
        if token == ",":  # noqa: S105 - of CSS
            yield part
            part = []
        elif part or token.type != "whitespace":
            part.append(token)
    yield part


def _counters(declaration: Any, selector: str, resets: Resets) -> Iterator[str]:
    """Yield counters that go through the book: those that are changed outside an element that sets them back."""
    if declaration.lower_name == "counter-reset":
        return
    around = {".hb-chapter", *compounds_of(selector)}
    for token in declaration.value:
        name = token.value if token.type == "ident" else "none"
        if name not in {"none", *LOCAL} and around.isdisjoint(resets.get(name, ())):
            yield f"counts “{name}” through the whole book"


def _selector(selector: str) -> Iterator[str]:
    """Yield what in *selector* depends on the neighbours of a chapter."""
    bare = re.sub(r"\[[^]]*\]", "", selector)
    if re.search(r"\([^)]*[+~][^)]*\)", re.sub(r":nth-[a-z-]+\([^)]*\)", "", bare)):
        yield f"has a selector that is not understood ({selector.strip()})"
        return
    for part in bare.split(","):
        compounds = compounds_of(INSIDE.sub(r"\1", part))
        for at, compound in enumerate(compounds):
            if STRUCTURE.search(compound) and _may_be_top(compounds[: at + 1]):
                yield f"selects a chapter by its place among the others ({part.strip()})"
            beside = at > 1 and compounds[at - 1] in {"+", "~"}
            if beside and _may_be_top(compounds[: at + 1]) and _may_be_top(compounds[: at - 1]):
                yield f"selects a chapter by its neighbour ({part.strip()})"


def compounds_of(selector: str) -> list[str]:
    """Return the compound selectors of *selector*, with the combinators between them.

    >>> compounds_of("p+ .a:first-child  b")
    ['p', '+', '.a:first-child', 'b']
    """
    return re.sub(r"(?<!\d)([+~>])(?![^(]*\))", r" \1 ", selector).split()


def _may_be_top(compounds: Sequence[str]) -> bool:
    """Return whether the last of *compounds* can match a part, a chapter, or one of Handbound's own pages."""
    *before, last = compounds
    tag = re.match(r"[\w*-]*", last)
    names = re.findall(r"\.([\w-]+)", last)
    if (tag[0] if tag else "") not in TOP_TAGS or not all(TOP.fullmatch(name) for name in names):
        return False
    while before and before[-1] in {"+", "~"}:
        before = before[:-2]
    return {"html", "body", ">"}.issuperset(before)

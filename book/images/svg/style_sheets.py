"""Style sheets of a drawing: selectors of elements, classes and ids, and declarations that SVG also has as attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import tinycss2
from msgspec import Struct, field

from book.html_names import SVG
from book.images.sizes import readable
from book.images.svg.findings import Findings
from book.images.svg.vocabulary import MARKERS, PRESENTED, Element, local_name
from book.patterns import regex

RULES = 2000
COMPARED = 1_000_000
"""Most rules times elements of a style sheet: more than any editor writes."""
TURNED = regex(r"(?:(?:translate|rotate|scale|skewX|skewY|matrix)\((?:[\s,]|[-+.\de]|px|deg)*\)\s*)+")


class Styles(Struct):
    """The rules of a drawing's style sheets and the styles of its elements."""

    findings: Findings
    rules: list[Rule] = field(default_factory=list)
    """In order of precedence, lowest first."""
    _styles: dict[str, tuple[tuple[str, str, bool], ...]] = field(default_factory=dict)
    """Parsed ``style`` attributes, each parsed once."""

    def read(self, source: Element, nodes: int) -> None:
        """Read the style sheets of the drawing."""
        for sheet in source.iter(f"{{{SVG}}}style", "style"):
            if any(local_name(above) == "foreignObject" for above in sheet.iterancestors()):
                continue
            text = readable("".join(sheet.itertext()))
            self._sheet(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True), 0)
        if len(self.rules) * nodes > COMPARED or len(self.rules) > RULES:
            self.rules.clear()
            self.findings.drop("a style sheet with far too many rules")
        self.rules.sort(key=lambda rule: rule.weight)

    def _sheet(self, nodes: list[Any], level: int) -> None:
        """Add the rules that apply to a static drawing on a light page."""
        for node in nodes:
            if node.type == "qualified-rule":
                declarations = tuple(self.declarations(node.content))
                for tokens in split_at_commas(node.prelude):
                    if declarations and (parts := selector(tokens)):
                        self.rules.append(Rule(parts=parts, declarations=declarations))
            elif node.type == "at-rule":
                name, prelude = node.lower_at_keyword, tinycss2.serialize(node.prelude).strip().lower()
                if name == "import":
                    self.findings.drop(f"@import {prelude}")
                elif name == "font-face" and node.content is not None:
                    self._face(node)
                elif name == "media" and node.content is not None and level < 4:
                    light = "dark" not in prelude and not re.search(r"\bprint\b|\bnot\b|-(?:width|height)", prelude)
                    if light:
                        inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                        self._sheet(inner, level + 1)

    def _face(self, rule: Any) -> None:
        """Report a font that is loaded; ignore one that is embedded, because every edition has its own fonts."""
        for address in addresses_in(rule.content):
            if not address.strip().lower().startswith("data:") and not address.startswith("#"):
                self.findings.drop(f"a typeface from {address}")

    def own(self, source: Element) -> tuple[tuple[str, str, bool], ...]:
        """Return the declarations of an element's own ``style``."""
        text = source.get("style", "")
        if text not in self._styles:
            self._styles[text] = tuple(self.declarations(readable(text)))
        return self._styles[text]

    def declarations(self, content: Any) -> Iterator[tuple[str, str, bool]]:
        """Yield name, value and importance of each declaration that SVG also has as an attribute."""
        for declaration in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
            if declaration.type != "declaration":
                continue
            name = declaration.lower_name
            outside = [address for address in addresses_in(declaration.value) if not address.strip().startswith("#")]
            if outside and not (name.startswith("src") and outside[0].startswith("data:")):
                self.findings.drop(f"{name}: url({outside[0]})")
                continue
            value = value_of(declaration.value)
            if value is None:
                continue
            if name == "font":
                yield from ((key, part, declaration.important) for key, part in expand_font(value))
            elif name == "marker":
                yield from ((key, value, declaration.important) for key in sorted(MARKERS))
            elif name in PRESENTED:
                yield name, value, declaration.important
            elif name == "transform" and (turned := TURNED.fullmatch(value)):
                yield name, re.sub(r"px|deg", "", turned[0]), declaration.important
            elif name in ("background", "background-color"):
                yield "background", value, declaration.important


class Part(Struct, frozen=True):
    """One compound selector: an element that has all of these."""

    tag: str
    name: str
    classes: frozenset[str]
    child: bool = False
    """Whether the preceding part must match the parent rather than any ancestor."""


class Rule(Struct, frozen=True, kw_only=True):
    """A selector and its declarations."""

    parts: tuple[Part, ...]
    declarations: tuple[tuple[str, str, bool], ...]

    @property
    def weight(self) -> tuple[int, int, int]:
        """Specificity (Selectors 3 §9)."""
        return (
            sum(bool(part.name) for part in self.parts),
            sum(len(part.classes) for part in self.parts),
            sum(part.tag not in ("", "*") for part in self.parts),
        )


def split_at_commas(prelude: list[Any]) -> Iterator[list[Any]]:
    """Yield the selectors of a rule."""
    own: list[Any] = []
    for token in prelude:
        if token == ",":  # noqa: S105 - of a style sheet
            yield own
            own = []
        else:
            own.append(token)
    yield own


def selector(tokens: list[Any]) -> tuple[Part, ...]:
    """Return a selector as parts; empty if it uses more than elements, classes and ids."""
    text = re.sub(r"\s*>\s*", " > ", tinycss2.serialize(tokens).strip())
    parts: list[Part] = []
    child = False
    for piece in text.split():
        if piece == ">":
            child = True
            continue
        if not re.fullmatch(r"(?:\*|[A-Za-z][\w-]*)?(?:[.#](?:[\w-]|[^\x00-\x7f])+)*", piece):
            return ()
        tag = re.match(r"\*|[A-Za-z][\w-]*", piece)
        names = re.findall(r"#([^.#]+)", piece)
        if len(set(names)) > 1:
            return ()
        parts.append(
            Part(
                tag[0] if tag else "",
                names[0] if names else "",
                frozenset(re.findall(r"\.([^.#]+)", piece)),
                child=child,
            )
        )
        child = False
    return tuple(parts) if len(parts) <= 8 and not child else ()


def _fits(part: Part, element: Element) -> bool:
    return (
        (part.tag in ("", "*") or part.tag.lower() == local_name(element).lower())
        and (not part.name or part.name == element.get("id"))
        and (not part.classes or part.classes <= set((element.get("class") or "").split()))
    )


def matches(parts: tuple[Part, ...], element: Element) -> bool:
    """Return whether a selector matches *element*; each part is searched once on the way up, so no selector is slow."""
    if not _fits(parts[-1], element):
        return False
    if len(parts) == 1:
        return True
    line = [element, *element.iterancestors()]
    places = {0}
    for number in range(len(parts) - 2, -1, -1):
        if parts[number + 1].child:
            places = {place + 1 for place in places if place + 1 < len(line) and _fits(parts[number], line[place + 1])}
        else:
            first = min(places, default=len(line))
            places = {place for place in range(first + 1, len(line)) if _fits(parts[number], line[place])}
        if not places:
            return False
    return True


def addresses_in(tokens: Any) -> Iterator[str]:
    """Yield every address in CSS *tokens*; a token that cannot be parsed counts as one."""
    waiting = list(tokens or ())
    while waiting:
        token = waiting.pop()
        if token.type == "url":
            yield token.value
        elif token.type == "error":
            yield "what cannot be read"
        elif token.type == "function":
            if token.lower_name in ("url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "element"):
                yield next(
                    (argument.value for argument in token.arguments if argument.type == "string"), token.lower_name
                )
            waiting.extend(token.arguments)
        elif token.type in ("() block", "[] block", "{} block"):
            waiting.extend(token.content)


def value_of(tokens: list[Any], level: int = 0) -> str | None:
    """Return the text of a value for a light page: the first of ``light-dark()``, the fallback of ``var()``; None if there is none."""
    texts: list[str] = []
    for token in tokens:
        if token.type == "function" and token.lower_name in ("light-dark", "var") and level < 8:
            pieces = list(split_at_commas(token.arguments))
            value = (
                pieces[0]
                if token.lower_name == "light-dark"
                else [piece for piece_list in pieces[1:] for piece in piece_list]
            )
            inner = value_of(value, level + 1)
            if not inner:
                return None
            texts.append(inner)
        elif token.type == "comment":
            continue
        else:
            texts.append(tinycss2.serialize([token]))
    text = "".join(texts).strip()
    return None if not text or "\\" in text or "<" in text or "!" in text else " ".join(text.split())


def expand_font(value: str) -> Iterator[tuple[str, str]]:
    """Yield the properties that the shorthand ``font`` sets (CSS 2.2 §15.8).

    >>> list(expand_font("bold 12px/1.2 Arial, sans-serif"))
    [('font-weight', 'bold'), ('font-size', '12px'), ('font-family', 'Arial, sans-serif')]
    """
    words = value.split()
    for place, word in enumerate(words):
        if word in ("italic", "oblique"):
            yield "font-style", word
        elif word in ("bold", "bolder", "lighter") or re.fullmatch(r"[1-9]00", word):
            yield "font-weight", word
        elif re.match(r"[\d.]+[a-z%]", word) or re.fullmatch(
            r"(?:x{1,2}-)?(?:small|large)|medium|smaller|larger", word
        ):
            if place + 1 < len(words):
                yield "font-size", word.partition("/")[0]
                yield "font-family", " ".join(words[place + 1 :])
            return

"""What a device rejects or overrules in the styles of an EPUB."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import tinycss2

from book.patterns import regex

COLOURED = frozenset({"color", "background", "background-color", "-webkit-text-fill-color"})
INHERITED = frozenset({"inherit", "initial", "unset", "transparent", "none", "currentcolor"})
"""Values that leave the colour to the reader."""
SIZED = frozenset({"font-size", "line-height", "font", "letter-spacing", "word-spacing", "text-indent"})
PAGE = frozenset({"html", "body", "*"})
UNKNOWN = regex(r"\b(?:var|light-dark|env|color-mix|clamp)\(", re.IGNORECASE)
"""CSS functions for which e-readers of 2015 drop the whole declaration."""
FIXED = regex(r"(?<![\w.#-])\d*\.?\d+(?:px|pt|pc|cm|mm|in|q)\b", re.IGNORECASE)


@functools.lru_cache(maxsize=8)
def of_sheet(text: str) -> tuple[tuple[int, str], ...]:
    """Return line and fault of each faulty declaration of a style sheet, including those in media queries."""
    return tuple(_declarations(text))


def _declarations(text: str) -> Iterator[tuple[int, str]]:
    waiting = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    while waiting:
        rule = waiting.pop(0)
        if rule.type == "error":
            yield rule.source_line, f"the style sheet cannot be read: {rule.message}"
        elif rule.type == "at-rule":
            if rule.lower_at_keyword in {"media", "supports"} and rule.content is not None:
                waiting += tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        elif rule.type == "qualified-rule":
            if any(token.type == "error" for token in rule.prelude):
                yield rule.source_line, "the style sheet cannot be read: an unmatched closing bracket"
            selector = tinycss2.serialize(rule.prelude).strip()
            if ":root" in selector:
                yield rule.source_line, f"the selector {selector} is not supported by old e-readers"
            for declaration in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
                if declaration.type == "declaration" and (message := of_declaration(selector, declaration)):
                    yield declaration.source_line, message


def of_declaration(selector: str, declaration: tinycss2.ast.Declaration) -> str:
    """Return what is wrong with a *declaration* for *selector*; empty if nothing is."""
    name, value = declaration.lower_name, tinycss2.serialize(declaration.value).strip()
    rule = f"{selector} {{ {name}: {value} }}"
    targets = {re.split(r"[\s>+~]+", part.strip())[-1] for part in selector.split(",")}
    pictures = all(re.match(r"(?:img|svg|image)\b", target) for target in targets)
    if name.startswith("--") or UNKNOWN.search(value):
        return f"{rule}: old e-readers do not support it"
    if name in COLOURED and not pictures and not set(value.lower().split()) <= INHERITED:
        return f"{rule}: colours are the reader's choice"
    if name in SIZED and FIXED.search(value):
        return f"{rule}: text is measured in em, so that the reader can make it larger"
    if name in {"font-size", "line-height", "font"} and targets & PAGE:
        return f"{rule}: text size is the reader's choice"
    if name == "position" and value.lower() == "fixed":
        return f"{rule}: fixed positions do not work in reflowable text"
    return ""

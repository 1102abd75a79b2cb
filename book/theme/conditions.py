"""What a style sheet says for current e-readers only, under conditions that older ones pass over."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import tinycss2

from book.patterns import regex

FATAL = regex(r"\b(?:calc|min|max|clamp|env|var)\(|(?<![\w#.-])[\d.]+(?:vw|vh|vmin|vmax)\b", re.IGNORECASE)
"""Values for which Adobe's engine (RMSDK: ``.epub`` on Kobo, PocketBook, Tolino, Nook) drops the whole style sheet or refuses the book."""
GROUPS = frozenset({"media", "container", "layer"})
"""At-rules with rules in them that it does not survive either: a media query with a number, or an empty one."""


@functools.lru_cache(maxsize=8)
def guarded(css: str) -> str:
    """Return the style sheet *css* with everything that old e-readers do not survive under ``@supports``, which they pass over.

    Args:
        css: a style sheet without comments, as :func:`book.theme.sheets.tidy` leaves it. The result is ASCII.

    >>> print(guarded("p { margin: 0; width: calc(9em - 1px) } @media (max-width: 9em) { p { margin: 1em } } @media print { }"), end="")
    p { margin: 0; }
    @supports (width: calc(9em - 1px)) { p { width: calc(9em - 1px); } }
    @supports (display: block) { @media (max-width: 9em) { p { margin: 1em } } }
    """
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    text = "".join(f"{text}\n" for rule in rules for text in _spelled(rule))
    return re.sub(r"[^\x00-\x7f]", lambda letter: f"\\{ord(letter[0]):06X}", text)


def _spelled(rule: tinycss2.ast.Node) -> Iterator[str]:
    """Yield a *rule* as one or more."""
    if rule.type == "at-rule" and rule.lower_at_keyword in GROUPS and rule.content is not None:
        if tinycss2.serialize(rule.content).strip():
            yield f"@supports (display: block) {{ {rule.serialize()} }}"
    elif rule.type == "qualified-rule" and FATAL.search(tinycss2.serialize(rule.content)):
        yield from _parted(rule)
    else:
        yield rule.serialize()


def _parted(rule: tinycss2.ast.QualifiedRule) -> Iterator[str]:
    """Yield a *rule* without the declarations that are fatal, then each of these that no later one replaces."""
    selector = tinycss2.serialize(rule.prelude).strip()
    contents = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    last = {item.lower_name: item for item in contents if item.type == "declaration"}
    fatal = [item for item in last.values() if FATAL.search(tinycss2.serialize(item.value))]
    safe = [item for item in contents if not FATAL.search(item.serialize())]
    if safe:
        yield f"{selector} {{ {' '.join(f'{item.serialize().strip()};' for item in safe)} }}"
    for item in fatal:
        condition = f"{item.name}: {tinycss2.serialize(item.value).strip()}"
        yield f"@supports ({condition}) {{ {selector} {{ {condition}{' !important' if item.important else ''}; }} }}"

r"""Fractions of plain TeX: `{a \over b}`, which pandoc does not read, as `{\frac{a}{b}}`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.patterns import regex

_OVER = regex(r"\\over(?![A-Za-z])")
_TOKEN = regex(r"\\(?:[A-Za-z]+|.)|[{}&]", re.DOTALL)
MOST = 50
"""The most fractions of a formula."""


def with_frac(tex: str) -> str:
    r"""Return *tex* with each ``\over`` as a ``\frac`` of what stands before and behind it in its group.

    One that stands in a row of a matrix or between ``\left`` and ``\right``, without braces, is left as it is.

    >>> with_frac(r"x = {-b \pm {a \over 3} \over 2a} \{ 1")
    'x = {\\frac{-b \\pm {\\frac{a}{3}}}{2a}} \\{ 1'
    >>> with_frac(r"a \over b"), with_frac(r"\left( a \over b \right)"), with_frac(r"\overline{a}")
    ('\\frac{a}{b}', '\\left( a \\over b \\right)', '\\overline{a}')
    """
    start = 0
    for _ in range(MOST):
        match = _OVER.search(tex, start)
        if match is None:
            break
        group = _group(tex, match.start())
        if group is None:
            start = match.end()
            continue
        first, last = group
        above, below = tex[first : match.start()].strip(), tex[match.end() : last].strip()
        tex = f"{tex[:first]}\\frac{{{above}}}{{{below}}}{tex[last:]}"
        start = first
    return tex


def _group(tex: str, at: int) -> tuple[int, int] | None:
    """Return the first and the last offset of the inside of the group with the command at *at*; None if it has no braces, but parts."""
    tokens = list(_TOKEN.finditer(tex))
    own = next(number for number, token in enumerate(tokens) if token.start() == at)
    first = _edge(reversed(tokens[:own]), _CLOSING, _OPENING, -1)
    last = _edge(iter(tokens[own + 1 :]), _OPENING, _CLOSING, len(tex))
    return None if first is None or last is None else (first + 1, last)


def _edge(tokens: Iterator[re.Match[str]], deeper: frozenset[str], higher: frozenset[str], end: int) -> int | None:
    """Return the offset of the brace that ends a group, among the *tokens* in one direction, else *end*; None if something else ends it."""
    depth = 0
    for token in tokens:
        if token[0] in deeper:
            depth += 1
        elif depth and token[0] in higher:
            depth -= 1
        elif not depth and (token[0] in higher or token[0] in _PARTING):
            return token.start() if token[0] in ("{", "}") else None
    return end


_OPENING = frozenset({"{", "\\left", "\\begin"})
_CLOSING = frozenset({"}", "\\right", "\\end"})
_PARTING = frozenset({"&", "\\\\", "\\cr", "\\over"})

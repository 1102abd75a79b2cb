"""Forms of attribute values (HTML Living Standard §2.3; XML Schema and MathML 3 where EPUB refers to them)."""

from __future__ import annotations

from collections.abc import Mapping

# HTML §2.3; XML Schema where EPUB refers to it.
LENGTH = r"\s*(?:-?\d*(?:\d\.?|\.\d)\d*(?:e[mx]|in|cm|mm|p[xtc]|%)?|(?:negative)?(?:(?:very){0,2}thi(?:n|ck)|medium)mathspace)\s*"
_DATE = r"\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?"
_ZONE = r"(?:Z|[+-]\d\d:?\d\d)"
_MOMENT = rf"{_DATE}[T ]{_TIME}{_ZONE}?"
_LASTING = (
    r"P(?:\d+D|(?:\d+D)?T(?:\d+H(?:\d+M)?(?:\d+(?:\.\d{1,3})?S)?|\d+M(?:\d+(?:\.\d{1,3})?S)?|\d+(?:\.\d{1,3})?S))"
)
VALUES: Mapping[str, str] = {
    "any": r"(?s:.*)",
    "filled": r"(?s:\s*\S.*)",
    "token": r"\S+",
    "tokens": r"(?s:.*)",
    "kind": r"[a-zA-Z0-9!#$&+\-^_]+/[a-zA-Z0-9!#$&+\-^_]+.*",
    "yes": r"|{name}",
    "integer": r"\s*[+-]?\d+\s*",
    "count": r"\s*\+?\d+\s*",
    "positive": r"\s*\+?0*[1-9]\d*\s*",
    "truth": "true|false",
    "language": r"|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "direction": "ltr|rtl|auto",
    "moment": rf"{_MOMENT}|{_DATE}",
    "time": rf"{_MOMENT}|{_DATE}|\d{{4}}|\d{{4,}}-(?:0[1-9]|1[0-2])|(?:--)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])|{_TIME}"
    rf"|\d{{4,}}-W\d\d|{_LASTING}",
    "length": LENGTH,
    "size": rf"{LENGTH}|infinity",
    "thickness": rf"{LENGTH}|thin|medium|thick",
    "padding": r"\s*[+-]?\d*(?:\d\.?|\.\d)\d*\s*(?:%?\s*(?:height|depth|width)?|e[mx]|in|cm|mm|p[xtc]"
    r"|(?:negative)?(?:(?:very){0,2}thi(?:n|ck)|medium)mathspace)\s*",
    "variant": "normal|bold|italic|bold-italic|double-struck|bold-fraktur|script|bold-script|fraktur|sans-serif"
    "|bold-sans-serif|sans-serif-italic|sans-serif-bold-italic|monospace|initial|tailed|looped|stretched",
    "sides": r"\s*(?:left|center|right)(?:\s+(?:left|center|right))*\s*",
    "address": r"\s*(?:[^\s%\\^`{}|<>\"]|%(?=[0-9A-Fa-f]{2}))*\s*",
    "colour": r"\s*#(?:[0-9a-fA-F]{3}){1,2}\s*|(?i:\s*(?:aqua|black|blue|fuchsia|gray|green|lime|maroon|navy|olive|purple|red"
    r"|silver|teal|white|yellow)\s*)",
}
"""Forms of values by name; the whole value must match. In ``yes``, ``{name}`` stands for the attribute's own name."""

LONGEST = 100
"""The most letters that a number, a date or a word may have."""

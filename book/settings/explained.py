"""Why handbound.toml is not TOML, in words of its author, with a fix that is the line to write."""

from __future__ import annotations

import re

from book.notation import conflicts
from book.notation.toml import STRINGS, TomlError
from book.patterns import regex
from book.problems import line_and_column, printable

ENTRY = regex(r"""\s*(?:#[^\n]*\n\s*)*(?:["'\[{]|\d|true\b|false\b)""")
KEY = regex(
    rf"\s*(?:\[+[ \t]*[\w.\"'-]+[ \t]*\]+[ \t]*(?:#.*)?$|(?:[\w-]+|{STRINGS})[ \t]*(?:\.[ \t]*[\w-]+[ \t]*)*=)",
    re.MULTILINE,
)
BARE = regex(r"^[ \t]*(?P<key>[\w.-]+)[ \t]*=[ \t]*(?P<value>[^\n\"'\[{#]*[^\s\"'\[{#])[ \t]*(?:#.*)?$")

COLOUR = regex(r"^[ \t]*(?P<key>[\w.-]+)[ \t]*=[ \t]*(?P<value>#[0-9A-Fa-f]{3,8})[ \t]*(?:#.*)?$")
"""A colour without quotes, which TOML takes for a comment."""


def explained(text: str, error: TomlError) -> tuple[int, str, str]:
    """Return the place (an offset of *text*), the message and the fix for an *error*."""
    if error.deep:
        return error.at, f"this is not TOML: {error.why}", "nest less"
    if error.why in ("Unclosed array", "Unclosed inline table"):
        return _unclosed(text, error)
    if error.why in ("Illegal character '\\n'", 'Expected "\'"'):
        return error.at, "this is not TOML: the text in quotes does not end on its line", FIXES["Illegal character"]
    line = text[text.rfind("\n", 0, error.at) + 1 :].partition("\n")[0]
    if "at the end of a table declaration" in error.why:
        return error.at, "this is not TOML: the name of the table is not closed", "write ] behind it"
    bare = BARE.match(line) or COLOUR.match(line)
    if error.why in ("Invalid value", AFTER) and bare and "=" not in bare["value"]:
        return _unquoted(text.rfind("\n", 0, error.at) + 1 + bare.start("value"), bare["key"], bare["value"])
    return error.at, f"this is not TOML: {error.why}", FIXES.get(error.why.partition("'")[0].strip(), USUAL)


def _unquoted(at: int, key: str, value: str) -> tuple[int, str, str]:
    """Explain the *value* of *key* at the offset *at*, which is no value of TOML."""
    value = value.rstrip(",;")
    if DATE.fullmatch(value):
        return at, f"{key} is {value}, a day that no calendar has", f"write {key} = 2026-01-31, in this form"
    if fix := {"True": "true", "False": "false", "yes": "true", "no": "false"}.get(value):
        return at, "this is no value of TOML", f"write {key} = {fix}"
    if value[0] in CURLY:
        plain = value.strip(CURLY)
        return (
            at,
            "these are not the quotation marks of TOML, which are straight",
            f'write {key} = "{printable(plain, 60)}"',
        )
    return at, "this value needs quotes", f'write {key} = "{printable(value, 60)}"'


AFTER = "Expected newline or end of document after a statement"
"""What tomllib says of more words behind a value, such as those of 1.2.3."""
DATE = regex(r"\d{4}-\d{1,2}-\d{1,2}")
CURLY = "“”„‟«»‘’‚‹›"
USUAL = 'write one key on each line, as in: title = "My handbook"'
FIXES = {
    conflicts.WHY: conflicts.FIX,
    "Invalid value": 'strings need quotes, as in: title = "My handbook"',
    "Unterminated string": "write the quotation mark that ends the text",
    "Illegal character": "write the quotation mark that ends the text, on the same line",
    "Unescaped": r"write \\ for a backslash, or put the text between single quotes",
    "Expected": USUAL,
    "the key is already defined": "keep one of the two",
    "Cannot declare": "write the table once, with all its keys",
}
"""The beginning of what tomllib says -> the fix."""


def _unclosed(text: str, error: TomlError) -> tuple[int, str, str]:
    """Explain a list or a table in braces that does not end: a comma is missing, or its bracket."""
    opener, closer, name = ("[", "]", "list") if error.why == "Unclosed array" else ("{", "}", "table")
    begin = _opening(text, error.at, opener)
    last = len(text[: error.at].rstrip())
    entry = bool(ENTRY.match(text, error.at)) and not KEY.match(text, error.at)
    if name == "table":  # a table between braces is on one line, and its entries have keys
        entry = "\n" not in text[begin : error.at] and bool(KEY.match(text, error.at))
    if entry and text[last - 1 : last] not in ("[", "{", ","):
        number, _ = line_and_column(text, last)
        where = f"at the end of line {number}" if text[last : last + 1] == "\n" else "here"
        return last, f"a comma is missing between two entries of this {name}, {where}", "write a comma here"
    return (
        begin,
        f"the {name} that begins here is not closed",
        f"write {closer} behind its last entry, and a comma between entries",
    )


def _opening(text: str, at: int, opener: str) -> int:
    """Return the offset of the innermost *opener* before *at* that is not closed; comments and texts do not count."""
    stack = []
    for token in re.finditer(rf"{STRINGS}|#[^\n]*|[\[\]{{}}]", text[:at], re.DOTALL):
        if token[0] in ("[", "{"):
            stack.append(token.start())
        elif token[0] in ("]", "}") and stack:
            stack.pop()
    start = next((start for start in reversed(stack) if text[start] == opener), None)
    if start is None and at < len(text):  # the text ends before its end is found
        return _opening(text, len(text), opener)
    return at if start is None else start

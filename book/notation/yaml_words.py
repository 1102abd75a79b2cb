"""Why a line of front matter is not YAML, in words of its author, with a fix that is the line to write."""

from __future__ import annotations

from book.patterns import regex

_LINE = regex(r"(?P<key>[\w-]+:)[ \t]+(?P<value>\S[^\n]*?)[ \t]*(?:\n|\Z)")
_QUOTED = regex(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_SIGNS = "*&!%@`|>"
_BRACKETS = {"[": "]", "{": "}"}


def explained(text: str, at: int, why: str) -> tuple[int, str, str] | None:
    r"""Return place, message and fix for the fault *at* of *text*, of which PyYAML says *why*; None if the value of its line is not to blame.

    >>> explained("title: @home", 7, "found character that cannot start any token")
    (7, 'the value begins with @, which means something else in YAML', 'write title: "@home"')
    >>> explained("title: 'It", 7, "found unexpected end of stream")
    (7, 'the quotation mark that begins here is not closed', "write title: 'It'")
    >>> explained('title: "So" we said', 12, "did not find expected key")
    (7, 'there are words after the closing quotation mark', 'write title: \'"So" we said\'')
    """
    line = _LINE.match(text, text.rfind("\n", 0, at) + 1)
    if line is None:
        return None
    key, value, start = line["key"], line["value"], line.start("value")
    words = value[1:-1] if value[0] == value[-1] == "'" and len(value) > 1 else value
    whole = f"write {key} {_in_quotes(words)}"
    if value[0] in "\"'":
        quoted = _QUOTED.match(value)
        if quoted is None:
            return start, "the quotation mark that begins here is not closed", f"write {key} {value}{value[0]}"
        if quoted.end() < len(value) and not value[quoted.end() :].lstrip().startswith("#"):
            return start, "there are words after the closing quotation mark", whole
        if "escape" in why:
            inner = value[1:-1].replace('\\"', '"')
            return (
                start,
                "a backslash between double quotes means something else in YAML",
                f"write {key} {_single(inner)}",
            )
        return None
    if closing := _BRACKETS.get(value[0]):
        if closing in value and not value.endswith(closing):
            return start, "there are words after the closing bracket", whole
        open_ = closing not in value and not value.endswith(",")
        return (start, "the bracket that begins here is not closed", f"write {key} {value}{closing}") if open_ else None
    if value[0] in _SIGNS or value.startswith(("- ", "? ")):
        return start, f"the value begins with {value[0]}, which means something else in YAML", whole
    return None


def _in_quotes(value: str) -> str:
    """Return *value* as YAML reads it unchanged."""
    return _single(value) if set(value) & set('"\\') else f'"{value}"'


def _single(value: str) -> str:
    return "'{}'".format(value.replace("'", "''"))

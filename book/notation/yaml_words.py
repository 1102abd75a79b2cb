"""Why a line of front matter is not YAML, in words of its author, with a fix that is the line to write."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from book.patterns import regex

SECOND_COLON = "a second colon in a value without quotation marks"
_LINE = regex(
    r"[ ]*(?P<dash>(?:-[ \t]+)*)(?P<key>[\w.-]+(?: [\w.-]+){0,2}:[ \t]+)?(?P<value>\S(?:[^\n]*[^\s])?)[ \t]*(?:\n|\Z)"
)
_QUOTED = regex(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_COMMENT = regex(r"[ \t]+#")
_SIGNS = "*&!%@`|>"
_BRACKETS = {"[": "]", "{": "}"}
_NOT_PLAIN = "\"'[]{}>|&*!%@`#,?-"
"""What a value without quotation marks does not begin with."""


class Meant(Struct, frozen=True, kw_only=True):
    """A value that is not YAML, although anybody can read it."""

    at: int
    end: int
    """Offset after its last character."""
    text: str
    """What it says."""
    fences: str = ""
    """Quotation marks that a value has in this notation."""

    def moved(self, by: int) -> Meant:
        """Return the same value, *by* characters further on."""
        return Meant(at=self.at + by, end=self.end + by, text=self.text, fences=self.fences)

    def stand_in(self, sign: str) -> str:
        """Return a valid value as long as this one, made of *sign*.

        >>> Meant(at=0, end=5, text="words", fences="'").stand_in("x")
        "'xxx'"
        """
        return f"{self.fences}{sign * (self.end - self.at - 2 * len(self.fences))}{self.fences}"


class Reason(Struct, frozen=True, kw_only=True):
    """Why a line is not YAML."""

    at: int
    why: str
    fix: str
    meant: Meant | None = None
    """Its value, if only the quotation marks are missing or wrong."""


def explained(text: str, at: int, why: str) -> Reason | None:
    r"""Return the reason for the fault *at* of *text*, of which PyYAML says *why*; None if the value of its line is not to blame.

    >>> def shown(reason): return reason.at, reason.why, reason.fix, reason.meant and reason.meant.text
    >>> shown(explained("title: @home", 7, "found character that cannot start any token"))
    (7, 'the value begins with @, which means something else in YAML', 'write title: "@home"', '@home')
    >>> shown(explained("title: 'It", 7, "found unexpected end of stream"))
    (7, 'the quotation mark that begins here is not closed', "write title: 'It'", 'It')
    >>> shown(explained('  - "So" we said', 8, "did not find expected key"))
    (4, 'there are words after the closing quotation mark', 'write - \'"So" we said\'', '"So" we said')
    >>> shown(explained("title: Work: a guide", 11, "mapping values are not allowed in this context"))
    (11, 'a second colon in a value without quotation marks', 'write title: "Work: a guide"', 'Work: a guide')
    """
    line = _LINE.match(text, text.rfind("\n", 0, at) + 1)
    if line is None or not (line["key"] or line["dash"]):
        return None
    key, value, start = (line["key"] or line["dash"][-2:]).strip(), line["value"], line.start("value")
    words = value[1:-1] if value[0] == value[-1] == "'" and len(value) > 1 else value

    def reason(message: str, write: str, words: str | None, place: int = start) -> Reason:
        meant = None if words is None else Meant(at=start, end=line.end("value"), text=words)
        return Reason(at=place, why=message, fix=f"write {key} {write}", meant=meant)

    if value[0] in "\"'":
        return _of_quotes(value, words, why, reason)
    if closing := _BRACKETS.get(value[0]):
        if closing in value and not value.endswith(closing):
            return reason("there are words after the closing bracket", _in_quotes(words), words)
        if closing in value or value.endswith(","):
            return None
        return reason("the bracket that begins here is not closed", f"{value}{closing}", None)
    if value[0] in _SIGNS or value.startswith(("- ", "? ")):
        return reason(f"the value begins with {value[0]}, which means something else in YAML", _in_quotes(words), words)
    if "mapping values" in why and value[0] not in _NOT_PLAIN:
        plain = _COMMENT.split(value, 1)[0]
        meant = Meant(at=start, end=start + len(plain), text=plain)
        return Reason(at=at, why=SECOND_COLON, fix=f"write {key} {_in_quotes(plain)}", meant=meant)
    return None


def _of_quotes(value: str, words: str, why: str, reason: Callable[..., Reason]) -> Reason | None:
    """Return the reason for a value that begins with a quotation mark."""
    quoted = _QUOTED.match(value)
    if quoted is None:
        return reason("the quotation mark that begins here is not closed", f"{value}{value[0]}", value[1:])
    if quoted.end() < len(value) and not value[quoted.end() :].lstrip().startswith("#"):
        return reason("there are words after the closing quotation mark", _in_quotes(words), words)
    if "escape" in why:
        inner = value[1:-1].replace('\\"', '"')
        return reason("a backslash between double quotes means something else in YAML", _single(inner), inner)
    return None


def _in_quotes(value: str) -> str:
    """Return *value* as YAML reads it unchanged."""
    return _single(value) if set(value) & set('"\\') else f'"{value}"'


def _single(value: str) -> str:
    return "'{}'".format(value.replace("'", "''"))

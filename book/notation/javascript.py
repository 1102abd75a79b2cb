"""Reads the literals of a JavaScript or TypeScript file without running it: objects, lists, strings, numbers, booleans.

Values that only running the file would give (calls, spreads, conditions, template strings with values) are left out; the caller gets
their places. A name is replaced by the literal that the same file assigns to it, or another file of the book from which it is
imported; a call is replaced by the literal that a function of the same file returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from book.notation import DEEP, SYNTAX, NotationError, Spot
from book.patterns import regex

DEPTH = 64
MOST_STEPS = 200_000
"""The most values that are read from one file, because a name may refer to a long literal more than once."""
BLANK = regex(r"(?:\s|//[^\n]*|/\*.*?(?:\*/|\Z))*", re.DOTALL)
NAME = regex(r"[A-Za-z_$][\w$]*")
NUMBER = regex(r"[-+]?(?:0[xXbBoO][0-9A-Fa-f_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)n?")
STRING = regex(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`", re.DOTALL)
ESCAPE = regex(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r?\n)|(.))", re.DOTALL)
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": ""}
EXPORT = regex(r"^[ \t]*(?:module\.exports\s*=|exports\.default\s*=|export\s+default\b|export\s*=)", re.MULTILINE)
RETURNED = regex(r"\breturn\s*(?=[\[({])")
EXPORTED_AGAIN = regex(
    r"^\s*export\s+(?:\*|\{(?P<names>[^{}]*)\})\s*from\s*(['\"])(?P<path>\.[^'\"\n]*)\2", re.MULTILINE
)
DEEPEST = 6
"""The deepest chain of files that import one another."""
RETURN = regex(r"\breturn\s*(?=\{)")
AFTER = regex(r"\s+(?:as|satisfies)\s+[^,;)\]}\n]+|\s*![ \t]*(?=[,;)\]}\n])")
GENERIC = regex(r"<[\w$.,\s\[\]'\"|&{}:;]*(?:<[\w$.,\s\[\]'\"|&]*>[\w$.,\s\[\]'\"|&]*)*>\s*\(")
"""The type arguments of a call in TypeScript, and its bracket."""
DEFAULT = regex(r"[^'\"`(){}\[\]]*(?:\?\?|\|\|)\s*")
"""What stands before the value that counts if no other is set: ``process.env.SITE ??``."""
WRAPPER = regex(r"(?:define|with)[A-Z]\w*|\w+(?:Theme|Config)")
"""Names of functions that most likely return the settings with which they are called."""
WRAPPERS = frozenset({
    "defineConfig", "defineConfigWithTheme", "defineUserConfig", "defaultTheme", "hopeTheme", "withMermaid", "withPwa",
    "sidebar", "navbar", "starlight", "starlightSidebarTopics",
})  # fmt: skip
"""Functions that return the literal with which they are called."""
CONSTANTS = {"true": "true", "false": "false", "null": None, "undefined": None}
TAG = regex(
    r"<(?P<slash>/)?(?:[A-Za-z][\w.:-]*)?(?:\"[^\"]*\"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\}|[^<>{}\"'/]|/(?!>))*(?P<self>/)?>"
)
"""A tag of an element in JSX."""
LONGEST = 2_000
"""The most characters of an element."""
LeftOut = tuple[int, str]


class Module(Struct, frozen=True):
    """A file, and access to those that it imports."""

    text: str
    imported: Callable[[str], Module | None]
    """Returns the file for a path such as ``./sidebar``, None if it does not exist."""


def read(
    text: str, name: str = "", imported: Callable[[str], Module | None] = lambda _: None
) -> tuple[Spot, tuple[LeftOut, ...]]:
    """Return the exported value of the file *text*, and everything that is left out of it: offsets and code.

    Args:
        text: a module.
        name: a variable or property to read instead, such as ``window.$docsify``.
        imported: finds the files that it imports.

    Raises:
        NotationError: it exports neither an object nor a list, or is nested too deeply.

    >>> read("module.exports = { a: ['x', ...y], b: require('c') }")[0].plain
    {'a': ['x'], 'b': None}
    """
    reader = _Reader(Module(text, imported))
    at = reader.start(name)
    if at is None:
        raise NotationError(SYNTAX, 0, "it exports no object and no list", "list the chapters in handbound.toml")
    spot = reader.value(at, 0)
    if not isinstance(spot.value, tuple | Mapping):
        match = RETURN.search(text, at)
        spot = reader.value(match.end(), 0) if match else spot
    if not isinstance(spot.value, tuple | Mapping):
        message = "its export is not an object or a list that can be read without running it"
        raise NotationError(SYNTAX, at, message, "list the chapters in handbound.toml")
    inside = {at: code for at, code in reader.omitted.items() if spot.at <= at < spot.end or at in reader.shared}
    return spot, tuple(sorted(inside.items()))


class _Reader(Struct):
    """One pass over the text."""

    module: Module
    modules: int = 0
    """The number of files in the chain of imports down to this one."""
    omitted: dict[int, str] = field(default_factory=dict)
    shared: set[int] = field(default_factory=set)
    """What is left out of literals to which a name refers."""
    open: list[str] = field(default_factory=list)
    """The names that are being resolved."""
    arguments: dict[str, Spot] = field(default_factory=dict)
    """The literals with which the current function is called, by parameter."""
    steps: int = 0

    @property
    def text(self) -> str:
        """The text of the file."""
        return self.module.text

    def start(self, name: str) -> int | None:
        """Return the offset of the value to read."""
        pattern = re.compile(rf"{re.escape(name)}\s*=(?!=)") if name else EXPORT
        starts = [match.end() for match in pattern.finditer(self.text)]
        return self.blank(starts[-1]) if starts else None

    def blank(self, at: int) -> int:
        match = BLANK.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, depth: int) -> Spot:
        """Return the value that begins at *at*; one that is not a literal is None, up to the end of its expression."""
        self.steps += 1
        if depth > DEPTH or self.steps > MOST_STEPS:
            raise NotationError(DEEP, at, "it is nested too deeply or too long", "list the chapters in handbound.toml")
        spot = self.literal(at, depth)
        if spot is not None:
            after = AFTER.match(self.text, spot.end)
            end = self.blank(after.end() if after else spot.end)
            if self.text[end : end + 1] in ("", ",", ";", ")", "]", "}") or self.ends(spot.end, end):
                return spot
        end = self.skipped(at)
        default = DEFAULT.match(self.text, at, end)
        spot = self.literal(default.end(), depth) if default and depth < DEPTH else None
        if spot is not None and spot.value is not None and self.blank(spot.end) >= end:
            return replace(spot, at=at, end=end)
        self.omitted[at] = self.text[at:end].strip()
        return Spot(value=None, at=at, end=end)

    def ends(self, end: int, after: int) -> bool:
        """Return whether a statement ends between *end* and *after*: there is a line end, and no operator follows."""
        return "\n" in self.text[end:after] and self.text[after] not in ".?:+-*/%&|<>=([`"

    def literal(self, at: int, depth: int) -> Spot | None:
        """Return the literal at *at*, None if there is none."""
        sign = self.text[at : at + 1]
        if sign == "{":
            return self.table(at, depth)
        if sign == "[":
            return self.listed(at, depth)
        if string := STRING.match(self.text, at):
            if sign == "`" and "${" in string[0]:
                return None
            return Spot(value=_unescaped(string[0][1:-1]), at=at, end=string.end())
        if number := NUMBER.match(self.text, at):
            return Spot(value=number[0], at=at, end=number.end(), bare=True)
        if sign == "<":
            return self.element(at)
        if sign == "(":
            inner = self.value(self.blank(at + 1), depth + 1)
            end = self.blank(inner.end)
            return replace(inner, end=end + 1) if inner.value is not None and self.text[end : end + 1] == ")" else None
        word = NAME.match(self.text, at)
        return self.meaning_of(word, depth) if word else None

    def element(self, at: int) -> Spot | None:
        """Return the words of the element of JSX that begins at *at*; None if it has none, or some that only a program knows."""
        words: list[str] = []
        depth, end = 0, at
        for tag in TAG.finditer(self.text, at, at + LONGEST):
            words.append(self.text[end : tag.start()])
            depth += -1 if tag["slash"] else 0 if tag["self"] else 1
            end = tag.end()
            if depth <= 0:
                text = " ".join("".join(words).split())
                return Spot(value=text, at=at, end=end) if text and not {"{", "}"} & {*text} and tag["slash"] else None
        return None

    def meaning_of(self, word: re.Match[str], depth: int) -> Spot | None:
        """Return the value of a name: a constant, a literal of this file, the argument of a wrapper."""
        name, end = word[0], word.end()
        if name in CONSTANTS:
            return Spot(value=CONSTANTS[name], at=word.start(), end=end, bare=True)
        after = self.blank(end)
        generic = GENERIC.match(self.text, after)
        if generic:
            after = generic.end() - 1
        if self.text[after : after + 1] == "(":
            result = self.required(word, after) if name == "require" else self.called(word, after, depth)
            if result is not None or not (name in WRAPPERS or WRAPPER.fullmatch(name)):
                return result
            inner = self.value(self.blank(after + 1), depth + 1)  # further arguments are options of the wrapper
            return replace(inner, end=self.beyond(inner.end)) if inner.value is not None else None
        if self.text[after : after + 1] in (".", "=", "?") or name in self.open:
            return None
        if name in self.arguments:
            return replace(self.arguments[name], at=word.start(), end=end)
        match = re.search(
            rf"^[ \t]*(?:export\s+)?(?:const|let|var)\s+{re.escape(name)}\b[^=\n]*=(?![=>])", self.text, re.MULTILINE
        )
        return self.elsewhere(name, match.end(), end, depth) if match else self.imported(word)

    def elsewhere(self, name: str, start: int, end: int, depth: int) -> Spot | None:
        """Return the literal at *start*, to which a name or a call up to *end* refers."""
        self.open.append(name)
        before = set(self.omitted)
        spot = self.value(self.blank(start), depth + 1)
        self.shared |= set(self.omitted) - before
        self.open.pop()
        return replace(spot, end=end) if spot.value is not None else None

    def called(self, word: re.Match[str], opening: int, depth: int) -> Spot | None:
        """Return the literal that a function of this file returns; a parameter is None unless its argument is a literal."""
        name = re.escape(word[0])
        match = re.search(
            rf"^[ \t]*(?:export\s+)?(?:async\s+)?(?:function\s+{name}\s*\(|(?:const|let|var)\s+{name}\b[^=\n]*=\s*(?:async\s*)?\()",
            self.text,
            re.MULTILINE,
        )
        if match is None or word[0] in self.open:
            return None
        after = self.beyond(match.end())
        body = re.compile(r"[^{}=]*(?:=>\s*)?\{").match(self.text, after)
        returned = RETURNED.search(self.text, body.end(), self.skipped(body.end())) if body else None
        plain = re.compile(r"[^={}]*=>\s*(?=[\[(])").match(self.text, after)
        start = plain.end() if plain else returned.end() if returned else None
        if start is None:
            return None
        before = self.arguments
        self.arguments = self.arguments_of(opening + 1, self.text[match.end() : after - 1], depth)
        spot = self.elsewhere(word[0], start, self.beyond(opening + 1), depth)
        self.arguments = before
        return spot

    def arguments_of(self, at: int, parameters: str, depth: int) -> dict[str, Spot]:
        """Return the literals among the arguments from *at* on, by the names of the *parameters*."""
        literals: dict[str, Spot] = {}
        for parameter in parameters.split(","):
            at = self.blank(at)
            name, spot = NAME.match(parameter.strip()), self.literal(at, depth + 1)
            if name and spot is not None:
                literals[name[0]] = spot
            at = self.skipped(at)
            if self.text[at : at + 1] != ",":
                break
            at += 1
        return literals

    def beyond(self, at: int) -> int:
        """Return the offset after the bracket that closes the list in which *at* is."""
        end = self.skipped(at)
        while self.text[end : end + 1] in (",", ";"):
            end = self.skipped(end + 1)
        return end + 1

    def required(self, word: re.Match[str], opening: int) -> Spot | None:
        """Return the value of ``require('./file')``."""
        string = STRING.match(self.text, self.blank(opening + 1))
        end = self.blank(string.end()) if string else 0
        if string is None or self.text[end : end + 1] != ")":
            return None
        return self.of(string[0][1:-1], "", word.start(), end + 1)

    def imported(self, word: re.Match[str]) -> Spot | None:
        """Return the value of a name that is imported from another file of the book."""
        name = re.escape(word[0])
        names = rf"(?:(?P<default>{name})\b(?:\s*,[^'\"]*?)?|[^'\";]*?\{{[^{{}}]*?(?:\b(?P<own>[\w$]+)\s+as\s+)?\b{name}\b[^{{}}]*\}})"
        match = re.search(rf"^\s*import\s+{names}\s*from\s*(['\"])(?P<path>\.[^'\"\n]*)\3", self.text, re.MULTILINE)
        if match is None:
            return None
        exported = "" if match["default"] or match["own"] == "default" else match["own"] or word[0]
        return self.of(match["path"], exported, word.start(), word.end())

    def of(self, path: str, name: str, at: int, end: int) -> Spot | None:
        """Return what the file *path* exports under *name*, with the place where it is used."""
        module = self.module.imported(path) if path.startswith(".") and self.modules < DEEPEST else None
        if module is None:
            return None
        reader = _Reader(module, modules=self.modules + 1, steps=self.steps)
        try:
            start = reader.exported(name)
            spot = reader.value(start, 0) if start is not None else reader.exported_again(name, at, end)
        except NotationError:
            return None
        self.steps = reader.steps
        if spot is None or spot.value is None:
            return None
        if reader.omitted:
            self.omitted.setdefault(at, f"{self.text[at:end]} ({next(iter(reader.omitted.values()))})")
        return _moved(spot, at, end)

    def exported(self, name: str) -> int | None:
        """Return the offset of what the file exports under *name*; if that is empty, of the whole export."""
        if not name:
            data = self.text.lstrip().startswith(("[", "{"))  # JSON
            return self.start("") if not data else len(self.text) - len(self.text.lstrip())
        match = re.search(
            rf"^[ \t]*(?:export\s+(?:const|let|var)\s+|exports\.|(?:const|let|var)\s+){re.escape(name)}\b[^=\n]*=(?![=>])",
            self.text,
            re.MULTILINE,
        )
        return self.blank(match.end()) if match else None

    def exported_again(self, name: str, at: int, end: int) -> Spot | None:
        """Return the value *name* of another file that this one exports (``export * from './en'``), used from *at* to *end*."""
        for match in EXPORTED_AGAIN.finditer(self.text):
            names = {of_export(item): original(item) for item in (match["names"] or "").split(",")}
            if match["names"] is not None and name not in names:
                continue
            spot = self.of(match["path"], names.get(name, name), at, end)
            if spot is not None:
                return spot
        return None

    def table(self, at: int, depth: int) -> Spot:
        """Return an object; methods, getters and spreads of non-literals are left out."""
        table: dict[str, Spot] = {}
        cursor = self.blank(at + 1)
        while cursor < len(self.text) and self.text[cursor] != "}":
            if self.text[cursor] == ",":
                cursor = self.blank(cursor + 1)
                continue
            before = cursor
            if self.text.startswith("...", cursor):
                spot = self.value(self.blank(cursor + 3), depth + 1)
                table.update(spot.value if isinstance(spot.value, Mapping) else {})
                cursor = self.blank(max(spot.end, cursor + 3))
            else:
                cursor = self.pair(cursor, table, depth)
            if cursor <= before:
                break
        return Spot(value=table, at=at, end=min(cursor + 1, len(self.text)))

    def pair(self, cursor: int, table: dict[str, Spot], depth: int) -> int:
        """Read one key and its value; return the offset after them."""
        string, word = STRING.match(self.text, cursor), NAME.match(self.text, cursor) or NUMBER.match(self.text, cursor)
        key = string or word
        after = self.blank(key.end()) if key else cursor
        if key and self.text[after : after + 1] == ":":
            spot = self.value(self.blank(after + 1), depth + 1)
            name = _unescaped(key[0][1:-1]) if string else key[0]
            table[name] = replace(spot, key_at=cursor, key_end=key.end())
            return self.blank(max(spot.end, after + 1))
        if word and self.text[after : after + 1] in (",", "}"):  # shorthand: { sidebar }
            spot = self.value(cursor, depth + 1)
            table[word[0]] = replace(spot, key_at=cursor, key_end=word.end())
            return self.blank(max(spot.end, after))
        end = self.skipped(cursor)
        self.omitted[cursor] = self.text[cursor:end].strip()
        return self.blank(end)

    def listed(self, at: int, depth: int) -> Spot:
        """Return a list; spreads of non-literals are left out."""
        items: list[Spot] = []
        cursor = self.blank(at + 1)
        while cursor < len(self.text) and self.text[cursor] != "]":
            if self.text[cursor] == ",":
                cursor = self.blank(cursor + 1)
                continue
            spread = self.text.startswith("...", cursor)
            start = self.blank(cursor + 3) if spread else cursor
            spot = self.value(start, depth + 1)
            if spread:
                items.extend(spot.value if isinstance(spot.value, tuple) else ())
            elif spot.value is not None:
                items.append(spot)
            end = self.blank(max(spot.end, start))
            if end <= cursor:
                break
            cursor = end
        return Spot(value=tuple(items), at=at, end=min(cursor + 1, len(self.text)))

    def skipped(self, at: int) -> int:
        """Return the offset of the comma or bracket that ends the expression at *at*."""
        depth = 0
        while at < len(self.text):
            sign = self.text[at]
            if sign in "'\"`" and (string := STRING.match(self.text, at)):
                at = string.end()
                continue
            if self.text.startswith(("//", "/*"), at):
                at = max(self.blank(at), at + 1)
                continue
            if depth == 0 and sign in ",;)]}":
                return at
            depth += sign in "([{"
            depth -= sign in ")]}"
            at += 1
        return at


def of_export(item: str) -> str:
    """Return the name under which ``a as b`` is exported.

    >>> of_export(" a as b "), of_export("a")
    ('b', 'a')
    """
    return item.rsplit(maxsplit=1)[-1] if item.split() else ""


def original(item: str) -> str:
    """Return the name that ``a as b`` has in its own file; of ``default``, none.

    >>> original("a as b"), original("default as b")
    ('a', '')
    """
    first = item.split(maxsplit=1)[0] if item.split() else ""
    return "" if first == "default" else first


def _moved(spot: Spot, at: int, end: int) -> Spot:
    """Return a value of another file with the place from *at* to *end* in this one."""
    value = spot.value
    if isinstance(value, tuple):
        value = tuple(_moved(item, at, end) for item in value)
    elif isinstance(value, Mapping):
        value = {key: _moved(item, at, end) for key, item in value.items()}
    return replace(spot, value=value, at=at, end=end, key_at=at if spot.key_at >= 0 else spot.key_at, key_end=end)


def _unescaped(text: str) -> str:
    def sign(match: re.Match[str]) -> str:
        digits = match[1] or match[2] or match[3]
        if digits:
            code = int(digits, 16)
            return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
        return "" if match[4] else ESCAPED.get(match[5], match[5])

    return ESCAPE.sub(sign, text) if "\\" in text else text

"""Style sheets: tokens as custom properties or plain values, and checks of a sheet's text."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from typing import Any

from book.problems import Kind, Severity, ThemeError, nearest
from book.theme import templates
from book.theme.files import Folder
from book.theme.templates import BROKEN
from book.theme.tokens import MODES, Tokens, flat

LOADS = Kind("T120", Severity.ERROR, "a style sheet that loads something the theme was not given")
BRACKETS = 64
"""The deepest nesting of brackets in a style sheet."""


def properties(tokens: Tokens) -> Mapping[str, str]:
    """Return the custom properties by mode: ``light``, ``dark`` and ``print`` colours, and ``all`` the rest."""
    colours = {mode: {f"color-{name}": values[mode] for name, values in tokens["color"].items()} for mode in MODES}
    # The page size belongs to the edition; if a theme sets none, there is no property for it. A leader is a piece of a text in quotes,
    # no value by itself.
    shared = {
        name.replace(".", "-"): value
        for name, value in flat(tokens)
        if value != "" and not name.startswith(("edition.", "color.", "type.leader"))
    }
    return {
        mode: " ".join(f"--{name}: {value};" for name, value in table.items())
        for mode, table in {**colours, "all": shared}.items()
    }


class Emitter:
    """``t.color.ink`` in a style sheet: ``var(--color-ink)``, or the plain value where custom properties are not supported."""

    def __init__(self, tokens: Any, *, mode: str | None, path: tuple[str, ...] = ()) -> None:
        self._tokens, self._mode, self._path = tokens, mode, path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        path = (*self._path, name)
        if name not in self._tokens:
            near = nearest(name, self._tokens)
            message = f"no token {'.'.join(path)}" + (
                f"; did you mean {'.'.join((*self._path, near))}?" if near else ""
            )
            raise templates.missing(message)
        value = self._tokens[name]
        if isinstance(value, Mapping) and set(value) == set(MODES):
            return value[self._mode] if self._mode else f"var(--{'-'.join(path)})"
        if isinstance(value, Mapping):
            return Emitter(value, mode=self._mode, path=path)
        return value if self._mode else f"var(--{'-'.join(path)})"

    __getitem__ = __getattr__

    def __str__(self) -> str:
        """Raise the error that this is a table, not a value."""
        raise templates.missing(f"t.{'.'.join(self._path)} is a table: name one of {', '.join(self._tokens)}")

    __repr__ = __html__ = __str__


@functools.lru_cache(256)
def printed_by(css: str) -> frozenset[int]:
    r"""Return the code points of the strings that *css* prints.

    >>> sorted(printed_by('a { list-style: "\\2013\\2002"; color: "x" } b::before { content: "(" attr(href) }'))
    [40, 8194, 8211]
    """
    codes: set[int] = set()
    for value in re.findall(r"(?:content|list-style(?:-type)?)\s*:([^;}]*)", css):
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', value):
            plain = re.sub(r"\\([0-9a-fA-F]{1,6})\s?", lambda match: chr(min(int(match[1], 16), 0x10FFFF)), text)
            codes.update(ord(letter) for letter in plain if letter >= " ")
    return frozenset(codes)


def tidy(css: str) -> str:
    r"""Return *css* without comments and empty lines: an edition contains only what it needs.

    >>> tidy("a { } /* note */\n\n/* open")
    'a { }\n'
    """
    pieces = []
    at = 0
    while (start := css.find("/*", at)) >= 0:
        end = css.find("*/", start + 2)
        pieces.append(css[at:start])
        at = end + 2 if end >= 0 else len(css)
    pieces.append(css[at:])
    return "\n".join(line.rstrip() for line in "".join(pieces).splitlines() if line.strip()) + "\n"


def check_brackets(css: str, folder: Folder, name: str) -> None:
    """Raise ThemeError if the brackets in *css* are nested too deeply for the parsers."""
    depth = 0
    for bracket in re.finditer(r"[({\[]|[)}\]]", css):
        depth = depth + 1 if bracket[0] in "({[" else max(0, depth - 1)
        if depth > BRACKETS:
            message = f"more than {BRACKETS} brackets in brackets"
            raise ThemeError(BROKEN.at(folder.place(name), message, fix="close the brackets, or nest less"))


def check_loads(css: str, served: Collection[str], folder: Folder, name: str) -> None:
    """Raise ThemeError if *css* would load anything but the fonts it was *served* and its own data."""
    for text, rule, target in _loads(css):
        if not rule and (target in served or target.startswith(("#", "data:"))):
            continue
        address = rule or target
        source = folder.text(name) or ""
        place = folder.place(name, source[: max(0, source.find(address))].count("\n") + 1)
        fault = "ends the style sheet" if rule == "</" else "would load something"
        raise ThemeError(
            LOADS.at(
                place,
                f"the style sheet {fault}: {text!r}",
                fix="remove it; fonts are named in tokens.toml",
            )
        )


@functools.lru_cache(maxsize=64)
def _loads(css: str) -> tuple[tuple[str, str, str], ...]:
    """Return what loads something in *css*, as it is written: all of it, an at-rule or the end of an element, the address."""
    plain = re.sub(r"\\([0-9A-Fa-f]{1,6})\s?", lambda match: chr(min(int(match[1], 16), 0x10FFFF)), css).replace(
        "\\", ""
    )
    matches = re.finditer(
        r"(@import|</)|\b(?:url|src|image|image-set|cross-fade)\(\s*[\"']?([^\"')\s]*)", plain, re.IGNORECASE
    )
    return tuple((match[0], match[1] or "", match[2] or "") for match in matches)

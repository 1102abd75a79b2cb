"""The page with every key of handbound.toml and of the front matter."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Any, Literal

from msgspec.structs import FieldInfo, fields

from book import labels
from book.dialects.recognition import SYSTEMS
from book.manual.markdown import fence, item, page, table
from book.manual.sources import texts
from book.settings import SPECIAL, Settings
from book.settings.keys import LEAST, MOST, PATTERNS, Series
from book.settings.tables import is_table
from book.source import front_matter_keys

EXAMPLE = "example.toml"
WORDS: Mapping[Any, str] = {str: "a text", int: "a whole number", float: "a number", bool: "`true` or `false`"}
DETECTED = ("language", "math")
"""Keys whose default only counts where nothing is detected: it is not printed."""

INTRODUCTION = """\
`handbound.toml` lies in the folder of the book. Each key has a default, so the file may be empty or missing. An unknown key, or a
value of the wrong type, stops the build with the line and a suggestion (status 2).

The example below each key is from [one complete file](#a-complete-file). `book manual KEY` prints the entry of a key in the
terminal: `book manual trim`."""


def settings_page() -> str:
    """Return the page about handbound.toml."""
    hints = typing.get_type_hints(Settings)
    tables = {name: hints[name] for name in _keys(Settings) if is_table(hints[name]) and name != "series"}
    single = [
        name for name in _keys(Settings) if name not in tables and name not in ("labels", "components", "edition")
    ]
    blocks = [INTRODUCTION, "## The book", *(_entry(Settings, name, name) for name in single)]
    about = texts(Settings)
    for name, shape in tables.items():
        blocks += [f"## `[{name}]`", about[name], *(_entry(shape, key, f"{name}.{key}") for key in _keys(shape))]
    blocks += ["## `[components]`", about["components"], fence(_example("components"), "toml")]
    blocks += [
        "## `[labels]`",
        about["labels"] + " A text in braces is filled in; keep it.",
        fence(_example("labels"), "toml"),
    ]
    words = {key: text.replace("\u00a0", " ") for key, text in labels.english().items()}  # readers copy them
    blocks += [table(("Key", "English"), ((f"`{key}`", f"`{text}`") for key, text in words.items()))]
    (entry,) = (argument for argument in typing.get_args(hints["edition"]) if argument is not Ellipsis)
    blocks += ["## `[[edition]]`", about["edition"], *(_entry(entry, key, f"edition.{key}") for key in _keys(entry))]
    blocks += [
        "## A complete file",
        "Every key, with a value. A real file needs three or four of them.",
        fence(_text(), "toml"),
    ]
    return page("Settings: handbound.toml", *blocks)


def front_matter_page() -> str:
    """Return the page about front matter."""
    opening = (
        "Front matter is a block between two lines `---` at the very start of a chapter. It is YAML; TOML between `+++` and JSON "
        "between braces are read too. All keys are optional. Keys that are not in this list are left alone, because other tools use "
        "them; a key that looks like a misspelled one is reported (M120), and so is a value that its key does not take (M121). "
        "Together the keys may have `limits.front_matter_bytes` bytes."
    )
    example = "---\ntitle: The bench\ndescription: What lies on it, and why.\ndiscussion:\n  - Who sharpens your tools?\n---\n\nThe first line of the chapter."
    alike: dict[str, list[str]] = {}
    for name, key in front_matter_keys.KEYS.items():
        alike.setdefault(key.about, []).append(name)
    return page(
        "Front matter of a chapter", opening, fence(example, "markdown"), *map(front_matter_entry, alike.values())
    )


def front_matter_entry(names: Iterable[str]) -> str:
    """Return the entry of the keys *names* of the front matter, which mean the same."""
    names = tuple(names)
    key = front_matter_keys.KEYS[names[0]]
    value = f"{key.value[:1].upper()}{key.value[1:]}"
    return item(
        ", ".join(f"`{name}`" for name in names),
        f"{key.about} *{value}; default: {key.default}.*",
        fence(key.example, "yaml"),
    )


def dotted_keys() -> Iterator[str]:
    """Yield every key of handbound.toml, dotted."""
    hints = typing.get_type_hints(Settings)
    for name in _keys(Settings):
        yield name
        shape = _item(hints[name])
        if is_table(shape) and name != "sidebar":
            yield from (f"{name}.{key}" for key in _keys(shape))


def entry(path: str) -> str:
    """Return the entry of the key with the dotted name *path*."""
    head, _, key = path.rpartition(".")
    shape: Any = _item(typing.get_type_hints(Settings)[head]) if head else Settings
    if not head and _is_table(key):
        return f"`[{key}]`: {texts(Settings)[key]}\n\n{fence(_example(key), 'toml')}"
    return _entry(shape, key, path)


def _is_table(key: str) -> bool:
    """Return whether the key of the top level has a table for its value."""
    return re.search(rf"^\[+{key}\]", _text(), re.MULTILINE) is not None


def _keys(shape: Any) -> list[str]:
    return [name for name in shape.__struct_fields__ if name not in (*SPECIAL, "place")]


def _item(hint: Any) -> Any:
    """Return the type of the items of a list, or the type that is not None."""
    arguments = [argument for argument in typing.get_args(hint) if argument not in (Ellipsis, type(None))]
    if typing.get_origin(hint) in (tuple, types.UnionType, typing.Union) and arguments:
        return _item(arguments[0])
    return hint


def _entry(shape: type[Any], key: str, path: str) -> str:
    """Return the entry of a *key* of *shape*; *path* is its dotted name."""
    hint = typing.get_type_hints(shape)[key]
    (field,) = (field for field in fields(shape) if field.name == key)
    detail = f"*{_type(hint)}{_bounds(path, hint)}{'' if path in DETECTED else _default(field)}.*"
    inner = []
    if hint == Series | None:
        types_of = typing.get_type_hints(Series)
        inner = [f"`{name}`: {about} *{_type(types_of[name])}.*" for name, about in texts(Series).items()]
    if path == "dialects":
        inner = [f"The names are: {', '.join(f'`{name}`' for name in sorted(SYSTEMS))}."]
    return item(f"`{key}`", f"{texts(shape)[key]} {detail}", *inner, fence(_example(path), "toml"))


def _bounds(path: str, hint: Any) -> str:
    """Return the form of a text, or the least and the greatest number that the key at *path* takes."""
    if path in PATTERNS:
        return f": {PATTERNS[path][1]}"
    if _item(hint) is int:
        most = f"; at most {MOST[path]:,}" if path in MOST else ""
        return f"; at least {LEAST.get(path, 1)}{most}"
    return f"; at most {MOST[path]:,}" if path in MOST else ""


def _type(hint: Any) -> str:
    """Return the type of a value in words, beginning with a capital."""
    words = _words(hint)
    return words[:1].upper() + words[1:]


def _words(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return " or ".join(f'`"{value}"`' for value in arguments)
    if origin is tuple:
        return "a list of chapters and parts" if is_table(arguments[0]) else "a list of texts"
    if origin in (types.UnionType, typing.Union):
        return _words(_item(hint)) if _item(hint) is hint else _words(next(a for a in arguments if a is not type(None)))
    if hint is Series:
        return "a text or a table"
    return WORDS.get(hint, "a table of texts")


def _default(field: FieldInfo) -> str:
    """Return the default in words, if it is a value."""
    value = field.default
    if isinstance(value, bool):
        return f"; default: `{str(value).lower()}`"
    if isinstance(value, int):
        return f"; default: `{value:_}`"
    return f'; default: `"{value}"`' if isinstance(value, str) and value else ""


def _text() -> str:
    return resources.files("book.manual").joinpath(EXAMPLE).read_text(encoding="utf-8")


def _example(path: str) -> str:
    """Return the lines of the complete example that set the key at *path*, below the head of its table."""
    head, _, key = path.rpartition(".")
    if head == "series":  # a table in a line
        return _example(head)
    for block in re.split(r"\n\n(?=\[)", _text()):
        name = re.match(r"\[+(\w+)\]+\n", block)
        if (name[1] if name else "") == (head or (path if name and name[1] == path else "")):
            if name and not head:
                return block
            statement = re.search(rf"^{key or path} = .*(?:\n[ \]].*)*", block, re.MULTILINE)
            if statement:
                return f"{name[0]}{statement[0]}" if name else statement[0]
    raise LookupError(path)

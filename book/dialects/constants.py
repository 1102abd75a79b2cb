"""Constants of MDX, `export const name = "words"`, in a chapter or in a file that it imports; their literals are read, nothing runs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from book.dialects.context import Context
from book.notation import NotationError, javascript
from book.patterns import regex
from book.safe_open import Refusal, open_file

_CONSTANT = regex(
    r"^[ \t]*export\s+const\s+(?P<name>\w+)[^=\n]*=\s*(?P<value>\"[^\"\n]*\"|'[^'\n]*'|`[^`$]*`|-?[\d.]+|\{)", re.M
)
_IMPORT = regex(
    r"^[ \t]*import\s*\{(?P<names>[^{}]*)\}\s*from\s*([\"'])(?P<path>(?:\.{1,2}/|@site/|/)[^\"'\n]+)\2", re.M
)
_PICTURE = regex(
    r"^[ \t]*import\s+(?P<name>\w+)\s+from\s*([\"'])(?P<path>[^\"'\n]+\.(?:png|jpe?g|gif|svg|webp|avif)(?:\?[\w=&]*)?)\2",
    re.M | re.I,
)
_SOURCE = regex(
    r"\b(?:src|img)=\{\s*(?:require\(\s*[\"'](?P<path>[^\"'\n]+)[\"']\s*\)|(?P<name>\w+))(?:\.(?:default|src))?\s*\}"
)
MOST_FILES = 20
"""The most imported files of a chapter that are read."""


def texts(context: Context) -> Mapping[str, str]:
    """Return the texts and numbers that expressions in the chapter of *context* may print, by name: `product`, `team.name`."""
    text = context.manuscript.text
    made = dict(_texts(text))
    home = posixpath.dirname(context.manuscript.path)
    for match in list(_IMPORT.finditer(text))[:MOST_FILES]:
        path = match["path"].removeprefix("@site")
        whole = path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(home, path))
        data = open_file(context.library.root, whole, limit=context.library.settings.limits.chapter_bytes)
        known = {} if isinstance(data, Refusal) else dict(_texts(data.decode("utf-8-sig", "replace")))
        for item in match["names"].split(","):
            name, _, other = (word.strip() for word in item.partition(" as "))
            for key, value in known.items():
                if key == name or key.startswith(f"{name}."):
                    made.setdefault((other or name) + key.removeprefix(name), value)
    return made


def picture(tag: str, text: str) -> str:
    """Return the path of the image that *tag* shows, from an import in *text*; empty if it names none.

    >>> picture("<img src={logo.src} />", 'import logo from "./logo.png";'), picture("<Image img={require('./a.jpg')} />", "")
    ('./logo.png', './a.jpg')
    """
    source = _SOURCE.search(tag)
    if source is None or source["path"]:
        return source["path"] if source else ""
    paths = (match["path"] for match in _PICTURE.finditer(text) if match["name"] == source["name"])
    return next(paths, "").partition("?")[0]


def _texts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names and literals of the constants that *text* exports; those of a table by `name.key`."""
    for match in _CONSTANT.finditer(text):
        name, value = match["name"], match["value"]
        if value != "{":
            yield name, value if value[0] in "-.0123456789" else value[1:-1]
            continue
        try:
            table = javascript.read(text, f"const {name}")[0].plain
        except NotationError:
            continue
        items = table.items() if isinstance(table, Mapping) else ()
        yield from ((f"{name}.{key}", item) for key, item in items if isinstance(item, str))

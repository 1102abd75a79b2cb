"""Finds and loads a theme: available themes, the chain of parents, reading and checking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from book.problems import Kind, Place, Problem, Severity, Subject, ThemeError, nearest
from book.settings import SLUG, Limits
from book.theme import templates
from book.theme.checks import check_contrast, misfits, strange_keys
from book.theme.files import Folder, folders, house
from book.theme.look import Theme
from book.theme.templates import BROKEN
from book.theme.tokens import LONGEST, merged, read_toml
from book.theme.typefaces import faces_of

UNKNOWN = Kind("T101", Severity.ERROR, "a theme that does not exist")
CYCLE = Kind("T103", Severity.ERROR, "a theme that extends itself")
RESERVED = Kind("T137", Severity.ERROR, "a book's theme with the reserved name base")
BASE = "base"


def available(book: Path | None = None) -> dict[str, Folder]:
    """Return every available theme, the book's own first.

    Raises:
        ThemeError: the folder ``themes`` of the book is a link that leads out of it.
    """
    own = folders(book / "themes") if book else {}
    own_themes = {name: folder for name, folder in own.items() if re.fullmatch(SLUG, name)}
    return {
        **own_themes,
        **{name: folder for name, folder in folders(house(), built_in=True).items() if name not in own_themes},
    }


def load(name: str, book: Path | None = None, cache: Path | None = None, limits: Limits | None = None) -> Theme:
    """Return the theme *name* with its parents.

    Args:
        name: a folder's name, in the book's ``themes/`` or among the built-in themes.
        book: the root of the book.
        cache: where subsets of fonts are cached, or None.
        limits: of time and memory.

    Raises:
        ThemeError: there is no such theme or parent, a cycle, an unknown token, a file that is not TOML, a file outside
            the theme, or text whose contrast is below 4.5 : 1.
    """
    limits = limits or Limits()
    chain, about = chain_of(name, available(book))
    tokens = merged(chain)
    check_contrast(tokens, chain)
    environment = templates.Environment(templates.Loader(chain), limits)
    # Built-in themes have no such faults (tests/test_themes.py): looking for them takes a third of the build of a small book.
    faults = [
        fault
        for place, folder in enumerate(chain[:-1])
        if not folder.built_in
        for fault in misfits(folder, chain[place + 1 :], environment)
    ]
    for folder, table in zip(chain, about, strict=True):
        faults += strange_keys(folder, table, chain[-1])
    if faults:
        raise ThemeError(faults)
    return Theme(
        name=name,
        title=str(about[0].get("title", name)),
        description=str(about[0].get("description", "")),
        chain=chain,
        tokens=tokens,
        faces=tuple(faces_of(tokens, chain)),
        environment=environment,
        limits=limits,
        cache=cache,
        root=book,
        replaces=frozenset(
            (folder.name, str(sheet))
            for folder, table in zip(chain, about, strict=True)
            for sheet in table.get("replace", ())
        ),
    )


def absent(name: str, book: Path, place: Place | Subject) -> tuple[Problem, ...]:
    """Return the problem that there is no theme called *name*; none if there is one."""
    themes = available(book)
    if name in themes:
        return ()
    themes.pop(BASE, None)  # no book is printed in it
    near = nearest(name, themes)
    fix = f"did you mean {near}?" if near else f"the themes are: {', '.join(themes)}"
    return (UNKNOWN.at(place, f"there is no theme {name!r}", fix=fix),)


def chain_of(name: str, themes: Mapping[str, Folder]) -> tuple[tuple[Folder, ...], tuple[dict[str, Any], ...]]:
    """Return the folders of the theme *name* and its parents, ``base`` last, and the contents of their theme.toml."""
    chain: list[Folder] = []
    about: list[dict[str, Any]] = []
    next_name: str | None = name
    while next_name is not None:
        folder = themes.get(next_name)
        place = chain[-1].place("theme.toml") if chain else Subject(name="themes")
        if folder is None:
            near = nearest(next_name[:LONGEST], themes)
            fix = f"did you mean {near}?" if near else f"the themes are: {', '.join(themes)}"
            raise ThemeError(UNKNOWN.at(place, f"there is no theme {next_name!r}", fix=fix))
        if folder in chain:
            raise ThemeError(
                CYCLE.at(folder.place("theme.toml"), f"{next_name} extends itself", fix='write extends = "base"')
            )
        if next_name == BASE and not folder.built_in:
            message = "base is the name of the root of all themes"
            raise ThemeError(RESERVED.at(folder.place("theme.toml"), message, fix="rename this folder"))
        folder.check()
        chain.append(folder)
        about.append(read_toml(folder, "theme.toml"))
        next_name = about[-1].get("extends", None if next_name == BASE else BASE)
        if next_name is not None and not isinstance(next_name, str):
            message = f"extends is {next_name!r}"
            raise ThemeError(BROKEN.at(folder.place("theme.toml"), message, fix='write a text: extends = "base"'))
    return tuple(chain), tuple(about)

"""Checks of a theme: contrast, sizes of large print, and that everything in the theme has an effect."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from book.edition import Edition
from book.problems import Kind, Place, Problem, Severity, ThemeError, nearest, printable
from book.theme import templates
from book.theme.colour import contrast, readable
from book.theme.files import Folder
from book.theme.templates import BROKEN
from book.theme.tokens import MODES, Tokens, line_of

CONTRAST = Kind("T105", Severity.ERROR, "text with too little contrast")
UNKNOWN_BLOCK = Kind("T106", Severity.ERROR, "a block that the parent template does not have")
MISSING_BLOCK = Kind("T107", Severity.ERROR, "a template that omits a block")
UNKNOWN_FILE = Kind("T108", Severity.ERROR, "an unused template or style sheet")
UNKNOWN_KEY = Kind("T109", Severity.ERROR, "an unknown key in theme.toml")
SMALL = Kind("T121", Severity.ERROR, "large print that is not large")
KEYS = ("title", "description", "extends", "replace")
"""Of theme.toml."""
LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
LEAST_MARK = 3.0
"""WCAG 2.2, success criteria 1.4.3 (large text) and 1.4.11."""
LARGE_CONTRAST = 7.0
"""WCAG 2.2, success criterion 1.4.6."""
PAIRS = (
    ("ink", "paper"),
    ("muted", "paper"),
    ("accent", "paper"),
    ("link", "paper"),
    ("ink", "tint"),
    ("muted", "tint"),
    ("keyword", "tint"),
    ("string", "tint"),
)


def strange_keys(folder: Folder, table: Mapping[str, Any], base: Folder) -> Iterator[Problem]:
    """Yield the problems in theme.toml."""
    place = folder.place("theme.toml")
    for name, value in table.items():
        expected = "a list of names of sheets" if name == "replace" else "a text"
        fits = (
            isinstance(value, list) and all(isinstance(item, str) for item in value)
            if name == "replace"
            else isinstance(value, str)
        )
        if name not in KEYS:
            near = nearest(name, KEYS)
            fix = f"write {near}" if near else f"the keys are: {', '.join(KEYS)}"
            yield UNKNOWN_KEY.at(place, f"unknown key {name!r}", fix=fix)
        elif not fits:
            yield BROKEN.at(place, f"{name} is {value!r}", fix=f"write {expected}")
    sheets = {sheet.removesuffix(".css") for sheet in base.names("css", ".css")}
    for name in table.get("replace", ()) if isinstance(table.get("replace", ()), list) else ():
        if name not in sheets:
            near = nearest(str(name), sheets)
            fix = f"write {near}" if near else f"the sheets are: {', '.join(sorted(sheets))}"
            yield UNKNOWN_FILE.at(place, f"there is no sheet {name!r} to replace", fix=fix)


def misfits(folder: Folder, parents: Sequence[Folder], environment: templates.Environment) -> Iterator[Problem]:
    """Yield the files of *folder* that no parent has, and the blocks of its templates that no parent's template has.

    A theme may add files of its own for its templates to include: their names begin with ``_``.
    """
    for kind, ending in (("templates", ".j2"), ("css", ".css")):
        names = {parent for home in parents for parent in home.names(kind, ending)}
        for name in folder.names(kind, ending):
            text = folder.text(f"{kind}/{name}")
            place = folder.place(f"{kind}/{name}")
            if text is None:  # a broken link
                yield folder.refused(f"{kind}/{name}", f"there is no {printable(name)!r}")
            elif name not in names and not name.rpartition("/")[2].startswith("_"):
                near = nearest(name, names)
                fix = f"call it {near}" if near else f"the {kind} are: {', '.join(sorted(names))}"
                yield UNKNOWN_FILE.at(place, f"nothing uses {name}", fix=fix)
            elif kind == "templates" and name in names:
                yield from _block_faults(text, name, parents, place, environment)


def _block_faults(
    text: str, name: str, parents: Sequence[Folder], template: Place, environment: templates.Environment
) -> Iterator[Problem]:
    """Yield the blocks of the template *text* that its parents do not have, and those of its parents that it omits."""
    own, outermost = templates.blocks(environment, text, template.path)
    inherited: dict[str, int] = {}
    for home in parents:
        parent = home.text(f"templates/{name}")
        if parent is not None:
            inherited |= templates.blocks(environment, parent, home.place(f"templates/{name}").path)[0]
    if outermost is None:
        for block in inherited.keys() - own.keys():
            message = f"block {block!r} is missing: this template replaces its parent's"
            fix = (
                f'write {{% block {block} %}}{{% endblock %}}, or begin with {{% extends "{parents[0].name}:{name}" %}}'
            )
            yield MISSING_BLOCK.at(template, message, fix=fix)
        return
    for block in sorted(outermost - inherited.keys()):
        near = nearest(block, inherited)
        fix = f"write {near}" if near else f"the blocks are: {', '.join(inherited)}"
        place = Place(path=template.path, line=own[block])
        yield UNKNOWN_BLOCK.at(place, f"the parent of this template has no block {block!r}", fix=fix)


def check_contrast(tokens: Tokens, chain: Sequence[Folder]) -> None:
    """Raise ThemeError if a colour is invalid, or the contrast between text and paper is too low in any mode."""
    faults = [*_no_colours(tokens["color"], chain), *_no_inks(tokens["ink"], chain)]
    if not faults:
        faults = [*_pale(tokens["color"], chain)]
    if faults:
        raise ThemeError(faults)


def _no_colours(colours: Mapping[str, Mapping[str, Any]], chain: Sequence[Folder]) -> Iterator[Problem]:
    """Yield the values that are no colours; one that other tokens take over is reported where it is written."""
    places: dict[str, Place] = {}
    for name, values in colours.items():
        for mode, value in values.items():
            if re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", str(value)):
                continue
            place = line_of(chain, name)
            first = places.get(str(value))
            if first is not None and (first == place or first.path != place.path):
                continue
            places.setdefault(str(value), place)
            message = f"color.{name}.{mode} is {value!r}, not a colour such as #1a1a1a"
            yield BROKEN.at(place, message, fix="write six hexadecimal digits after #")


def _no_inks(inks: Mapping[str, Any], chain: Sequence[Folder]) -> Iterator[Problem]:
    """Yield the values that are no amounts of ink."""
    for name, value in inks.items():
        parts = str(value).split()
        if value and not (
            len(parts) == 4
            and all(re.fullmatch(r"\d{1,3}(?:\.\d{1,2})?", part) and float(part) <= 100 for part in parts)
        ):
            message = f"ink.{name} is {value!r}, not four amounts of ink in percent"
            fix = 'write cyan, magenta, yellow and black, such as "25 85 100 20"'
            yield BROKEN.at(line_of(chain, name), message, fix=fix)


def _pale(colours: Mapping[str, Mapping[str, Any]], chain: Sequence[Folder]) -> Iterator[Problem]:
    """Yield the colours that cannot be read on their ground, each with one that can."""
    pale: set[tuple[str, str]] = set()
    for text, paper in PAIRS:
        for mode in MODES:
            value, ground = colours[text][mode], colours[paper][mode]
            ratio = contrast(value, ground)
            if ratio < LEAST_CONTRAST:
                pale.add((mode, value))
                message = (
                    f"{text} on {paper} ({mode}) has a contrast of {ratio:.1f} : 1; {LEAST_CONTRAST} : 1 is needed"
                )
                yield CONTRAST.at(line_of(chain, text), message, fix=_readable_instead(text, paper, value, ground))
    for mode in MODES:
        value, ground = colours["mark"][mode], colours["paper"][mode]
        ratio = contrast(value, ground)
        if ratio < LEAST_MARK and (mode, value) not in pale:
            message = f"mark on paper ({mode}) has a contrast of {ratio:.1f} : 1; {LEAST_MARK} : 1 is needed"
            fix = f'give mark more contrast with paper, such as "{readable(value, ground, LEAST_MARK)}"'
            yield CONTRAST.at(line_of(chain, "mark"), message, fix=fix)


def _readable_instead(text: str, paper: str, value: str, ground: str) -> str:
    """Return what to write for the colour *value* of *text*, which is too pale on the *ground* of *paper*."""
    way, other = (
        ("lighter", "darker") if contrast(ground, "#ffffff") > contrast(ground, "#000000") else ("darker", "lighter")
    )
    return f'make {text} {way}, such as "{readable(value, ground, LEAST_CONTRAST)}", or {paper} {other}'


def check_large(tokens: Tokens, chain: Sequence[Folder], edition: Edition) -> None:
    """Raise ThemeError if large print is too small or has too little contrast: sizes in points, colours of the mode ``print``."""
    faults: list[Problem] = []
    for name in ("size", "code_size", "small_size", "head_size", "table_size"):
        size = re.fullmatch(r"(\d{1,5}(?:\.\d{1,6})?)pt", tokens["type"][name])
        if not size or float(size[1]) < edition.least_type:
            least = f"{edition.least_type:g}pt"
            message = f"edition.{edition.name}.type.{name} is {tokens['type'][name]!r}; large print has {least} or more"
            faults.append(SMALL.at(line_of(chain, name), message, fix=f'write "{least}" or more'))
    for text, paper in PAIRS:
        ratio = contrast(tokens["color"][text]["print"], tokens["color"][paper]["print"])
        if ratio < LARGE_CONTRAST:
            message = (
                f"{text} on {paper} (print) has a contrast of {ratio:.1f} : 1; large print needs {LARGE_CONTRAST:g} : 1"
            )
            faults.append(CONTRAST.at(line_of(chain, text), message, fix=f"make the print value of {text} darker"))
    if faults:
        raise ThemeError(faults)

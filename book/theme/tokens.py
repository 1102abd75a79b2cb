"""Tokens: tokens.toml of a theme merged over its parents', and adapted to an edition."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from book.catalogue import EDITIONS, MOST_BLEED_MM, MOST_MM
from book.edition import Edition, Trim
from book.notation import toml
from book.problems import Kind, Place, Problem, Severity, ThemeError, line_and_column, nearest
from book.settings.explained import explained
from book.theme.colour import lightened
from book.theme.files import Folder
from book.theme.templates import BROKEN

UNKNOWN_TOKEN = Kind("T104", Severity.ERROR, "an unknown token")
MODES = ("light", "dark", "print")
ON_PAPER = frozenset({"accent", "link", "mark", "muted", "keyword", "string"})
"""Colours whose dark value is derived if a theme sets the light one only."""
DEEP = 8
"""The deepest nesting of tables and lists in a TOML file."""
LONGEST = 1_000
"""The most letters of a token."""
MOST = 10_000
"""The largest number in a token."""
SIZES = ("size", "lead", "code_size", "small_size", "head_size", "table_size")
CHOICES: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("cover", "title"): ("serif", "sans"),
    ("cover", "words"): ("serif", "sans"),
    ("cover", "axis"): ("left", "middle"),
    ("type", "numbers"): ("figures", "words"),
}
"""Tokens with a choice of values."""
SIDES = ("width", "height", "bleed")
"""Keys of a table under ``[page]``: empty if the edition's own size applies."""
MILLIMETRES: Mapping[str, float] = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72}
HAIR = 0.2
"""Millimetres by which the text of a page may be higher than its lines, so that rounding leaves room for the last one."""


Tokens = Mapping[str, Any]


def read_toml(folder: Folder, name: str) -> dict[str, Any]:
    """Return the content of the file *name* of *folder*, empty if it does not exist.

    Raises:
        ThemeError: it is not TOML, or nested too deeply.
    """
    text = folder.text(name)
    if text is None:
        return {}
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _explained(folder, name, text.replace("\r\n", "\n"), error) from error
    level: list[Any] = [table]
    for _ in range(DEEP):
        level = [inner for value in level for inner in (value.values() if isinstance(value, dict) else value)]
        level = [value for value in level if isinstance(value, dict | list)]
    if level:
        message = f"more than {DEEP} tables or lists in one another"
        raise ThemeError(BROKEN.at(folder.place(name), message, fix="write fewer of them"))
    return table


def _explained(folder: Folder, name: str, text: str, error: Exception) -> ThemeError:
    """Return what is wrong with *text*, of which tomllib says *error*, in the words of handbound.toml."""
    at, message, fix = 0, f"this is not TOML: {error}", "fix the line"
    try:
        toml.read(text)
    except toml.TomlError as fault:
        at, message, fix = explained(text, fault)
    return ThemeError(BROKEN.at(folder.place(name, *line_and_column(text, at)), message, fix=fix))


def merged(chain: Sequence[Folder]) -> Tokens:
    """Return the tokens of *chain*, the child's over the parents', key by key; references resolved."""
    merged: dict[str, Any] = read_toml(chain[-1], "tokens.toml")
    faults: list[Problem] = []
    for folder in reversed(chain[:-1]):
        own = read_toml(folder, "tokens.toml")
        editions = own.pop("edition", {})
        child = _merged_over(merged, own, (), folder, faults)
        child["edition"] = _of_editions(child, editions, folder, faults)
        faults += _names_alone(own.get("font"), merged["font"], folder)
        merged = child if faults else {**child, "ink": _inks(merged, child, own.get("ink", {}))}
    if faults:
        raise ThemeError(faults)
    tokens: Tokens = _resolved(merged, merged, (), chain)
    return tokens


def _names_alone(own: Any, parent: Mapping[str, Any], folder: Folder) -> Iterator[Problem]:
    """Yield the typefaces that have a new name in the *own* file of *folder*, and the fonts of their *parent* as before."""
    for name, font in own.items() if isinstance(own, Mapping) else ():
        if isinstance(font, Mapping) and name in parent and "folder" not in font:
            family = font.get("family")
            if isinstance(family, str) and family != parent[name]["family"]:
                message = f"font.{name} is called {quoted(family)}, and no folder has its fonts"
                fix = (
                    f'put the TTF files of the typeface into themes/{folder.name}/fonts/NAME, and write folder = "NAME"'
                )
                yield BROKEN.at(line_of([folder], "family"), message, fix=fix)


def _of_editions(tokens: Mapping[str, Any], own: Any, folder: Folder, faults: list[Problem]) -> dict[str, Any]:
    """Return the tables ``[edition.<name>.type]`` of *tokens* with those that the file of *folder* has of its *own* over them.

    A table says only what differs from ``[type]``. Every edition with pages of its own may have one, with every key of ``[type]``.
    """
    paged = [edition.name for edition in EDITIONS.values() if edition.page and edition.format != "booklet"]
    allowed = {"edition": {name: {"type": tokens["type"]} for name in paged}}
    checked = _merged_over(allowed, {"edition": own}, (), folder, faults)["edition"]
    result: dict[str, Any] = dict(tokens["edition"])
    if not faults:
        for name, tables in own.items():
            differing = {key: checked[name]["type"][key] for key in tables.get("type", {})}
            result[name] = {"type": {**result.get(name, {}).get("type", {}), **differing}}
    return result


def _inks(parent: Mapping[str, Any], child: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inks of *child*: its *own*, and those of its *parent* for colours that it has left as they were."""
    return {
        name: value if name in own or _light(child, name) == _light(parent, name) else ""
        for name, value in child["ink"].items()
    }


def _light(tokens: Mapping[str, Any], name: str) -> object:
    """Return the colour *name* in light mode, with references to other colours resolved."""
    value = tokens["color"].get(name, {}).get("light")
    for _ in tokens["color"]:
        match = re.fullmatch(r"\{color\.(\w+)\.light\}", str(value))
        if match is None:
            break
        value = tokens["color"].get(match[1], {}).get("light")
    return value


def _merged_over(
    base: Mapping[str, Any], child: Mapping[str, Any], path: tuple[str, ...], folder: Folder, faults: list[Problem]
) -> dict[str, Any]:
    """Return *base* with the values of *child* over it; every value keeps its type.

    A token that *base* does not have, or a value of another type, is left out and added to *faults*.
    """
    result = dict(base)
    for name, value in child.items():
        keys = (*path, name)
        inner = base.get(name)
        if name not in base and path[:1] != ("font",):
            near = nearest(name[:LONGEST], base)
            fix = f"write {near}" if near else f"the tokens here are: {', '.join(base)}"
            message = f"unknown token {'.'.join(keys)!r}"
            faults.append(UNKNOWN_TOKEN.at(line_of([folder], name), message, fix=fix))
        elif isinstance(inner, Mapping) and isinstance(value, Mapping):
            result[name] = _merged_over(inner, value, keys, folder, faults)
        elif isinstance(inner, Mapping) and set(inner) == set(MODES) and isinstance(value, str):
            result[name] = {**inner, "light": value, **({"dark": lightened(value)} if name in ON_PAPER else {})}
        elif name in base or path != ("font",):
            try:
                result[name] = _checked_value(inner, value, keys, folder)
            except ThemeError as error:
                faults += error.problems
        else:
            result[name] = value  # a typeface for another script: _check_font checks it
    return result


def _checked_value(old: Any, new: Any, path: tuple[str, ...], folder: Folder) -> Any:
    """Return *new* as the replacement of the token *old*.

    Raises:
        ThemeError: it has another type, is too long, or has control characters.
    """
    expected = ""
    if isinstance(old, Mapping):
        colour = set(old) == set(MODES)
        expected = 'a colour such as "#1a1a1a"' if colour else f"a table: [{'.'.join(path)}]"
    elif isinstance(old, int):
        if isinstance(new, bool) or not isinstance(new, int) or not 0 < new <= MOST:
            expected = f"a whole number from 1 to {MOST}"
    elif isinstance(new, int | float) and not isinstance(new, bool) and isinstance(old, str) and _number(old):
        if not 0 <= new <= MOST:
            expected = f"a number from 0 to {MOST}"
        new = f"{new:g}"
    elif not isinstance(new, str):
        expected = f'a text such as "{old}"' if old else "a text in quotes"
        if path[:1] == ("page",) and isinstance(new, int | float) and not isinstance(new, bool) and 0 < new <= MOST:
            expected = f'a length: {path[-1]} = "{new:g}mm"'
    elif len(new) > LONGEST or not new.isprintable():
        expected = f"at most {LONGEST} letters, none of them a control character"
    elif _is_calculated(path) and not (length(new) or "{" in new):
        expected = f'a length such as "{old}"'
    if expected:
        message = f"{'.'.join(path)} is {quoted(new)}"
        raise ThemeError(BROKEN.at(line_of([folder], path[-1]), message, fix=f"write {expected}"))
    return new


def _is_calculated(path: tuple[str, ...]) -> bool:
    """Return whether Handbound itself calculates with the token at *path*."""
    if path[:1] == ("edition",):
        return path[2:3] == ("type",) and path[-1] in SIZES
    return path in {("type", "size"), ("type", "lead")}


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(?:\.\d+)?", text))


def quoted(value: Any) -> str:
    """Return *value* for a message; a number with thousands of digits is not printed."""
    return repr(value)[:80] if not isinstance(value, int) or value.bit_length() < 256 else "a number beyond measure"


def length(text: str) -> tuple[float, str] | None:
    """Return number and unit of a positive CSS length, or None.

    >>> length("14.5pt"), length("0pt"), length("1.2.3pt")
    ((14.5, 'pt'), None, None)
    """
    match = re.fullmatch(r"(\d{1,5}(?:\.\d{1,6})?|\.\d{1,6})([A-Za-z]{1,4})", text)
    return (float(match[1]), match[2]) if match and float(match[1]) else None


def line_of(chain: Sequence[Folder], name: str) -> Place:
    """Return the line of tokens.toml that sets *name*, in the nearest folder of *chain* that has it."""
    for folder in chain:
        for number, line in enumerate((folder.text("tokens.toml") or "").splitlines(), 1):
            if re.match(rf"\s*\[?.*\b{re.escape(name)}\b", line[:LONGEST]):
                return folder.place("tokens.toml", number)
    return chain[0].place("tokens.toml")


def _resolved(value: Any, tokens: Mapping[str, Any], path: tuple[str, ...], chain: Sequence[Folder]) -> Any:
    """Return *value* with every ``{type.lead}`` replaced by the token's value."""
    if isinstance(value, Mapping):
        return {name: _resolved(inner, tokens, (*path, name), chain) for name, inner in value.items()}
    if not isinstance(value, str):
        return value

    def reference(match: re.Match[str]) -> str:
        inner: Any = tokens
        for step in match[1].split("."):
            inner = inner.get(step) if isinstance(inner, Mapping) else None
        if isinstance(inner, Mapping) or inner is None:
            message = f"no token {match[1]!r}"
            raise ThemeError(UNKNOWN_TOKEN.at(line_of(chain, match[1]), message, fix="name a token that is there"))
        return str(inner)

    after = re.sub(r"\{([a-z_.]+)\}", reference, value)
    if _is_calculated(path) and not length(after):
        message = f"{'.'.join(path)} is {after[:80]!r}"
        raise ThemeError(BROKEN.at(line_of(chain, path[-1]), message, fix='write a length such as "14.5pt"'))
    choices = CHOICES.get(path[-2:], (after,))
    if after not in choices:
        message = f"{'.'.join(path)} is {after[:80]!r}"
        fix = "write " + " or ".join(f'"{choice}"' for choice in choices)
        raise ThemeError(BROKEN.at(line_of(chain, path[-1]), message, fix=fix))
    return after


def flat(tokens: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every token with its name, dotted from the top."""
    for name, value in tokens.items():
        if isinstance(value, Mapping):
            yield from flat(value, (*path, name))
        else:
            yield ".".join((*path, name)), value


def of_edition(tokens: Tokens, edition: Edition) -> Tokens:
    """Return *tokens* adapted to the paged *edition*: its own tokens override the others, and the page is its own."""
    result = {**tokens}
    for table, values in tokens["edition"].get(edition.name, {}).items():
        result[table] = {**result[table], **values}
    page = {**tokens["page"][edition.page], **_sides(edition.trim)}
    page["bottom"] = _bottom(page, result["type"]["lead"])
    result["page"] = {**result["page"], edition.page: page, "screen": page}
    return result


def _bottom(page: Mapping[str, Any], lead: str) -> str:
    """Return the lower margin of *page*, so much higher that the text is a whole number of lines high.

    Notes then end where text ends, on every page. A length that is not in millimetres or points stays as it is.

    >>> _bottom({"height": "200mm", "top": "18mm", "bottom": "20mm"}, "10mm")
    '21.8mm'
    """
    texts = (*(page[name] for name in ("height", "top", "bottom")), lead)
    height, top, bottom, line = (_in_millimetres(text) for text in texts)
    if not (height and top and bottom and line) or height - top - bottom < line:
        return str(page["bottom"])
    lines = int((height - top - bottom + HAIR) / line)
    return f"{height - top - lines * line - HAIR:.2f}".rstrip("0").rstrip(".") + "mm"


def _in_millimetres(text: object) -> float:
    """Return a CSS length as millimetres; 0 if it is none, or depends on something."""
    number, unit = length(str(text)) or (0.0, "")
    return number * MILLIMETRES.get(unit, 0.0)


def _sides(trim: Trim | None) -> dict[str, str]:
    if trim is None:
        return {}
    return {"width": f"{trim.width_mm:g}mm", "height": f"{trim.height_mm:g}mm", "bleed": f"{trim.bleed_mm:g}mm"}


def sized(edition: Edition, tokens: Tokens, chain: Sequence[Folder]) -> Edition:
    """Return *edition* with the page size from ``[page.…]`` of *tokens*, if a theme sets it.

    Several editions may share the margins of a page: only the first of them in the table takes its size from there too, and those that are
    made of its pages; a cover always has a bleed.

    Raises:
        ThemeError: a side that is not a length, or is too long.
    """
    owner = next(
        (owner_edition.name for owner_edition in EDITIONS.values() if owner_edition.page == edition.page), edition.name
    )
    if edition.trim is None or owner not in (edition.name, edition.of):
        return edition
    sides: dict[str, float] = {}
    for side in SIDES:
        text = tokens["page"][edition.page].get(side, "")
        if text:
            most = MOST_BLEED_MM if side == "bleed" else MOST_MM
            sides[f"{side}_mm"] = _millimetres(text, most, f"page.{edition.page}.{side}", chain)
    if edition.format == "cover" and not sides.get("bleed_mm"):
        sides.pop("bleed_mm", None)
    return replace(edition, trim=replace(edition.trim, **sides)) if sides else edition


def room(edition: Edition, tokens: Tokens) -> tuple[float, float] | None:
    """Return the width and the height in millimetres that the margins of *edition*'s pages leave for text; None if it is not known.

    Args:
        edition: with the size of its pages, by :func:`sized`.
        tokens: of its theme.
    """
    margins = tokens["page"].get(edition.page, {})
    sides = [length(str(margins.get(side, ""))) for side in ("inner", "outer", "top", "bottom")]
    if edition.trim is None or any(side is None or side[1] not in MILLIMETRES for side in sides):
        return None
    inner, outer, top, bottom = (side[0] * MILLIMETRES[side[1]] for side in sides if side)
    return edition.trim.width_mm - inner - outer, edition.trim.height_mm - top - bottom


def _millimetres(text: str, most: float, name: str, chain: Sequence[Folder]) -> float:
    """Return a CSS length as millimetres.

    Raises:
        ThemeError: it is not a length, or is more than *most*.
    """
    number, unit = (0.0, "mm") if re.fullmatch(r"0+(?:mm|cm|in|pt)?", text) else length(text) or (0.0, "")
    value = number * MILLIMETRES.get(unit, 0.0)
    side = name.rpartition(".")[2]
    if unit not in MILLIMETRES or not (value or side == "bleed") or value > most:
        message = f"{name} is {quoted(text)}"
        fix = f'write a length such as "148mm", at most {most:g}mm, or "" for the size of the edition'
        raise ThemeError(BROKEN.at(line_of(chain, side), message, fix=fix))
    return value

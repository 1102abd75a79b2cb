"""Typefaces: the tables under [font] of tokens.toml, and the fonts in the folders they name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from book.problems import Kind, Place, Severity, ThemeError, nearest, printable
from book.safe_open import open_file
from book.settings import SLUG
from book.theme.files import FACE, Folder, house
from book.theme.fonts import Face, looked_at
from book.theme.templates import BROKEN
from book.theme.tokens import UNKNOWN_TOKEN, Tokens, line_of, quoted

OUTSIDE = Kind("T134", Severity.ERROR, "a font outside the theme")
NO_FACE = Kind("T135", Severity.ERROR, "a file that is not a font")
ROLES = ("serif", "sans", "mono", "symbols", "emoji")
"""The typefaces that style sheets use."""
FONT_KEYS = ("family", "folder", "fallback", "before")
"""Keys of a table under ``[font]``; ``before`` is for a typeface for one script, which takes precedence over the named role."""
OTHER_KINDS = (".otf", ".woff", ".woff2", ".ttc", ".eot")
"""Endings of fonts that are not read."""
UPRIGHT = ("serif", "sans", "mono")
"""Roles for which every edition needs a typeface."""


def faces_of(tokens: Tokens, chain: Sequence[Folder]) -> Iterator[Face]:
    """Yield the fonts that the tokens name, each once."""
    roles = set()
    for name, font in tokens["font"].items():
        _check_font(name, font, chain)
        files = _face_files(font["folder"], chain)
        script = "before" in font
        role = font.get("before", name)  # a typeface for one script is used wherever that role is
        for path, weight, style in files:
            if style == "normal" and not script:
                roles.add(role)
            yield Face(family=font["family"], weight=weight, style=style, path=path, role=role, script=script)
    for role in UPRIGHT:
        if role not in roles:
            message = f"font.{role} has no upright font"
            fix = _other_files(tokens["font"][role]["folder"], chain) or "put one into its folder, as a TTF file"
            raise ThemeError(NO_FACE.at(line_of(chain, role), message, fix=fix))


def _other_files(folder: str, chain: Sequence[Folder]) -> str:
    """Return what to do with fonts of other kinds in the *folder*; empty if there are none."""
    for home, _ in _font_homes(chain):
        if (home / folder).is_dir():
            files = sorted(path.name for path in (home / folder).iterdir() if path.suffix.lower() in OTHER_KINDS)
            return f"only TTF files are read: convert {printable(files[0])} to TTF" if files else ""
    return ""


def _face_files(folder: str, chain: Sequence[Folder]) -> list[tuple[Path, int, str]]:
    """Return the fonts in the *folder* that a table under ``[font]`` names: file, weight and style, read from the file.

    Raises:
        ThemeError: the folder does not exist, or a file in it is not a font or is outside the theme.
    """
    for home, built_in in _font_homes(chain):
        if not (home / folder).is_dir():
            continue
        if built_in:
            return [(path, *looked_at(path)) for path in sorted((home / folder).glob("*.ttf"))]
        faces = []
        for path in sorted((home / folder).glob("*.ttf")):
            place = Place(
                path=f"themes/{path.relative_to(home.parent.parent if home.name == 'fonts' else home.parent)}"
            )
            root = home.parent  # the theme itself, or the shared folder
            data = open_file(root, path.relative_to(root).as_posix(), limit=FACE)
            if not isinstance(data, bytes):
                detail = data.detail.replace("the book", "the theme")
                fix = "put the font file itself there"
                raise ThemeError(OUTSIDE.at(place, f"the font cannot be read: {detail}", fix=fix))
            try:
                faces.append((path.resolve(), *looked_at(path, data)))
            except ValueError as error:
                fix = "remove it, or save the font again as TTF"
                raise ThemeError(NO_FACE.at(place, f"this font cannot be used: {error}", fix=fix)) from error
        return faces
    message = f"there is no font folder {folder!r}"
    fix = f"put its TTF files under themes/{chain[0].name}/fonts"
    raise ThemeError(BROKEN.at(line_of(chain, folder), message, fix=fix))


def _check_font(name: str, font: object, chain: Sequence[Folder]) -> None:
    """Raise ThemeError if a table under ``[font]`` is incomplete or has unused keys."""
    table: Mapping[str, object] = font if isinstance(font, Mapping) else {}
    missing = [key for key in ("family", "folder") if not isinstance(table.get(key), str)]
    if missing:
        message = f"font.{name} has no {' and no '.join(missing)}"
        raise ThemeError(BROKEN.at(line_of(chain, name), message, fix='write family = "Name" and folder = "name"'))
    for word in table:
        if word not in FONT_KEYS:
            near = nearest(word, FONT_KEYS)
            fix = f"write {near}" if near else f"the keys are: {', '.join(FONT_KEYS)}"
            raise ThemeError(UNKNOWN_TOKEN.at(line_of(chain, word), f"unknown token 'font.{name}.{word}'", fix=fix))
    if not re.fullmatch(SLUG, str(table["folder"])):
        message = f"font.{name}.folder is {quoted(table['folder'])}, which is not the name of a folder"
        fix = "put the fonts into a folder under the theme's own fonts/, and write its name"
        raise ThemeError(OUTSIDE.at(line_of(chain, "folder"), message, fix=fix))
    for key in ("family", "fallback"):
        value = table.get(key, "x")
        unfit = r"[^;{}<>\\]{1,200}" if key == "fallback" else r"[^;{}<>\\\"',]{1,100}"
        if not (isinstance(value, str) and value.isprintable() and re.fullmatch(unfit, value)):
            fix = f'write a name: {key} = "Name"'
            raise ThemeError(BROKEN.at(line_of(chain, key), f"font.{name}.{key} is {quoted(value)}", fix=fix))
    if name not in ROLES and "before" not in table:
        message = f"nothing uses the font font.{name}"
        fix = f'write before = "serif", or give its table one of the names {", ".join(ROLES)}'
        raise ThemeError(UNKNOWN_TOKEN.at(line_of(chain, name), message, fix=fix))
    if table.get("before", "serif") not in ("serif", "sans"):
        message = f"font.{name}.before is {quoted(table['before'])}"
        raise ThemeError(BROKEN.at(line_of(chain, "before"), message, fix='write "serif" or "sans"'))


def _font_homes(chain: Sequence[Folder]) -> Iterator[tuple[Path, bool]]:
    """Yield the folders that may contain fonts, and whether they are built in."""
    for folder in chain:
        yield folder.path / "fonts", folder.built_in
        yield folder.path.parent / "_fonts", folder.built_in
    yield house() / "_fonts", True

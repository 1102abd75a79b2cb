"""The fonts of an edition, subset to the characters that it shows, and the names of its typefaces."""

from __future__ import annotations

import base64
import functools
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from book import cache, forms
from book.assemble import formulas
from book.body import kinds
from book.html_names import MATH, SVG
from book.images import drawings
from book.labels import labels
from book.model import Book
from book.paged import math_svg
from book.seal import digest
from book.theme import Theme, house
from book.theme.fonts import OPENTYPE, WOFF2, Face, choose, credit, subset
from book.view import about

Font = tuple[str, bytes, dict[str, Any]]
"""A font of an edition: the name of its file, its bytes, and its description for the style sheet."""


def characters(book: Book) -> frozenset[int]:
    """Return every code point that an edition of *book* may show, including labels and folios."""
    pieces: list[str] = [chapter.title for chapter in book.spine]
    metadata, shown = book.metadata, about(book.metadata)
    pieces += [
        metadata.title,
        metadata.subtitle,
        *metadata.authors,
        metadata.publisher,
        metadata.description,
        metadata.licence,
    ]
    pieces += [
        metadata.version,
        shown.day,
        *(f"{release.version}{release.date}{release.note}" for release in shown.releases),
    ]
    for language in {metadata.language, *(chapter.lang for chapter in book.spine)}:
        pieces += labels(language).values()
    in_bodies = set[str]().union(*(body.letters for body in book.bodies))
    return letters(
        "".join((*pieces, *in_bodies))
        + "0123456789ivxlcdm–—‐-.,:;!?·…∗“”‘’ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz()[]/ \u00a0↩↵"
    )


CONTROLS = frozenset(range(32))
"""Code points that no font shows."""


def drawn(book: Book, theme: Theme) -> frozenset[int]:
    """Return the code points of the drawings in *book*, which the HTML edition inlines, as remembered in the cache of *theme* or new.

    The EPUB has them too, although its drawings stay files: so both have the same fonts, and each font is cut once.
    """
    vectors = [asset.data for asset in book.assets if asset.media_type == "image/svg+xml"]
    if not vectors:
        return frozenset()
    entry = cache.key("letters", cache.program(), *map(digest, vectors))
    text = cache.recall(theme.cache, "drawings", entry, forms.decoder(str).decode)
    if text is None:
        text = "".join(sorted(set("".join(map(_text_of, vectors)))))
        cache.keep(theme.cache, "drawings", entry, forms.ENCODER.encode(text))
    return letters(text)


def _text_of(drawing: bytes) -> str:
    """Return the text of a *drawing*; none if it stays an image."""
    inlined = drawings.inlined(drawing, "")
    return "" if inlined is None else drawings.text(inlined)


def letters(text: str) -> frozenset[int]:
    """Return the visible code points of *text*."""
    return frozenset(map(ord, set(text))) - CONTROLS


def in_both_cases(codes: frozenset[int]) -> frozenset[int]:
    """Return *codes* with the capitals and small letters that a sheet may make of them: ``text-transform``, ``font-variant``.

    >>> "".join(map(chr, sorted(in_both_cases(letters("éß")))))
    'SÉßé'
    """
    text = "".join(map(chr, codes))
    return codes | letters(text.upper()) | letters(text.lower())


def faces(
    theme: Theme,
    letters_used: frozenset[int],
    *,
    roles: Iterable[str],
    only: Callable[[Face], bool] = bool,
    scripts: bool = False,
    compressed: bool = True,
) -> tuple[Font, ...]:
    """Return the fonts of an edition, subset.

    Args:
        theme: the theme that has the fonts.
        letters_used: the code points of the edition, from :func:`characters`.
        roles: roles of the fonts that the edition embeds: ``serif``, ``sans``, ``mono`` …
        only: whether to embed a face.
        scripts: also embed the fonts for other scripts. An EPUB does not need them: e-readers have fonts for the languages they are sold in.
        compressed: as WOFF2, for browsers. Kobo, Kindle and Apple ask for TrueType or OpenType (Kobo EPUB Guidelines, "Supported Fonts";
            Apple Books Asset Guide, "Fonts").
    """
    roles_used = frozenset(roles)
    result = []
    for face, letters in choose(theme.faces, in_both_cases(letters_used) | theme.letters):
        if (
            face.role in roles_used
            and (scripts or not face.script)
            and only(face)
            and (data := subset(face, letters, theme.cache, compressed=compressed))
        ):
            result.append(_font(face, data))
    return tuple(result)


def _font(face: Face, data: bytes) -> Font:
    """Return *data*, a part of *face*, with its name and its description; old e-readers pass over a source with a ``format()``."""
    ending = {WOFF2: "woff2", OPENTYPE: "otf"}.get(data[:4], "ttf")
    kind = "woff2" if ending == "woff2" else ""
    properties = {"family": face.family, "weight": face.weight, "style": face.style, "kind": kind}
    return f"{face.name}.{ending}", data, properties


def title_face(book: Book, theme: Theme) -> tuple[Font, ...]:
    """Return the face for the titles in an EPUB, cut to their letters; empty if *theme* sets them in a face that it embeds anyway."""
    weight = theme.tokens["epub"]["title_weight"]
    if not weight:
        return ()
    role = theme.tokens["cover"]["title"]
    about, words = book.metadata, labels(book.metadata.language)
    titles = [about.title, about.subtitle, *about.authors, words["contents"], words["colophon"]]
    titles += [chapter.heading.text for chapter in book.spine] + [part.title.heading.text for part in book.parts]
    return faces(
        theme,
        letters("".join(titles)),
        roles=(role,),
        only=lambda face: face.weight == weight and face.style == "normal",
        compressed=False,
    )


def with_formulas(book: Book) -> bool:
    """Return whether *book* contains a formula."""
    return any(
        element.tag == f"{{{MATH}}}math" or formulas.CLASS in kinds(element)
        for body in book.bodies
        for element in body.iter(f"{{{MATH}}}math", f"{{{SVG}}}svg")
    )


def math_face(book: Book, theme: Theme, *, compressed: bool = True) -> tuple[Font, ...]:
    """Return the font for formulas, as :func:`faces` does, subset to the formulas of *book*; empty if it has none."""
    formulas = [math for body in book.bodies for math in body.iter(f"{{{MATH}}}math")]
    if not formulas:
        return ()
    used = letters("".join(str(text) for math in formulas for text in math.itertext()))
    # A single letter is shown in mathematical italics, which are separate code points (MathML Core §4.2).
    used |= {code for code in SLANTED if ord(unicodedata.normalize("NFKC", chr(code))) in used}
    face = math_svg.face()
    data = subset(face, used | set(map(ord, "()[]{}|=+−∑√′")), theme.cache, compressed=compressed)
    return (_font(face, data),)


SLANTED = (*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6E2, 0x1D71C), 0x1D6A4, 0x1D6A5)
"""Mathematical italics: Latin, Greek, dotless i and j."""


def embedded(fonts: Iterable[Font]) -> tuple[dict[str, Any], ...]:
    """Return the description of *fonts* for a style sheet that embeds them as data."""
    return tuple({**properties, "url": data_uri("font/woff2", data)} for _, data, properties in fonts)


def data_uri(kind: str, data: bytes) -> str:
    """Return *data* as a ``data:`` address.

    >>> data_uri("text/plain", b"a")
    'data:text/plain;base64,YQ=='
    """
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def names(theme: Theme, book: Book) -> tuple[str, ...]:
    """Return the names of the text families with their designers, each once, and of the font for formulas if *book* has any."""
    names = [_credit(face) for face in theme.faces if face.role in ("serif", "sans", "mono") and not face.script]
    return tuple(dict.fromkeys([*names, *((math_svg.TYPEFACE,) if with_formulas(book) else ())]))


@functools.cache
def _credits() -> Mapping[str, str]:
    return tomllib.loads((house() / "_fonts" / "credits.toml").read_text(encoding="utf-8"))


def _credit(face: Face) -> str:
    """Return the name of the typeface of *face* and its designer: for our own files from a list, for others from the font itself."""
    folder = face.path.parent
    if folder.parent == house() / "_fonts" and folder.name in _credits():
        return _credits()[folder.name]
    return credit(face.path) or face.family

"""Heroes of home pages: name, text, buttons and features in the front matter become the first lines of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.component_data import escaped
from book.dialects.context import Context
from book.dialects.rows import Row, rows_of, with_rows
from book.model import Manuscript, Origin, Piece
from book.patterns import regex
from book.sites.heroes import Feature, Hero, hero_of
from book.sites.names import TAG, folded, title_of

NAMES = frozenset({"vue", "mdx"})
"""The dialects of the sites whose home pages have heroes."""
_HEADING = regex(r"^(?:#[ \t]+\S|<h1\b)", re.MULTILINE)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the words of its hero above its text; its name is the title of a page without one."""
    hero = hero_of(manuscript) if NAMES & context.library.names else None
    if hero is None:
        return manuscript
    rows = [_row(manuscript, key, text) for key, text in _lines(manuscript, hero)]
    return with_rows(manuscript, [*rows, *rows_of(manuscript)]) if rows else manuscript


def _lines(manuscript: Manuscript, hero: Hero) -> Iterator[tuple[str, str]]:
    """Yield the lines, each with the key of the front matter under which it stands."""
    title, text = _words(hero.name), _words(hero.text)
    if not (manuscript.front.title or _HEADING.search(manuscript.text)):
        # Of a hero without a name, the text has the largest letters.
        title, text = (title, text) if title else (text, "")
        yield from ((("hero", f"# {title}"), ("hero", "")) if title else ())
    elif title and folded(title) != folded(title_of(manuscript)):
        yield from (("hero", f"**{title}**"), ("hero", ""))
    for line in (text, _words(hero.tagline), " · ".join(map(_link, hero.actions))):
        yield from ((("hero", line), ("hero", "")) if line else ())
    for feature in hero.features:
        details = f": {_words(feature.details)}" if feature.details else ""
        yield "features", f"- **{_link(feature)}**{details}"
    if hero.features:
        yield "features", ""


def _link(feature: Feature) -> str:
    title = _words(feature.title)
    return f"[{title}](<{feature.link}>)" if feature.link and not re.search(r"[<>\s]", feature.link) else title


def _words(text: str) -> str:
    """Return *text*, in which tags may be, as inline Markdown."""
    return escaped(TAG.sub(" " if "<br" in text else "", text))


def _row(manuscript: Manuscript, key: str, text: str) -> Row:
    place = manuscript.front.places.get(key) or manuscript.place(1)
    return Row(text, Origin(path=place.path, line=place.line, pieces=(Piece(1, 1, exact=False),)))

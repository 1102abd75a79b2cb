"""The keys of the front matter of a chapter: what each means and takes, for the reader, the messages and the manual."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from book.model import Matter
from book.problems import nearest

ORDER_KEYS = ("sidebar", "sidebar_position", "nav_order", "weight", "order")
"""The keys that may give a chapter its position; the first one wins (read by :mod:`book.sidebar`)."""

ROLES: Mapping[str, Matter] = MappingProxyType({
    "dedication": "front", "epigraph": "front", "foreword": "front", "preface": "front", "acknowledgments": "front",
    "introduction": "front", "appendix": "back", "afterword": "back", "glossary": "back", "bibliography": "back",
    "index": "back", "colophon": "back",
})  # fmt: skip
"""Values of `role`, and the matter to which each assigns a chapter (EPUB 3 Structural Semantics Vocabulary 1.1)."""

LABELS = ("linkTitle", "sidebar_label", "nav_title", "short_title", "shortTitle", "sidebarTitle")
ADDRESSES = ("permalink", "aliases", "redirect_from", "id")
OTHERS = frozenset(
    "redirectto publish publishdate publishedat publisheddate publishedon publishedtime publisher orderby authorbox seotitle sidebarkey "
    "discussionid discussionurl".split()
)
"""Keys of other programs that look like some of these, without capitals and `_`: Jekyll's `redirect_to`, Hugo's `publishDate`, Obsidian's `publish`."""
TRUTHS = ("showTitle", "draft", "published")
AUTHORS = ("author", "authors")
LINE = "a line of text"
TEXTS = "a text or a list of texts"
TRUTH = "true or false"
POSITION = "a number, which may be negative or have decimals"


class Key(Struct, frozen=True, kw_only=True):
    """A key of the front matter, as the manual and the messages describe it."""

    about: str
    """Its meaning, as Markdown."""
    value: str
    """What it takes, in words."""
    default: str
    """What counts without it, in words."""
    example: str
    """A line or more of YAML that sets it."""


LABEL = "A short title for the contents, where the title is long."
PLACE = "The position of the chapter, if `handbound.toml` and your site generator give no order. Chapters without one stand last."
AUTHOR = (
    "The author of the chapter, or a list of authors. Not printed: the authors of the book are in `handbound.toml`."
)
ADDRESS = "Another address of the page on your site: links to it lead to the chapter."
KEYS: Mapping[str, Key] = MappingProxyType({
    "title": Key(about="The title of the chapter, in Markdown.", value=LINE, default="the first heading, then the name of the file", example="title: Why we ship *small*"),
    **{name: Key(about=LABEL, value=LINE, default="the title", example=f"{name}: Small steps") for name in LABELS},
    "sidebar": Key(about=f"{PLACE} It may name the part of the chapter, too.", value=f"{POSITION}; the name of a part; or both", default="no position", example="sidebar: { part: Culture, order: 3 }"),
    **{name: Key(about=PLACE, value=POSITION, default="no position", example=f"{name}: 3") for name in ORDER_KEYS[1:]},
    "showTitle": Key(about="`false` hides the title on the page; contents and bookmarks still have it.", value=TRUTH, default="true", example="showTitle: false"),
    "draft": Key(about="`true` leaves the chapter out of every edition, with a note.", value=TRUTH, default="false", example="draft: true"),
    "published": Key(about="`false` leaves the chapter out, as `draft: true` does.", value=TRUTH, default="true", example="published: false"),
    "lang": Key(about="The language of the chapter. Quotes, hyphens and labels follow it.", value="a language tag, such as `de` or `pt-BR`", default="the language of the book", example="lang: pt-BR"),
    "description": Key(about="What the chapter is about, in a sentence. The handout prints it below the title.", value=LINE, default="none", example="description: Why small changes are safer than large ones."),
    "discussion": Key(about='Questions to discuss. The handout prints them with room to write; with `questions = "all"` in `handbound.toml`, every edition prints them.', value=TEXTS, default="none", example="discussion:\n  - When did you last ship something too late?\n  - What stopped you?"),
    "role": Key(about="What the chapter is, if it is not one of the main text. It is then unnumbered, and moves to the front or the back of the book.", value=f"one of {', '.join(f'`{role}`' for role in ROLES)}", default="a chapter of the main text", example="role: appendix"),
    **{name: Key(about=AUTHOR, value=TEXTS, default="none", example=f"{name}: [Ada Byron, Grace Hopper]") for name in AUTHORS},
    "date": Key(about="The date of the chapter. Not printed; it orders the posts of a Jekyll or Hugo site.", value=LINE, default="none", example="date: 2026-11-03"),
    "slug": Key(about="The name of the chapter in addresses, for links that use it.", value=LINE, default="the name of the file", example="slug: ship-small"),
    **{name: Key(about=ADDRESS, value=TEXTS, default="none", example=f"{name}: /handbook/ship-small/") for name in ADDRESSES},
})  # fmt: skip
"""The keys that are known."""


def near_miss(key: str) -> str | None:
    """Return the known key that *key* probably misspells, or None; case, `-` and `_` are ignored.

    Authors have keys of their own, so the match must be close, and short keys are not considered; nor are those of other programs.

    >>> near_miss("titel"), near_miss("show_title"), near_miss("subtitle"), near_miss("dates"), near_miss("redirect_to")
    ('title', 'showTitle', None, None, None)
    """
    typed = _folded(key)
    if typed in BY_FOLD or typed in OTHERS:
        return BY_FOLD.get(typed)
    near = nearest(typed, (name for name in BY_FOLD if len(name) >= LONG_KEY and name[0] == typed[:1]), alike=0.8)
    return BY_FOLD[near] if near else None


def _folded(key: str) -> str:
    return re.sub("[-_ ]", "", key).lower()


BY_FOLD = {_folded(key): key for key in reversed(tuple(KEYS))}
LONG_KEY = 5
"""Fewest letters of a key for which a misspelling is suggested."""

"""Shortcodes without content that are text of a kind: figures, cards, keys, badges."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from book.dialects.tags import Tag
from book.patterns import regex

_SIZE = regex(r"\d+(?:px|%|em|cm|mm)?")


def _card(tag: Tag) -> str | None:
    """Return a card without content as an item of a list: its title, a link if it has an address, and what it says below it."""
    title, address = (
        tag.first("title", "name"),
        tag.values.get("link") or tag.values.get("href") or tag.values.get("url"),
    )
    more = tag.values.get("subtitle") or tag.values.get("description") or ""
    link = f"[{title}](<{address}>)" if address else title
    return f"- {link}{': ' * bool(more)}{more}" if title else None


def _figure(tag: Tag) -> str:
    source = tag.first("src", "image", "path")
    title, below, author = (tag.values.get(key, "").strip() for key in ("title", "caption", "attr"))
    if title and below:
        title += "" if re.search(r"[.:!?]$", title) else "."
    caption = " ".join(filter(None, (title, below, f"({author})" if author else "")))
    alt = tag.values.get("alt") or below or title
    sizes = [f"{key}={tag.values[key]}" for key in ("width", "height") if _SIZE.fullmatch(tag.values.get(key, ""))]
    size = f"{{{' '.join(sizes)}}}" if sizes else ""
    if re.search(r"[\"\[*_`<]", caption):  # a title is no Markdown
        plain = re.sub(r"\[([^\[\]]*)\]\([^()]*\)|[*_`]|<[^<>]*>", r"\1", tag.values.get("alt") or caption)
        # A line in italics directly below an image is its caption.
        return f"![{plain}](<{source}>){size}\n" + (
            f"\n{caption}" if re.search(r"[*_]|\n", caption) else f"*{caption}*"
        )
    title = f' "{caption}"'.replace("\\", "") if caption else ""
    return f"![{alt}](<{source}>{title}){size}"


def _new_in(tag: Tag) -> str:
    return f"(New in version {tag.first('version')})"


SINGLE: Mapping[str, Callable[[Tag], str | None]] = {
    "card": _card,
    "figure": _figure,
    "img": _figure,
    "image": _figure,
    "imgproc": _figure,
    "new-in": _new_in,
    "glossary-term": lambda tag: tag.first("term", "text"),
    "glossary_tooltip": lambda tag: tag.values.get("text") or tag.first("term_id"),
    "kbd": lambda tag: f"<kbd>{tag.first('key')}</kbd>",
    "badge": lambda tag: tag.first("text", "content", "label"),
    "email": lambda tag: tag.first("user"),
    "lipsum": lambda _: "",
}
"""Name of a shortcode -> its Markdown; None if it says nothing."""

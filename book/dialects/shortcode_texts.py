"""What shortcodes say in their arguments: boxes their kind and title; figures, cards, keys and badges their text."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.shortcode_names import BOXES, COLOURS, PANELS
from book.dialects.tags import Tag
from book.patterns import regex

FLAGS = frozenset("open closed true false".split())
"""Arguments without names that say whether a box is open."""
STYLES = ("type", "color", "style", "kind", "level", "context")
_SIZE = regex(r"\d+(?:px|%|em|cm|mm)?")


def box_of(tag: Tag) -> tuple[str, str]:
    """Return the class and the title of the box that *tag* opens; its name is one of those of boxes and panels.

    >>> box_of(Tag(name="notice", words=("tip", "Hey"), start=0, end=0))
    ('callout-tip', 'Hey')
    >>> box_of(Tag(name="tab", words=("One",), start=0, end=0))
    ('tab-panel', 'One')
    """
    name = tag.name.rpartition("/")[2].casefold()
    kind, words = BOXES.get(name, ""), [word for word in tag.words if word not in FLAGS]
    style = "" if kind or name in PANELS else next(filter(None, map(tag.values.get, STYLES)), "")
    if not (style or kind) and name not in PANELS and words and re.fullmatch(r"[A-Za-z-]+", words[0]):
        style = words.pop(0)
    kind = kind or COLOURS.get(style, style if re.fullmatch(r"[A-Za-z-]+", style) else "note")
    box = boxes.PANEL if name in PANELS or kind == "details" else boxes.CALLOUT + kind
    heading = next(filter(None, map(tag.values.get, ("title", "header", "name", "summary"))), "")
    if name == "card":  # its header stands above its title
        heading = tag.values.get("header") or heading
    return box, heading or (words[0] if words else "")


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
        return f"![{plain}](<{source}>){size}\n" + (f"\n{caption}" if "\n" in caption else f"<em>{caption}</em>")
    title = f' "{caption}"'.replace("\\", "") if caption else ""
    return f"![{alt}](<{source}>{title}){size}"


def _picture(tag: Tag) -> str | None:
    return _figure(tag) if tag.first("src", "image", "path") else None


def resource(tag: Tag, context: Context) -> str:
    """Return the image in the folder of the page whose name begins with the first argument, as Docsy's `imgproc` finds it; empty if there is none."""
    folder, name = posixpath.dirname(context.manuscript.path), tag.first("src", "image").casefold()
    paths = (
        path for file, paths in context.library.pictures.items() if name and file.startswith(name) for path in paths
    )
    return next((f"/{path}" for path in paths if posixpath.dirname(path) == folder), "")


def _new_in(tag: Tag) -> str:
    return f"(New in version {tag.first('version')})"


SINGLE: Mapping[str, Callable[[Tag], str | None]] = {
    "card": _card,
    "link-card": _card,
    "linkcard": _card,
    "card-link": _card,
    "picture": _picture,
    "responsive-image": _picture,
    "screenshot": _picture,
    "figure": _figure,
    "img": _figure,
    "image": _figure,
    "imgproc": _figure,
    "new-in": _new_in,
    "glossary-term": lambda tag: tag.first("term", "text"),
    "kbd": lambda tag: f"<kbd>{tag.first('key')}</kbd>",
    "badge": lambda tag: tag.first("text", "content", "label"),
    "email": lambda tag: tag.first("user"),
    "lipsum": lambda _: "",
}
"""Name of a shortcode -> its Markdown; None if it says nothing."""

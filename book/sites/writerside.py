"""Writerside: an instance, a file ``*.tree``, lists the topics; ``writerside.cfg`` names it, and ``v.list`` has values for all topics."""

from __future__ import annotations

import html
import posixpath
from collections.abc import Mapping

from book.patterns import regex
from book.problems import Place
from book.sites.files import Files, Ruler, leaves
from book.sites.site import Item, Items, Library, Quota, Site

CONFIG = "writerside.cfg"
COMMENT = regex(r"(?s:<!--.*?-->)")
TOPICS = regex(r"<topics\b[^<>]*\bdir\s*=\s*\"(?P<name>[^\"]+)\"")
IMAGES = regex(r"<images\b[^<>]*\bdir\s*=\s*\"(?P<name>[^\"]+)\"")
INSTANCE = regex(r"<instance\b[^<>]*\bsrc\s*=\s*\"(?P<name>[^\"]+\.tree)\"")
TREE = regex(r"<instance-profile\b(?P<values>[^<>]*)>")
ELEMENT = regex(r"<(?P<end>/)?toc-element\b(?P<values>(?:[^<>\"]|\"[^\"]*\")*?)(?P<alone>/)?>")
VALUE = regex(r"(?P<key>[\w-]+)\s*=\s*\"(?P<value>[^\"]*)\"")
VARIABLE = regex(r"<var\b(?P<values>(?:[^<>\"]|\"[^\"]*\")*)>")
DEEPEST = 30


def recognise(files: Files, home: str) -> Site | None:
    """Return the first instance that ``writerside.cfg`` names."""
    config = f"{home}{CONFIG}"
    text = COMMENT.sub("", files.text(config) or "") if files.is_file(config) else ""
    named = [match["name"] for match in INSTANCE.finditer(text)]
    tree = next((f"{home}{name}" for name in named if not leaves(name) and files.is_file(f"{home}{name}")), None)
    if tree is None:
        return None
    topics, images = TOPICS.search(text), IMAGES.search(text)
    base = f"{home}{topics['name'].strip('/') if topics else 'topics'}/"
    profile = TREE.search(files.text(tree) or "")
    return Site(
        system="writerside",
        label="Writerside",
        config=config,
        nav=tree,
        base=base if files.is_folder(base) else home,
        title=(_values(profile["values"]).get("name") if profile else None) or None,
        static=(f"{home}{images['name'].strip('/') if images else 'images'}/", base),
        parameters=_variables(files, home),
        dialects=("writerside",),
        guests=True,
    )


def _values(typed: str) -> dict[str, str]:
    return {match["key"]: html.unescape(match["value"]) for match in VALUE.finditer(typed)}


def _variables(files: Files, home: str) -> Mapping[str, object]:
    """Return the values in ``v.list`` by their names."""
    paths = (f"{home}{name}" for name in ("v.list", "cfg/v.list"))
    text = next((files.text(path) or "" for path in paths if files.is_file(path)), "")
    tags = (_values(match["values"]) for match in VARIABLE.finditer(COMMENT.sub("", text)))
    return {values["name"]: values["value"] for values in tags if "name" in values and "value" in values}


def order(library: Library) -> Items | None:
    """Return the topics of the instance; those that are hidden are left out."""
    nav = library.site.nav
    text = library.files.text(nav)
    if text is None:
        return None
    text = COMMENT.sub(lambda match: " " * len(match[0]) if "\n" not in match[0] else match[0], text)
    items = _Reading(text, nav, library.quota()).items()
    return Items(items=items, source=f"{nav}: its topics", nav=nav, folder=library.site.base)


class _Reading:
    """One pass through the elements of a tree."""

    def __init__(self, text: str, path: str, quota: Quota) -> None:
        self.matches = [*quota.of(ELEMENT.finditer(text))]
        self.ruler = Ruler(path, text)
        self.at = 0

    def items(self, depth: int = 0) -> tuple[Item, ...]:
        """Return the items up to the end of the element around them."""
        made: list[Item] = []
        while self.at < len(self.matches):
            match = self.matches[self.at]
            self.at += 1
            if match["end"]:
                if depth:
                    break
                continue
            values, place = _values(match["values"]), self.ruler.place(match.start())
            below = self.items(depth + 1) if not match["alone"] and depth < DEEPEST else ()
            if values.get("hidden") != "true":
                made += _item(values, place, below)
        return tuple(made)


def _item(values: Mapping[str, str], place: Place, below: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the item of one element."""
    title = values.get("toc-title") or None
    target = values.get("topic") or values.get("href")
    if target is None and not below:
        return ()
    return (
        Item(
            title=title or (None if target else posixpath.basename(place.path)),
            target=target,
            place=place,
            children=below,
        ),
    )

"""Attributes that an element may have; presentational ones of old HTML become kinds."""

from __future__ import annotations

import html
from collections.abc import Mapping

from book.markdown import content_model as model

OLD: Mapping[str, tuple[str, str]] = {
    "acronym": ("abbr", ""),
    "big": ("span", "big"),
    "center": ("div", "align-center"),
    "dir": ("ul", ""),
    "menu": ("ul", ""),
    "nobr": ("span", "nobr"),
    "rb": ("span", ""),
    "rtc": ("rt", ""),
    "strike": ("s", ""),
    "tt": ("code", ""),
}
"""Obsolete elements (HTML §16.2), their replacement, and the kind that preserves their appearance."""
OLD_ATTRIBUTES = frozenset({"align", "valign"})
"""Attributes of old HTML that become a kind."""

_LATER = {("li", "value"), ("img", "width"), ("img", "height"), ("img", "src"), ("a", "href")}
_ASLEEP = frozenset({"id", "name"})


def may_have(tag: str, name: str, value: str) -> bool:
    """Return whether *tag* may have the attribute *name* with *value*, as written between quotes."""
    form = model.form_of(tag, name)
    return form is not None and model.fits(name, html.unescape(value), form)


def attributes_of(tag: str, pairs: Mapping[str, str]) -> dict[str, str]:
    """Return *pairs* as the attributes that *tag* may have; an obsolete one becomes its kind."""
    attributes: dict[str, str] = {}
    kinds: list[str] = []
    for name, value in pairs.items():
        if name in OLD_ATTRIBUTES:
            kinds += _side(tag, name, value.strip().lower())
        elif name in ("open", "reversed") and model.form_of(tag, name):
            attributes[name] = ""
        elif name in ("dir", "scope", "lang"):
            folded = value.strip().lower() if name != "lang" else value.strip()
            if may_have(tag, name, folded):
                attributes[name] = folded
        elif name.startswith("hb:") or name in _ASLEEP or (tag, name) in _LATER or may_have(tag, name, value):
            attributes[name] = value
    if kinds:
        attributes["hb:kind"] = " ".join(kinds)
    return attributes


def _side(tag: str, name: str, value: str) -> list[str]:
    """Return the kind that replaces the obsolete attribute *name*; none for a value that it never had."""
    if name == "align" and tag == "img" and value in ("top", "middle", "absmiddle", "bottom"):
        return [f"valign-{value.removeprefix('abs')}"]  # on an inline image it was the vertical alignment
    if name == "align":
        value = "center" if value == "middle" else value
        return [f"align-{value}"] if value in ("left", "right", "center", "justify") else []
    return [f"valign-{value}"] if value in ("top", "middle", "bottom", "baseline") else []

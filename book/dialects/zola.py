"""Shortcodes of Zola, `{{ name(key="value") }}` and `{% name() %} … {% end %}`, as those of Hugo, which has the same ones by other signs."""

from __future__ import annotations

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.model import Manuscript
from book.patterns import regex

_ARGUMENTS = r"(?P<arguments>(?:[^(){}\"'`]|\"[^\"]*\"|'[^']*'|`[^`]*`)*)"
_SINGLE = regex(rf"\{{\{{\s*(?P<name>[A-Za-z_]\w*)\({_ARGUMENTS}\)\s*\}}\}}")
_BLOCK = regex(rf"\{{%\s*(?:(?P<name>[A-Za-z_]\w*)\({_ARGUMENTS}\)|(?P<end>end))\s*%\}}")
_COMMA = regex(r",[ \t\n]*(?=\w+[ \t]*=)")
_ESCAPED = regex(r"(?P<open>\{[{%])/\*(?P<inside>.*?)\*/(?P<close>[}%]\})")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with shortcodes in the form of Hugo, and with those that it only shows as they are shown."""
    if "{{" not in manuscript.text and "{%" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    edits = []
    names: list[str] = []

    def put(start: int, end: int, text: str) -> None:
        context.take(page.text[start:end])
        edits.append(Edit(start=start, end=end, new=(page.made(text, start),)))

    for match in _SINGLE.finditer(page.visible):
        put(*match.span(), f"{{{{< {match['name']} {_spaced(page.text[slice(*match.span('arguments'))])} >}}}}")
    for match in _BLOCK.finditer(page.visible):
        if match["end"] and names:
            put(*match.span(), f"{{{{% /{names.pop()} %}}}}")
        elif match["name"]:
            names.append(match["name"])
            put(*match.span(), f"{{{{% {match['name']} {_spaced(page.text[slice(*match.span('arguments'))])} %}}}}")
    for match in _ESCAPED.finditer(page.text):
        put(*match.span(), f"{match['open']}{match['inside']}{match['close']}")
    return page.with_edits(edits)


def _spaced(arguments: str) -> str:
    """Return the arguments of a shortcode without the commas between them.

    >>> _spaced('title="One, two", n=3')
    'title="One, two" n=3'
    """
    return " ".join(_COMMA.sub(" ", arguments).split())

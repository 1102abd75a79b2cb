"""Shortcodes that a Hugo site defines itself, in ``layouts/shortcodes``: simple templates are read, and never run.

What is read of a template is text, ``.Get``, ``.Inner``, ``if``, ``with``, ``else`` and comments. Anything else leaves the shortcode to
what is known of its name.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from book.dialects.context import Context
from book.patterns import regex
from book.safe_open import Refusal, open_file

FOLDERS = ("layouts/shortcodes", "layouts/_shortcodes")
LARGEST = 20_000
"""The most bytes of a template."""
INNER, MARKDOWN = "\x1finner\x1f", "\x1fmarkdown\x1f"
"""The place of the content between the tags, and that of content which the template reads as Markdown."""
_INNER = regex(f"{INNER}|{MARKDOWN}")
_READS = ("markdownify", "RenderString")
"""The filters that read Markdown."""
_NAME = regex(r"[\w-]+(?:/[\w-]+)*")
_ACTION = regex(r"(?P<before>[ \t\n]*\{\{-(?=\s)|\{\{)(?P<inside>[^{}]*?)(?P<after>(?<=\s)-\}\}[ \t\n]*|\}\})")
_COMMENT = regex(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}|<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_HOLLOW = regex(r"<(?P<tag>i|span|em|b|a|svg|use)\b[^<>]*>\s*</(?P=tag)>", re.IGNORECASE)
_VALUE = regex(
    r"(?:\.Get\s+(?:(?P<number>\d)|\"(?P<name>[^\"]+)\"|`(?P<raw>[^`]+)`)|(?P<inner>\.Inner)|(?P<dot>\.)|\"(?P<text>[^\"]*)\")"
    r"(?P<filters>(?:\s*\|\s*(?:safe\w+|markdownify|htmlEscape|htmlUnescape|plainify|string|relURL|absURL|\.Page\.RenderString))*)"
)
_CONDITION = regex(r"(?P<word>if|with)\s+(?P<value>\S.*)", re.DOTALL)


class _Unread(Exception):
    """A template contains something that is not read."""


class Written(Struct, frozen=True, kw_only=True):
    """The HTML that a template writes, in two texts on one line each."""

    before: str
    """All of it, or what stands before the content."""
    after: str | None
    """What stands after the content; None for a template without content."""
    markdown: bool
    """Whether the content is read as Markdown."""


def written(name: str, words: Sequence[str], values: Mapping[str, str], context: Context) -> Written | None:
    """Return the HTML that the site's own template writes for a shortcode; None if there is none to read.

    Args:
        name: the shortcode.
        words: its arguments without names.
        values: its arguments with names.
        context: the context of the chapter.
    """
    if "hugo" not in context.library.names or not _NAME.fullmatch(name):
        return None
    for folder in FOLDERS:
        data = open_file(context.library.root, f"{folder}/{name}.html", limit=LARGEST)
        if isinstance(data, Refusal):
            continue
        try:
            text = _evaluated(_COMMENT.sub("", data.decode("utf-8", "replace")), words, values)
        except _Unread:
            return None
        before, *rest = _INNER.split(text)
        if len(rest) > 1:
            return None
        return Written(before=_tidy(before), after=_tidy(rest[0]) if rest else None, markdown=MARKDOWN in text)
    return None


def _evaluated(template: str, words: Sequence[str], values: Mapping[str, str]) -> str:
    """Return what *template* writes.

    >>> _evaluated('<b>{{ .Get 0 }}</b>{{ with .Get "x" }} ({{ . }}){{ else }}!{{ end }}', ["a"], {"x": "1"})
    '<b>a</b> (1)'
    """
    made: list[str] = []
    # Whether each open condition holds, and the value of the dot in it.
    stack: list[tuple[bool, str | None]] = []
    at = 0
    for match in _ACTION.finditer(template):
        shown = all(holds for holds, _ in stack)
        made += [template[at : match.start()]] if shown else []
        at = match.end()
        inside = match["inside"].strip()
        dot = next((value for _, value in reversed(stack) if value is not None), None)
        if condition := _CONDITION.fullmatch(inside):
            value = _value(condition["value"], words, values, dot)
            stack.append((bool(value), value if condition["word"] == "with" else None))
        elif inside == "else" and stack:
            stack[-1] = (not stack[-1][0], None)
        elif inside == "end" and stack:
            stack.pop()
        else:
            text = _value(inside, words, values, dot)
            made += [text if _INNER.fullmatch(text) else html.escape(text)] if shown else []
    if stack or "{{" in template[at:]:
        raise _Unread
    return "".join((*made, template[at:]))


def _value(expression: str, words: Sequence[str], values: Mapping[str, str], dot: str | None) -> str:
    """Return the value of an *expression* of a template, empty for an argument that is not given."""
    match = _VALUE.fullmatch(expression.strip())
    if match is None or (match["dot"] and dot is None):
        raise _Unread
    if match["inner"]:
        return MARKDOWN if any(name in match["filters"] for name in _READS) else INNER
    if match["number"]:
        number = int(match["number"])
        return words[number] if number < len(words) else ""
    if match["dot"]:
        return dot or ""
    return values.get(match["name"] or match["raw"], "") if match["text"] is None else match["text"]


def _tidy(text: str) -> str:
    """Return HTML on one line, without elements that only show a picture of the site's typeface."""
    line = " ".join(text.split())
    while (shorter := _HOLLOW.sub("", line)) != line:
        line = shorter
    return line.strip()

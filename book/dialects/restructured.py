"""reStructuredText inside the Markdown of Sphinx books (``eval-rst``), rewritten as directives and roles of MyST."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from book.dialects.includes import dedented
from book.dialects.rows import Row, join
from book.patterns import regex

_DIRECTIVE = regex(r"(?P<indent>[ ]*)\.\.[ ]+(?P<name>[A-Za-z][\w:+-]*)::(?:[ ]+(?P<argument>.*?))?[ \t]*$")
_COMMENT = regex(r"[ ]*\.\.(?:[ ]+(?!\[|_|\|).*)?$")
_TARGET = regex(r"[ ]*\.\.[ ]+_(?P<name>[^:`]+):[ ]*(?P<address>\S*)[ \t]*$")
_UNDERLINE = regex(r"([=\-~^\"'#*+.:_`])\1{2,}[ \t]*$")
_ROLE = regex(r":(?P<name>[A-Za-z][\w:+-]*):`(?P<text>[^`\n]+)`")
_LITERAL = regex(r"``(?P<text>[^`\n]+)``")
_LINK = regex(r"`(?P<words>[^`<\n]+?)[ ]*<(?P<address>[^<>\n]+)>`__?")
GENERATED = regex(
    r"(?:auto\w+|currentmodule|module|automodule|autosummary|autosectionlabel|click|argparse|jsonschema|openapi|graphviz|"
    r"inheritance-diagram|program-output|command-output|exec|py:\w+|c:\w+|cpp:\w+|js:\w+|function|class|method|attribute|"
    r"data|exception|testsetup|testcode|testoutput|doctest|plot|ipython|raw|role|default-role|highlight|meta|toctree|contents)$"
)
"""Directives whose text only a program could make, or that have none."""
MOST_NAMES = 5
"""The most names in one message."""


class Reading(Struct, frozen=True):
    """A block of reStructuredText, rewritten for MyST."""

    rows: list[Row]
    generated: tuple[str, ...] = ()
    """Names of the directives that are left out because only a program could make their text."""
    left_out: str = ""
    """Everything that is left out: these directives, comments and targets."""


def read(body: Sequence[Row], indent: str = "") -> Reading:
    """Return *body*, lines of reStructuredText, rewritten for MyST.

    >>> from book.dialects.rows import rows_from, text_of
    >>> print(text_of(read(rows_from(["See ``x`` in :ref:`a`.", "", ".. note::", "   Text."], "a.md", 1)).rows))
    See `x` in {ref}`a`.
    <BLANKLINE>
    :::{note}
    Text.
    :::
    """
    rows = dedented(body)
    result: list[Row] = []
    generated: list[str] = []
    left_out: list[str] = []
    at = 0
    while at < len(rows):
        row = rows[at]
        match = _DIRECTIVE.match(row.text)
        end = _end(rows, at)
        if match is not None:
            inner = [part.dedented(_width(rows[at + 1 : end])) for part in rows[at + 1 : end]]
            left_out.append(match["name"])
            if GENERATED.match(match["name"]):
                generated.append(match["name"])
                left_out += [part.text for part in rows[at:end]]
            else:
                inside = inner if match["name"] in LITERAL else _with_options(inner)
                fence = "```" if match["name"] in LITERAL else ":" * (3 + _depth(inner))
                result.append(row.made(f"{indent}{fence}{{{match['name']}}} {match['argument'] or ''}".rstrip()))
                result += [join(row.made(indent), part) if indent and not part.is_blank else part for part in inside]
                result.append(row.made(f"{indent}{fence}"))
            at = end
        elif (target := _TARGET.match(row.text)) is not None:
            name, address = target["name"].strip(), target["address"]
            result.append(row.made(f"{indent}[{name}]: {address}" if address else f"{indent}({name})="))
            at += 1
        elif _COMMENT.match(row.text):
            left_out += [part.text for part in rows[at:end]]
            at = end
        elif at + 1 < len(rows) and row.text.strip() and _UNDERLINE.fullmatch(rows[at + 1].text):
            result += [join(row.made(f"{indent}#### "), row), row.made("")]
            at += 2
        else:
            result.append(_inline(row))
            at += 1
    return Reading(result, tuple(dict.fromkeys(generated)), "\n".join(left_out))


LITERAL = frozenset({"code", "code-block", "sourcecode", "literalinclude", "math", "parsed-literal", "image", "figure"})


def _with_options(inner: list[Row]) -> list[Row]:
    """Return the options of a directive as they are, and the rest rewritten."""
    at = next((number for number, row in enumerate(inner) if not re.match(r":[\w-]+:", row.text)), len(inner))
    return [*inner[:at], *read(inner[at:]).rows] if inner[at:] else inner


def _depth(inner: Sequence[Row]) -> int:
    """Return the depth of nested directives in *inner*."""
    widths = sorted({row.indent for row in inner if _DIRECTIVE.match(row.text)})
    return len(widths)


def _end(rows: Sequence[Row], start: int) -> int:
    """Return the index of the line after the block that belongs to line *start*."""
    edge = rows[start].indent
    after = range(start + 1, len(rows))
    end = next((at for at in after if not rows[at].is_blank and rows[at].indent <= edge), len(rows))
    while end > start + 1 and rows[end - 1].is_blank:
        end -= 1
    return end


def _width(rows: Sequence[Row]) -> int:
    return min((row.indent for row in rows if not row.is_blank), default=0)


def _inline(row: Row) -> Row:
    """Return a line of text with its roles, literals and links rewritten for MyST."""
    text = _ROLE.sub(lambda match: f"{{{match['name']}}}`{match['text']}`", row.text)
    text = _LITERAL.sub(r"`\g<text>`", text)
    text = _LINK.sub(r"[\g<words>](\g<address>)", text)
    text = re.sub(r"::[ \t]*$", ":", text)
    return row if text == row.text else row.made(text)

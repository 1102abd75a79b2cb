"""Text after a code fence besides the language: titles are printed, options removed; lines that mdBook hides are hidden."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from urllib.parse import unquote

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import Fence
from book.model import Manuscript
from book.patterns import regex

_TITLE = regex(
    r"""(?<![\w-])(?:title|caption|filename|file|name|label)=(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'{},]+))"""
)
_LABEL = regex(r"\s\[([^\[\]]+)\]\s*$")
"""The label of a block in a group of code of VitePress."""
_SITE_COMMENT = regex(
    r"[ \t]*(?://|#|--|/\*|<!--|\{/\*)[ \t]*(?:\[!code[^\]\n]*\]|highlight-(?:next-line|start|end)|prettier-ignore)[ \t]*(?:\*/\}?|-->)?[ \t]*$"
)
"""Comments that tell a site how to show a line."""
_CLASS, _IDENTITY = regex(r"[\s{]\.(?P<name>[\w+#-]+)"), regex(r"[\s{]#(?P<name>[\w:.-]+)")
"""The language of a block of code among pandoc's attributes, and its id."""
_LANGUAGE = regex(r"[\w+#.-]+")
_PLAIN = regex(r"[\w+#./-]*[ \t]*$")
_FLAG = regex(r"lines|wrap|expandable|twoslash|live|noInline|npm2yarn|showLineNumbers|copy|[\w-]+=.*|\{.*")
"""An option after the language, or the title, of a block of code."""
_ANNOTATION = regex(r"(?<=\([0-9]\))!|(?<=\([0-9]{2}\))!")
"""What tells Material for MkDocs to show only the number of a comment: ``# (1)!``."""
_MARKED = regex(r"[*`\[\]<\\]|(?<!\w)_|_(?!\w)")
"""What is Markdown in a title: it is then set as code."""
_HIDDEN = regex(r"[ \t]*#(?: |$)")
_HIDING = regex(r"(?<![\w-])hidelines=(?P<mark>[^\s,{}]+)")
"""What mdBook hides in other languages than Rust: lines that begin with this mark."""
RUST = frozenset({"rust", "rs"})


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with only the language after each fence, and with its title above it."""
    if "```" not in manuscript.text and "~~~" not in manuscript.text:
        return manuscript
    rows = rows_of(manuscript)
    marked = "[!code" in manuscript.text or "highlight-" in manuscript.text
    annotated = ")!" in manuscript.text and "mkdocs" in context.library.names
    fences = [
        fence
        for fence in boxes.structure(rows).fences
        if marked or annotated or not _PLAIN.match(fence.info) or _is_rust(fence)
    ]
    if not fences:
        return manuscript
    result: list[Row] = []
    at = 0
    for fence in fences:
        result += rows[at : fence.line]
        opening, hides = _opening(rows[fence.line], fence, context)
        above = result[-1].text.strip(" \t>") if result else ""
        if len(opening) > 1 and above:  # the title is no part of the paragraph above it
            result.append(opening[1])
        result += opening
        inside = rows[fence.line + 1 : fence.end]
        inside = _without_site_comments(inside, context) if marked else inside
        inside = [_unmarked(row) for row in inside] if annotated else inside
        if "mdbook" in context.library.names:
            hiding = _HIDING.search(fence.info)
            inside = _unhidden(inside, hiding["mark"], context) if hiding else inside
            inside = _shown(inside, context) if hides else inside
        result += inside
        at = fence.end
    return with_rows(manuscript, [*result, *rows[at:]])


def _without_site_comments(rows: Sequence[Row], context: Context) -> list[Row]:
    """Return *rows* without comments that tell a site how to show a line; a line with nothing else is removed."""
    result = []
    for row in rows:
        match = _SITE_COMMENT.search(row.text)
        if match is None:
            result.append(row)
            continue
        context.take(match[0])
        if row.text[: match.start()].strip():
            result.append(row.cut(0, match.start()))
    return result


def _unmarked(row: Row) -> Row:
    """Return a line of code without the mark after the number of an annotation."""
    match = _ANNOTATION.search(row.text)
    return join(row.cut(0, match.start()), row.cut(match.end())) if match else row


def _is_rust(fence: Fence) -> bool:
    return fence.info.strip() in RUST


def _opening(row: Row, fence: Fence, context: Context) -> tuple[list[Row], bool]:
    """Return the line that opens a block of code, with its title above it, and whether lines in it may be hidden."""
    info = fence.info
    at = row.text.rindex(info) if info else len(row.text)
    if info.startswith("{") and not _TITLE.search(info):
        return [row], False  # pandoc reads its attributes
    bare = info.strip("{} ")
    first = re.split(r"[\s,{]", bare.lstrip(". "), maxsplit=1)[0]
    language = first if _LANGUAGE.fullmatch(first) and "=" not in first else ""
    braced = info.startswith("{")
    if braced and (named := _CLASS.search(info)):
        first = language = named["name"]
    title = _TITLE.search(info)
    words = next((title[key] for key in ("double", "single", "bare") if title[key]), "") if title else ""
    if title and title["bare"]:  # a query, as of an address: `name=Two%20words&ext=js`
        words = unquote(words.partition("&")[0])
    label = _LABEL.search(info)
    words = words or (label[1] if label else "")
    if not words and "mintlify" in context.library.names:
        words = " ".join(itertools.takewhile(lambda word: not _FLAG.fullmatch(word), bare.split()[1:]))
    first = re.sub(r":(?:no-)?line-numbers(?:=\d+)?$", "", first)
    language = first if not language and _LANGUAGE.fullmatch(first) else language
    path = re.fullmatch(r"([\w+#-]+):([\w./-]+\.\w+)", first)
    if path is not None:  # ```js:src/app.js
        language, words = path[1], words or path[2]
    if not _is_option(info, language, words):
        return [row], language in RUST
    blank = row.text[:at].rstrip()
    context.take(info.replace(language, "", 1) if language else info)
    own = _IDENTITY.search(info) if braced else None
    shown = f"{{#{own['name']}{f' .{language}' if language else ''}}}" if own else language
    opening = [join(row.cut(0, len(blank)), row.made(shown, at))]
    if words:
        indent = row.text[: len(row.text) - len(row.text.lstrip(" \t>"))]
        opening = [
            row.made(f"{indent}**{words}**" if not _MARKED.search(words) else f"{indent}`{words}`", at),
            row.made(indent.rstrip() or ""),
            *opening,
        ]
    return opening, language in RUST


def _is_option(info: str, language: str, words: str) -> bool:
    """Return whether the text after the language consists of options only; prose there is reported elsewhere."""
    rest = info[len(language) :].strip() if info.startswith(language) else info
    if words or rest.startswith((",", "{", ":")) or "=" in rest or all(map(_FLAG.fullmatch, rest.split())):
        return True
    return len(rest.split()) == 1


def _unhidden(rows: Sequence[Row], mark: str, context: Context) -> list[Row]:
    """Return the lines of code that do not begin with the *mark* of those which mdBook hides."""
    context.take(" ".join(row.text for row in rows if row.text.lstrip().startswith(mark)))
    return [row for row in rows if not row.text.lstrip().startswith(mark)]


def _shown(rows: Sequence[Row], context: Context) -> list[Row]:
    """Return the lines of Rust that mdBook shows: not those that begin with `# `; `##` means one `#`."""
    shown = []
    for row in rows:
        if _HIDDEN.match(row.text):
            context.take(row.text)
        elif row.text.lstrip().startswith("##"):
            at = row.text.index("##")
            shown.append(join(row.cut(0, at), row.cut(at + 1)))
        else:
            shown.append(row)
    return shown

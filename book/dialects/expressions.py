"""Expressions of MDX between braces: literals and values that the page names are text, anything else is a program and never run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from book.dialects import constants
from book.dialects.context import Context
from book.dialects.formulas import BLOCK, INLINE
from book.dialects.tags import UNREAD, Edit, Passage
from book.model import Manuscript
from book.patterns import regex

_EXPRESSION = regex(r"(?<![\\${=])\{(?![{%#:/*])([^{}\n]{1,200})\}")
_TYPED_BRACE = regex(r"\{[ \t]*([\"'`])(?P<text>[^\"'`\n{}]*[{}][^\"'`\n]*)\1[ \t]*\}")
"""A string with a brace in it, as a brace is typed in MDX: `{'{'}`."""
_NAME = regex(r"[A-Za-z_]\w*(?:\.\w+)?")
_PROGRAM = regex(
    r"[\w$.]+(?:\([^()]*\))?|[\w$.]+\s*(?:&&|\|\||\?|\+).*|new\s+[A-Z].*|\.\.\.\w[\w.]*|[\w$]+(?:\.[\w$]+|\(.*\)|\[.*\])+|.*=>.*"
    r"|[\"'`].*[\"'`]\s*\+.*"
)
"""What only a program can evaluate; other words in braces are text."""
_BRACE = regex(r"(?<![\\${=\w])\{(?=[\s(]*[A-Za-z_$!])")
_CONDITION = regex(r"\{\s*(?P<condition>[^{}<>]{1,200}?)\s*&&\s*\(?\s*(?=<)")
_CONDITION_END = regex(r"\s*\)?\s*\}$")
LONGEST = 5000
"""The most characters of an expression that contains others."""


def unrolled(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without expressions on several lines or with elements inside; what depends on a condition is kept."""
    if "=>" not in manuscript.text and "&&" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    edits: list[Edit] = []
    done = 0
    for brace in _BRACE.finditer(page.visible):
        start = brace.start()
        end = _end(page.visible, start)
        typed = page.text[start:end]
        if start < done or not end or not re.search(r"[\n<]", typed) or _is_in_tag(page.visible, start):
            continue
        condition = _CONDITION.match(typed)
        if condition is not None and "=>" not in typed:
            last = _CONDITION_END.search(typed)
            if last is not None:
                message = (
                    f"the condition '{condition['condition'][:60]}' is never evaluated; what depends on it is printed"
                )
                page.tell(context, UNREAD, start, message, "remove the condition, or what depends on it")
                for first, after in ((start, start + condition.end()), (start + last.start(), end)):
                    context.take(page.text[first:after])
                    edits.append(Edit(start=first, end=after, new=(page.made("", first),)))
                done = start + condition.end()
        elif "=>" in typed:
            message = f"the expression '{' '.join(typed.split())[:60]}…' is never run; it is left out"
            page.tell(context, UNREAD, start, message, "write what it prints")
            context.take(typed)
            edits.append(Edit(start=start, end=end, new=(page.made("", start),)))
            done = end
    return page.with_edits(edits)


def _end(text: str, start: int) -> int:
    """Return the offset after the brace that closes the one at *start*; 0 if none does."""
    depth = 0
    for match in re.finditer(r"[{}]", text[start : start + LONGEST]):
        depth += 1 if match[0] == "{" else -1
        if not depth:
            return start + match.end()
    return 0


def _formulas(page: Passage) -> list[tuple[int, int]]:
    """Return start and end of each formula, in which braces are those of TeX."""
    return [match.span() for pattern in (BLOCK, INLINE) for match in pattern.finditer(page.visible)]


def _is_in_tag(text: str, start: int) -> bool:
    """Return whether the brace at *start* is in the value of an attribute."""
    before = re.sub(r"=>", "  ", text[max(0, start - LONGEST) : start])
    return "<" in before.rpartition(">")[2]


def _with_braces(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with strings that hold braces as their text, in which the braces are entities: no other dialect reads these."""
    if not _TYPED_BRACE.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    pieces = [
        (*match.span(), match["text"].replace("{", "&#123;").replace("}", "&#125;"))
        for match in _TYPED_BRACE.finditer(page.text)
        if page.visible[match.start()] == "{" and not _is_in_tag(page.visible, match.start())
    ]
    return page.with_texts(context, pieces)


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with expressions that are literals replaced by them; others are left out and reported."""
    if "{" not in manuscript.text:
        return manuscript
    manuscript = _with_braces(manuscript, context)
    page = Passage(manuscript)
    edits: list[Edit] = []
    unread: dict[str, int] = {}
    known: Mapping[str, str] | None = None
    for match in re.finditer(r"(?<![\w=$])\{(`)([^`${}\n]*)`\}", page.text):
        # For the reader of lines, a template literal looks like code.
        if page.visible[match.start()] == "{":
            edits += (
                Edit(start=start, end=start + 2, new=(page.made("", start),))
                for start in (match.start(), match.end() - 2)
            )
    formulas = _formulas(page) if context.library.settings.math and "$" in page.text else []
    for match in _EXPRESSION.finditer(page.visible):
        if any(start < match.start() < end for start, end in formulas):
            continue
        number, column = page.at(match.start())
        line = page.rows[number].text
        if (
            re.search(r"^#{1,6}\s.*\{#[\w-]+\}\s*$", line)
            or "<" in line[:column].rpartition(">")[2]
            or line[:column].endswith("]")
            or line.lstrip().startswith(":::")
        ):
            continue
        inside = match[1].strip()
        literal = re.fullmatch(r"\"([^\"]*)\"|'([^']*)'|`([^`$]*)`|(-?\d+(?:\.\d+)?)", inside)
        front = re.fullmatch(r"(?:frontMatter|frontmatter)\.(\w+)", inside)
        text = next((group for group in literal.groups() if group is not None), "") if literal else None
        if front is not None:
            value = context.manuscript.front.values.get(front[1])
            text = str(value) if isinstance(value, str | int) else None
        if text is None and _NAME.fullmatch(inside):
            known = constants.texts(context) if known is None else known
            text = known.get(inside)
        if text is None and (line[column - 1 : column].isalnum() or not _PROGRAM.fullmatch(inside)):
            continue  # words in braces
        if text is None:
            unread.setdefault(inside, match.start())
        context.take(match[0])
        edits.append(Edit(start=match.start(), end=match.end(), new=(page.made(text or "", match.start()),)))
    for inside, start in unread.items():
        page.tell(
            context,
            UNREAD,
            start,
            f"the expression '{{{inside[:60]}}}' is never run; it is left out",
            "write what it prints",
        )
    return page.with_edits(edits)

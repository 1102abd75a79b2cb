"""The nesting level of each quotation, which determines its glyphs.

The kind that was typed outermost is kept, unless the settings choose one; inside it the levels of the language
alternate, whatever was typed.
"""

from __future__ import annotations

from collections.abc import Sequence

from book.style.languages import marks_of, single_level
from book.style.options import Style
from book.style.rules.quotes.marks import Mark, Role


def set_levels(
    marks: Sequence[Mark], carried: Mark | None, closer: Mark | None, style: Style, *, within: Mark | None
) -> None:
    """Give every opener its level, and every closer the level of its opener.

    Args:
        marks: the marks of a run, with their roles.
        carried: the opener of a quotation from an earlier paragraph, if it closes here.
        closer: the mark that closes it.
        style: the style of the book.
        within: the opener of a quotation that begins before this paragraph and ends after it; None if there is none.
    """
    stack: list[Mark] = [carried] if carried is not None and closer is not None else []
    if within is not None:
        stack = [within]
    for mark in marks:
        if mark.alone:
            mark.level = _outermost(mark, style) % len(marks_of(mark.tag))
        elif mark.role is Role.OPEN:
            if stack and not mark.double and not stack[-1].double and stack[-1].partner not in marks:
                stack.pop()  # singles are never nested directly in singles: this one continues in the next paragraph
            mark.level = (stack[-1].level + 1 if stack else _outermost(mark, style)) % len(marks_of(mark.tag))
            stack.append(mark)
        elif mark.role is Role.CLOSE and mark.partner is not None and mark.partner not in stack:
            mark.level, mark.tag = mark.partner.level, mark.partner.tag  # the partner is in an earlier paragraph
        elif mark.role is Role.CLOSE and stack and (mark.partner is not None or mark is closer):
            while stack[-1] is not mark.partner and mark.partner is not None:
                stack.pop()  # it continues in the next paragraph
            opener = stack.pop()
            mark.level, mark.tag = opener.level, opener.tag


def _outermost(mark: Mark, style: Style) -> int:
    """Return the level of a mark that is in no other quotation."""
    if style.outer != "as-typed":
        return 0 if style.outer == "double" else 1
    return 0 if mark.double else single_level(mark.tag)


def set_regions(marks: Sequence[Mark], carried: Mark | None, closer: Mark | None) -> None:
    """Give each mark the quotation of doubles that contains it; the doubles have their roles."""
    stack: list[Mark] = [carried] if carried is not None and closer is not None else []
    for mark in marks:
        if mark.double and mark.role is Role.CLOSE:
            if stack and (mark.partner is not None or mark is closer):
                stack.pop()
            mark.region = stack[-1] if stack else None
        else:
            mark.region = stack[-1] if stack else None
            if mark.double and mark.role is Role.OPEN:
                stack.append(mark)

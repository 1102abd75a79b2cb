"""Spares WeasyPrint text that Pango has measured before: it prepares Pango anew for each piece of a line, and measures it up to five times.

While a document is laid out or painted, four functions of WeasyPrint are replaced, and nowhere else:

- those that prepare Pango for a style, and measure an empty line in it, do so once for each style;
- the one that puts as much text on a line as has room remembers what it returned: pages of a chapter are laid out again and again, with
  nearly the same lines. If the end of the line is planned (:mod:`book.paged.render.even_lines`), it is not searched for;
- the one that gives a text to Pango again when its spaces have become wider leaves that for later: it does so once more to paint it.

The pages are the same, byte for byte. ``tests/test_shaping.py`` compares them, and fails if a replaced function changes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field
from weasyprint.layout import inline
from weasyprint.text import line_break
from weasyprint.text.ffi import ffi, gobject, pango

from book.paged.render import wrapping

ffi.cdef("PangoLayout * pango_layout_copy (PangoLayout *layout);")

MOST: Final = 100_000
"""How many pieces of text are remembered at most."""
PREPARED: Final = "_prepared"
"""The attribute of a style that holds a layout of Pango without text."""
STRUT: Final = "_strut"
"""The attribute of a style that holds the height and the baseline of an empty line."""
_setup, _split, _strut = line_break.Layout.setup, line_break.split_first_line, line_break.strut


FIELDS: Final = 5
"""The numbers that Pango has of a glyph: it, its width, its offsets across and upwards, and whether it begins a cluster."""
WIDTH, ACROSS, UPWARDS = 1, 2, 3


def integers(pointer: Any, count: int) -> list[int]:
    """Return *count* integers in the memory behind a *pointer* of C."""
    return memoryview(ffi.buffer(pointer, 4 * count)).cast("i").tolist() if count else []


class Plan(Struct, frozen=True):
    """Where a line shall end."""

    style: Any
    """The style of the text in which it ends."""
    text: str
    """That text, from the beginning of the line on."""
    end: int
    """How many of its characters are on the line, with the spaces after the last word."""
    hyphen: bool
    """Whether it divides a word."""


class Memory(Struct):
    """What was measured; a style is known by its identity, and kept."""

    lines: dict[tuple[Any, ...], tuple[Any, dict[str, Any], tuple[Any, ...]]] = field(default_factory=dict)
    """Arguments -> the style, the attributes of the layout, and what else was returned."""
    paragraphs: dict[Any, Any] = field(default_factory=dict)
    """What a paragraph consists of -> the paragraph, measured."""
    plan: Plan | None = None
    """For the line that is broken now; :mod:`book.paged.render.even_lines` sets it."""

    def split(
        self,
        text: str,
        style: Any,
        context: Any,
        max_width: float | None,
        justification_spacing: float,
        is_line_start: bool = True,
        minimum: bool = False,
    ) -> tuple[Any, ...]:
        """Return what ``split_first_line`` of WeasyPrint returns."""
        plan = self.plan
        if plan is not None and style is plan.style and text == plan.text and max_width is not None:
            planned = self._planned(plan, max_width, justification_spacing)
            if planned is not None:
                return planned
        limits = style["hyphenate_limit_chars"], style["hyphenate_limit_zone"]  # they change while a line is planned
        key = id(style), text, max_width, justification_spacing, is_line_start, minimum, *limits
        known = self.lines.get(key)
        if known is None:
            result: tuple[Any, ...] = _split(
                text, style, context, max_width, justification_spacing, is_line_start, minimum
            )
            self._keep(key, style, result)
            return result
        return _layout(known[1]), *known[2]

    def _planned(self, plan: Plan, max_width: float, spacing: float) -> tuple[Any, ...] | None:
        """Return the same for a text with a planned end; None if it has no room there."""
        style = plan.style
        key = id(style), plan.text, plan.end, plan.hyphen, spacing
        known = self.lines.get(key)
        if known is None:
            before = plan.text[: plan.end]
            layout = line_break.Layout(style, spacing)
            layout.set_text(before + style["hyphenate_character"] if plan.hyphen else before.rstrip(" "))
            line, _ = layout.get_first_line()
            shown, length, _, *sizes = line_break.first_line_metrics(
                line,
                before,
                layout,
                None,
                True,
                style,
                plan.hyphen,
                style["hyphenate_character"],
            )
            known = self._keep(key, style, (shown, length, len(before.encode()), *sizes))
        _, attributes, rest = known
        if rest[2] > max_width:
            return None
        return _layout(attributes | {"max_width": max_width}), *rest

    def _keep(
        self, key: tuple[Any, ...], style: Any, result: tuple[Any, ...]
    ) -> tuple[Any, dict[str, Any], tuple[Any, ...]]:
        if len(self.lines) >= MOST:
            self.lines.clear()
        layout, *rest = result
        self.lines[key] = known = style, dict(vars(layout)), tuple(rest)
        return known

    def clear(self) -> None:
        """Forget everything: another chapter has other words."""
        self.lines.clear()
        self.paragraphs.clear()


def _layout(attributes: dict[str, Any]) -> Any:
    """Return a layout of WeasyPrint's that is ready to be painted."""
    layout = line_break.Layout.__new__(line_break.Layout)
    vars(layout).update(attributes)
    return layout


def _prepared(style: Any) -> Any:
    """Return a layout of Pango without text for a *style*, prepared by WeasyPrint."""
    prepared = vars(style).get(PREPARED)
    if prepared is None:
        prepared = line_break.Layout.__new__(line_break.Layout)
        _setup(prepared, style)
        del prepared.style  # which keeps it
        setattr(style, PREPARED, prepared)
    return prepared


def _prepare(layout: Any, style: Any) -> None:
    """Prepare *layout* for a *style*, as WeasyPrint does."""
    prepared = _prepared(style)
    vars(layout).update(vars(prepared))
    layout.style = style
    layout.layout = ffi.gc(pango.pango_layout_copy(prepared.layout), gobject.g_object_unref)


def _wider(text: str, style: Any, _: Any, max_width: float | None, justification_spacing: float) -> Any:
    """Return a layout for a line of *text* that is painted later: WeasyPrint takes Pango's away from it at once."""
    newline = text.find("\n")
    text = text if newline < 0 else text[: newline + 2]
    own = {
        "style": style,
        "text": " \u200b" if text == " " and style["word_spacing"] else text,
        "max_width": max_width,
        "justification_spacing": justification_spacing,
    }
    return _layout(vars(_prepared(style)) | own)


def _strut_once(style: Any) -> tuple[float, float]:
    """Return the height and the baseline of an empty line in a *style*, as WeasyPrint does."""
    own = vars(style)
    if STRUT not in own:
        own[STRUT] = _strut(style)
    strut: tuple[float, float] = own[STRUT]
    return strut


@contextlib.contextmanager
def once(memory: Memory) -> Iterator[None]:
    """Let text be measured once in documents that are laid out or painted in the ``with`` block."""
    line_break.Layout.setup, inline.create_layout = _prepare, _wider
    try:
        with wrapping.replaced(_split, memory.split), wrapping.replaced(_strut, _strut_once):
            yield
    finally:
        line_break.Layout.setup, inline.create_layout = _setup, line_break.create_layout

"""Spares WeasyPrint text that Pango has measured before: it prepares Pango anew for each piece of a line, and measures it up to five times.

While a document is laid out or painted, four functions of WeasyPrint are replaced, and nowhere else:

- those that prepare Pango for a style, and measure an empty line in it, do so once for each style;
- the one that puts as much text on a line as has room remembers what it returned: pages of a chapter are laid out again and again, with
  nearly the same lines. If the end of the line is planned (:mod:`book.paged.render.even_lines`), it is not searched for; and a text that
  has room is measured once, however much room it has;
- the one that gives a text to Pango again when its spaces have become wider leaves that for later: it does so once more to paint it.

The pages are the same, byte for byte. ``tests/test_shaping.py`` compares them, and fails if a replaced function changes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field
from weasyprint.layout import inline
from weasyprint.svg.text import Style as DrawnStyle
from weasyprint.text import line_break
from weasyprint.text.ffi import ffi, gobject, pango

from book.paged.render import wrapping

ffi.cdef("PangoLayout * pango_layout_copy (PangoLayout *layout);")

MOST: Final = 100_000
"""How many pieces of text are remembered at most, of one chapter."""
MOST_WHOLE: Final = 4_000
"""How many of those that are not divided; they stay for other chapters."""
WRAPPING: Final = frozenset({"normal", "pre-wrap", "pre-line"})
"""How text is set that is divided where it has no room."""
NARROW: Final = 0.3
"""The width of a letter, in sizes of the type: a text whose letters have not even so much room is divided."""
HAIR: Final = 0.01
"""In pixels: a text that has only so much room to spare is left to WeasyPrint."""
PREPARED: Final = "_prepared"
"""The attribute of a style that holds a layout of Pango without text."""
DRAWN: Final = "_drawn"
"""The attribute of the fonts of a document that holds what is known of the styles of texts in drawings."""
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


Known = tuple[Any, dict[str, Any], tuple[Any, ...]]
"""A style, the attributes of a layout, and what else was returned for a text."""


class Memory(Struct):
    """What was measured; a style is known by its identity, and kept."""

    lines: dict[tuple[Any, ...], Known] = field(default_factory=dict)
    """Arguments -> what was returned."""
    wholes: dict[tuple[Any, ...], Known] = field(default_factory=dict)
    """Style and text -> what was returned, with any room."""
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
        if (whole := self._whole(text, style, context, max_width, justification_spacing)) is not None:
            return whole
        limits = style["hyphenate_limit_chars"], style["hyphenate_limit_zone"]  # they change while a line is planned
        key = id(style), text, max_width, justification_spacing, is_line_start, minimum, *limits
        known = self.lines.get(key)
        if known is None:
            result: tuple[Any, ...] = _split(
                text, style, context, max_width, justification_spacing, is_line_start, minimum
            )
            self._keep(self.lines, key, style, result)
            return result
        return _layout(known[1]), *known[2]

    def _whole(
        self, text: str, style: Any, context: Any, max_width: float | None, spacing: float
    ) -> tuple[Any, ...] | None:
        """Return the same for a text that is not divided, because it has room; None if it may have none."""
        wraps = max_width is not None and style["white_space"] in WRAPPING
        spaced = style["letter_spacing"]
        if (
            "\n" in text
            or (spaced != "normal" and spaced < 0)
            or (wraps and max_width < len(text) * style["font_size"] * NARROW)
        ):
            return None
        owner = _owner(style)
        key = id(owner), text
        known = self.wholes.get(key)
        if known is None:
            known = self._keep(self.wholes, key, owner, _split(text, style, context, None, 0.0), MOST_WHOLE)
        _, attributes, rest = known
        if wraps and not rest[2] + HAIR < max_width:
            return None
        return _layout(attributes | {"max_width": max_width, "justification_spacing": spacing}), *rest

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
            known = self._keep(self.lines, key, style, (shown, length, len(before.encode()), *sizes))
        _, attributes, rest = known
        if rest[2] > max_width:
            return None
        return _layout(attributes | {"max_width": max_width}), *rest

    @staticmethod
    def _keep(
        table: dict[tuple[Any, ...], Known], key: tuple[Any, ...], style: Any, result: tuple[Any, ...], most: int = MOST
    ) -> Known:
        if len(table) >= most:
            table.clear()
        layout, *rest = result
        table[key] = known = style, dict(vars(layout)), tuple(rest)
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


def _owner(style: Any) -> Any:
    """Return what keeps what is known of a *style*: the style itself; in drawings, where each text has its own, the same for all that are equal."""
    if type(style) is not DrawnStyle:
        return style
    known = vars(style.font_config).setdefault(DRAWN, {})
    key = *style["font_family"], *(style[name] for name in ("font_style", "font_weight", "font_size", "direction"))
    return known.setdefault(key, DrawnStyle())


def _prepared(style: Any) -> Any:
    """Return a layout of Pango without text for a *style*, prepared by WeasyPrint."""
    owner = _owner(style)
    prepared = vars(owner).get(PREPARED)
    if prepared is None:
        prepared = line_break.Layout.__new__(line_break.Layout)
        _setup(prepared, style)
        del prepared.style  # which keeps it
        setattr(owner, PREPARED, prepared)
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

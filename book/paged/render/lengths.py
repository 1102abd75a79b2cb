"""Resolves lengths once for each style: WeasyPrint looks at fourteen of them for each box, and again whenever it lays one out.

It also asks each box again and again whether it stands in the text: nearly all do, and two properties of their style say so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from weasyprint.css import AnonymousStyle
from weasyprint.formatting_structure.boxes import Box
from weasyprint.layout import percent

from book.paged.boxes import lines
from book.paged.render import styles, wrapping

USED: Final = "_used"
"""The attribute of a style that holds its lengths in pixels; None if they depend on the box around."""
SIDES: Final = ("top", "right", "bottom", "left")
LENGTHS: Final = (
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in SIDES),
    *(f"{bound}{size}" for size in ("width", "height") for bound in ("", "min_", "max_")),
)
IN_PLACE: Final = frozenset({"static", "relative"})
"""The positions of boxes that stand where they are written."""
IN_FLOW: Final = "is_in_normal_flow"
"""The method of a box that says whether it does."""
_resolve, _in_flow = percent.resolve_percentages, vars(Box)[IN_FLOW]


@contextlib.contextmanager
def once() -> Iterator[None]:
    """Resolve the lengths of a style once in documents that are laid out in the ``with`` block."""
    setattr(Box, IN_FLOW, _is_in_flow)
    try:
        with wrapping.replaced(_resolve, _resolved):
            yield
    finally:
        setattr(Box, IN_FLOW, _in_flow)


def _is_in_flow(box: Any) -> bool:
    """Return whether *box* stands in the text, as WeasyPrint does."""
    style = lines.style_of(box)
    return (style["float"] == "none" and style["position"] in IN_PLACE) or bool(_in_flow(box))


def _resolved(box: Any, containing_block: Any) -> None:
    """Resolve the lengths of *box* in its *containing_block*, as WeasyPrint does."""
    style = lines.style_of(box)
    own = vars(style)
    if USED not in own:
        if not _is_settled(style):
            _resolve(box, containing_block)
            return
        own[USED] = _used(style)
    used = own[USED]
    if used is None:
        _resolve(box, containing_block)
    else:
        vars(box).update(used)


def _is_settled(style: Any) -> bool:
    """Return whether nothing changes the lengths of *style* any more: WeasyPrint changes those of copies."""
    own = style.parent_style if type(style) is AnonymousStyle else style
    if own is not style and vars(own).get("anonymous_style") is not style:
        return False
    return styles.SETTLED in vars(own)


def _used(style: Any) -> dict[str, Any] | None:
    """Return the lengths of *style* in pixels; None if they depend on the box around."""
    if style["box_sizing"] != "content-box" or style["border_collapse"] == "collapse":
        return None
    used: dict[str, Any] = {f"border_{side}_width": style[f"border_{side}_width"] for side in SIDES}
    for name in LENGTHS:
        value = style[name]
        if value is None or value == "auto":
            used[name] = 0 if name in {"min_width", "min_height"} else value
        elif getattr(value, "unit", None) == "px":
            used[name] = value.value
        else:
            return None
    return used

"""Resolves lengths once for each style: WeasyPrint looks at fourteen of them for each box, and again whenever it lays one out.

It also asks each box again and again whether it stands in the text: nearly all do, and two properties of their style say so. It looks
for pictures and colours behind each box, and for round corners, of which nearly all have none. And for each line it looks twice for floats
beside it, on pages that have none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from weasyprint.css import AnonymousStyle
from weasyprint.draw.color import get_color
from weasyprint.formatting_structure.boxes import Box, LineBox
from weasyprint.layout import background, percent
from weasyprint.layout import float as floats

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
BARE: Final = "_bare"
"""The attribute of a style that says whether a box has nothing behind it, and no round corners."""
CORNERS: Final = tuple(f"border_{corner}_radius" for corner in ("top_left", "top_right", "bottom_right", "bottom_left"))
NOTHING: Final = {"background": None, **dict.fromkeys(CORNERS, (0, 0))}
"""The attributes of such a box."""
_resolve, _in_flow = percent.resolve_percentages, vars(Box)[IN_FLOW]
_look_behind, _avoid = background.layout_box_backgrounds, floats.avoid_collisions


@contextlib.contextmanager
def once() -> Iterator[None]:
    """Resolve the lengths of a style once in documents that are laid out in the ``with`` block."""
    setattr(Box, IN_FLOW, _is_in_flow)
    try:
        with (
            wrapping.replaced(_resolve, _resolved),
            wrapping.replaced(_look_behind, _looked_behind),
            wrapping.replaced(_avoid, _avoided),
        ):
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


def _avoided(context: Any, box: Any, containing_block: Any, outer: bool = True) -> tuple[float, float, float]:
    """Return where a *box* begins beside the floats of its page, and how wide it may be, as WeasyPrint does."""
    if (
        outer
        or context.excluded_shapes
        or type(box) is not LineBox
        or lines.style_of(containing_block)["direction"] != "ltr"
    ):
        return _avoid(context, box, containing_block, outer)  # type: ignore[no-any-return]
    return lines.room(box, containing_block)


def _looked_behind(page: Any, box: Any, fetch: Any, layout_children: bool = True, style: Any = None) -> None:
    """Note what is behind a *box*, and behind those in it, as WeasyPrint does."""
    if style is not None or box is page or not isinstance(box, Box) or not _is_bare(lines.style_of(box)):
        _look_behind(page, box, fetch, layout_children, style)
        return
    if layout_children:
        for child in box.all_children():
            _looked_behind(page, child, fetch)
    vars(box).update(NOTHING)


def _is_bare(style: Any) -> bool:
    """Return whether a box with this *style* has nothing behind it, and no round corners."""
    own = vars(style)
    if BARE not in own:
        bare = (
            all((0, "px") in style[corner] for corner in CORNERS)
            and style["border_image_source"][0] == style["mask_border_source"][0] == "none"
            and all(value is None for _, value in style["background_image"])
            and not style["box_shadow"]
            and get_color(style, "background_color").alpha == 0
        )
        if not _is_settled(style):
            return bool(bare)
        own[BARE] = bool(bare)
    return bool(own[BARE])

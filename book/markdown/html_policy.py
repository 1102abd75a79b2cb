"""The policy for raw HTML, as allow lists: what is kept, what is replaced, what is removed.

The lists are applied twice: by :mod:`book.markdown.sanitise` to the author's own tags, and by :mod:`book.assemble.compose` to the
finished page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from book.images.svg import vocabulary
from book.markdown import repair
from book.patterns import regex

SVG_TAGS = frozenset(
    name for name in vocabulary.ELEMENTS if not name.startswith("fe") and name not in ("image", "filter")
) | {
    "title",
    "desc",
}
"""Tags of a drawing that are kept in a page."""
SVG_ATTRIBUTES = ((vocabulary.NUMERIC | vocabulary.WORDED | vocabulary.PRESENTED) - {"id", "filter"}) | {"viewbox"}
MATH_TAGS = frozenset(
    "math semantics annotation mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle merror mpadded mphantom mfenced "
    "menclose msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd".split()
)
TAGS = frozenset(
    "a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup data dd del details dfn div dl dt em "
    "figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark ol p pre q rb rp rt ruby s samp "
    "section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr".split()
) | frozenset(repair.OLD)
FOREIGN = frozenset(name.lower() for name in SVG_TAGS | MATH_TAGS)
TRANSPARENT = frozenset("font blink marquee label picture source map".split())
"""Tags that are removed silently; their content stays."""
SWALLOWED = frozenset("script style noscript template".split())
"""Tags that are removed with their content."""
EMBEDS = frozenset("iframe video audio".split())
FORBIDDEN = frozenset(
    "applet area base body button canvas dialog embed fieldset form frame frameset head html input legend link meta noframes "
    "object optgroup option output param plaintext portal progress meter datalist select slot textarea title track xmp "
    "foreignobject animate animatetransform set image annotation-xml maction".split()
)
KNOWN = TAGS | FOREIGN | TRANSPARENT | SWALLOWED | EMBEDS | FORBIDDEN
GLOBAL_ATTRIBUTES = frozenset("class id lang dir title".split())
OWN_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href", "name"}),
    "img": frozenset({"src", "alt", "width", "height", "align"}),
    "td": frozenset({"colspan", "rowspan", "align", "valign"}),
    "th": frozenset({"colspan", "rowspan", "align", "valign", "scope"}),
    "ol": frozenset({"start", "type", "reversed"}),
    "li": frozenset({"value"}),
    "details": frozenset({"open"}),
    "time": frozenset({"datetime"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    **dict.fromkeys("p div h1 h2 h3 h4 h5 h6 caption figure hr".split(), frozenset({"align"})),
    **dict.fromkeys("table thead tbody tfoot tr".split(), frozenset({"align", "valign"})),
    "bdo": frozenset({"dir"}),
    "data": frozenset({"value"}),
    "ins": frozenset({"datetime"}),
    "del": frozenset({"datetime"}),
    "math": frozenset({"display", "displaystyle", "alttext"}),
    "annotation": frozenset({"encoding"}),
    "mo": frozenset("stretchy fence separator form accent minsize maxsize lspace rspace largeop movablelimits".split()),
    "mi": frozenset({"mathvariant"}),
    "mn": frozenset({"mathvariant"}),
    "mtext": frozenset({"mathvariant"}),
    "mstyle": frozenset({"displaystyle", "scriptlevel"}),
    "mspace": frozenset({"width"}),
    "mpadded": frozenset({"width", "lspace", "voffset", "height", "depth"}),
    "menclose": frozenset({"notation"}),
    "munder": frozenset({"accentunder"}),
    "mtd": frozenset({"columnalign"}),
    "mtable": frozenset({"columnalign"}),
    "mover": frozenset({"accent"}),
    "mfrac": frozenset({"linethickness"}),
}
NUMBERS = frozenset("colspan rowspan width height start value span".split())
LARGEST = 1000
DANGEROUS = regex(r"on.*|style|srcdoc|srcset|formaction|xlink:.*|xmlns|data|background|poster|ping|action", re.I)
BREAK = "hb:break"
"""Handbound's mark for an element at which a page begins or ends: ``before``, ``after`` or ``both``."""
_BREAK = regex(
    r"(?:page-)?break-(before|after)\s*:\s*(?:always|page|left|right|recto|verso)\s*(?:!\s*important)?", re.I
)
_WHOLE = regex(r"(?:page-)?break-inside\s*:\s*[a-z-]+\s*", re.I)


def broken(values: Mapping[str, str]) -> str:
    """Return where the ``style`` in *values* breaks a page: ``before``, ``after``, ``both``, or an empty string.

    >>> broken({"style": "page-break-after: always"}), broken({"style": "color: red"})
    ('after', '')
    """
    sides = {
        match[1].lower()
        for declaration in values.get("style", "").split(";")
        if (match := _BREAK.fullmatch(declaration.strip()))
    }
    return "both" if len(sides) > 1 else "".join(sides)


_COLOUR = regex(r"(?:color|background(?:-color)?|text-decoration-color|text-align)\s*:\s*[^:]*", re.I)
"""A declaration whose loss takes nothing from a reader: a theme has its own colours."""


def is_no_loss(style: str) -> bool:
    """Return whether *style* declares only page breaks, which are read, and colours.

    >>> is_no_loss("page-break-after: always; color: red"), is_no_loss("display: none")
    (True, False)
    """
    return all(
        any(pattern.fullmatch(declaration) for pattern in (_BREAK, _WHOLE, _COLOUR))
        for declaration in map(str.strip, style.split(";"))
        if declaration
    )

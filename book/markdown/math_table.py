"""The table of MathML: elements, their content and their attributes (MathML 3 §3)."""

from __future__ import annotations

from collections.abc import Mapping

from book.markdown.value_forms import LENGTH

# MathML 3 §3 and §5.1: how many children an element takes.
_TOKENS = frozenset("mi mn mo mtext mspace ms".split())
EXPRESSIONS = _TOKENS | frozenset(
    "mrow mfrac msqrt mroot mstyle merror mpadded mphantom mfenced menclose msub msup msubsup munder mover munderover "
    "mmultiscripts mtable semantics".split()
)
MATH_CONTENT: Mapping[str, str] = {
    **dict.fromkeys("math mrow msqrt mstyle merror mpadded mphantom mfenced menclose mtd".split(), "MATH*"),
    **dict.fromkeys("mi mn mo ms annotation".split(), "#*"),
    "mtext": "PHRASING*",
    **dict.fromkeys("mspace none mprescripts".split(), ""),
    **dict.fromkeys("mfrac mroot msub msup munder mover".split(), "MATH MATH"),
    **dict.fromkeys("msubsup munderover".split(), "MATH MATH MATH"),
    "mmultiscripts": "MATH (SCRIPT SCRIPT)* (mprescripts (SCRIPT SCRIPT)*)?",
    "mtable": "mtr*",
    "mtr": "mtd*",
    "semantics": "MATH annotation*",
}
ARITY: Mapping[str, int] = {name: row.count("MATH") for name, row in MATH_CONTENT.items() if "MATH MATH" in row}
"""Elements of MathML that take a fixed number of children."""

MATH_ALL = {
    "mathcolor": "colour",
    "mathbackground": "colour",
    "href": "address",
    "id": "token",
    "class": "tokens",
    "style": "any",
}
_MATH_TOKEN = {"mathvariant": "variant", "mathsize": rf"small|normal|big|{LENGTH}", "dir": "ltr|rtl"}
_MATH_STYLE = {"displaystyle": "truth", "scriptlevel": "integer"}
_SHIFT = {"subscriptshift": "length", "superscriptshift": "length"}
_OVER = {"accent": "truth", "accentunder": "truth", "align": "left|right|center"}
MATH_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "math": {"display": "block|inline", "alttext": "any", "dir": "ltr|rtl", **_MATH_STYLE},
    **dict.fromkeys(("mi", "mn", "mtext", "ms"), _MATH_TOKEN),
    "mo": {
        **_MATH_TOKEN,
        **dict.fromkeys("fence separator stretchy symmetric largeop movablelimits accent".split(), "truth"),
        **dict.fromkeys("lspace rspace minsize".split(), "length"),
        "maxsize": "size",
        "form": "prefix|infix|postfix",
        "linebreak": "auto|newline|nobreak|goodbreak|badbreak",
    },
    "mspace": {
        **_MATH_TOKEN,
        **dict.fromkeys("width height depth".split(), "length"),
        "linebreak": "auto|newline|nobreak|goodbreak|badbreak|indentingnewline",
    },
    "mrow": {"dir": "ltr|rtl"},
    "mfrac": {
        "linethickness": "thickness",
        "numalign": "left|center|right",
        "denomalign": "left|center|right",
        "bevelled": "truth",
    },
    "mstyle": {**_MATH_STYLE, **_MATH_TOKEN, "linethickness": "thickness"},
    "mpadded": dict.fromkeys("width height depth lspace voffset".split(), "padding"),
    "mfenced": dict.fromkeys("open close separators".split(), "any"),
    "menclose": {"notation": "any"},
    "msub": _SHIFT,
    "msup": _SHIFT,
    "msubsup": _SHIFT,
    "mmultiscripts": _SHIFT,
    "munder": {name: form for name, form in _OVER.items() if name != "accent"},
    "mover": {name: form for name, form in _OVER.items() if name != "accentunder"},
    "munderover": _OVER,
    "mtable": {
        **dict.fromkeys("displaystyle equalrows equalcolumns".split(), "truth"),
        "columnalign": "sides",
        "rowalign": "any",
        "width": rf"auto|{LENGTH}",
        "columnspacing": rf"(?:{LENGTH})(?:\s+(?:{LENGTH}))*",
        "rowspacing": rf"(?:{LENGTH})(?:\s+(?:{LENGTH}))*",
        "columnlines": "any",
        "rowlines": "any",
        "frame": "none|solid|dashed",
    },
    "mtr": {"columnalign": "sides"},
    "mtd": {"columnalign": r"left|center|right", "rowspan": "positive", "columnspan": "positive"},
    "annotation": {"encoding": "any"},
    "semantics": {"encoding": "any"},
}
"""Attributes of MathML by element, beside those that all of them have."""

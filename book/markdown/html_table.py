"""The table of HTML: elements, their content and their attributes (HTML Living Standard §3.2.5, §4, §16; EPUB 3.3 §6.1; WAI-ARIA 1.2)."""

from __future__ import annotations

from collections.abc import Mapping

from book.html_names import EPUB, HEADINGS

XML = "http://www.w3.org/XML/1998/namespace"

TRANSPARENT = frozenset("a del ins".split())
"""Elements whose content model is that of their parent (HTML §3.2.5.3)."""
PHRASING = TRANSPARENT | frozenset(
    "abbr b bdi bdo br cite code data dfn em i img kbd mark q ruby s samp small span strong sub sup time u var wbr math "
    "svg".split()
)
"""Phrasing content (HTML §3.2.5.2.5)."""
BLOCKS = HEADINGS | frozenset(
    "address article aside blockquote details div dl figure footer header hgroup hr main nav ol p pre section table ul".split()
)
"""Flow content that is not phrasing content."""
FLOW = PHRASING | BLOCKS

TEXT = "#"
"""Stands for text in a list of children; white space alone does not count as text."""

# HTML §4, "Content model" of each element, as a row of names: names in sequence, and | ( ) ? * + as in a regular expression.
# PHRASING and FLOW include text.
CONTENT: Mapping[str, str] = {
    **dict.fromkeys(
        "abbr b bdi bdo cite code data dfn em i kbd mark p pre q rt rb s samp small span strong sub sup time u var "
        "h1 h2 h3 h4 h5 h6".split(),
        "PHRASING*",
    ),
    **dict.fromkeys(
        "address article aside blockquote body caption dd div dt figcaption footer header li main nav section td th".split(),
        "FLOW*",
    ),
    **dict.fromkeys("br col hr img wbr link meta".split(), ""),
    **dict.fromkeys("title rp".split(), "#*"),
    "html": "head body",
    "head": "(title | meta | link)*",
    "ul": "li*",
    "ol": "li*",
    "dl": "(dt+ dd+)* | div+",
    "table": "caption? colgroup* thead? (tbody* | tr+) tfoot?",
    "colgroup": "col*",
    "thead": "tr*",
    "tbody": "tr*",
    "tfoot": "tr*",
    "tr": "(td | th)*",
    "details": "summary FLOW*",
    "summary": "(PHRASING | HEADING)*",
    "figure": "figcaption? FLOW* | FLOW* figcaption",
    "ruby": "((PHRASING | rb)* (rt | rp (rt rp)+))+",
    "hgroup": "p* HEADING p*",
}

EXCLUDED: Mapping[str, frozenset[str]] = {
    "a": frozenset({"a"}),
    "details": frozenset({"a"}),
    "dfn": frozenset({"dfn"}),
    "table": frozenset({"caption"}),
    "address": frozenset({"address"}),
    "header": frozenset({"address", "header", "footer"}),
    "footer": frozenset({"address", "header", "footer"}),
}
"""Elements that must not be descendants of others (HTML §4.5.1, §4.11.1, §4.5.8, §4.9.2, §4.3.8–10)."""

GLOBAL: Mapping[str, str] = {
    "id": "token",
    "class": "tokens",
    "title": "any",
    "lang": "language",
    "dir": "direction",
    "translate": "|yes|no",
    "tabindex": "integer",
    "style": "any",
    "hidden": "|hidden|until-found",
    "accesskey": "tokens",
    f"{{{XML}}}lang": "language",
    f"{{{XML}}}space": "preserve|default",
}
OF_LINKS = frozenset({"hreflang", "rel", "type", "download"})
_CELL = {"colspan": "positive", "rowspan": "count", "headers": "tokens"}
_EDIT = {"cite": "address", "datetime": "moment"}
ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "a": {"href": "address", "hreflang": "language", "rel": "tokens", "type": "kind", "download": "any"},
    "img": {
        "src": "filled",
        "alt": "any",
        "width": "count",
        "height": "count",
        "loading": "lazy|eager",
        "srcset": "any",
    },
    "td": _CELL,
    "th": {**_CELL, "scope": "row|col|rowgroup|colgroup", "abbr": "any"},
    "ol": {"start": "integer", "type": "1|a|A|i|I", "reversed": "yes"},
    "details": {"open": "yes"},
    "time": {"datetime": "time"},
    "data": {"value": "any"},
    "col": {"span": "positive"},
    "colgroup": {"span": "positive"},
    "table": {"border": "|1"},
    "ins": _EDIT,
    "del": _EDIT,
    "blockquote": {"cite": "address"},
    "q": {"cite": "address"},
    "link": {"rel": "filled", "href": "filled", "type": "any", "media": "any", "title": "any"},
    "meta": {"charset": "(?i:utf-8)", "name": "filled", "content": "any", "http-equiv": "filled"},
    "html": {"xmlns": "any", f"{{{EPUB}}}prefix": "any"},
    "body": {},
}
"""Attributes of single elements, in addition to :data:`GLOBAL`; a value is a name of :data:`book.markdown.value_forms.VALUES` or a regular expression."""

NEEDED: Mapping[str, str] = {"bdo": "dir", "img": "src", "data": "value"}
"""Attributes that an element must have."""

ARIA = frozenset(
    "aria-atomic aria-busy aria-checked aria-colcount aria-colindex aria-colspan aria-controls aria-current aria-describedby "
    "aria-details aria-expanded aria-haspopup aria-hidden aria-label aria-labelledby aria-level aria-live aria-modal "
    "aria-multiselectable aria-orientation aria-owns aria-posinset aria-pressed aria-readonly aria-required aria-rowcount "
    "aria-rowindex aria-rowspan aria-selected aria-setsize aria-sort aria-valuemax aria-valuemin aria-valuenow "
    "aria-valuetext aria-roledescription".split()
)

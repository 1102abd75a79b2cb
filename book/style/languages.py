"""Conventions of each language: quotation marks, elisions, units and spaces."""

from __future__ import annotations

import functools
from collections.abc import Mapping

HARD = "\u00a0"
"""No-break space."""
THIN = "\u202f"
"""Narrow no-break space."""

Pair = tuple[str, str]

ENGLISH: tuple[Pair, ...] = (("“", "”"), ("‘", "’"))
GERMAN: tuple[Pair, ...] = (("„", "“"), ("‚", "‘"))
ANGLES: tuple[Pair, ...] = (("«", "»"), ("“", "”"), ("‘", "’"))
SWISS: tuple[Pair, ...] = (("«", "»"), ("‹", "›"))
CORNERS: tuple[Pair, ...] = (("「", "」"), ("『", "』"))

# Marks from the outermost level inwards. Sources: CLDR 46 "quotationStart" and its alternates, Chicago 13, Duden,
# Lexique des règles typographiques.
MARKS: Mapping[str, tuple[Pair, ...]] = {
    **dict.fromkeys("en nl pt tr ko zh af id vi th ga cy".split(), ENGLISH),
    **dict.fromkeys("de cs sk sl is lt et bg".split(), GERMAN),
    **dict.fromkeys("de-ch it-ch de-li".split(), SWISS),
    **dict.fromkeys("es it pt-pt ca".split(), ANGLES),
    "fr": ((f"«{HARD}", f"{HARD}»"), ("“", "”"), ("‘", "’")),
    "fr-ch": ((f"«{THIN}", f"{THIN}»"), (f"‹{THIN}", f"{THIN}›")),
    "el": (("«", "»"), ("“", "”")),
    **dict.fromkeys("pl ro".split(), (("„", "”"), ("«", "»"))),
    "hu": (("„", "”"), ("»", "«"), ("’", "’")),
    "hr": (("„", "”"), ("‚", "’")),
    **dict.fromkeys("sv fi he".split(), (("”", "”"), ("’", "’"))),
    "da": (("»", "«"), ("›", "‹")),
    **dict.fromkeys("nb nn no".split(), (("«", "»"), ("‘", "’"))),
    **dict.fromkeys("ru uk be".split(), (("«", "»"), ("„", "“"))),
    **dict.fromkeys("ja zh-tw zh-hk".split(), CORNERS),
    "ar": (("«", "»"), ("“", "”")),
    "fa": (("«", "»"), ("‹", "›")),
}

ELISIONS: Mapping[str, frozenset[str]] = {
    # Fiction and speech: verbs and prepositions, the dropped h, the words of the American South and of Yorkshire.
    "en": frozenset(
        "tis twas twere twill twould twon tisn tain twasn tweren twixt twix tween til till em im cause cos coz cuz caze bout baout "
        "round roun neath gainst gin midst mongst mongs mong pon bove fore ave ere ud appen appens appened e sup nuff nough nother "
        "nuther nudder tother s t d m ll ve re n r uz wuz un uns ee low lowed lows spec spect spected specting spectin spose "
        "pear pears peared stead cept ceptin cep splain splained sposed spute scuse zactly taint taters tater bacco baccy oman "
        "ouse ouses orse orses osses ome ospital undred undreds ead eads eard arf alf ello ullo arry arriet enery erbert imself "
        "erself isself emself emselves ighness olidays aporth ickory lectric fraid shamed mence menced bleeged bliged ligion ware "
        "kase count quaintance cordin cording sturb vantage tarnal tire tirely teen teens".split()
    ),
    "nl": frozenset("s t n k m r".split()),
    "af": frozenset("n".split()),
    "de": frozenset("s ne n nen nem ner rum rein raus".split()),
}
"""Words without their beginning; ``twon`` and ``tisn`` are from twon't and tisn't."""

UNITS = frozenset(
    "kg mg km cm mm nm µm μm mi ft lb lbs oz ml kB KB MB GB TB PB Hz kHz MHz GHz kW kWh mA ms °C °F px pt dpi fps kbps "
    "Mbps Gbps".split()
)
SHORT_UNITS = frozenset(
    "g m l L W V A s min h K Pa € $ % ‰ £ ¥ ₽ ₺ ₪ ₴ ₫ zł kr Kč Ft лв руб EUR USD CHF GBP PLN Mio Mrd".split()
)
"""Units outside English, where they would be mistaken for words or are written without a space."""


@functools.cache
def marks_of(tag: str) -> tuple[Pair, ...]:
    """Return the marks of the language *tag*, outermost first: of the full tag, else of the language, else English.

    >>> marks_of("de-CH")[0], marks_of("pt-BR")[0], marks_of("xx")[1]
    (('«', '»'), ('“', '”'), ('‘', '’'))
    """
    parts = tag.lower().replace("_", "-").split("-")
    for key in ("-".join(parts), f"{parts[0]}-{parts[-1]}", TRADITIONAL if "hant" in parts else "", parts[0]):
        if key in MARKS:
            return MARKS[key]
    return ENGLISH


TRADITIONAL = "zh-tw"


@functools.cache
def single_level(tag: str) -> int:
    """Return the level of the language *tag* at which outer single marks are set: the first level whose marks are single.

    If there is none (Russian, Greek), it is the outermost level, because double marks would be read as double again.

    >>> single_level("en"), single_level("fr"), single_level("ru")
    (1, 2, 0)
    """
    for level, (first, _) in enumerate(marks_of(tag)):
        if level and first.strip(HARD + THIN) in "‘’‚‛‹›『』":
            return level
    return 0


@functools.cache
def one_glyph(tag: str) -> bool:
    """Return whether the apostrophe ’ is also a closing mark in the language *tag*.

    >>> one_glyph("en"), one_glyph("de")
    (True, False)
    """
    return any(last == "’" for _, last in marks_of(tag))


@functools.cache
def opens_with_apostrophe(tag: str) -> bool:
    """Return whether a quotation can begin with the glyph of the apostrophe in the language *tag*.

    >>> opens_with_apostrophe("sv"), opens_with_apostrophe("en")
    (True, False)
    """
    return any(first == "’" for first, _ in marks_of(tag))


@functools.cache
def family(tag: str) -> str:
    """Return the language of *tag* without country or script.

    >>> family("fr-CH")
    'fr'
    """
    return tag.lower().replace("_", "-").partition("-")[0]


@functools.cache
def elisions(tag: str) -> frozenset[str]:
    """Return the words of the language *tag* that begin with an apostrophe."""
    return ELISIONS.get(family(tag), frozenset())


@functools.cache
def before_signs(tag: str) -> Mapping[str, str]:
    r"""Return the space before each punctuation mark in the language *tag*.

    >>> before_signs("fr-CA"), before_signs("en")
    ({':': '\xa0'}, {})
    """
    if family(tag) != "fr":
        return {}
    country = tag.lower().rpartition("-")[2]
    if country == "ca":
        return {":": HARD}
    return {":": THIN if country == "ch" else HARD, ";": THIN, "!": THIN, "?": THIN}


@functools.cache
def has_guillemets(tag: str) -> bool:
    """Return whether guillemets are marks of the language *tag*, at any level.

    >>> has_guillemets("fr"), has_guillemets("de")
    (True, False)
    """
    return any(first.strip(HARD + THIN) in "«»‹›" for first, _ in marks_of(tag))


@functools.cache
def turn(tag: str, glyph: str) -> int:
    """Return 1 if *glyph* opens in the language *tag*, -1 if it closes, 0 if it is neutral (straight marks)."""
    opens = any(first.strip(HARD + THIN) == glyph for first, _ in marks_of(tag))
    closes = any(last.strip(HARD + THIN) == glyph for _, last in marks_of(tag))
    if opens or closes:
        return opens - closes
    return 1 if glyph in "“‟„«‘‛‚‹「『" else -1 if glyph in "”»’›」』" else 0

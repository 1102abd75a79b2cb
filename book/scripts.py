"""Scripts of letters: which run from right to left, which a PDF can hold, and where their typefaces come from.

Measured with WeasyPrint 70. It paints letters from left to right and records the meaning of each glyph by itself. So a line that
mixes directions is right only if no element begins or ends inside the words that run the other way. In scripts whose letters
join, change places or merge (Arabic, Devanagari, Thai …) the text that is searched, copied and read aloud differs from the page.

The table consists of blocks. fontTools.unicodedata, which follows Scripts.txt, cannot replace it (compared for all code points with
fontTools 4.68): 177 assigned code points in a block here are common to several scripts there, such as the Arabic comma and the
marks of Japanese, but must be treated like their neighbours; 240 have a finer script there (Bopomofo, Tagalog …) that would have
to be merged; and 21,227 in 116 scripts that need no treatment here would each need an exception.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from book.patterns import regex

# Unicode 16.0, Blocks.txt: first code point, name of the script; a row reaches to the next one.
BLOCKS: tuple[tuple[int, str], ...] = (
    (0x0000, ""), (0x0530, "Armenian"), (0x0590, "Hebrew"), (0x0600, "Arabic"), (0x0700, "Syriac"), (0x0750, "Arabic"),
    (0x0780, "Thaana"), (0x07C0, "N’Ko"), (0x0800, "Samaritan"), (0x0840, "Mandaic"), (0x0860, "Syriac"), (0x0870, "Arabic"),
    (0x0900, "Devanagari"), (0x0980, "Bengali"), (0x0A00, "Gurmukhi"), (0x0A80, "Gujarati"), (0x0B00, "Oriya"),
    (0x0B80, "Tamil"), (0x0C00, "Telugu"), (0x0C80, "Kannada"), (0x0D00, "Malayalam"), (0x0D80, "Sinhala"), (0x0E00, "Thai"),
    (0x0E80, "Lao"), (0x0F00, "Tibetan"), (0x1000, "Myanmar"), (0x10A0, "Georgian"), (0x1100, "Korean"), (0x1200, "Ethiopic"),
    (0x13A0, ""), (0x1700, "Philippine"), (0x1780, "Khmer"), (0x1800, "Mongolian"), (0x18B0, ""), (0x1900, "Limbu"),
    (0x1950, "Tai Le"), (0x19E0, "Khmer"), (0x1A00, "Buginese"), (0x1A20, "Tai Tham"), (0x1AB0, ""), (0x1B00, "Balinese"),
    (0x1B80, "Sundanese"), (0x1BC0, "Batak"), (0x1C00, "Lepcha"), (0x1C50, ""), (0x1C90, "Georgian"), (0x1CC0, ""),
    (0x2D00, "Georgian"), (0x2D30, ""), (0x2E80, "Han"), (0x3000, ""), (0x3040, "Japanese"), (0x3100, "Han"),
    (0x3130, "Korean"), (0x3190, "Han"), (0x31F0, "Japanese"), (0x3200, ""), (0x3400, "Han"), (0xA000, ""),
    (0xA8E0, "Devanagari"), (0xA900, ""), (0xA960, "Korean"), (0xA980, "Javanese"), (0xA9E0, "Myanmar"), (0xAA00, "Cham"),
    (0xAA60, "Myanmar"), (0xAA80, "Tai Viet"), (0xAAE0, "Meetei Mayek"), (0xAB00, "Ethiopic"), (0xAB30, ""),
    (0xABC0, "Meetei Mayek"), (0xAC00, "Korean"), (0xD800, ""), (0xF900, "Han"), (0xFB00, ""), (0xFB13, "Armenian"),
    (0xFB1D, "Hebrew"), (0xFB50, "Arabic"), (0xFE00, ""), (0xFE70, "Arabic"), (0xFEFF, ""), (0xFF66, "Japanese"),
    (0xFFA0, "Korean"), (0xFFE0, ""), (0x1B000, "Japanese"), (0x1B170, ""), (0x1E800, "Mende Kikakui"), (0x1E900, "Adlam"),
    (0x1E960, ""), (0x1EE00, "Arabic"), (0x1EF00, ""), (0x20000, "Han"), (0x33480, ""),
)  # fmt: skip
STARTS = tuple(first for first, _ in BLOCKS)

BACKWARDS = frozenset(
    {"Hebrew", "Arabic", "Syriac", "Thaana", "N’Ko", "Samaritan", "Mandaic", "Mende Kikakui", "Adlam"}
)
"""Scripts that run from right to left."""
APART = frozenset({"", "Armenian", "Hebrew", "Georgian", "Ethiopic", "Korean", "Han", "Japanese"})
"""Scripts whose letters each have a glyph of their own: their text in a PDF is what the page shows."""
SESSIONS: Mapping[str, str] = {
    "Armenian": "hy", "Georgian": "ka", "Hebrew": "he", "Japanese": "ja", "Korean": "ko",
}  # fmt: skip
"""Script -> argument of the nox session `scripts`; that of Han depends on the language, see :func:`session`."""

LANGUAGES = frozenset("ar arc ckb dv fa he iw ks ku-arab nqo pa-arab pnb prs ps sd syr ug ur yi".split())
"""Languages that are written from right to left."""
WRITTEN_BACKWARDS = frozenset("adlm arab hebr nkoo rohg syrc thaa".split())
"""Tags of scripts (ISO 15924) that are written from right to left."""


def script(letter: str) -> str:
    """Return the name of the script of one character; empty for scripts that are set as Latin is, and for symbols.

    >>> script("ש"), script("あ"), script("漢"), script("ж"), script("。")
    ('Hebrew', 'Japanese', 'Han', '', '')
    """
    return BLOCKS[bisect_right(STARTS, ord(letter)) - 1][1]


def direction(language: str) -> str:
    """Return ``rtl`` for a language that is written from right to left, else ``ltr``; a script in the tag takes precedence.

    >>> direction("fa-IR"), direction("az-Arab"), direction("ar-Latn"), direction("de")
    ('rtl', 'rtl', 'ltr', 'ltr')
    """
    first, *rest = language.lower().replace("_", "-").split("-")
    written = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    if written:
        return "rtl" if written in WRITTEN_BACKWARDS else "ltr"
    return "rtl" if first in LANGUAGES else "ltr"


def session(name: str, language: str) -> str:
    """Return the argument of the nox session `scripts` for the script *name* in a text in *language*; empty if there is none.

    >>> session("Han", "ja"), session("Han", "zh-TW"), session("Han", "en"), session("Thai", "th")
    ('ja', 'zh-Hant', 'zh-Hans', '')
    """
    if name != "Han":
        return SESSIONS.get(name, "")
    parts = language.lower().replace("_", "-").split("-")
    if parts[0] in ("ja", "ko"):
        return parts[0]
    return "zh-Hant" if not {"hant", "tw", "hk", "mo"}.isdisjoint(parts[1:]) else "zh-Hans"


def _ranges(names: frozenset[str]) -> str:
    """Return the characters of the scripts *names* as a class of a regular expression, without brackets."""
    ends = (*STARTS[1:], 0x110000)
    return "".join(
        f"{chr(first)}-{chr(end - 1)}" for (first, name), end in zip(BLOCKS, ends, strict=True) if name in names
    )


R = _ranges(BACKWARDS)
RIGHT_TO_LEFT = regex(f"[{R}]")
"""One letter or mark that runs from right to left."""
GARBLED = regex(f"[{_ranges(frozenset(name for _, name in BLOCKS) - APART)}\u0591-\u05c7\ufb1d-\ufb4f]")
"""One letter or mark whose text in a PDF may differ from what the page shows; includes the points of Hebrew."""
_UNSPACED = _ranges(frozenset({"Han", "Japanese"}))
UNSPACED = regex(f"[{_UNSPACED}]")
"""One letter of Chinese or Japanese, which are written without spaces between words."""
_WIDE = f"{_UNSPACED}\u3000-\u303f\u3200-\u33ff\ufe30-\ufe4f\uff01-\uff65\uffe0-\uffe6"
WIDE = regex(f"[{_WIDE}]")
"""One letter of Chinese or Japanese, or one of their marks that is as wide as a letter."""
_NARROW = "‘’“”…—·"
"""Marks that Chinese and Latin share: next to a Chinese letter they are Chinese."""
PASSAGE = regex(f"[{R}](?:[^\\w]*[{R}])*")
"""Words from right to left, with the characters between them."""
TURNED = regex(f"[{R}]\\W*[0-9\u0660-\u0669\u06f0-\u06f9]|[{R}][^\\w]*[()\\[\\]{{}}<>«»‹›][^\\w]*[{R}]")
"""A digit or a bracket that belongs to such words, and so is on their other side (Unicode Annex 9, W7 and N0)."""


MAYBE_WIDE = regex(f"[{_WIDE}]|&|:\\w+:")
"""What Markdown contains if such a letter may be in its text: the letter, a reference to a character, or the name of an emoji."""


def joined(before: str, after: str) -> bool:
    """Return whether a line break between the characters *before* and *after* is not a space, as in Chinese and Japanese.

    >>> joined("厚", "德"), joined("。", "中"), joined("”", "中"), joined("文", "E"), joined("은", "띄")
    (True, True, True, False, False)
    """
    first, second = (bool(letter) and WIDE.match(letter) is not None for letter in (before, after))
    return (first and (second or after in _NARROW)) or (second and bool(before) and before in _NARROW)


def counted(text: str) -> tuple[int, int]:
    """Return how many words *text* has: those between spaces that contain a letter or a digit, and the letters of Chinese and Japanese.

    >>> counted("Two words – 你好世界，hello")
    (3, 4)
    """
    spaced, letters = (text, 0) if text.isascii() else UNSPACED.subn(" ", text)
    words = spaced.split()
    bare = [word for word in words if not word[0].isalnum() and not any(map(str.isalnum, word))]
    return len(words) - len(bare), letters


def as_read(painted: str) -> str:
    """Return a line that was *painted* from left to right in the order in which it is read.

    >>> as_read("peace: םלוע ,םולש and more")
    'peace: שלום, עולם and more'
    """
    return PASSAGE.sub(lambda match: match[0][::-1], painted)

"""The order of the entries of an index: by the alphabet of its language, word by word, whatever their capitals and accents.

Python has no collation of its own that is the same on every machine. The alphabets are those of the Unicode CLDR, as far as they
differ from the order of the letters without accents.

Ideographs have no order of their own: a language sorts them by their sound, or by their strokes. The national character sets of
Python's codecs are in such an order, as far as their common characters go: GB 2312 in that of pinyin, Big5 in that of strokes, and
JIS X 0208 in that of the readings that a character has most often. A word in Japanese has its place by its own reading, which its author must give.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from book.patterns import regex

OWN: Mapping[str, str] = MappingProxyType({
    "cs": "c:č h:ch, r:ř s:š z:ž",
    "da": "z:æøå",
    "es": "n:ñ",
    "et": "s:šzž v:õäöü",
    "fa": "ب:پ ج:چ ز:ژ ق:کگ ن:وهی",
    "fi": "z:åäö",
    "hr": "c:čć d:dž,đ l:lj, n:nj, s:š z:ž",
    "hu": "c:cs, d:dz,dzs g:gy, l:ly, n:ny, o:ö s:sz, t:ty, u:ü z:zs,",
    "is": "a:á d:ð e:é i:í o:ó u:ú y:ý z:þæö",
    "lt": "c:č s:š z:ž",
    "lv": "c:č g:ģ k:ķ l:ļ n:ņ s:š z:ž",
    "nb": "z:æøå",
    "nn": "z:æøå",
    "no": "z:æøå",
    "pl": "a:ą c:ć e:ę l:ł n:ń o:ó s:ś z:źż",
    "ro": "a:ăâ i:î s:ș t:ț",
    "ru": "и:й",
    "sk": "a:ä c:č h:ch, o:ô s:š z:ž",
    "sl": "c:č s:š z:ž",
    "sv": "z:åäö",
    "tr": "c:ç g:ğ h:ı o:ö s:ş u:ü",
    "uk": "г:ґ е:є и:іїй",
    "vi": "a:ăâ d:đ e:ê o:ôơ u:ư",
})  # fmt: skip
"""The letters that a language counts as letters of their own, behind the letter before the colon. With a comma, a letter may have several signs."""
OTHER_SCRIPTS = frozenset("ar be bg el fa he hi hy ja ka ko mk ru sr th uk ur zh".split())
"""The languages whose own script is not the Latin one: its letters stand before those of Latin."""
EXPANDED: Mapping[str, str] = MappingProxyType(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ς": "σ"}
)
"""Letters that are none without their accents, where the language does not count them as its own."""
VARIANTS: Mapping[str, str] = MappingProxyType({"ş": "ș", "ţ": "ț", "ő": "ö", "ű": "ü", "ё": "е"})
"""Letters that stand with another one that may be a letter of the language's own."""
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
"""The first letters of the syllables of Korean, in their order."""
NUMBERS, SIGNS = "0–9", "#"
"""The heads above entries that begin with a figure, and above those that have neither letters nor figures."""
ROWS = "あかさたなはまやらわ"
"""The heads of Japanese: each kana stands below the first one of its row."""
SMALL: Mapping[str, str] = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ", strict=True))
"""Small kana stand with large ones (JIS X 4061)."""
VOWELS: Mapping[str, str] = {
    **dict.fromkeys("あかさたなはまやらわ", "あ"),
    **dict.fromkeys("いきしちにひみりゐ", "い"),
    **dict.fromkeys("うくすつぬふむゆる", "う"),
    **dict.fromkeys("えけせてねへめれゑ", "え"),
    **dict.fromkeys("おこそとのほもよろを", "お"),
}
"""The vowel of a kana, which a long vowel mark behind it repeats."""
LONG, AGAIN = "ー", "ゝゞ"
"""A long vowel mark, and the marks that repeat a kana."""
INITIAL_OF: Mapping[str, str] = dict(
    zip("啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝", "abcdefghjklmnopqrstwxyz", strict=True)
)
"""The first character of GB 2312 whose pinyin begins with a letter, and this letter; the others follow it up to the next."""
LAST_BY_SOUND = b"\xd7\xf9"
"""The last character of GB 2312 in the order of pinyin."""
CODECS: Mapping[str, str] = {"ja": "euc_jp", "zh": "gb2312", "zh-hant": "big5"}
"""The character sets in whose order ideographs stand."""
TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
"""Parts of a tag of Chinese with traditional characters."""
FIRST_IDEOGRAPH = 0x4E00
IDEOGRAPHS = regex("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

Weight = tuple[int, int, int]
"""The kind of a sign (space, figure, letter), its letter or its number, and its place behind that letter."""
SPACE, FIGURE, LETTER = range(3)


class Key(NamedTuple):
    """What orders entries; two of them are equal only if the entries are spelled the same."""

    rank: int
    """0 for signs, 1 for figures, then letters: of the script of the language first."""
    weights: tuple[Weight, ...]
    accents: str
    capitals: str


class Alphabet(NamedTuple):
    """The alphabet of a language."""

    letters: Mapping[str, Weight]
    """The letters of its own."""
    longest: int
    """The most signs of one of them."""
    latin: bool
    """Whether its own script is the Latin one."""
    codec: str = ""
    """The character set in whose order its ideographs stand; empty for that of Unicode."""

    def key(self, words: str) -> Key:
        """Return what orders an entry.

        >>> sorted(["Zebra", "über", "Über 9", "Über 10", "uber", ".ini", "öffnen"], key=alphabet("de").key)
        ['.ini', 'öffnen', 'uber', 'über', 'Über 9', 'Über 10', 'Zebra']
        >>> sorted(["öl", "zon", "åka", "ost"], key=alphabet("sv").key)
        ['ost', 'zon', 'åka', 'öl']
        """
        weights = tuple(self._weights(words))
        first = next((weight for weight in weights if weight[0] != SPACE), None)
        rank = 0 if first is None else 1 if first[0] == FIGURE else 2 if (first[1] < ord("\u0370")) is self.latin else 3
        own = unicodedata.normalize("NFC", words)
        return Key(rank, weights, own.casefold(), f"{own.swapcase()} {own}")

    def head(self, words: str) -> str:
        """Return the letter below which an entry stands; empty for ideographs, which have none.

        >>> alphabet("en").head("élan"), alphabet("sv").head("älv"), alphabet("cs").head("chléb"), alphabet("ko").head("한글")
        ('E', 'Ä', 'CH', 'ㅎ')
        >>> alphabet("en").head("2 kinds"), alphabet("en").head("=>"), alphabet("ja").head("ギター"), alphabet("ja").head("木")
        ('0–9', '#', 'か', '')
        >>> alphabet("zh").head("木"), alphabet("zh-TW").head("木")
        ('M', '')
        """
        for weight in self._weights(words):
            if weight[0] == FIGURE:
                return NUMBERS
            if weight[0] == LETTER:
                return self._letter(weight)
        return SIGNS

    def _letter(self, weight: Weight) -> str:
        sign = chr(weight[1])
        if weight[2]:
            sign = next((letter for letter, known in self.letters.items() if known == weight), sign)
        if IDEOGRAPHS.match(sign):
            return ""
        if "ぁ" <= sign <= "ん":
            return ROWS[bisect_right(ROWS, sign) - 1]
        if "가" <= sign <= "힣":
            return INITIALS[(ord(sign) - ord("가")) // 588]
        return _upper(sign, turkish="ı" in self.letters)

    def _weights(self, words: str) -> list[Weight]:
        text = unicodedata.normalize("NFKC", words)
        text = text.replace("I", "ı").replace("İ", "i") if "ı" in self.letters else text
        text = unicodedata.normalize("NFC", text.casefold())
        text = "".join(sign if sign in self.letters else VARIANTS.get(sign, sign) for sign in text)
        weights: list[Weight] = []
        at = 0
        while at < len(text):
            size = next((size for size in range(self.longest, 0, -1) if text[at : at + size] in self.letters), 0)
            if size:
                weights.append(self.letters[text[at : at + size]])
            elif figures := re.match(r"[0-9]{1,15}", text[at:]):
                size = figures.end()
                weights.append((FIGURE, int(figures[0]), 0))
            elif IDEOGRAPHS.match(text[at]):
                size = 1
                weights.append(_ideograph(text[at], self.codec))
            else:
                size = 1
                weights += _folded(_kana(text[at], weights), spaced=bool(weights))
            at += size
        while weights and weights[-1][0] == SPACE:
            weights.pop()
        return weights


def _kana(sign: str, before: list[Weight]) -> str:
    """Return the kana as which a *sign* is sorted behind the weights *before*; other signs are returned as they are."""
    sign = chr(ord(sign) - 0x60) if "\u30a1" <= sign <= "\u30f6" else sign
    last = chr(before[-1][1]) if before and before[-1][0] == LETTER else ""
    if sign == LONG:
        return VOWELS.get(last, sign)
    return last if sign in AGAIN and "ぁ" <= last <= "ん" else SMALL.get(sign, sign)


@functools.cache
def _sounds() -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """Return the first characters of :data:`INITIAL_OF` in GB 2312, in its order, and their letters."""
    return tuple(first.encode(CODECS["zh"]) for first in INITIAL_OF), tuple(INITIAL_OF.values())


def _ideograph(sign: str, codec: str) -> Weight:
    """Return the weight of an ideograph in the character set *codec*; those that it does not have stand behind the others."""
    try:
        code = sign.encode(codec) if codec else b""
    except UnicodeEncodeError:
        code = b""
    if len(code) != 2:
        return LETTER, FIRST_IDEOGRAPH + 1 if codec else ord(sign), ord(sign) if codec else 0
    if codec == CODECS["zh"] and code <= LAST_BY_SOUND:
        firsts, initials = _sounds()
        return LETTER, ord(initials[bisect_right(firsts, code) - 1]), int.from_bytes(code, "big")
    return LETTER, FIRST_IDEOGRAPH, int.from_bytes(code, "big")


def _folded(sign: str, *, spaced: bool) -> list[Weight]:
    """Return the weights of a *sign* that is no letter of the language's own; a space counts only if it is *spaced* from another sign."""
    if sign.isspace() or sign in "-\u2010\u2011\u2013/":
        return [(SPACE, 0, 0)] if spaced else []
    if "가" <= sign <= "힣":
        return [(LETTER, ord(sign), 0)]
    plain = unicodedata.normalize("NFKD", EXPANDED.get(sign, sign))
    return [(LETTER, ord(letter), 0) for letter in plain if letter.isalnum()]


def _upper(sign: str, *, turkish: bool) -> str:
    return "İ" if turkish and sign == "i" else sign.upper()


@functools.cache
def alphabet(language: str) -> Alphabet:
    """Return the alphabet of *language*, a language tag; of one that is not known, that of the letters without accents."""
    tag = language.lower().partition("-")[0]
    letters: dict[str, Weight] = {}
    for group in OWN.get(tag, "").split():
        before, _, own = group.partition(":")
        for number, letter in enumerate(filter(None, own.split(",") if "," in own else own), 1):
            letters[letter] = (LETTER, ord(before), number)
    parts = frozenset(language.lower().split("-"))
    codec = CODECS.get("zh-hant" if tag == "zh" and parts & TRADITIONAL else tag, "")
    latin = tag not in OTHER_SCRIPTS or codec == CODECS["zh"]  # whose letters are those of pinyin
    return Alphabet(MappingProxyType(letters), max(map(len, letters), default=0), latin, codec)

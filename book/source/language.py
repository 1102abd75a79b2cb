"""Detects the language of a book that does not set it: from the front matter of its chapters, else from its letters and most common words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity
from book.settings import FILE, PATTERNS, Settings

GUESSED = Kind("S150", Severity.WARNING, "a book without `language` that is not in English")
ASSUMED = Kind("S151", Severity.NOTE, "a book without `language` that is treated as English")

SAMPLE = 20_000
"""Letters of one chapter that are examined."""
FEW = 1_000
"""A book with fewer letters is too short for a note."""
ENOUGH = 12
"""Fewest words of a language, or letters of its script, for a guess."""
CLEAR = 1.5
"""Ratio that the likeliest language must have over the next one."""

SCRIPTS: tuple[tuple[str, str], ...] = (
    # Kana and hangul before Han: Japanese and Korean write both.
    ("ja", "\u3040-\u30ff"),
    ("ko", "\uac00-\ud7af\u1100-\u11ff"),
    ("zh", "\u4e00-\u9fff\u3400-\u4dbf"),
    ("ru", "\u0400-\u04ff"),
    ("ar", "\u0600-\u06ff\u0750-\u077f"),
    ("he", "\u0590-\u05ff"),
    ("el", "\u0370-\u03ff\u1f00-\u1fff"),
    ("th", "\u0e00-\u0e7f"),
    ("hi", "\u0900-\u097f"),
    ("bn", "\u0980-\u09ff"),
    ("ta", "\u0b80-\u0bff"),
    ("hy", "\u0530-\u058f"),
    ("ka", "\u10a0-\u10ff"),
)
"""Languages by letters that usually only they use."""
_LETTERS = tuple((tag, regex(f"[{letters}]")) for tag, letters in SCRIPTS)
_LATIN = regex("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
WITHIN: dict[str, tuple[tuple[str, str], ...]] = {
    "ru": (("uk", "[іїєґ]"), ("be", "ў"), ("sr", "[ђћџљњј]")),
    "ar": (("ur", "[ٹڈڑےں]"), ("fa", "[پچژگ]")),
    "zh": (("zh-Hant", "[們這個說對時國學會來為過還沒後點當裡]"),),
}
"""Languages that share a script, by letters that only they have."""
SHARE = 0.01
"""Share of the letters of the script that must be such letters."""

WORDS: dict[str, str] = {
    "en": "the and of to is that it for with you this are was have not from they will which your",
    "de": "der die und das ist nicht ein eine mit auf sich auch wir sie werden einen wird oder dass wenn",
    "fr": "les des est une dans pour que qui pas vous nous avec sur sont plus cette mais être votre leur",
    "es": "los las una del por con para que como más pero esta sus usted cuando hay también puede está muy",
    "it": "che della per una sono con non più questo anche come gli nel delle alla essere tuo questa il di",
    "pt": "não uma para com você que mais dos das são por como seu também isso ser pode está ou fazer",
    "nl": "het een van niet met voor zijn dat ook worden deze je wordt aan naar bij hebben wij om te",
    "sv": "och att det som för inte med är till på ett eller kan vi från när också här ska vara",
    "da": "og det som ikke med til på et eller kan fra når også være af blev hvad efter hvordan jeg",
    "nb": "og det som ikke med til på et eller kan fra når også være av ble hva etter hvordan jeg",
    "fi": "että myös tai kun niin mutta ovat voi sekä jos joka hän olla sen kuin ole tämä niitä on ei",
    "pl": "nie się jest na że do jak ale to czy przez tego oraz może dla jego są być które tylko",
    "cs": "že se na je to jsou které pro jako ale nebo být může jeho také podle jsme když byl už",
    "sk": "že sa na je to sú ktoré pre ako ale alebo byť môže jeho tiež podľa sme keď bol už",
    "hu": "hogy nem egy és az is meg van csak azt vagy ezt már lehet kell volt mint ha minden amely",
    "ro": "și nu în este pentru care sunt mai din cu această sau poate fost acest după când fi dar lor",
    "tr": "bir ve için bu ile olarak daha çok olan gibi kadar değil sonra ancak veya her ne var şey en",
    "vi": "và của là không được cho các có trong một này với người những để khi bạn từ đã như",
    "id": "yang dan untuk dengan tidak ini dari dalam akan pada adalah itu atau dapat juga anda oleh bisa ada karena",
    "ca": "els les una amb per que és són del més com aquesta també però seva pot ser aquest han dels",
    "hr": "je se na da su za što kao ili ali koji nije može biti od samo ako te kako bi",
}
"""The most common words of languages with Latin letters."""
_COMMON = {tag: frozenset(words.split()) for tag, words in WORDS.items()}
_WORD = regex(r"[^\W\d_]+")
_CODE = regex(r"^(`{3,}|~{3,}).*?^\1|`[^`\n]*`|<[^<>\n]+>|https?://\S+", re.MULTILINE | re.DOTALL)


class Guess(Struct, frozen=True):
    """A language, and the evidence for it."""

    tag: str
    reason: str


def settled(
    settings: Settings, manuscripts: Iterable[Manuscript], *, is_set: bool
) -> tuple[Settings, tuple[Problem, ...]]:
    """Return *settings* with the language of the book, and a problem if it is only guessed.

    Args:
        settings: of the book, which override those of its site.
        manuscripts: its chapters.
        is_set: whether handbound.toml or the site sets the language.
    """
    if is_set:
        return settings, ()
    chapters = tuple(manuscripts)
    tags = {chapter.front.lang for chapter in chapters}
    place = Place(path=FILE)
    if len(tags) == 1 and (tag := tags.pop()) and re.fullmatch(PATTERNS["language"][0], tag):
        return replace(settings, language=tag), ()
    texts = [chapter.text for chapter in chapters if not chapter.front.lang]
    guess = of(texts)
    settings = replace(settings, guessed=True)
    if guess is None or guess.tag == settings.language:
        if sum(map(len, texts)) < FEW:
            return settings, ()
        message = f"the language of the book is not set; it is treated as {settings.language!r}"
        return settings, (ASSUMED.at(place, message, fix=f'write language = "{settings.language}" in {FILE}'),)
    message = f"the language of the book is not set; {guess.reason} suggest {guess.tag!r}"
    problem = GUESSED.at(place, message, fix=f'write language = "{guess.tag}" in {FILE}, or the right one')
    return replace(settings, language=guess.tag), (problem,)


def of(texts: Iterable[str]) -> Guess | None:
    """Return the language of most of *texts*; None if there is too little evidence.

    >>> of(["Das ist nicht ein Buch, das wir auch mit der Hand und auf sich nehmen. " * 3])
    Guess(tag='de', reason='its commonest words')
    """
    samples = [_CODE.sub(" ", text[: 2 * SAMPLE])[:SAMPLE].lower() for text in texts]
    whole = "\n".join(samples)
    letters = {tag: len(pattern.findall(whole)) for tag, pattern in _LETTERS}
    latin = len(_LATIN.findall(whole))
    # A Han character counts as a word, a letter of an alphabet as a fifth of one.
    if letters["ja"] >= ENOUGH and letters["ja"] * 10 > letters["zh"] and letters["ja"] + letters["zh"] > latin / 3:
        return Guess("ja", "its letters")
    tag = max(letters, key=letters.__getitem__)
    if letters[tag] >= ENOUGH and letters[tag] > latin / (3 if tag in ("ko", "zh") else 1):
        own = (name for name, few in WITHIN.get(tag, ()) if len(re.findall(few, whole)) > SHARE * letters[tag])
        return Guess(next(own, tag), "its letters")
    counts = Counter(word for word in _WORD.findall(whole))
    scores = sorted(((sum(counts[word] for word in words), name) for name, words in _COMMON.items()), reverse=True)
    (best, name), (second, _) = scores[:2]
    if best < ENOUGH or best < CLEAR * second:
        name = _between(counts, [name for score, name in scores if score * CLEAR > best]) if best >= ENOUGH else ""
    return Guess(name, "its commonest words") if name else None


def _between(counts: Counter[str], names: list[str]) -> str:
    """Return which of *names* is likeliest by the words that only one of them has; empty if there is no clear winner."""
    scores = sorted(
        (sum(counts[word] for word in _COMMON[name] - frozenset(_words_of_others(name, names))), name) for name in names
    )
    if len(scores) > 1 and scores[-1][0] <= CLEAR * scores[-2][0]:
        return ""
    return scores[-1][1] if scores[-1][0] >= ENOUGH / 4 else ""


def _words_of_others(name: str, names: list[str]) -> Iterator[str]:
    for other in names:
        if other != name:
            yield from _COMMON[other]

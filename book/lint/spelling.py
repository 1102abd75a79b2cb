"""Words that are probably misspelled, by the dictionaries of pyspellchecker."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from book.lint.passages import Sighting, Text
from book.lint.variants import pairs
from book.patterns import regex
from book.problems import Kind, Problem, Severity
from book.settings import Lint

MISSPELT = Kind("N108", Severity.WARNING, "a word that is probably misspelt")
# No word of code, no name with a capital, no part of a compound.
WORD = regex(r"(?<![\w@#/.'’&-])[^\W\d_A-Z]{4,}(?![\w@/'’&-]|\.\w)")
USUAL = 3
"""A word that occurs at least this often in the book counts as correct."""
USUAL_WORDS = 12_000
"""Number of common words of a language with which others are compared."""
SHORTEST, LONG = 5, 7
"""Letters of the shortest word that is compared, and of a long one."""
VOWELS = frozenset("aeiouy")
LANGUAGES = frozenset("de en es fr it nl pt".split())
"""Languages whose dictionaries have enough inflected forms."""


def words(text: Text) -> Iterator[Sighting]:
    """Yield the words to look up."""
    for passage in text.passages:
        if (language := passage.primary) in LANGUAGES:
            for match in WORD.finditer(passage.text):
                yield Sighting(match[0], match[0], *passage.place(match.start()).spot, language)


def misspelt(sightings: Iterable[Sighting], settings: Lint) -> Iterator[Problem]:
    """Yield each word that is in no dictionary and one typing error away from a common word, at its first place.

    The English dictionary is American; the pairs of :mod:`book.lint.variants` add British spellings. A word that occurs in the book
    more than twice, or that is in ``lint.words``, is accepted.
    """
    own = {word.casefold() for word in settings.words}
    counts: Counter[str] = Counter()
    first: dict[str, Sighting] = {}
    for sighting in sightings:
        counts[sighting.word] += 1
        first.setdefault(sighting.word, sighting)
    for word, number in counts.items():
        if number >= USUAL or word.casefold() in own:
            continue
        near = _slip(word, first[word].language)
        if near:
            message = f"“{word}” is in no dictionary"
            fix = f'did you mean {near}? Else put it into words = ["{word}"] under [lint] in handbound.toml'
            yield MISSPELT.at(first[word].place, message, fix=fix)


@functools.cache
def _dictionary(language: str) -> Any:
    from spellchecker import SpellChecker  # noqa: PLC0415 - it takes a second to open

    return SpellChecker(language=language, distance=1)


@functools.cache
def _least(language: str) -> int:
    """Return the frequency of a common word in the texts from which the dictionary was made."""
    counts = sorted(_dictionary(language).word_frequency.dictionary.values(), reverse=True)
    least: int = counts[min(USUAL_WORDS, len(counts) - 1)]
    return least


def _slip(word: str, language: str) -> str | None:
    """Return the common word that is one typing error away from *word*; None if *word* is correct or nothing is near."""
    dictionary = _dictionary(language)
    if word in dictionary or _variant(word, language, dictionary):
        return None
    usual = {other for other in dictionary.candidates(word) or () if dictionary[other] >= _least(language)}
    near = {other for other in usual if _is_slip(word, other)}
    if not near and not _derived(word, language):
        near = {other for other in usual if _is_slip(word, other, likely=False)}
    return max(sorted(near), key=dictionary.word_usage_frequency, default=None)


def _is_slip(word: str, usual: str, *, likely: bool = True) -> bool:
    """Return whether *word* is a typical misspelling of *usual*.

    Two letters are swapped, or a single letter is doubled, or a double one is single. If less *likely* slips count, too: one letter is
    missing or too many in a long word, or one vowel is replaced by another.

    >>> [_is_slip(*pair.split()) for pair in ("recieve receive", "runnning running", "occured occurred", "siloed silted", "repo redo")]
    [True, True, True, False, False]
    >>> _is_slip("seperate", "separate"), _is_slip("seperate", "separate", likely=False)
    (False, True)
    """
    if word[:1] != usual[:1] or len(usual) < SHORTEST:
        return False
    if len(word) == len(usual):
        odd = [at for at, pair in enumerate(zip(word, usual, strict=True)) if pair[0] != pair[1]]
        if len(odd) == 1:
            return not likely and len(word) >= LONG and {word[odd[0]], usual[odd[0]]} <= VOWELS
        return len(odd) == 2 and word[odd[0]] == usual[odd[1]] and word[odd[1]] == usual[odd[0]]
    longer, shorter = sorted((word, usual), key=len, reverse=True)
    at = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
    doubled = longer[at] == longer[at - 1]
    # A word that is only longer at its end is another form: "learnings".
    return (doubled and (at < len(shorter) or word == longer)) or (
        not likely and at < len(shorter) and len(word) >= LONG
    )


def _variant(word: str, language: str, dictionary: Any) -> bool:
    """Return whether *word* is another spelling of a word in *dictionary*."""
    forms = {
        word.replace(spelling.lower(), other.lower())
        for spelling, other, _ in pairs(language)
        if spelling.lower() in word
    }
    if language == "en":
        forms |= {re.sub(r"is(?=(?:e|ed|es|er|ers|ing|ation|ations|able)$)", "iz", word), word.replace("our", "or")}
        forms |= {re.sub(r"yse", "yze", word), re.sub(r"(?<=[aeiou])ll(?=(?:ed|ing|er|ers)$)", "l", word)}
    return any(form != word and form in dictionary for form in forms)


def _derived(word: str, language: str) -> bool:
    """Return whether *word* is composed of words of the dictionary: ``roadmap``, ``onboarding``, ``funders``, ``unmergeable``."""
    dictionary, least = _dictionary(language), _least(language)
    rest = re.sub(r"^(?:un|re|non|multi|pre|sub|over|under|inter|micro|co|de|dis|mis|out|up)(?=\w{3})", "", word)
    stems = {rest, *(stem for form in (word, rest) for stem in _stems(form))}
    if any(stem != word and len(stem) >= SHORTEST - 2 and stem in dictionary for stem in stems):
        return True
    return any(dictionary[word[:at]] >= least and dictionary[word[at:]] >= least for at in range(3, len(word) - 2))


def _stems(word: str) -> Iterator[str]:
    """Yield the words of which *word* may be a form."""
    for endings, more in ((r"s|es|ly|ness|ish|less|able|ed|er|ers|ing|ings", ""), (r"ed|er|ers|ing|ings|able", "e")):
        if match := re.search(rf"(?:{endings})$", word):
            yield word[: match.start()] + more

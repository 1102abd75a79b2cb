"""Unfinished sentences, and words that are typed twice."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from textwrap import shorten

from book.lint.passages import OBJECT, Passage, Text
from book.patterns import regex
from book.problems import Kind, Problem, Severity
from book.settings import Lint

CUT_OFF = Kind("N104", Severity.WARNING, "a sentence that breaks off")
DOUBLED = Kind("N106", Severity.WARNING, "a word that is typed twice")

LAST = 4
"""The letters of a last word that is short, and the space before it."""
STOP = regex(r"[.!?…。！？]['\"”’»)\]]*\s+(?=\S)")
END = regex(r"(?<=\s)([^\W\d_]{1,3})$")
DASHES = "-–—―~"
SHOWN = 70
"""Most letters of the text that a message quotes."""
OPENERS = {"(": ")", "[": "]"}
BRACKET = regex(r"[()\[\]]")

WORDS = regex(r"(?<![\w'’-])([^\W\d_]{2,})(\s+)\1(?![\w'’-])")
DOUBLES = frozenset(
    # English, German, French, Dutch, and what is doubled on purpose in any language.
    "million billion that had very so really no bye ha blah knock much many long far again there now well tut hush ho he ta la na win "
    "der die das sie ihr nous vous faire een zo heel rah pom cha choo yum chop".split()
)


def cut_off(text: Text, settings: Lint) -> Iterator[Problem]:
    """Yield the paragraphs and list items whose last sentence is unfinished.

    It has no closing mark and ends, after a whole sentence, with a word of one to three letters; or one of its brackets is not closed.
    """
    del settings
    fix = "write its end, or remove it"
    for passage in text.passages:
        if passage.kind not in ("paragraph", "item", "note"):
            continue
        words = passage.text.rstrip()
        match = END.search(words, max(0, len(words) - LAST))
        if match and not match[1].isupper() and _follows_a_sentence(words, match.start()) and not _linked_end(passage):
            message = f"the last sentence breaks off: “{_end(words)}”"
            yield CUT_OFF.at(passage.place(match.start()), message, fix=fix)
        elif (at := _unclosed(words)) is not None and words[-1:].isalnum():
            message = f"the bracket {words[at]} is never closed: “{shorten(words[at:], SHOWN, placeholder=' …')}”"
            yield CUT_OFF.at(passage.place(at), message, fix=f"write {OPENERS[words[at]]} where it ends")


def _follows_a_sentence(words: str, end: int) -> bool:
    """Return whether the last sentence of *words*, whose last word begins at *end*, is short and follows a whole one.

    What follows a dash is no sentence: it says whose words are above.
    """
    stops = list(STOP.finditer(words, 0, end + 1))
    if not stops or words[: stops[-1].start()].count(" ") == 0:
        return False
    last = words[stops[-1].end() :]
    return len(last.split()) <= 3 and last[0] not in DASHES


def _end(words: str) -> str:
    """Return the end of *words* for a message: the last two sentences, or as many whole words as fit.

    >>> _end("One. Two is here. And so"), _end("A " + "very " * 20 + "long one. And so")
    ('Two is here. And so', '… very very very very very very very very very very long one. And so')
    """
    stops = list(STOP.finditer(words))
    end = words[stops[-2].end() :] if len(stops) > 1 else words
    return end if len(end) <= SHOWN else f"… {end[-SHOWN:].partition(' ')[2]}"


def _linked_end(passage: Passage) -> bool:
    """Return whether *passage* is only a link: its text is a title."""
    return passage.linked >= len(passage.text.strip())


def _unclosed(words: str) -> int | None:
    """Return the offset of the last bracket of *words* that is not closed, if all others are."""
    open_at: list[int] = []
    for match in BRACKET.finditer(words):
        at, letter = match.start(), match[0]
        if letter in OPENERS and not (letter == "(" and words[at - 1 : at] in (":", ";")):
            open_at.append(at)
        elif open_at and letter == OPENERS[words[open_at[-1]]]:
            open_at.pop()
    return open_at[-1] if len(open_at) == 1 else None


def doubled_words(text: Text, settings: Lint) -> Iterator[Problem]:
    """Yield each doubled word, unless doubling is normal."""
    del settings
    if not any(map(operator.eq, text.words, text.words[1:])):
        return
    for passage in text.passages:
        if passage.kind in ("heading", "cell") or OBJECT * 2 in passage.text:
            continue
        for match in WORDS.finditer(passage.text):
            if match[1].lower() in DOUBLES or match[1][:1].isupper() or match[1] in passage.links:
                continue
            message = f"the word “{match[1]}” is typed twice"
            yield DOUBLED.at(passage.place(match.start()), message, fix="remove one of them")

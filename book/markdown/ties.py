"""Words that are tied before pandoc reads a text, and untied in its tree: pandoc then reads, wraps and writes a few long words.

With positions on, pandoc puts each word, each space and each sign into a wrapper of its own, and to make these is most of what a text
costs in pandoc; :mod:`book.markdown.stretches` joins them afterwards. So the space or sign between two words becomes a letter that
the text does not contain, and pandoc sees one word as long as the words together. In its tree each of these letters becomes what it
stands for. The tree is the same as without them, because words are tied only where Markdown gives no meaning to what is between them.
"""

from __future__ import annotations

import html
import re

from book.patterns import regex

SIGNS = " ,.;?!'’-%"
LETTERS = "".join(map(chr, range(0x7CA, 0x7CA + len(SIGNS))))
"""What they become: letters of N'Ko, which have no case."""
_TO_LETTERS = str.maketrans(SIGNS, LETTERS)

_BEFORE = r"""(?:(?<![^ \t\n])|(?<=[ \n][*_("“‘\[])|(?<=[ \n]\*\*))"""
"""What is before the first word: no part of an address, which would go on behind it."""
_BETWEEN = r"(?:[,;?!%]? |(?<!\d)\. |(?<=\d)[.,](?=\d)|['’-])"
"""What is between two words. A full stop and a space behind a number make a list."""
_BEHIND = r"""(?=[ \n,;?!)\]*"”|]|[.:_](?![^ \n)*"”])|\Z)"""
"""What is behind the last word: it is not the first part of an address, such as ``www.`` or the name before an ``@``."""
_END = r"(?:[,;?!%]|(?<!\d)\.)(?=[ \n]|\Z)"
"""A sign behind the last word, which has no meaning before a space."""
_WORDS = rf"{_BEFORE}[^\W_]++(?:(?:{_BETWEEN}[^\W_]++)+(?:{_END}|{_BEHIND})|{_END})"

_TARGET = r"\]\([^()]*+\)"
"""The target of a link, in which a space has a meaning."""
_TIED = regex(rf"{_TARGET}|{_WORDS}")
_TIED_OUTSIDE_BRACKETS = regex(rf"\[[^\]]*+(?:{_TARGET})?|{_WORDS}")
_NOTE = regex(r"^ {0,3}\[\^[\w-]+\]:", re.MULTILINE)
_DOUBTFUL = regex(rf"[<{{\\]|```|~~~|:::|\]:|(?!{_TARGET})\]\(")
"""Tags, attributes, escaped signs, the words behind a fence, divs, definitions of links, and targets that are not simple."""
_BLANK = regex(r"(\n[ \t]*\n)")


def tied(text: str) -> str:
    """Return *text* with its words tied, with the same offsets; *text* itself if it contains one of :data:`LETTERS`, or begins with front matter.

    No words are tied in a paragraph in which a space between words may have a meaning, nor in a link if the text defines links.

    >>> len(tied("Some words, *and some* more.")) == len("Some words, *and some* more.")
    True
    >>> tied("[a link](to some page)")
    '[a link](to some page)'
    """
    typed = html.unescape(text) if "&#" in text else text
    if any(letter in typed for letter in LETTERS) or text.lstrip().startswith("---"):
        return text
    pattern = _TIED_OUTSIDE_BRACKETS if "]:" in _NOTE.sub("", text) else _TIED
    pieces = _BLANK.split(text)
    for number in range(0, len(pieces), 2):
        piece = pieces[number]
        if not _DOUBTFUL.search(_NOTE.sub("", piece) if "]:" in piece else piece):
            pieces[number] = pattern.sub(_as_one, piece)
    return "".join(pieces)


def _as_one(match: re.Match[str]) -> str:
    words = match[0]
    return words if words[0] in "[]" else words.translate(_TO_LETTERS)


def untied(text: str) -> str:
    """Return *text*, which contains tied words, with the signs that were between them.

    >>> untied(tied("Some words, *and some* more."))
    'Some words, *and some* more.'
    """
    for letter, sign in zip(LETTERS, SIGNS, strict=True):
        text = text.replace(letter, sign)
    return text

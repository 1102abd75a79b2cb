"""Pandoc's JSON with one piece of text where pandoc has one for each word, each space and each sign.

With positions on, pandoc puts each word, each space and each sign into a wrapper of its own. That is nearly all of a tree, and every
walk through it would visit them. Here the pieces of a line become one piece as long as its letters are those of the file, so that the
position of each letter follows from that of the first.
"""

from __future__ import annotations

import re

from book.patterns import regex

_LETTERS = r"""[^\W_]++|[.,;()?!'’“”‘…–—%/-]|\\\""""
"""Words, and signs without a meaning in any dialect, as JSON has them; all others stay pieces of their own."""
_WRAPPED = r'\{"t":"Span","c":\[\["",\[\],\[\["wrapper","1"\],\["data-pos","\d++:\d++-\d++:\d++"\]\]\],\[\{"t":"S'
_WORD = rf'{_WRAPPED}tr","c":"(?:{_LETTERS})+"\}}\]\]\}}'
_FIRST = rf'{_WRAPPED}tr","c":"[^\W_]+"\}}\]\]\}}'
"""Signs before a word stay alone: a dialect may give them a meaning, as in ``[!NOTE]- Title``."""
_SPACE = rf'{_WRAPPED}pace"\}}\]\]\}}'
_STRETCH = regex(rf"{_FIRST}(?:,(?:{_SPACE},)?+{_WORD})+")
"""Neighbouring pieces that begin and end with a word, all in wrappers that are nothing else."""
_PIECE = regex(r'"(\d++):(\d++)-(\d++):(\d++)"\]\]\],\[\{"t":"S(?:tr","c":"((?:[^"\\]|\\")*)"|pace")')

# Several times as fast as the one before, and nearly always enough.
_WORDS = regex(r'\[\{"t":"S(?:tr","c":"((?:[^"\\]|\\")*)"|pace")')
_SPOT_BEGINS = '"data-pos","'
_SPOT = regex(rf'{_SPOT_BEGINS}(\d++):(\d++)-(\d++):(\d++)"')


def joined(tree: str) -> str:
    """Return pandoc's JSON *tree* with neighbouring pieces of text joined.

    A piece that is shorter than what the author typed (an entity, an escaped sign, several spaces) stays alone.
    """
    return _STRETCH.sub(_as_one, tree)


def _as_one(match: re.Match[str]) -> str:
    """Return the pieces of a stretch as one, or as few as possible."""
    stretch = match[0]
    first, final = _SPOT.match(stretch, stretch.index(_SPOT_BEGINS)), _SPOT.match(stretch, stretch.rindex(_SPOT_BEGINS))
    assert first and final  # noqa: PT018, S101 - each piece has its position
    (line, column, *_), (_, _, last, end) = first.groups(), final.groups()
    text = "".join([word or " " for word in _WORDS.findall(stretch)])
    # No piece is longer than what was typed: if all of them together are as long as their place, each one is.
    if line == last and int(end) - int(column) == len(text) - text.count("\\"):
        return _wrapped(line, column, line, end, text)
    return ",".join(_few(_PIECE.findall(stretch)))


def _few(pieces: list[tuple[str, str, str, str, str]]) -> list[str]:
    """Return the JSON of *pieces*, joined where they are as typed; each joined piece begins and ends with a word."""
    result: list[str] = []
    joined_pieces: list[tuple[str, str, str, str, str]] = []

    def close() -> None:
        spaces = []
        while joined_pieces and not joined_pieces[-1][4]:
            spaces.append(joined_pieces.pop())
        if joined_pieces:
            (line, column, *_), (_, _, _, end, _) = joined_pieces[0], joined_pieces[-1]
            result.append(_wrapped(line, column, line, end, "".join([piece[4] or " " for piece in joined_pieces])))
        result.extend(_wrapped(*space) for space in reversed(spaces))
        joined_pieces.clear()

    for piece in pieces:
        line, column, last, end, words = piece
        is_typed = line == last and int(end) - int(column) == len(words or " ") - words.count("\\")
        if joined_pieces and not (is_typed and (line, column) == joined_pieces[-1][2:4]):
            close()
        if is_typed and (joined_pieces or words[:1].isalnum()):
            joined_pieces.append(piece)
        else:
            result.append(_wrapped(*piece))
    close()
    return result


def _wrapped(line: str, column: str, last: str, end: str, text: str) -> str:
    leaf = f'{{"t":"Str","c":"{text}"}}' if text else '{"t":"Space"}'
    return f'{{"t":"Span","c":[["",[],[["wrapper","1"],["data-pos","{line}:{column}-{last}:{end}"]]],[{leaf}]]}}'

"""Characters that no page can show, or that hide the content of a line: reported, and replaced one for one.

Each character is replaced by one character, so columns stay correct.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from book.amounts import amount
from book.patterns import regex

MOST = 10
"""Most lines that are reported for one kind; the last report gives the number of further lines."""
LOST = "\N{REPLACEMENT CHARACTER}"


class Finding(Struct, frozen=True, kw_only=True):
    """Characters of one kind on one line."""

    at: int
    """Offset of the first one in the text."""
    message: str
    fix: str


def windows(letter: str) -> str:
    r"""Return the Windows-1252 character for a C1 control character, its usual origin; U+FFFD if there is none.

    >>> windows("\x92"), windows("\x81")
    ('’', '�')
    """
    return bytes([ord(letter)]).decode("cp1252", "replace")


# XML 1.0 §2.2 forbids the first; the others are noncharacters (Unicode 16.0 §23.7).
_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)
CONTROLS = regex(f"[{_FORBIDDEN}]")
C1 = regex("[\x80-\x9f]")
SEPARATORS = regex("[\u2028\u2029]")
MARKS = regex("\ufeff")
# The flags of England, Scotland and Wales are a black flag followed by tags (Unicode Technical Standard 51, annex C).
TAGS = regex("(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0000-\U000e007f]+")
PRIVATE = regex("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
# UTF-8 that was read as Windows-1252 and saved again. No guillemets: «CAFÉ» and «NÃ» are words.
GARBLED = regex("â(?:€[™œ\x9d“”˜¦¢]|‚¬|„¢|†[’\x90])|Ã[\xa0-\xaa\xac-\xba\xbc-\xbf]|Â[\xa0-\xaa\xac-\xba\xbc-\xbf]")

_PLAIN = bytes(code for code in range(0x80) if not CONTROLS.match(chr(code)))
_STRANGE = regex(
    f"[{_FORBIDDEN}\x80-\x9f\u2028\u2029\ufeff\U000e0000-\U000e007f\ue000-\uf8ff\U000f0000-\U0010fffd{LOST}âÃÂ]"
)
"""One character of any kind below."""


class _Kind(Struct, frozen=True, kw_only=True):
    """One kind of strange character."""

    pattern: re.Pattern[str]
    message: str
    """With ``{}`` for the characters."""
    fix: str
    """With ``{}`` for the printed or intended character."""
    instead: Callable[[str], str]
    """Replacement of one character."""
    display: Callable[[str], str] | None = None
    """The character in *fix*; None: the replacement."""


def _unchanged(letters: str) -> str:
    return letters


def _as_utf_8(letters: str) -> str:
    """Return the original text of UTF-8 that was read as Windows-1252."""
    # Windows-1252 leaves five bytes undefined; these stayed control characters.
    data = b"".join(
        bytes([ord(letter)]) if "\x80" <= letter <= "\x9f" else letter.encode("cp1252") for letter in letters
    )
    return data.decode("utf-8", "replace")


KINDS = (
    _Kind(
        pattern=CONTROLS,
        message="the control character {}",
        fix="remove it; {} is printed instead",
        instead=lambda letter: " " if letter in "\v\f" else LOST,
        display=lambda letter: "a space" if letter in "\v\f" else LOST,
    ),
    _Kind(
        pattern=C1,
        message="the control character {}",
        fix="did you mean {}? It is printed that way; correct it, and save the file as UTF-8",
        instead=windows,
    ),
    _Kind(
        pattern=SEPARATORS,
        message="the separator {}",
        fix="write a space, or end the line; a space is printed",
        instead=lambda _: " ",
    ),
    _Kind(
        pattern=MARKS,
        message="the byte order mark {} inside the text",
        fix="remove it; it is left out",
        instead=lambda _: "\u2060",
    ),
    _Kind(
        pattern=TAGS,
        message="the invisible tag {}",
        fix="remove it: it hides words from readers; it is left out",
        instead=lambda run: "\u2060" * len(run),
    ),
    _Kind(
        pattern=PRIVATE,
        message="the private character {}, which other fonts do not have",
        fix="write a word, or a character from Unicode",
        instead=_unchanged,
    ),
    _Kind(
        pattern=regex(LOST),
        message="{} in place of a letter: the original was lost when the file was saved in another encoding",
        fix="write the letter",
        instead=_unchanged,
    ),
    _Kind(
        pattern=GARBLED,
        message="{} looks like UTF-8 that was read as Windows-1252",
        fix="did you mean {}?",
        instead=_unchanged,
        display=_as_utf_8,
    ),
)


def cleaned(text: str) -> tuple[str, tuple[Finding, ...]]:
    r"""Return *text* without characters that no page can show, and a finding for each line that had some.

    >>> cleaned("It\x92s")[0]
    'It’s'
    """
    rare = text.encode("utf-8", "surrogatepass").translate(None, _PLAIN).decode("utf-8", "surrogatepass")
    if not _STRANGE.search(rare):  # a hundredth of the time of looking for each kind in the whole text
        return text, ()
    findings: list[Finding] = []
    result = text
    for kind in KINDS:
        matches = list(kind.pattern.finditer(text))
        if matches:
            findings += _findings(text, kind, matches)
            result = kind.pattern.sub(_replacing(kind.instead), result)
    return result, tuple(sorted(findings, key=lambda finding: finding.at))


def _replacing(instead: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    return lambda match: instead(match[0])


def _findings(text: str, kind: _Kind, matches: Sequence[re.Match[str]]) -> Iterator[Finding]:
    """Yield a finding for each line with one of *matches*, at most :data:`MOST`."""
    lines: dict[int, list[re.Match[str]]] = {}
    line, at = 0, 0
    for match in matches:
        line, at = line + text.count("\n", at, match.start()), match.start()
        lines.setdefault(line, []).append(match)
    for number, on_line in enumerate(islice(lines.values(), MOST), 1):
        first = on_line[0][0]
        names = " ".join(f"U+{ord(letter):04X}" for letter in first) if kind.display is not _as_utf_8 else repr(first)
        times = f" ({len(on_line)} on this line)" if len(on_line) > 1 else ""
        more = (
            f"; {amount(len(lines) - MOST, 'more line holds', 'more lines hold')} such characters"
            if number == MOST < len(lines)
            else ""
        )
        replacement = (kind.display or kind.instead)(first)
        yield Finding(
            at=on_line[0].start(), message=kind.message.format(names) + times + more, fix=kind.fix.format(replacement)
        )

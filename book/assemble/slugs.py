"""Ids of headings as other tools make them, so that an anchor written for any of these tools finds its heading.

Each function takes the text of a heading (without markup, with code as typed) and returns the id of its first occurrence,
without the suffix of a second one; an empty string if the tool makes no id for such a heading.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable

from book.patterns import regex

# Decimal numbers, letter-like numbers, marks and letters; _ and similar: a word in Ruby and JavaScript.
WORD = frozenset("Lu Ll Lt Lm Lo Mn Mc Me Nd Nl Pc".split())
ALPHANUMERIC = frozenset("Lu Ll Lt Lm Lo Nd Nl No".split())
LETTER = frozenset("Lu Ll Lt Lm Lo".split())
# Pandoc's names of the emoji that begin headings most often: it puts the name into the id.
EMOJI = {
    "✅": "white_check_mark", "❌": "x", "❎": "negative_squared_cross_mark", "✔": "heavy_check_mark", "⚠": "warning",
    "❓": "question", "❗": "heavy_exclamation_mark", "ℹ": "information_source", "💡": "bulb", "📝": "pencil", "📌": "pushpin",
    "📚": "books", "📖": "open_book", "📦": "package", "📅": "date", "📈": "chart_with_upwards_trend", "🔗": "link",
    "🔍": "mag", "🔧": "wrench", "🔨": "hammer", "🔥": "fire", "🔒": "lock", "🔑": "key", "🔔": "bell", "🚀": "rocket",
    "🚧": "construction", "🚨": "rotating_light", "🎉": "tada", "🎯": "dart", "🎨": "art", "🏆": "trophy", "🏠": "house",
    "👋": "wave", "👍": "thumbsup", "👎": "thumbsdown", "👀": "eyes", "👉": "point_right", "💬": "speech_balloon", "💰": "moneybag",
    "💻": "computer", "💪": "muscle", "💥": "collision", "❤": "heart", "⭐": "star", "🌟": "star2", "✨": "sparkles",
    "⚡": "zap", "☕": "coffee", "🐛": "bug", "🌍": "earth_africa", "🌱": "seedling", "🌈": "rainbow", "🤔": "thinking",
    "🤝": "handshake", "🙏": "pray", "😀": "grinning", "🙂": "slightly_smiling_face", "🗺": "world_map", "🛠": "hammer_and_wrench",
    "➡": "arrow_right", "⬆": "arrow_up", "⏰": "alarm_clock", "📣": "mega", "📢": "loudspeaker", "📞": "telephone_receiver", "📧": "e-mail",
}  # fmt: skip
PRESENTATION = "\ufe0f"


def github(text: str) -> str:
    """Return GitHub's id; also the default of GitLab, Hugo, Docusaurus and HonKit except for rare letters.

    >>> github("✅ Do it: C++ & you_2"), github("Über uns")
    ('-do-it-c--you_2', 'über-uns')
    """
    return text.strip().lower().translate(_GITHUB)


def gitlab(text: str) -> str:
    """Return GitLab's id: GitHub's, with runs of hyphens reduced to one.

    >>> gitlab("This & that")
    'this-that'
    """
    return re.sub("-+", "-", github(text))


def docusaurus(text: str) -> str:
    """Return the id of Docusaurus, which is GitHub's.

    >>> docusaurus("What's new?")
    'whats-new'
    """
    return github(text)


def pandoc(text: str) -> str:
    """Return the id of pandoc's own Markdown (``auto_identifiers``); also that of Quarto and bookdown.

    >>> pandoc("3. Applications & more"), pandoc("123")
    ('applications-more', 'section')
    """
    words = "-".join(text.lower().translate(_PANDOC).split())
    start = next((index for index, letter in enumerate(words) if unicodedata.category(letter) in LETTER), len(words))
    return words[start:] or "section"


def pandoc_github(text: str) -> str:
    """Return the id of pandoc's GitHub dialect (``gfm_auto_identifiers``): an emoji becomes its name.

    >>> pandoc_github("✅ Do it")
    'white_check_mark-do-it'
    """
    spelled = text.replace(PRESENTATION, "").translate(_EMOJI)
    return spelled.strip().lower().translate(_PANDOC_GITHUB)


def kramdown(text: str) -> str:
    """Return the id of kramdown, Jekyll's Markdown: ASCII letters only.

    >>> kramdown("1. Über uns & you"), kramdown("日本語")
    ('ber-uns--you', 'section')
    """
    plain = re.sub(r"[^a-zA-Z0-9 -]", "", re.sub(r"^[^a-zA-Z]+", "", text.strip()))
    return plain.replace(" ", "-").lower() or "section"


def python_markdown(text: str) -> str:
    """Return the id of Python-Markdown and MkDocs: accents removed, then ASCII only; runs of spaces and hyphens reduced to one.

    >>> python_markdown("Über uns -- & you"), python_markdown("日本語")
    ('uber-uns-you', '')
    """
    return python_markdown_unicode(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode())


def python_markdown_unicode(text: str) -> str:
    """Return the id of Python-Markdown with ``slugify_unicode``: the same, with letters of all scripts.

    >>> python_markdown_unicode("Über uns")
    'über-uns'
    """
    plain = re.sub(r"[^\w\s-]", "", text).strip().lower()
    return re.sub(r"[-\s]+", "-", plain)


def mdbook(text: str) -> str:
    """Return the id of mdBook: letters and numbers of all scripts, ``_`` and ``-``; every space becomes a hyphen.

    >>> mdbook("1. C++ & Größe")
    '1-c--größe'
    """
    return text.strip().lower().translate(_MDBOOK)


def mdbook_ascii(text: str) -> str:
    """Return the id of mdBook before 0.5, which lowered only ASCII letters.

    >>> mdbook_ascii("Änderung")
    'Änderung'
    """
    return text.strip().translate(_SMALL).translate(_MDBOOK)


def docutils(text: str) -> str:
    """Return the id of docutils: for Sphinx, and for MyST's own references.

    >>> docutils("1. Über uns_2")
    'uber-uns-2'
    """
    ascii_only = unicodedata.normalize("NFKD", text.lower().translate(DOCUTILS)).encode("ascii", "ignore").decode()
    return re.sub(r"^[-0-9]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", " ".join(ascii_only.split())))


def vuepress(text: str) -> str:
    """Return the id of VuePress and VitePress: accents removed, punctuation as hyphens, ``_`` before a digit.

    >>> vuepress("2. What's new?")
    '_2-what-s-new'
    """
    bare = unicodedata.normalize("NFKD", text).translate(_ACCENTS)
    hyphens = re.sub(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'“”‘’<>,.?/]+", "-", re.sub(r"[\x00-\x1f]", "", bare))
    return re.sub(r"^(?=\d)", "_", re.sub("-{2,}", "-", hyphens).strip("-")).lower()


DIALECTS: tuple[Callable[[str], str], ...] = (
    github, gitlab, docusaurus, pandoc, pandoc_github, kramdown, python_markdown, python_markdown_unicode, mdbook,
    mdbook_ascii, docutils, vuepress,
)  # fmt: skip
"""All dialects, the most common first."""

# Letters without a decomposition.
DOCUTILS = str.maketrans({"ø": "o", "đ": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t", "ß": "sz", "æ": "ae", "œ": "oe"})


@functools.lru_cache(maxsize=65_536)
def dialects(text: str) -> tuple[str, ...]:
    """Return every id by which *text* may be linked, each once, the most common dialect first.

    >>> dialects("Über uns!")
    ('über-uns', 'ber-uns', 'uber-uns', 'Über-uns')
    """
    if _PLAIN.fullmatch(text):  # true of most headings in English: all dialects agree
        return (text.lower().replace(" ", "-"),)
    return _every(text)


_PLAIN = regex("[A-Za-z]+(?: [A-Za-z]+)*")
"""Words for which every dialect has the same id."""


def _every(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(slug for slug in (dialect(text) for dialect in DIALECTS) if slug.strip("-")))


class _Letters(dict[int, str]):
    """A table for ``str.translate`` that a function fills, letter by letter, as they occur."""

    def __init__(self, change: Callable[[str], str]) -> None:
        """Fill the table with *change*, which returns what stands for a letter."""
        super().__init__()
        self._change = change

    def __missing__(self, code: int) -> str:
        """Return what stands for a letter that occurs for the first time."""
        self[code] = new = self._change(chr(code))
        return new


def _is(letter: str, categories: frozenset[str]) -> bool:
    # Marks such as the circled letters are alphabetic although they are symbols.
    return unicodedata.category(letter) in categories or "\u24b6" <= letter <= "\u24e9"


def _is_rust(letter: str) -> bool:
    """Return whether *letter* is alphanumeric in Rust: vowel signs are, accents and viramas are not."""
    category = unicodedata.category(letter)
    if category in ("Mn", "Mc"):
        return not unicodedata.combining(letter) and not "\ufe00" <= letter <= "\ufe0f"
    return _is(letter, ALPHANUMERIC)


def _pandoc_keeps(letter: str) -> bool:
    return letter in "_-." or letter.isspace() or unicodedata.category(letter) in ALPHANUMERIC


def _pandoc_github_keeps(letter: str) -> bool:
    return letter == "-" or unicodedata.category(letter) in WORD | {"No"}


def _mdbook_keeps(letter: str) -> bool:
    return letter in "_-" or _is_rust(letter)


_GITHUB = _Letters(lambda letter: "-" if letter == " " else letter if letter == "-" or _is(letter, WORD) else "")
_PANDOC = _Letters(lambda letter: letter if _pandoc_keeps(letter) else "")
_PANDOC_GITHUB = _Letters(lambda letter: "-" if letter.isspace() else letter if _pandoc_github_keeps(letter) else "")
_MDBOOK = _Letters(lambda letter: "-" if letter.isspace() else letter if _mdbook_keeps(letter) else "")
_EMOJI = str.maketrans(EMOJI)
_SMALL = str.maketrans({letter: letter.lower() for letter in map(chr, range(128))})
_ACCENTS = dict.fromkeys(range(0x300, 0x370))

"""Http and https addresses: parsed by the WHATWG standard and written in one form."""

from __future__ import annotations

import functools
import re
from urllib.parse import quote, unquote

from ada_url import idna_to_unicode, normalize_url
from msgspec import Struct
from msgspec.structs import replace

from book.patterns import regex

LINE_ENDS = regex(r"[\t\n\r]+")
HOST = regex(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
HOST_LENGTH = 253
# Characters that no address may contain; everything else in a query or a fragment is unchanged.
FORBIDDEN = regex(r'[\x00-\x20"<>\x7f]')
# Characters that are not URL code points (WHATWG URL §4.3), and a % that does not begin an escape.
STRAY = regex(
    r'%(?![0-9A-Fa-f]{2})|[\x00-\x20"<>\[\]\\^`{|}\x7f-\x9f\ufdd0-\ufdef]|['
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
# The output of the parser; no part of it can contain its own delimiter.
WHOLE = regex(
    r"(?P<scheme>https?)://(?:(?P<user>[^/@]*)@)?(?P<host>\[[^]]*\]|[^/:]*)(?::(?P<port>\d+))?(?P<path>/[^?]*)\?"
)
# What the parser returns as it is, but for the slash behind a bare host: to ask it takes most of the time of an address.
PLAIN = regex(r"https?://((?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,24})((?:/(?!\.)[\w.~!$&'()*+,;=:@-]*)*)", re.ASCII)
BARE = regex(r"\s*[A-Za-z]+:[/\\]*[^/\\]*")
NUMBER = regex(r"\[.*|\d+(?:\.\d+){3}")
# Unnecessary escapes of letters, digits and -._~, and escapes in lower case. A stray % before one must not form
# a new escape with the decoded character.
ESCAPE = regex(
    r"(?<!%)(?<!%[0-9A-Fa-f])%(?:(2[DEde]|3[0-9]|[46][1-9A-Fa-f]|5[0-9AFaf]|7[0-9AEae])|[a-f][0-9A-Fa-f]|[0-9A-F][a-f])"
)
LETTERS = regex(r"(?:%[89A-F][0-9A-F])+")
PRINTED = regex("[\x21-\x7e\u00c0-\u024f\u0370-\u052f\u1e00-\u1fff]*")
"""Letters of Latin, Greek and Cyrillic: every theme has them."""
PRINTED_EAST = regex("[\x21-\x7e\u00c0-\u024f\u0370-\u052f\u1e00-\u1fff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3]*")
"""The same, plus Chinese, Japanese and Korean."""


class Address(Struct, frozen=True, kw_only=True):
    """An http or https address in its parts, each in the form in which it is written."""

    scheme: str
    credentials: str = ""
    """``user:password`` as the standard encodes it."""
    host: str
    """Lower case, Punycode."""
    port: str = ""
    """Empty for the scheme's own port."""
    path: str
    """Empty for a bare host."""
    query: str | None = None
    """As typed, without forbidden characters; None if nothing follows a ``?``."""
    fragment: str | None = None

    def __str__(self) -> str:
        """Return the address as written in a link."""
        user, port = self.credentials and f"{self.credentials}@", self.port and f":{self.port}"
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.scheme}://{user}{self.host}{port}{self.path}{query}{fragment}"


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Address | None:
    """Return the parts of *text*, an absolute http or https address; None if it is not valid.

    >>> str(parse("HTTPS://Bücher.example:443/%7ea/../b c?q=%2f#x"))
    'https://xn--bcher-kva.example/b%20c?q=%2f#x'
    """
    head, mark, fragment = LINE_ENDS.sub("", text).partition("#")
    head, ask, query = head.partition("?")
    try:
        # The parser would encode query and fragment again, so it does not get them.
        match = WHOLE.fullmatch(_normal(head))
        (query + fragment).encode()
    except ValueError:
        return None
    if match is None or not _is_sound(match["host"]):
        return None
    return Address(
        scheme=match["scheme"],
        credentials=match["user"] or "",
        host=match["host"],
        port=match["port"] or "",
        path="" if BARE.fullmatch(head) else ESCAPE.sub(_in_form, match["path"]),
        query=FORBIDDEN.sub(_encoded, query) if ask and query else None,
        fragment=FORBIDDEN.sub(_encoded, fragment) if mark else None,
    )


def _normal(head: str) -> str:
    """Return *head*, an address without query, as the parser writes it, with a question mark.

    Raises:
        ValueError: it is not valid.
    """
    plain = PLAIN.fullmatch(head)
    if plain and "xn--" not in plain[1]:
        return f"{head}?" if plain[2] else f"{head}/?"
    return normalize_url(head + "?")


def strict(address: str) -> str:
    """Return *address* with every forbidden character escaped (WHATWG URL §4.3): browsers accept them, EPUBCheck does not.

    >>> strict("https://example.org/a|b?q=[1]&r=100%#c#d"), strict("mailto:a[b]@example.org")
    ('https://example.org/a%7Cb?q=%5B1%5D&r=100%25#c%23d', 'mailto:a%5Bb%5D@example.org')
    """
    parts = parse(address) if address[:5].lower() in ("http:", "https") else None
    text = str(parts) if parts else address
    match = re.match(r"https?://[^/?#]*", text)
    host = match[0] if match else ""
    head, mark, fragment = text.removeprefix(host).partition("#")
    return host + STRAY.sub(_encoded, head) + mark + STRAY.sub(_encoded, fragment.replace("#", "%23"))


def printed(address: str, language: str = "") -> str:
    """Return *address* as printed on paper: without scheme and text fragment, host and path in readable letters.

    Typing the result leads to the same page. Only letters that every theme can print, and those of the *language* of the
    chapter, are decoded; an address with others stays encoded.

    >>> printed("https://xn--bcher-kva.example/%C3%A4rzte#:~:text=b"), printed("mailto:a@example.org")
    ('bücher.example/ärzte', 'a@example.org')
    >>> printed("https://example.org/%E7%AB%A0"), printed("https://example.org/%E7%AB%A0", "zh-Hans")
    ('example.org/%E7%AB%A0', 'example.org/章')
    """
    parts = parse(address) if address.startswith(("http:", "https:")) else None
    if parts is None:
        return re.sub(r"^(?:mailto|tel):", "", address)
    fragment = parts.fragment.partition(":~:")[0] if parts.fragment else ""
    bare = replace(parts, credentials="", fragment=fragment or None)
    decoded = replace(
        bare,
        host=idna_to_unicode(bare.host) or bare.host,
        path=LETTERS.sub(_letters, bare.path),
        query=LETTERS.sub(_letters, bare.query) if bare.query else bare.query,
        fragment=LETTERS.sub(_letters, fragment) or None,
    )
    allowed = PRINTED_EAST if language.split("-", maxsplit=1)[0].lower() in {"zh", "ja", "ko"} else PRINTED
    parsed = parse(str(decoded))
    result = decoded if allowed.fullmatch(str(decoded)) and parsed and str(parsed) == str(bare) else bare
    return str(result).partition("://")[2]


def spelt(address: str, language: str) -> str:
    """Return *address* in full as printed on paper: with its scheme, in readable letters, without a text fragment.

    >>> spelt("https://xn--bcher-kva.example/#:~:text=b", "de"), spelt("mailto:a@example.org", "de")
    ('https://bücher.example/', 'mailto:a@example.org')
    """
    before, mark, _ = address.partition("://")
    return f"{before}{mark}{printed(address, language)}" if mark else address


def readable(address: str) -> str:
    """Return *address* with host and path in readable letters, as an author would type it.

    >>> readable("https://xn--bcher-kva.example/%C3%A4%20b")
    'https://bücher.example/ä%20b'
    """
    parts = parse(address) if address.startswith(("http:", "https:")) else None
    if parts is None:
        return address
    decoded = str(
        replace(parts, host=idna_to_unicode(parts.host) or parts.host, path=LETTERS.sub(_letters, parts.path))
    )
    back = parse(decoded)
    return decoded if back and str(back) == address else address


def _is_sound(host: str) -> bool:
    """Return whether *host* could exist: the standard also accepts names that no resolver accepts."""
    return host.startswith("[") or (len(host) <= HOST_LENGTH and HOST.fullmatch(host) is not None)


def _letters(match: re.Match[str]) -> str:
    letters = unquote(match[0], errors="surrogateescape")
    return letters if letters.isprintable() else match[0]


def _in_form(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else match[0].upper()


def _encoded(match: re.Match[str]) -> str:
    return quote(match[0], safe="")

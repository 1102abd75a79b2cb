"""One external address: parsed by the WHATWG standard, unwrapped, stripped, normalised, judged.

Everything here is a pure function of the address and of what is known about hosts; nothing is fetched. The rules are
``redirect``, ``tracking``, ``https`` and ``url-form``, in this order, and have these names in `report.json`.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from book import schemes
from book.patterns import regex
from book.problems import Kind, Severity
from book.style.links import tables
from book.style.links.redirectors import parameter_name, redirector, target
from book.style.links.whatwg import HOST_LENGTH, LINE_ENDS, NUMBER, Address, parse

REDIRECT = Kind("L101", Severity.WARNING, "a redirect to something that is not a web address")
SHORTENER = Kind("L102", Severity.NOTE, "a short address that hides its target")
PLAIN_HTTP = Kind("L103", Severity.NOTE, "an http address on a host not known to support https")
CREDENTIALS = Kind("L104", Severity.WARNING, "a user name in an address")
INVALID = Kind("L105", Severity.WARNING, "an address that cannot be read")
UNSAFE = Kind("L106", Severity.WARNING, "a link that could run something or open a file")
SCHEME = Kind("L107", Severity.WARNING, "an address with an unknown scheme")

# Schemes that an address book, a phone or a desktop program opens; passed on as typed.
OTHER_SCHEMES = frozenset(
    "mailto tel sms xmpp sip sips geo callto ftp ftps sftp irc ircs news nntp webcal git ssh svn doi urn magnet matrix".split()
)

# Invisible at the ends of a copied address. The joiners U+200C and U+200D may be part of a word.
EDGES = "".join(map(chr, range(0x21))) + "\x7f\x85\xa0\u200b\u200e\u200f\u2028\u2029\u202f\u2060\u3000\ufeff<>"
# No address has them; a page from which one is copied has them as places for line breaks.
UNSEEN = regex("[\u00ad\u200b\u2060\ufeff]+")
SLIP = regex(r"h{0,2}t{1,3}p{1,2}s{0,2}|https?[a-z]?|hpps?|hhtps?", re.IGNORECASE)
# `https//x.org`, `http;//x.org`, `://x.org`: a scheme without its colon or its letters.
BROKEN_SCHEME = regex(r"(?:h{0,2}t{1,3}p{1,2}s{0,2}[.;,]?|:)//(?=.)", re.IGNORECASE)
WWW = regex(r"www\.[^\s./\\?#@:]+\.", re.IGNORECASE)
CHAPTER = regex(r"\.(?:mdx?|markdown|html?)(?:[?#]|$)", re.IGNORECASE)
LOCAL = regex(r"(?:.*\.)?(?:localhost|local|test|internal|invalid|onion)\.?")
BARE_HOST = regex(
    r"(?:[a-z0-9][a-z0-9-]*\.)+(?:com|org|net|io|dev|edu|gov|app|ai|co|uk|de|fr|eu)(?=[/?#:]|$)", re.IGNORECASE
)

# An https address that no rule can touch unless a table knows its host: no query, no escape, no dot segment.
QUICK = regex(
    r"https://((?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z]{2,24})(?:/(?!\.)[\w.~!$&'()*+,;=:@-]*)*(?:#[\w.~!$'()*+,;:@/?-]*)?",
    re.ASCII,
)


class Doubt(NamedTuple):
    """A problem with an address, without its place."""

    kind: Kind
    message: str
    fix: str
    live: bool = True
    """Whether the link may be followed."""


class Evidence(Struct, frozen=True, kw_only=True):
    """What the book and its owner know about hosts."""

    https_hosts: Container[str] = frozenset()
    """Hosts that support https, in lower case and Punycode."""


class Cleaned(Struct, frozen=True, kw_only=True):
    """An address after all rules."""

    address: str
    """The target of the link."""
    steps: tuple[str, ...] = ()
    """The names of the rules that changed something, in the order in which they run."""
    doubts: tuple[Doubt, ...] = ()
    live: bool = True
    """Whether it may stay a link; otherwise it must become text."""


def clean(address: str, evidence: Evidence) -> Cleaned:
    """Return *address* unwrapped, without tracking, with https if its host is known to support it, in canonical form.

    Args:
        address: the destination of a link, from pandoc. One that leads into the book (relative, ``#a``, ``/a``) is
            returned unchanged.
        evidence: hosts known to support https.

    >>> clean("https://www.google.com/url?q=http://github.com/a%3Futm_id%3D1&sa=D", Evidence())
    Cleaned(address='https://github.com/a', steps=('redirect', 'tracking', 'https'), doubts=(), live=True)
    """
    quick = QUICK.fullmatch(address)
    if quick and len(quick[1]) <= HOST_LENGTH and "xn--" not in quick[1] and not tables.facts(quick[1]).listed:
        return Cleaned(address=address)
    text = absolute(address)
    if text is None:
        return Cleaned(address=address)
    match = schemes.NAME.match(text)
    scheme = match[1].lower() if match else ""
    if scheme in ("http", "https"):
        return _cleaned(address, text, evidence)
    if scheme in schemes.UNSAFE:
        fix = (
            "link to a chapter, or to where the file can be fetched"
            if scheme == "file"
            else "write a web address, or remove the link"
        )
        doubt = Doubt(UNSAFE, f"a link to {scheme}: is shown as text: {short(address)}", fix)
        return Cleaned(address=address, doubts=(doubt,), live=False)
    if scheme in OTHER_SCHEMES:
        return Cleaned(address=text, steps=() if text == address else ("url-form",))
    return Cleaned(address=address, doubts=(_unknown(address, text, scheme),), live=False)


def absolute(address: str) -> str | None:
    """Return *address* trimmed and with its scheme, or None if it leads into the book.

    >>> absolute(" <//example.org/a> "), absolute("www.example.org"), absolute("users.md#a"), absolute("/pricing")
    ('https://example.org/a', 'https://www.example.org', None, None)
    """
    text = UNSEEN.sub("", LINE_ENDS.sub("", address)).strip(EDGES)
    if text[:1] in ("/", "\\"):
        return "https:" + text if text[1:2] in ("/", "\\") else None
    if WWW.match(text):
        return "https://" + text
    match = schemes.NAME.match(text)
    if match is None:
        return text if BROKEN_SCHEME.match(text) else None
    # `Intro: basics.md` is a file with a colon in its name.
    inside = text[match.end() : match.end() + 2] != "//" and match[1].lower() not in schemes.UNSAFE | OTHER_SCHEMES | {
        "http",
        "https",
    }
    return None if inside and CHAPTER.search(text) else text


def suggestion(address: str) -> str | None:
    """Return the web address that *address*, a relative one that leads nowhere, probably means; else None.

    >>> suggestion("github.com/o/r"), suggestion("users.md")
    ('https://github.com/o/r', None)
    """
    if re.fullmatch(r"[^\s/@:?#]+@[^\s/@:?#]+\.[a-z]{2,}", address, re.IGNORECASE):
        return f"mailto:{address}"
    return f"https://{address}" if BARE_HOST.match(address) else None


def short(address: str, limit: int = 120) -> str:
    """Return *address* quoted for a message, shortened in the middle if it is long."""
    text = address if len(address) <= limit else f"{address[: limit // 2]}…{address[-limit // 2 + 1 :]}"
    return f"'{text}'"


def _cleaned(typed: str, text: str, evidence: Evidence) -> Cleaned:
    """Return *text*, an http or https address made from *typed*, after all rules."""
    start = parse(text)
    if start is None or start.host in ("http", "https"):
        twice = re.sub(r"^https?:/*(?=https?:?/)", "", text, flags=re.IGNORECASE)
        fix = f"write {short(twice)}" if twice != text and parse(twice) else "write the address as the browser shows it"
        return Cleaned(
            address=typed, doubts=(Doubt(INVALID, f"this address cannot be read: {short(typed)}", fix),), live=False
        )
    steps, doubts = [], []
    goal, source, doubt = _unwrapped(start, text)
    if doubt and not doubt.live:
        return Cleaned(address=typed, doubts=(doubt,), live=False)
    if doubt:
        doubts.append(doubt)
    if source is not text:
        steps.append("redirect")
        typed = source
    facts = tables.facts(goal.host)
    if not facts.archive and not doubt:
        bare = _stripped(goal, facts.tracking)
        if bare is not goal:
            steps.append("tracking")
    else:
        bare = goal
    safe = _secured(bare, evidence)
    if safe is not bare:
        steps.append("https")
    if str(goal) != typed:
        steps.append("url-form")
    doubts.extend(_doubts(safe, facts))
    return Cleaned(address=str(safe), steps=tuple(steps), doubts=tuple(doubts))


def _unwrapped(start: Address, text: str) -> tuple[Address, str, Doubt | None]:
    """Return the target of the redirects that begin at *start*, and that address as typed; or *start* and the reason."""
    current, words = start, text
    for _ in range(tables.most() + 1):
        entry = None if current.port or tables.facts(current.host).archive else redirector(current.host, current.path)
        goal = target(entry, current.path, current.query, current.fragment) if entry else None
        if entry is None or goal is None:
            return current, words, None
        words = LINE_ENDS.sub("", goal).strip(EDGES)
        following = parse(words) if re.match(r"https?://", words, re.IGNORECASE) else None
        if schemes.scheme(words) in schemes.UNSAFE:
            message = (
                f"this {entry.name} redirect leads to {schemes.scheme(words)}: and is shown as text: {short(goal)}"
            )
            fix = "write a web address, or remove the link"
            return start, text, Doubt(REDIRECT, message, fix, live=False)
        if following is None or following.host in ("http", "https"):
            message = f"this {entry.name} redirect leads to {short(goal)}, which is not a web address"
            return start, text, Doubt(REDIRECT, message, "write the address that the link should lead to")
        current = following
    message = f"this link passes through more than {tables.most()} redirects: {short(text)}"
    return start, text, Doubt(REDIRECT, message, "write the address where the browser ends up")


def _stripped(address: Address, names: tables.Names) -> Address:
    """Return *address* without tracking parameters; *address* itself if it has none."""
    query, fragment, path = address.query, address.fragment, address.path
    if query is not None:
        parameters = query.split("&")
        tracked = {parameter for parameter in set(parameters) if parameter_name(parameter).lower() in names}
        if tracked:
            remaining = [parameter for parameter in parameters if parameter not in tracked]
            query = "&".join(remaining) if any(remaining) else None
    if fragment and all(name.startswith("utm_") for name in map(str.lower, fragment.split("&"))):
        fragment = None
    if names.part:
        segments = path.removesuffix("/").split("/")
        while segments[-1].startswith(names.part):
            segments.pop()
            path = "/".join(segments) if not segments[-1].startswith(names.part) else path
    if (query, fragment, path) == (address.query, address.fragment, address.path):
        return address
    return replace(address, query=query, fragment=fragment, path=path)


def _secured(address: Address, evidence: Evidence) -> Address:
    """Return *address* with https if its host is known to support it; else *address* itself."""
    if address.scheme == "https" or address.port or _is_local(address):
        return address
    secure = address.host in evidence.https_hosts or tables.facts(address.host).https
    return replace(address, scheme="https") if secure else address


def _doubts(address: Address, facts: tables.Facts) -> list[Doubt]:
    doubts = []
    if address.credentials:
        masked = replace(address, credentials=re.sub(":.*", ":…", address.credentials))
        message = f"this address contains a user name: {short(str(masked))}"
        doubts.append(Doubt(CREDENTIALS, message, f"write {short(str(replace(address, credentials='')))}"))
    if facts.shortener:
        doubts.append(
            Doubt(
                SHORTENER,
                f"{address.host} hides its target: {short(str(address))}",
                "write the address where the browser ends up",
            )
        )
    if address.scheme == "http" and not _is_local(address):
        fix = f'write https://, or name "{address.host}" under links.https_hosts'
        doubts.append(Doubt(PLAIN_HTTP, f"{address.host} is not known to support https: {short(str(address))}", fix))
    return doubts


def _unknown(address: str, text: str, scheme: str) -> Doubt:
    """Return the warning about an address whose scheme is misspelled or unknown."""
    if not scheme or SLIP.fullmatch(scheme):
        likely = re.sub(r"^[A-Za-z.;,]*:?/*", "http://" if scheme.endswith("p") else "https://", text, count=1)
        fix = f"write {short(likely)}" if parse(likely) else "write the address as the browser shows it"
        return Doubt(INVALID, f"the start of this address is mistyped: {short(address)}", fix)
    if re.match(r":\d{1,5}(?:[/?#]|$)", text[len(scheme) :]):
        return Doubt(
            SCHEME,
            f"this address has no scheme: {short(address)}",
            f"write {short('http://' + text)}, or set it as code",
        )
    return Doubt(
        SCHEME,
        f"readers' devices cannot open addresses that start with {short(scheme + ':', 40)}: {short(address)}",
        "write a web address",
    )


def _is_local(address: Address) -> bool:
    return LOCAL.fullmatch(address.host) is not None or NUMBER.fullmatch(address.host) is not None

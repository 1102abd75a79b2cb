"""Finds the target of a redirector in the redirector's own address; nothing is fetched."""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from book.patterns import regex
from book.style.links.tables import Redirector, facts

# Proofpoint v3 writes a run of replaced characters as `**` and one of these letters: A is 2 characters, B is 3 …
RUNS = {
    letter: length
    for length, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 2)
}
ABSOLUTE = regex(r"https?:", re.IGNORECASE)


def redirector(host: str, path: str) -> Redirector | None:
    """Return the redirector at *host* and *path*, or None for an ordinary page.

    >>> redirector("www.google.com", "/url").name, redirector("www.google.com", "/search")
    ('Google', None)
    """
    plain = path.rstrip("/")
    for entry in facts(host).redirectors:
        if not entry.paths or any(
            path.startswith(pattern[:-1]) if pattern.endswith("*") else plain == pattern.rstrip("/")
            for pattern in entry.paths
        ):
            return entry
    return None


def target(entry: Redirector, path: str, query: str | None, fragment: str | None) -> str | None:
    """Return the target of *entry*, unchecked.

    Args:
        entry: the redirector.
        path: path of its address.
        query: the text after ``?``, or None without a ``?``.
        fragment: the text after ``#``; a browser passes it on if the target has none.

    Returns:
        The target; empty if it cannot be decoded; None if the address contains no target.

    >>> target(redirector("href.li", "/"), "/", "https://example.org/a", None)
    'https://example.org/a'
    """
    goal = TAKES[entry.take](entry, path, query, fragment)
    if goal and fragment is not None and "#" not in goal and entry.take != "proofpoint-3":
        return f"{goal}#{fragment}"
    return goal


def parameter_name(parameter: str) -> str:
    """Return the name of one query parameter as its site reads it, without the ``amp;`` of a badly copied link.

    >>> parameter_name("amp;utm%5Fid=3")
    'utm_id'
    """
    name = parameter.partition("=")[0]
    if name.startswith("amp;"):
        name = re.sub("^(?:amp;)+", "", name)
    return decoded(name) if "%" in name else name


def decoded(text: str) -> str:
    """Return *text* percent-decoded once; an escape that is not UTF-8 stays.

    >>> decoded("%C3%A4%2541%E9")
    'ä%41%E9'
    """
    decoded_bytes = unquote_to_bytes(text.encode("utf-8", "replace")).decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda match: f"%{ord(match[0]) - 0xDC00:02X}", decoded_bytes)


def _parameter(entry: Redirector, query: str | None) -> str | None:
    """Return the raw value of the first parameter that is not empty; empty if there is none."""
    values: dict[str, str] = {}
    for parameter in dict.fromkeys((query or "").split("&")):
        name = parameter_name(parameter)
        if name in entry.parameters:
            values.setdefault(name, parameter.partition("=")[2])
    full = (values[name] for name in entry.parameters if values.get(name))
    return next(full, "" if values else None)


def _from_parameter(entry: Redirector, _path: str, query: str | None, _fragment: str | None) -> str | None:
    value = _parameter(entry, query)
    if not value:
        return value
    value = decoded(value)
    for _ in range(1, entry.decode):
        value = value if ABSOLUTE.match(value) else decoded(value)
    return value


def _from_path(_entry: Redirector, path: str, query: str | None, _fragment: str | None) -> str | None:
    rest = decoded(path.split("/", 2)[2])
    scheme, rest = ("https", rest[2:]) if rest.startswith("s/") else ("http", rest)
    if not rest:
        return None
    goal = f"{scheme}://{rest}"
    return goal if query is None else f"{goal}{'&' if '?' in goal else '?'}{query}"


def _from_query(_entry: Redirector, _path: str, query: str | None, _fragment: str | None) -> str | None:
    # A raw target must not be decoded: its escapes belong to the target.
    return query if not query or ABSOLUTE.match(query) else decoded(query)


def _from_base64(entry: Redirector, _path: str, query: str | None, _fragment: str | None) -> str | None:
    value = _parameter(entry, query)
    if not value:
        return value
    value = decoded(value)
    return _unpacked(value[2:]) or "" if value.startswith("a1") else ""


def _from_disqus(entry: Redirector, path: str, query: str | None, fragment: str | None) -> str | None:
    value = _from_parameter(entry, path, query, fragment)
    # `https://example.org/a:TIpFPeGk…`: remove the hash, keep a port.
    match = re.fullmatch(
        r"(https?://[^/]*/.*|https?://[^/:]+(?=:\D|:\d+\D)):[\w-]*", value or "", re.IGNORECASE | re.DOTALL | re.ASCII
    )
    return match[1] if match else value


def _from_proofpoint_2(entry: Redirector, _path: str, query: str | None, _fragment: str | None) -> str | None:
    value = _parameter(entry, query)
    return decoded(value.translate(str.maketrans("-_", "%/"))) if value else value


def _from_proofpoint_3(_entry: Redirector, path: str, query: str | None, fragment: str | None) -> str | None:
    """Read ``/v3/__X__;B!…``: each ``*`` in X stands for the next characters of B, which is base64url."""
    address = path + ("" if query is None else f"?{query}") + ("" if fragment is None else f"#{fragment}")
    start, end = len("/v3/__"), address.find("__;")
    stop = address.find("!", end)
    if not address.startswith("/v3/__") or end < start or stop < 0:
        return None
    packed = address[end + 3 : stop]
    letters = _unpacked(packed)
    if letters is None:
        return ""
    rest = iter(letters)

    def replaced(match: re.Match[str]) -> str:
        count = RUNS.get(match[1], 0) if match[1] else 1
        return "".join(itertools.islice(rest, count)) or match[0]

    # Mail programs merge two slashes.
    goal = re.sub(r"^(https?:/)(?=[^/])", r"\1/", decoded(address[start:end]), flags=re.IGNORECASE)
    # Each replacement needs at least one letter.
    return re.sub(r"\*(?:\*([\w-]))?", replaced, goal, count=len(letters), flags=re.ASCII) if letters else goal


def _unpacked(text: str) -> str | None:
    """Return *text* decoded from base64url, or None if it is not valid."""
    text = text.rstrip("=").translate(str.maketrans("+/", "-_"))
    if not re.fullmatch(r"[\w-]*", text, re.ASCII):
        return None
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


TAKES: dict[str, Callable[[Redirector, str, str | None, str | None], str | None]] = {
    "parameter": _from_parameter,
    "path": _from_path,
    "query": _from_query,
    "base64": _from_base64,
    "disqus": _from_disqus,
    "proofpoint-2": _from_proofpoint_2,
    "proofpoint-3": _from_proofpoint_3,
}

"""Facts about hosts: the dated tables under ``data/``, read once, looked up by host name."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from msgspec import Struct

# The domains that a company has in different countries: example.com, example.de, example.co.uk, example.com.au.
# Not any two labels: example.evil.org would be another host.
COUNTRY = r"(?:com|cat|[a-z]{2}|(?:com?|off|org?)\.[a-z]{2})"


class Redirector(Struct, frozen=True, kw_only=True):
    """One way in which an address contains another."""

    name: str
    """Name of its owner, for messages."""
    paths: tuple[str, ...] = ()
    """Without the slash at the end; ``/a/*`` is everything below ``/a/``; empty: any path."""
    take: str = "parameter"
    """Key of :data:`book.style.links.redirectors.TAKES`."""
    parameters: tuple[str, ...] = ()
    decode: int = 1
    """Number of times that the target is percent-encoded, at least 1."""


class Names(Struct, frozen=True, kw_only=True):
    """Names of tracking parameters, in lower case."""

    exact: frozenset[str]
    prefixes: tuple[str, ...]
    part: str = ""
    """Prefix of a last path segment that is also tracking; empty for none."""

    def __contains__(self, name: str) -> bool:
        """Return whether *name*, in lower case, is one of them."""
        return name in self.exact or name.startswith(self.prefixes)


class Facts(Struct, frozen=True, kw_only=True):
    """Facts about one host."""

    redirectors: tuple[Redirector, ...]
    tracking: Names
    shortener: bool
    archive: bool
    https: bool

    listed: bool
    """Whether a table other than that of all hosts lists this host; ``https`` does not count."""


class _Tables(Struct, frozen=True):
    most: int
    redirectors: tuple[tuple[re.Pattern[str], Redirector], ...]
    everywhere: Names
    tracking: tuple[tuple[re.Pattern[str], Names], ...]
    shorteners: re.Pattern[str]
    archives: re.Pattern[str]
    preload: re.Pattern[str]


def facts(host: str) -> Facts:
    """Return the facts about *host*, a name in lower case.

    >>> facts("www.google.co.uk").redirectors[0].name, facts("google.evil.org").redirectors
    ('Google', ())
    """
    return _facts(host.removesuffix("."))


def most() -> int:
    """Return how many nested redirectors are unwrapped at most."""
    return _tables().most


@functools.lru_cache(maxsize=4096)
def _facts(host: str) -> Facts:
    tables = _tables()
    redirectors = tuple(entry for pattern, entry in tables.redirectors if pattern.fullmatch(host))
    own = tuple(names for pattern, names in tables.tracking if pattern.fullmatch(host))
    shortener, archive = bool(tables.shorteners.fullmatch(host)), bool(tables.archives.fullmatch(host))
    return Facts(
        redirectors=redirectors,
        tracking=functools.reduce(_joined, own, tables.everywhere),
        shortener=shortener,
        archive=archive,
        https=bool(tables.preload.fullmatch(host)),
        listed=bool(redirectors or own or shortener or archive),
    )


@functools.cache
def _tables() -> _Tables:
    redirects, tracking, preload = (_load(name) for name in ("redirectors", "tracking", "preload"))
    return _Tables(
        most=redirects["most"],
        redirectors=tuple((_hosts(entry.pop("hosts")), _redirector(entry)) for entry in redirects["redirector"]),
        everywhere=_names(name for group in tracking["everywhere"].values() for name in group),
        tracking=tuple(
            (_hosts(entry["hosts"]), _names(entry["names"], entry.get("part", ""))) for entry in tracking["host"]
        ),
        shorteners=_hosts(redirects["shorteners"]),
        archives=_hosts(redirects["archives"]),
        preload=_hosts(host for group in preload.values() if isinstance(group, list) for host in group),
    )


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((files("book.style.links") / "data" / f"{name}.toml").read_text("utf-8"))


def _redirector(entry: dict[str, Any]) -> Redirector:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Redirector(**fields)


def _names(names: Iterable[str], part: str = "") -> Names:
    lower = [name.lower() for name in names]
    prefixes = tuple(name[:-1] for name in lower if name.endswith("*"))
    return Names(exact=frozenset(name for name in lower if not name.endswith("*")), prefixes=prefixes, part=part)


def _joined(names: Names, other: Names) -> Names:
    return Names(
        exact=names.exact | other.exact, prefixes=names.prefixes + other.prefixes, part=names.part or other.part
    )


def _hosts(hosts: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for whole host names, written as redirectors.toml explains."""
    return re.compile("|".join(map(_host, hosts)))


def _host(host: str) -> str:
    name = re.escape(host.removeprefix("*.")).replace("<country>", COUNTRY)
    return f"(?:[^.]+\\.)*{name}" if host.startswith("*.") else f"(?:www\\.)?{name}"

"""Records that builds keep in an output folder: which files they wrote, and what they are about to change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Self

from msgspec import Struct

from book.seal.files import is_digest
from book.seal.names import ours


class Written(Struct, frozen=True, kw_only=True):
    """A file that a build wrote into the output folder."""

    edition: str
    digests: tuple[str, ...]
    """SHA-256 of the content that it may have: two while a new file replaces it."""


class Journal(Struct, frozen=True, kw_only=True):
    """What a run is about to change in the output folder."""

    put: Mapping[str, str]
    """Name -> digest of the new file."""
    gone: tuple[str, ...] = ()
    """Names of files that the new set does not have."""
    linked: bool = True
    """Whether the disk supports symbolic links, so that the whole set changes in one step."""

    def dumped(self) -> bytes:
        """Return the journal as JSON."""
        return json.dumps({"put": dict(self.put), "gone": self.gone, "linked": self.linked}).encode()

    @classmethod
    def read(cls, data: bytes) -> Self | None:
        """Return the journal in *data*, None if it is not a valid one.

        >>> Journal.read(Journal(put={"a.epub": "0" * 64}).dumped())
        Journal(put={'a.epub': '0000000000000000000000000000000000000000000000000000000000000000'}, gone=(), linked=True)
        >>> Journal.read(b'[1, null]'), Journal.read(b'{"put": {"../a.epub": ""}, "gone": [], "linked": true}')
        (None, None)
        """
        table = _json(data)
        if not isinstance(table, dict) or set(table) != {"put", "gone", "linked"}:
            return None
        put, gone, linked = table["put"], table["gone"], table["linked"]
        if not (isinstance(put, dict) and isinstance(gone, list) and isinstance(linked, bool)):
            return None
        if not all(ours(name) for name in (*put, *gone)) or not all(is_digest(value) for value in put.values()):
            return None
        return cls(put=put, gone=tuple(gone), linked=linked)


def dump_ledger(ledger: Mapping[str, Written]) -> bytes:
    """Return the ledger (name -> what a build wrote there) as JSON."""
    table = {name: {"edition": written.edition, "sha256": written.digests} for name, written in ledger.items()}
    return json.dumps(table, sort_keys=True, indent=1).encode()


def read_ledger(data: bytes) -> dict[str, Written] | None:
    """Return the ledger in *data*, None if it is not a valid one.

    >>> ledger = {"a.epub": Written(edition="epub", digests=("0" * 64,))}
    >>> read_ledger(dump_ledger(ledger)) == ledger
    True
    >>> read_ledger(b'{"../a.epub": {"edition": "epub", "sha256": []}}') is None
    True
    """
    table = _json(data)
    if not isinstance(table, dict) or not all(map(ours, table)):
        return None
    ledger = {}
    for name, row in table.items():
        if not isinstance(row, dict) or set(row) != {"edition", "sha256"} or not isinstance(row["sha256"], list):
            return None
        if not isinstance(row["edition"], str) or not all(map(is_digest, row["sha256"])):
            return None
        ledger[name] = Written(edition=row["edition"], digests=tuple(row["sha256"]))
    return ledger


def _json(data: bytes) -> object:
    """Return the value of the JSON *data*, None if it is not JSON."""
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value

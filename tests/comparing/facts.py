"""What is compared of an edition: facts, each with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One item of an edition: where it stands, and what it says. Only what it says is compared."""

    where: str
    text: str


Facts = Mapping[str, Sequence[Fact]]
"""What a file holds, by :data:`KINDS`."""


class Unreadable(Exception):
    """A file cannot be opened as what its name says."""

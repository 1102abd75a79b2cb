"""The facts about an edition that are compared, each with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct


class Fact(Struct, frozen=True):
    """One item of an edition: its place and its content. Only the content is compared."""

    where: str
    text: str


Facts = Mapping[str, Sequence[Fact]]
"""The facts about a file, by :data:`KINDS`."""


class Unreadable(Exception):
    """A file that is not in the format of its name."""

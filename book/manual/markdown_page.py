"""The page with every construct of Markdown: its source, the construct itself, and its look in each edition."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources

from msgspec import Struct

from book.manual.markdown import fence, page

CONSTRUCTS = "constructs.toml"

OPENING = """\
Handbound reads Markdown as GitHub does, and with it the additions of the common site generators. Below each source you see what
it becomes in the edition that you are reading.

What is neither Markdown nor text, such as a tag of an unknown site generator, is printed as it stands, with a warning (G140)."""


class Construct(Struct, frozen=True, kw_only=True):
    """One thing that a chapter may contain."""

    name: str
    group: str
    source: str
    look: str
    """What it becomes, and how it looks in the editions."""
    live: bool = True
    """Whether the page shows the construct itself; not if its dialect is not that of the manual."""
    covers: tuple[str, ...] = ()
    """The extensions and dialects that it shows."""


def constructs() -> tuple[Construct, ...]:
    """Return all constructs in the order of the page."""
    table = tomllib.loads(resources.files("book.manual").joinpath(CONSTRUCTS).read_text(encoding="utf-8"))
    return tuple(
        Construct(
            name=entry["name"],
            group=group["title"],
            source=entry["source"].strip("\n"),
            look=entry["look"],
            live=entry.get("live", True),
            covers=tuple(entry.get("covers", ())),
        )
        for group in table["group"]
        for entry in group["construct"]
    )


def markdown_page() -> str:
    """Return the page."""
    return page("Markdown", OPENING, *_blocks())


def _blocks() -> Iterator[str]:
    group = ""
    for construct in constructs():
        if construct.group != group:
            group = construct.group
            yield f"## {group}"
        if construct.name != group:
            yield f"### {construct.name}"
        yield fence(construct.source, "markdown")
        if construct.live:
            yield construct.source
        yield construct.look

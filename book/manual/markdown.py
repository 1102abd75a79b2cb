"""The few forms of Markdown that the generated pages of the manual consist of."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable


def fence(text: str, language: str = "") -> str:
    """Return *text* as a block of code; its fence is longer than any in the text.

    >>> print(fence("a", "toml"))
    ```toml
    a
    ```
    """
    longest = max((len(run) for run in re.findall(r"^ *(`{3,})", text, re.MULTILINE)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}{language}\n{text.rstrip()}\n{marks}"


def item(term: str, *blocks: str) -> str:
    """Return a term with its definition, which consists of *blocks*.

    >>> print(item("`title`", "The title."))
    `title`
    :   The title.
    """
    body = textwrap.indent("\n\n".join(block for block in blocks if block), "    ")
    return f"{term}\n:   {body.lstrip()}"


def page(title: str, *blocks: str) -> str:
    """Return a chapter with its *title*."""
    return "\n\n".join([f"# {title}", *(block.rstrip() for block in blocks if block)]) + "\n"


def row(cells: Iterable[str]) -> str:
    """Return the row of a table."""
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table."""
    head = tuple(head)
    return "\n".join([row(head), "|" + "---|" * len(head), *map(row, rows)])

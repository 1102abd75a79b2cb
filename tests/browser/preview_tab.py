"""A book with a running preview, and what its tests ask of a tab."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from msgspec import Struct

PATIENCE = 120_000
"""Timeout in milliseconds; no test measures speed."""
DOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>'
)
FILLING = "\n\n".join(
    f"Paragraph {number} of the filling stands here so that the page is long." for number in range(40)
)
CHAPTERS = {
    "01-users.md": f"# Users\n\nTalk to five of them.\n\n{FILLING}\n\nThen *stop* for a [while](https://example.org/a).\n",
    "02-ship.md": f"# Shipping\n\nShip it.\n\n![A dot](dot.svg)\n\n{FILLING}\n",
    "03-end.md": "# The end\n\nThat is all.\n",
    "dot.svg": DOT,
    "themes/mine/theme.toml": 'title = "Mine"\ndescription = "Its own"\nextends = "folio"\n',
    "themes/mine/css/web.css": "",
}
SETTINGS = 'title = "Tiny"\nlanguage = "en"\ntheme = "mine"\n'


class Served(Struct):
    """A running preview."""

    book: Path
    url: str
    opened: Path
    """The file in which the fake editor records what it opens."""
    process: subprocess.Popen[str]


def shows(page: Any, words: str, *, there: bool = True) -> None:
    """Wait until the edition in *page* has *words*, or has them no longer."""
    page.wait_for_function(
        "([words, there]) => { const frame = document.querySelector('iframe.shown');"
        " return frame && frame.contentDocument.body.textContent.includes(words) === there; }",
        arg=[words, there],
    )


def inside(page: Any, script: str) -> Any:
    """Return what *script* says in the page of the book, whose document is ``book`` there."""
    return page.evaluate(f"() => {{ const book = document.querySelector('iframe.shown').contentDocument; {script} }}")


def in_view(page: Any, words: str, blocks: str = "p, h2") -> bool:
    seen: bool = page.evaluate(
        "([words, blocks]) => { const frame = document.querySelector('iframe.shown');"
        " const block = Array.from(frame.contentDocument.querySelectorAll(blocks)).find((one) => one.textContent.includes(words));"
        " const box = block.getBoundingClientRect(); return box.top >= 0 && box.bottom <= frame.clientHeight; }",
        [words, blocks],
    )
    return seen


def pane(page: Any, *, visible: bool) -> None:
    page.wait_for_function("(visible) => document.getElementById('problems').hidden !== visible", arg=visible)

"""A little book for tests of the command line, and the command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from book import press
from tests.making import once, write_files

CHAPTER = "---\ntitle: {title}\nsidebar: {number}\n---\n\nHello.\n"
EMPTY = '{"works": [], "checks": [], "page_map": {"edition": "pdf", "pages": []}}'
"""A report of nothing."""
ANSWER = '[ "$1" = --version ] && echo pandoc 3.9 && exit'
"""The line of a shell script that prints the version of pandoc."""
SOUND = {
    "handbound.toml": 'title = "Tiny"\n',
    "a.md": CHAPTER.format(title="One", number=1),
    "b.md": CHAPTER.format(title="Two", number=2),
}


def outside(*words: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    environment = {**os.environ, "CI": "", **variables}
    return subprocess.run(
        [sys.executable, "-m", "book", *words], cwd=cwd, env=environment, check=False, capture_output=True, text=True
    )


def cut_in(factory: pytest.TempPathFactory) -> Path:
    """Return a cache with the font subsets for the little book; without it, every process makes them again."""

    def build(home: Path) -> None:
        book = write_files(home / "book", SOUND)
        assert press.build(book, home / "out", editions=("html", "epub")).status == 0

    return once(factory, "command-line", build) / "out" / ".cache" / "fonts"

"""What tests of formulas share: the book of formulas, as files, as read and as built; nobody may change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import press
from tests.math.formulas import written


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory, pango: bool) -> Path:
    """The folder of the book."""
    return written(tmp_path_factory, pango=pango)


@pytest.fixture(scope="module")
def read(book: Path) -> press.Proofread:
    """The book as it is read."""
    return press.read(book)


@pytest.fixture(scope="session")
def built(book: Path) -> Path:
    """The folder of its editions."""
    return book.parent / "out"

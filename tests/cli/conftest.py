"""What tests of the command line share: a little book, and a cache with the letters of its fonts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import SOUND, cut_in
from tests.making import write_files


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the variables of CI."""
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A book without a fault."""
    return write_files(tmp_path / "sound", SOUND)


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the font subsets for the little book; nobody may change it."""
    return cut_in(tmp_path_factory)


@pytest.fixture
def out(tmp_path: Path, cut: Path) -> Path:
    """An output folder with such a cache."""
    shutil.copytree(cut, tmp_path / "out" / ".cache" / "fonts")
    return tmp_path / "out"

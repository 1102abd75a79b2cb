"""The manual as a page for the browser: built at the first use, and again when Handbound has changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from book import inputs, manual, press, seal

EDITION = "html"
SLUG = "handbound-manual"


def page(*, progress: Callable[[str], None] = lambda _: None) -> Path:
    """Return the HTML edition of the manual, after building it if it is not there or no longer current.

    Raises:
        PublishError: it cannot be written.
    """
    folder = _folder()
    result, stamp = folder / "out" / f"{SLUG}.html", folder / "built-from"
    state = _state()
    lock = seal.lock(folder / seal.LOCK)  # another run must not change the source of a build
    try:
        if not (result.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == state):
            manual.write(folder / "source")
            press.build(folder / "source", folder / "out", editions=(EDITION,), progress=progress)
            seal.write(stamp, state.encode(), durable=False)
    finally:
        os.close(lock)
    return result


def _state() -> str:
    """Return a digest of the state of all files of Handbound: the manual speaks of them."""
    return hashlib.sha256(repr(sorted(inputs.program().items())).encode()).hexdigest()


def _folder() -> Path:
    """Return the folder for the built manual, in the caches of this user; one for temporary files if that cannot be written."""
    try:
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / (
            "Library/Caches" if sys.platform == "darwin" else ".cache"
        )
        folder = Path(caches) / "handbound" / "manual"
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except (OSError, RuntimeError):
        pass
    folder = Path(tempfile.gettempdir(), f"handbound-manual-{os.getuid()}")
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
        if stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and not state.st_mode & 0o022:
            return folder  # nobody else can have put anything into it
    return Path(tempfile.mkdtemp(prefix="handbound-manual-"))

"""Remembers which chapters the dialects leave as they are, so that an unchanged chapter is not searched for all of them again.

Most chapters contain nothing but Markdown that pandoc reads. A chapter is remembered only if no dialect changed it, reported or recorded
anything, or asked for other chapters or files: then its result depends on nothing but its own text and on the settings of its book.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from book import cache
from book.dialects.context import Context, Library
from book.model import Manuscript
from book.settings import Settings

STAGE = "dialects"


class Untouched:
    """The chapters of one book that its dialects leave as they are."""

    def __init__(self, library: Library, folder: Path | None) -> None:
        """Remember the chapters of the book of *library* in the cache *folder*; None: remember nothing."""
        self._library = library
        about = (
            library.names,
            library.variables,
            library.snippets,
            library.appended,
            library.parameters,
            library.projects,
            library.cites,
        )
        settings = (getattr(library.settings, name) for name in Settings.__struct_fields__ if name != "places")
        words = (repr(sorted(value) if isinstance(value, frozenset) else value) for value in (*about, *settings))
        self._bundle = cache.Bundle(folder, STAGE, cache.key(*((cache.program(), *words) if folder else ())))
        self._caches = folder is not None

    def rewritten(self, context: Context, rewrite: Callable[[], Manuscript]) -> Manuscript:
        """Return the chapter of *context* as *rewrite* returns it, which is not called if it is known to leave the chapter as it is."""
        manuscript = context.manuscript
        if self._caches and self._bundle.recall(manuscript.digest, bool):
            return manuscript
        questions = self._library.questions
        new = rewrite()
        if new is manuscript and context == Context(manuscript, self._library) and self._library.questions == questions:
            self._bundle.keep(manuscript.digest, value=True)
        return new

    def close(self) -> None:
        """Write what is remembered."""
        self._bundle.close()

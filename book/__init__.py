"""Handbound: a folder of Markdown chapters -> EPUB, PDF and one-page HTML editions, each opened again and proved.

from pathlib import Path
import book
result = book.publish(Path("content"), Path("build"))
"""

# Nothing is imported here: `python -m book` reads this file while the current folder is still the first place to look.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from book.batch import Options, Outcome, publish_many
    from book.edition import Edition
    from book.model import Book, Chapter
    from book.press import build as publish
    from book.press import read
    from book.problems import BookError, Problem
    from book.style.typeset import typeset

__all__ = [
    "Book", "BookError", "Chapter", "Edition", "Options", "Outcome", "Problem", "publish", "publish_many", "read", "typeset",
]  # fmt: skip

_HOMES = {
    "Book": ("book.model", "Book"),
    "BookError": ("book.problems", "BookError"),
    "Chapter": ("book.model", "Chapter"),
    "Edition": ("book.edition", "Edition"),
    "Options": ("book.batch", "Options"),
    "Outcome": ("book.batch", "Outcome"),
    "Problem": ("book.problems", "Problem"),
    "publish": ("book.press", "build"),
    "publish_many": ("book.batch", "publish_many"),
    "read": ("book.press", "read"),
    "typeset": ("book.style.typeset", "typeset"),
}


def __getattr__(name: str) -> "Any":
    """Import a public name when it is first used: `import book` is quick (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'book' has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    module, inner = _HOMES[name]
    return getattr(importlib.import_module(module), inner)

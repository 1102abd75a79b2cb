"""SERVE: a preview that follows the author's edits: rebuilt at every save, and shown at the place of the edit.

`preview.py` holds the state and decides what is built; `builder.py` is a process that builds: one the page, one the pages beside it; `application.py` answers the
browser; `places.py` finds the line of a block; `editor.py` opens it. `page/` is the page around the edition. The preview has an output folder of its own, and never touches the editions of `book build`.
"""

from book.serve.server import serve

__all__ = ["serve"]

"""Themes: a folder and its parents -> templates, style sheets, tokens and typefaces.

A theme may read its own folder and its parents', nothing else (:mod:`book.theme.files`). Templates run in a sandbox
(:mod:`book.theme.templates`); chapters are never templates. Style sheets are rendered twice from one text: with custom properties
for HTML and PDF, with plain values for EPUB, because e-readers do not support them (:mod:`book.theme.sheets`).
"""

from book.theme.checks import PAIRS
from book.theme.colour import contrast
from book.theme.files import house
from book.theme.loading import BASE, absent, available, load
from book.theme.look import Theme
from book.theme.templates import trusted
from book.theme.tokens import MODES

__all__ = ["BASE", "MODES", "PAIRS", "Theme", "absent", "available", "contrast", "house", "load", "trusted"]

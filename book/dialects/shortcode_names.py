"""What is known of the shortcodes of Hugo, its themes and Quarto, by their names in lower case."""

from __future__ import annotations

from collections.abc import Mapping

BOXES = {
    "alert": "",
    "callout": "",
    "admonition": "",
    "notice": "",
    "hint": "",
    "pageinfo": "note",
    "panel": "note",
    "note": "note",
    "tip": "tip",
    "warning": "warning",
    "caution": "caution",
    "important": "important",
    "info": "info",
    "danger": "danger",
    "details": "details",
    "expand": "details",
    "spoiler": "details",
    "collapse": "details",
    "accordion": "details",
    "quote": "quote",
    "blockquote": "quote",
    "todo": "todo",
    "feature-state": "note",
}
"""Shortcodes with content -> the kind of callout; empty if an argument names it."""
COLOURS = {
    "primary": "note",
    "secondary": "note",
    "info": "note",
    "success": "tip",
    "warning": "warning",
    "danger": "danger",
}
NAMING = ("name", "title", "header", "label", "text", "alt")
PANELS = frozenset("tab tabitem codetab card step feature column".split())
FRAMES = frozenset(
    "tabpane tabs cardpane cards steps columns blocks/section section details-group codetabs div span center small markdown imgproc row grid feature-grid card-grid link-grid cardgrid".split()
)
"""Shortcodes of which only the content is printed."""
CODE = {"highlight": 0, "code": 0, "code-toggle": 0, "mermaid": 0, "prism": 0}
DROPPED = frozenset(
    "comment toc ref-list tableofcontents break br clear children attachments list-children subpages lipsum placeholder".split()
)
ICONS = frozenset({"icon", "fa", "bi", "iconify"})
FORMULAS = frozenset({"katex", "math", "mathjax", "latex"})
EMBEDS: Mapping[str, str] = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "gist": "https://gist.github.com/{}",
    "tweet": "https://twitter.com/i/status/{}",
    "x": "https://twitter.com/i/status/{}",
    "instagram": "https://www.instagram.com/p/{}/",
    "video": "{}",
    "asciinema": "https://asciinema.org/a/{}",
    "iframe": "{}",
    "button": "{}",
    "readfile": "",
    "icon": "",
}
INCLUDES = frozenset("include readfile include-md content".split())
LISTINGS = frozenset("code codenew code_sample code-sample codefile literalinclude".split())
"""Shortcodes that show the file that they name as code."""
VARIABLES = frozenset({"param", "_param", "meta", "var"})
REFERENCES = frozenset({"ref", "relref", "rel", "xref", "link"})

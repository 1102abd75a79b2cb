"""Packages of Python that are not there: one line that names the package and how to install it, instead of a traceback."""

from __future__ import annotations

from collections.abc import Mapping

from book.problems import Kind, Severity, Subject, ToolMissing

MISSING = Kind("X111", Severity.ERROR, "a Python package that is not installed, or cannot be loaded")

DISTRIBUTIONS: Mapping[str, str] = {
    "PIL": "pillow",
    "ada_url": "ada-url",
    "brotli": "fonttools[woff]",
    "ebooklib": "EbookLib",
    "fontTools": "fonttools[woff]",
    "frontmatter": "python-frontmatter",
    "jinja2": "Jinja2",
    "markupsafe": "MarkupSafe",
    "pygments": "Pygments",
    "pypandoc": "pypandoc_binary",
    "resvg_py": "resvg-py",
    "yaml": "PyYAML",
}
"""Names under which packages are installed, where they are not those under which they are imported."""


def missing(error: ImportError) -> ToolMissing | None:
    """Return what is to be said of *error*; None when it is a fault of our own modules.

    >>> missing(ImportError("No module named 'yaml'", name="yaml")).problems[0].fix
    'pip install PyYAML'
    """
    name = (error.name or "").partition(".")[0]
    if not name or name == "book":
        return None
    fix = f"pip install {DISTRIBUTIONS.get(name, name)}"
    return ToolMissing(MISSING.at(Subject(name=name), f"the Python package {name} cannot be loaded: {error}", fix=fix))

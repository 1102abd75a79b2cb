"""Missing Python packages: one line that names the package and how to install it, instead of a traceback."""

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
"""Names of packages for installation, if they differ from the names for import."""


def missing(error: ImportError) -> ToolMissing | None:
    """Return the message for *error*; None if one of our own modules is missing.

    >>> missing(ImportError("No module named 'yaml'", name="yaml")).problems[0].fix
    'pip install PyYAML'
    """
    name = (error.name or "").partition(".")[0]
    if not name or name == "book":
        return None
    fix = f"pip install {DISTRIBUTIONS.get(name, name)}"
    return ToolMissing(MISSING.at(Subject(name=name), f"the Python package {name} cannot be loaded: {error}", fix=fix))

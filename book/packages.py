"""Python packages: their versions, and one line for a missing one, with how to install it, instead of a traceback."""

from __future__ import annotations

import functools
import os
import re
import sys
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


def version(name: str) -> str:
    """Return the version of the installed package *name*, as the name of its folder says it.

    :mod:`importlib.metadata` reads the same from a file, with the parser for e-mail: to load that takes longer than to find all versions.

    Raises:
        importlib.metadata.PackageNotFoundError: it is not installed.

    >>> from importlib import metadata
    >>> version("Jinja2") == metadata.version("jinja2"), version("ada_url") == metadata.version("ada-url")
    (True, True)
    """
    known = _versions().get(_folded(name))
    if known is None:
        from importlib import metadata  # noqa: PLC0415 - slow

        return metadata.version(name)
    return known


@functools.cache
def _versions() -> Mapping[str, str]:
    """Return the versions of the packages in the folders of ``sys.path``, by folded name; those of the first folder win."""
    versions: dict[str, str] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - quick
        except OSError:
            continue
        for entry in sorted(names, reverse=True):
            if entry.endswith(ENDING):
                name, _, number = entry.removesuffix(ENDING).partition("-")
                versions.setdefault(_folded(name), number)
    return versions


def _folded(name: str) -> str:
    """Return *name* as packages are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


ENDING = ".dist-info"

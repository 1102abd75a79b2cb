"""Protects against the current folder and the environment: no program and no module of a stranger is run.

A book may be built from inside its own folder, and that folder may hold files called ``pickle.py`` or ``git``. Python and
the shell look into the current folder when a search path has an empty or a relative entry; such entries are removed.
Only modules that Python loads at start-up are imported here.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SEARCHED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
"""Variables with search paths for programs, modules and libraries."""

HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib may be a stranger's yet
"""The folder that contains the package: a checkout, or the packages of an environment."""
_IN_PACKAGE = os.path.join(HOME, "book", "themes")  # noqa: PTH118 - as above
THEMES = _IN_PACKAGE if os.path.isdir(_IN_PACKAGE) else os.path.join(HOME, "themes")  # noqa: PTH112, PTH118 - as above
"""The folder of the themes that come with Handbound: in the package, or next to it in a checkout."""
UTF8 = ["-X", "utf8"]
"""The options of Python for its UTF-8 mode."""
_LOAD = (
    "import sys, importlib.util as util; spec = util.spec_from_file_location('book', sys.argv[1]); "
    "sys.modules['book'] = package = util.module_from_spec(spec); spec.loader.exec_module(package); "
)


def interpreter(words: str, *arguments: str) -> list[str]:
    """Return the command that runs *words* in another Python process, with this very package.

    Another version of it may be installed, and would come first on the search path. The current folder is not on that path: what lies in
    it (a pickle.py of the book) must not be taken for a module. And not ``-m``: what is pickled there would be of a module ``__main__``.

    Args:
        words: the program; it may import from ``book``.
        arguments: what it reads from ``sys.argv[2:]``.
    """
    package = os.path.join(HOME, "book", "__init__.py")  # noqa: PTH118 - as above
    return [sys.executable, "-P", "-c", _LOAD + words, package, *arguments]


def tidy() -> None:
    """Remove the current folder from the search paths for programs and modules, in this process and its children."""
    os.environ.update({name: value for name, value in safe(os.environ).items() if os.environ.get(name) != value})
    for name in SEARCHED:
        if not os.environ.get(name, "-"):
            del os.environ[name]  # an empty one means the current folder to the loader of Linux
    sys.path[:] = modules(sys.path)


def read_names_as_utf8() -> None:
    """Start this program anew where Python takes the names of files for another encoding than UTF-8, as in the locale de_DE.ISO-8859-1.

    A book is the same book in every locale: its links and its settings name files in UTF-8. What is printed stays in the encoding of the
    locale.
    """
    if sys.getfilesystemencoding() == "utf-8" or sys.orig_argv[1:3] == UTF8 or not sys.executable:
        return
    words: list[bytes]
    try:
        with open("/proc/self/cmdline", "rb") as file:  # noqa: PTH123 - as above
            words = file.read().split(b"\0")[1:-1]
    except OSError:
        words = [os.fsencode(word) for word in sys.orig_argv[1:]]
    os.environ["PYTHONUTF8"] = "1"  # for other processes of a build
    if not os.environ.get("PYTHONIOENCODING") and sys.__stdout__ is not None:
        os.environ["PYTHONIOENCODING"] = sys.__stdout__.encoding
    os.execv(sys.executable, [*map(os.fsencode, (sys.executable, *UTF8)), *words])  # noqa: S606 - no shell is wanted


def safe(environment: "Mapping[str, str]") -> dict[str, str]:
    """Return *environment* without the entries of search paths that depend on the current folder.

    >>> safe({"PATH": "/usr/bin::.:bin:/bin", "HOME": "/home/reader"})
    {'PATH': '/usr/bin:/bin', 'HOME': '/home/reader'}
    """
    current = _current_folder()
    result = dict(environment)
    for name in SEARCHED:
        if name in result:
            entries = result[name].split(os.pathsep)
            result[name] = os.pathsep.join(entry for entry in entries if entry == HOME or _fixed(entry, current))
    return result


def modules(path: "Iterable[str]") -> list[str]:
    """Return the entries of a Python *path* that do not depend on the current folder.

    The folder that contains the package is kept, even if it is the current folder.
    """
    current = _current_folder()
    return [entry for entry in path if entry == HOME or _fixed(entry, current)]


def _current_folder() -> str:
    try:
        return os.path.realpath(os.getcwd())  # noqa: PTH109 - as above
    except OSError:  # the folder does not exist any more
        return ""


def _fixed(entry: str, current: str) -> bool:
    return os.path.isabs(entry) and os.path.realpath(entry) != current  # noqa: PTH117 - as above

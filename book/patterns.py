"""Regular expressions that are compiled when they are first used: a build needs few of the eight hundred in the program.

To compile them all took a third of the time in which the program is loaded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    from collections.abc import Callable


class Ready:
    """A pattern whose attributes are those of the compiled one."""

    flags: int
    """Those of the compiled one."""

    def __init__(self, pattern: Any, flags: int | re.RegexFlag) -> None:
        self.pattern = pattern
        self._flags = flags

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        """Tell pickle that another process compiles it again."""
        return Late, (self.pattern, self._flags)


class Late(Ready):
    """A pattern as :class:`re.Pattern`, compiled at its first use; it is then :class:`Ready`, which Python asks much faster."""

    def __getattr__(self, name: str) -> Any:
        """Compile the pattern, and return its attribute *name*."""
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self._flags)
        for own in NAMES:
            setattr(self, own, getattr(compiled, own))
        self.__class__ = Ready  # type: ignore[assignment]
        return getattr(self, name)


NAMES = tuple(name for name in dir(re.Pattern) if not name.startswith("_") and name != "pattern")
"""The attributes of a pattern, but for its text."""


def regex(pattern: AnyStr, flags: int | re.RegexFlag = 0) -> re.Pattern[AnyStr]:
    r"""Return *pattern* as :func:`re.compile` does, but compile it at its first use; for constants of a module.

    A mistake in it shows at its first use, too; a test compiles all of them.

    Args:
        pattern: the regular expression.
        flags: of :mod:`re`.

    >>> regex(r"\d+").findall("1 and 22")
    ['1', '22']
    """
    return cast("re.Pattern[AnyStr]", Late(pattern, flags))

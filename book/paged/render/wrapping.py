"""Replaces functions of WeasyPrint for a while: it has no interface for what they do, or does it again and again."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any


@functools.cache
def places(function: Callable[..., Any]) -> tuple[tuple[ModuleType, str], ...]:
    """Return the modules of WeasyPrint that know a *function* of its own, each with the name under which it does."""
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == "weasyprint"]
    return tuple(
        (module, name) for module in modules for name, value in tuple(vars(module).items()) if value is function
    )


@contextlib.contextmanager
def replaced(function: Callable[..., Any], other: Callable[..., Any]) -> Iterator[None]:
    """Let WeasyPrint call the function *other* in place of its own *function* in the ``with`` block."""
    for module, name in places(function):
        setattr(module, name, other)
    try:
        yield
    finally:
        for module, name in places(function):
            setattr(module, name, function)

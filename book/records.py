"""Dataclasses whose methods are written when they are first needed.

:mod:`dataclasses` writes and compiles up to six methods for each class at once, which took a third of the time in which the program is
loaded; a build makes values of some of its 350 classes only.
"""

from __future__ import annotations

import dataclasses
import operator
import reprlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - what type checkers know
else:

    def dataclass(
        cls: Any = None, /, *, frozen: bool = False, slots: bool = False, kw_only: bool = False, eq: bool = True
    ) -> Any:
        """Return *cls* as :func:`dataclasses.dataclass` does, which has these arguments and more.

        >>> @dataclass(frozen=True, slots=True)
        ... class Point:
        ...     x: int
        ...     y: int = 0
        >>> Point(3), Point(3) == Point(3, y=0), len({Point(1), Point(1)})
        (Point(x=3, y=0), True, 1)
        """

        def wrap(cls: Any) -> Any:
            made = dataclasses.dataclass(cls, init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)
            for name, method in _methods(made, frozen=frozen, slots=slots, eq=eq).items():
                if name not in vars(made) or (name == "__hash__" and made.__hash__ is None):
                    setattr(made, name, method)
            return made

        return wrap if cls is None else wrap(cls)


def _methods(made: Any, *, frozen: bool, slots: bool, eq: bool) -> Mapping[str, Any]:
    """Return the methods of the class *made*, by name."""
    methods: dict[str, Any] = {"__init__": _init(made, frozen=frozen), "__repr__": _repr}
    if eq:
        values = _getter(made)
        methods["__eq__"] = _eq(values)
        methods["__hash__"] = _hash(values) if frozen else None
    if frozen:
        methods |= _unchanging(made)
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _with_state}
    return methods


def _init(made: Any, *, frozen: bool) -> Callable[..., None]:
    """Return the first ``__init__`` of a class, which puts the true one in its place."""

    def __init__(self: Any, *args: Any, **words: Any) -> None:  # noqa: N807 - its name in tracebacks
        made.__init__ = _written(made, frozen=frozen)
        made.__init__(self, *args, **words)

    return __init__


def _written(made: Any, *, frozen: bool) -> Callable[..., None]:
    names: dict[str, Any] = {"_set": object.__setattr__, "_default": object()}
    plain, named, lines = ["self"], list[str](), list[str]()
    for field in dataclasses.fields(made):
        word = name = field.name
        if field.default is not dataclasses.MISSING:
            names[f"_d_{name}"] = field.default
            word = f"{name}=_d_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            names[f"_f_{name}"] = field.default_factory
            word = f"{name}=_default"
            lines.append(f"if {name} is _default: {name} = _f_{name}()")
        (named if field.kw_only else plain).append(word)
        lines.append(f"_set(self, {name!r}, {name})" if frozen else f"self.{name} = {name}")
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    words = ", ".join([*plain, *(["*", *named] if named else [])])
    text = f"def __init__({words}):\n " + "\n ".join(lines or ["pass"])
    exec(text, names)  # noqa: S102 - as dataclasses does: the names are those of our own classes
    method: Callable[..., None] = names["__init__"]
    method.__qualname__ = f"{made.__qualname__}.__init__"
    return method


def _getter(made: Any) -> Callable[[Any], tuple[Any, ...]]:
    """Return what returns the values by which an instance is compared; it asks for their names once."""
    get: Callable[[Any], Any] | None = None
    single = False

    def values(self: Any) -> tuple[Any, ...]:
        nonlocal get, single
        if get is None:
            names = [field.name for field in dataclasses.fields(made) if field.compare]
            get, single = operator.attrgetter(*names) if names else lambda _: (), len(names) == 1
        result = get(self)
        return (result,) if single else result

    return values


def _eq(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, object], Any]:
    def __eq__(self: Any, other: object) -> Any:  # noqa: N807 - its name in tracebacks
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:  # noqa: N807 - its name in tracebacks
        return hash(values(self))

    return __hash__


@reprlib.recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _unchanging(made: Any) -> Mapping[str, Any]:
    """Return the methods of a class whose fields nobody can change."""
    names = frozenset(field.name for field in dataclasses.fields(made))

    def __setattr__(self: Any, name: str, value: object) -> None:  # noqa: N807 - its name in tracebacks
        if type(self) is made or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(made, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807 - its name in tracebacks
        if type(self) is made or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(made, self).__delattr__(name)

    return {"__setattr__": __setattr__, "__delattr__": __delattr__}


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _with_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)

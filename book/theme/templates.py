"""Templates: Jinja2 in a sandbox that a foreign theme can neither leave nor exhaust. The only module that imports Jinja2.

Autoescape is on, values are immutable, and only the files of a theme and its parents can be read. The size of every text is
checked before the text is made. There is no clock and no randomness. Only texts, numbers and lists of these can be printed:
the representation of other objects contains their address in memory, which differs in every run.
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import jinja2
import jinja2.nodes
import jinja2.runtime
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import LRUCache
from markupsafe import Markup, escape

from book.limits import MEBIBYTE, Exceeded, resident, within
from book.problems import Kind, Place, Problem, Severity, ThemeError
from book.settings import Limits
from book.theme import compiled
from book.theme.files import Folder
from book.theme.growth import MOST_BITS, check, check_times, weight

BROKEN = Kind("T102", Severity.ERROR, "a theme file that cannot be used")
TOO_MUCH = Kind("T133", Severity.ERROR, "a template that uses too much time or memory")
FIX = "compare the template with the one in themes/base"
MOST_WIDE = 10_000
"""The greatest number for a width, a depth or a precision."""
FREE = MEBIBYTE
"""Texts up to this many letters need no check against the remaining memory."""

GONE = ("random",)
"""Filters that would make builds differ."""
LINEAR = frozenset(
    "capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric "
    "isprintable isspace istitle isupper lower lstrip partition removeprefix removesuffix rfind rindex rpartition rsplit rstrip "
    "split splitlines startswith strip striptags swapcase title unescape upper".split()
)
"""Methods of texts whose result is no longer than their input."""
WIDE = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs"})
PRINTING = frozenset("string escape e forceescape upper lower title trim pprint tojson safe".split())
"""Filters that turn their value into text."""
COLLECTED = frozenset({"count", "copy", "get", "index", "items", "keys", "values"})
"""Methods of lists and tables that a template may call."""
SIMPLE = frozenset({str, Markup, int, bool, tuple})
"""Types of values that the sandbox never wraps: an attribute known to be safe is read at once if it has one of them."""


class _Compiled(jinja2.BytecodeCache):
    """Keeps compiled templates: each loaded theme has its own environment, but all have the same options."""

    def __init__(self) -> None:
        self.codes = LRUCache(500)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give *bucket* the code compiled earlier from the same text under the same name, if any."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))
        if bucket.code is None and getattr(bucket.environment.loader, "built_in", False):
            bucket.code = compiled.recall(bucket.key, bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code in *bucket*."""
        if bucket.code is not None:
            self.codes[bucket.key, bucket.checksum] = bucket.code
            if getattr(bucket.environment.loader, "built_in", False):
                compiled.keep(bucket.key, bucket.checksum, bucket.code)


COMPILED = _Compiled()


class Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with a check wherever a value can grow."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, loader: jinja2.BaseLoader, limits: Limits) -> None:
        """Prepare a sandbox that loads templates with *loader* and enforces *limits*."""
        super().__init__(
            loader=loader,
            autoescape=lambda name: name is None or not name.endswith(".css"),
            undefined=jinja2.StrictUndefined,
            finalize=self.checked,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            auto_reload=False,
            bytecode_cache=COMPILED,
            optimized=False,  # constants are evaluated when the template is rendered, within the limits
        )
        self.code_generator_class = _Generator
        self.limits = limits
        self.most = float("inf")
        self.safe: dict[tuple[type, str], bool] = {}
        self.concat = self._concat  # type: ignore[method-assign]
        for name in ("lipsum", "range", "cycler", "joiner"):
            self.globals.pop(name, None)
        self.filters = {name: _weighed(self, name, make) for name, make in self.filters.items() if name not in GONE}

    def weigh(self, letters: int) -> None:
        """Raise Exceeded if a text of *letters* letters does not fit into memory."""
        if letters > FREE and letters + resident() > self.most:
            raise Exceeded("memory", f"{self.limits.theme_mebibytes} MiB")

    def _concat(self, pieces: Iterable[str]) -> str:
        texts = list(pieces)
        self.weigh(sum(map(len, texts)))
        return "".join(texts)

    def joined(self, pieces: Sequence[Any], escaped: bool) -> str:
        """Return the result of ``~`` for *pieces*."""
        texts = [self.checked(piece) for piece in pieces]
        self.weigh(sum(map(weight, texts)))
        return jinja2.runtime.markup_join(texts) if escaped else jinja2.runtime.str_join(texts)

    def printed(self, value: Any) -> Markup:
        """Return *value*, checked and escaped: what a template prints most is markup, which stays as it is."""
        if type(value) is Markup:
            return value
        return escape(value if type(value) is str else self.checked(value))

    def checked(self, value: Any) -> Any:
        """Return *value* for printing; raise an error if its text would differ from run to run."""
        if isinstance(value, str | int | float | jinja2.Undefined | type(None)):
            return value
        if isinstance(value, list | tuple | dict) and type(value).__repr__ in _PLAIN:
            self.weigh(weight(value))
            for inner in (*value, *(value.values() if isinstance(value, dict) else ())):
                self.checked(inner)
            return value
        raise jinja2.TemplateRuntimeError(f"a {_kind(value)} is not text: it cannot be printed")

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        """Return the result of a binary operation unless it is too large."""
        if operator == "+":
            self.weigh(weight(left) + weight(right) if isinstance(left, str | list | tuple) else 0)
        elif operator == "*":
            check_times(left, right)
        elif operator == "**" and isinstance(left, int) and isinstance(right, int):
            check(left.bit_length() * right, MOST_BITS, "a number of {:,} bits")
        elif operator == "%" and isinstance(left, str):
            values = (
                list(right.values()) if isinstance(right, Mapping) else right if isinstance(right, tuple) else [right]
            )
            self.check_form(left, values, "%")
        return super().call_binop(context, operator, left, right)

    def check_form(self, form: str, values: Iterable[Any], mark: str) -> None:
        """Check the size of the text that the format string *form* makes from *values*."""
        if re.search(r"[0-9]{5}|\*|\{[^{}]*\{", form):
            raise jinja2.TemplateRuntimeError(f"a format may not use such widths: {form[:80]!r}")
        longest = max((weight(self.checked(value)) for value in values), default=0)
        self.weigh(len(form) + form.count(mark) * longest)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Return whether a template may ask for an attribute; that depends on the type alone, and is asked a hundred thousand times."""
        key = (type(obj), attr)
        if key not in self.safe:
            self.safe[key] = super().is_safe_attribute(obj, attr, value)
        return self.safe[key]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute; a method as an object whose text is its name, not its address."""
        value = getattr(obj, attribute, None) if self.safe.get((type(obj), attribute)) else None
        return value if type(value) in SIMPLE else _wrapped(super().getattr(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an item, or an attribute as :meth:`getattr`."""
        return _wrapped(super().getitem(obj, argument))

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805, PYI063 - as the parent
        """Call a method or function unless its result could be too large."""
        call = __obj.call if isinstance(__obj, Function) else __obj
        home = getattr(call, "__self__", None)
        if isinstance(home, str):
            __self.check_method(home, call.__name__, args, kwargs)
        elif isinstance(home, bytes | int | float | list | tuple | dict) and call.__name__ not in COLLECTED:
            raise SecurityError(f"the method {call.__name__} is not for templates")
        elif isinstance(call, types.FunctionType) and call.__name__ in {"format", "format_map"}:
            form = call.__wrapped__.__self__ if hasattr(call, "__wrapped__") else ""
            values = [*args, *kwargs.values()]
            tables = [inner for value in values if isinstance(value, Mapping) for inner in value.values()]
            __self.check_form(str(form), [*(value for value in values if not isinstance(value, Mapping)), *tables], "{")
        return _wrapped(super().call(__context, call, *args, **kwargs))

    def check_method(self, text: str, name: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
        """Check the size of the result of the method *name* of *text*."""
        values = [*args, *keywords.values()]
        if name in WIDE:
            for value in values:
                check(value, MOST_WIDE, "a width of {:,}")
            self.weigh(len(text) + MOST_WIDE * (text.count("\t") if name == "expandtabs" else 1))
        elif name == "replace" and len(values) > 1:
            self.weigh(len(text) + (text.count(str(values[0])) + 1) * len(str(values[1])))
        elif name == "join" and values:
            items = values[0] if isinstance(values[0], list | tuple | dict | str) else ()
            self.weigh(weight(items) + len(items) * len(text))
        elif name not in LINEAR and name not in {"replace", "join", "format", "format_map"}:
            raise SecurityError(f"the method {name} of a text is not for templates")


class Function:
    """A function or method for templates: it can be called, but not printed."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        """Store *call*."""
        self.call = call

    def __repr__(self) -> str:
        """Return its name only."""
        return f"function {getattr(self.call, '__name__', '')}".strip()

    def __str__(self) -> str:
        """Raise an error: a template that prints it forgot to call it."""
        raise jinja2.TemplateRuntimeError(f"{self!r} cannot be printed: call it with parentheses")


def _wrapped(value: Any) -> Any:
    """Return *value*, wrapped as a Function if it is a function."""
    bare = (types.FunctionType, types.MethodType, types.BuiltinMethodType, types.MethodWrapperType, functools.partial)
    return Function(value) if isinstance(value, bare) else value


def functions(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return *values* for a template, each function as a :class:`Function`."""
    return {name: _wrapped(value) for name, value in values.items()}


_PLAIN = (list.__repr__, tuple.__repr__, dict.__repr__)


def _kind(value: Any) -> str:
    return "function" if isinstance(value, Function | jinja2.runtime.Macro) else type(value).__name__.strip("_").lower()


def _weighed(environment: Environment, name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter *make* with a check of its arguments; it returns lists instead of iterators."""
    skipped = 1 if hasattr(make, "jinja_pass_arg") else 0

    @functools.wraps(make)
    def filtered(*args: Any, **keywords: Any) -> Any:
        values = [*args[skipped:], *keywords.values()]
        value = values[0] if values else None
        if name not in {"d", "default", "attr", "abs", "int", "float", "round"}:
            environment.weigh(weight(value))
        if name not in {"d", "default", "replace", "int", "float", "abs", "sum", "filesizeformat"}:
            for item in values[1:]:
                check(item, MOST_WIDE, "a filter with the number {:,}")
        if name in PRINTING:
            environment.checked(value)
        elif name == "format":
            environment.check_form(str(value), values[1:], "%")
        elif name == "replace" and len(values) > 2:
            environment.check_method(str(value), "replace", (str(values[1]), str(values[2])), {})
        elif name == "join":
            # Listed first, so that it can be measured: an iterator yields its items only once.
            items = _listed(value)
            for item in items:
                environment.checked(item) if len(values) < 3 else None
            environment.weigh(weight(items) + len(items) * max((len(str(item)) for item in values[1:2]), default=0))
            args = (*args[:skipped], items, *args[skipped + 1 :])
        elif name == "indent" and len(values) > 1:
            width = values[1] if isinstance(values[1], str) else "x" * min(int(values[1]), MOST_WIDE)
            environment.weigh(len(str(value)) + (str(value).count("\n") + 1) * len(width))
        elif name == "sum" and any(not isinstance(item, int | float | str) for item in values[1:]):
            raise jinja2.TemplateRuntimeError("sum adds numbers")
        result = make(*args, **keywords)
        return list(result) if isinstance(result, Iterator) else result

    return filtered


def _listed(value: Any) -> list[Any] | str | Mapping[Any, Any]:
    return value if isinstance(value, list | str | dict) else list(value)


class _Generator(CodeGenerator):
    """Compiles templates so that ``~`` is checked too; all other operators go through :meth:`Environment.call_binop`.

    Where texts are escaped, :meth:`Environment.printed` takes the place of ``finalize`` and ``escape``.
    """

    def _output_child_pre(self, node: jinja2.nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("environment.printed(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: jinja2.nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write(")")
        else:
            super()._output_child_post(node, frame, finalize)

    def visit_Concat(self, node: jinja2.nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """Write the call that joins."""
        escaped = "context.eval_ctx.autoescape" if frame.eval_ctx.volatile else repr(bool(frame.eval_ctx.autoescape))
        self.write("environment.joined((")
        for piece in node.nodes:
            self.visit(piece, frame)
            self.write(", ")
        self.write(f"), {escaped})")


class Loader(jinja2.BaseLoader):
    """Loads files from a chain of themes: from the nearest that has it, or, with the prefix ``folio:``, from folio."""

    def __init__(self, chain: Sequence[Folder]) -> None:
        """Load from *chain*, a theme and its parents."""
        self.chain = tuple(chain)
        self.last, self.built_in = "", False
        """The file that was loaded last: if compiling fails, it is the cause. And whether it comes with Handbound."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, None]:
        """Return the text of *template* and its path for messages."""
        del environment
        first, colon, rest = template.partition(":")
        names = [folder.name for folder in self.chain]
        start, name = (names.index(first), rest) if colon and first in names else (0, template)
        parts = name.split("/")
        if name and not any(part in {"", ".", ".."} for part in parts) and "\0" not in name:
            for folder in self.chain[start:]:
                for path in (f"templates/{name}", name):
                    text = folder.text(path)
                    if text is not None:
                        self.last, self.built_in = str(folder.place(path).path), folder.built_in
                        return text, self.last, None
        raise jinja2.TemplateNotFound(template)


class Reporting:
    """A context manager that turns any error in a template into a problem with file and line."""

    def __init__(self, loader: Loader, path: str, limits: Limits) -> None:
        """Report errors at *path* if their place is not known more exactly."""
        self.loader, self.path, self.limits = loader, path, limits

    def __enter__(self) -> None:
        """Forget earlier files."""
        self.loader.last = ""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Raise ThemeError for an error in a template."""
        if not isinstance(error, Exception) or isinstance(error, ThemeError):
            return
        foreign = [folder for folder in self.loader.chain if not folder.built_in]
        if not foreign and not isinstance(error, jinja2.TemplateError | Exceeded):
            return  # a bug keeps its traceback
        raise ThemeError(self.problem(error, [folder.name for folder in foreign])) from error

    def problem(self, error: Exception, foreign: Sequence[str]) -> Problem:
        """Return the problem for *error*; *foreign* are the names of themes that are not built in."""
        place = self._place(error, foreign)
        if isinstance(error, Exceeded | MemoryError):
            resource = error.reason if isinstance(error, Exceeded) else "memory"
            detail = error.limit if isinstance(error, Exceeded) else f"{self.limits.theme_mebibytes} MiB"
            if resource == "size":
                return TOO_MUCH.at(place, f"the template would make {detail}", fix="reduce it")
            fix = (
                f"reduce it, or raise limits.theme_{'seconds' if resource == 'time' else 'mebibytes'} in handbound.toml"
            )
            return TOO_MUCH.at(place, f"the template uses too much {resource}: {detail}", fix=fix)
        detail = str(error) if isinstance(error, jinja2.TemplateError) else f"{type(error).__name__}: {error}"
        if isinstance(error, RecursionError):
            detail = "it calls itself, or is nested too deeply"
        return BROKEN.at(place, f"the template cannot be used: {detail}", fix=FIX)

    def _place(self, error: Exception, foreign: Sequence[str]) -> Place:
        """Return where *error* was raised: the innermost line of a foreign theme, else of any, else the file."""
        if isinstance(error, jinja2.TemplateSyntaxError):
            return Place(path=error.filename or self.loader.last or self.path, line=error.lineno)
        places: list[Place] = []
        trace = error.__traceback__
        while trace is not None:
            path = trace.tb_frame.f_code.co_filename
            if path.startswith("themes/"):
                places.append(Place(path=path, line=max(1, trace.tb_lineno)))
            trace = trace.tb_next
        strange = [place for place in places if place.path.split("/")[1] in foreign]
        if strange or places:
            return (strange or places)[-1]
        return Place(path=self.path if isinstance(error, jinja2.TemplateNotFound) else self.loader.last or self.path)


def rendered(environment: Environment, template: str, path: str, values: Mapping[str, Any]) -> str:
    """Return *template* rendered with *values*, within the limits of a theme.

    Args:
        environment: the sandbox.
        template: a name of its loader.
        path: the place of errors that have none of their own.
        values: what the template may use.

    Raises:
        ThemeError: the template is missing, is not Jinja, uses an undefined value, or exceeds a limit.
    """
    limits = environment.limits
    loader = environment.loader
    assert isinstance(loader, Loader)  # noqa: S101 - for the types: no other is ever given
    environment.most = resident() + limits.theme_mebibytes * MEBIBYTE
    with (
        Reporting(loader, path, limits),
        within(seconds=limits.theme_seconds, mebibytes=limits.theme_mebibytes),
    ):
        return environment.get_template(template).render(functions(values))


def blocks(environment: Environment, text: str, path: str) -> tuple[dict[str, int], frozenset[str] | None]:
    """Return the blocks of the template *text* with their lines; and, if it extends another, the outermost ones.

    Raises:
        ThemeError: it is not Jinja.
    """
    loader = environment.loader
    assert isinstance(loader, Loader)  # noqa: S101 - as above
    with Reporting(loader, path, environment.limits), within(seconds=environment.limits.theme_seconds):
        tree = environment.parse(text, path, path)
        lines = {node.name: node.lineno for node in tree.find_all(jinja2.nodes.Block)}
        extends = next(tree.find_all(jinja2.nodes.Extends), None) is not None
        outermost = frozenset(node.name for node in tree.body if isinstance(node, jinja2.nodes.Block))
        return lines, outermost if extends else None


def missing(message: str) -> jinja2.UndefinedError:
    """Return the error for a value that does not exist."""
    return jinja2.UndefinedError(message)


def trusted(markup: str) -> Markup:
    """Mark XHTML that Handbound made as safe, so that templates do not escape it."""
    return Markup(markup)  # noqa: S704 - from markup.spell, which came through the second wall

"""A loaded theme: renders templates, combines style sheets, and adapts itself to an edition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from book.edition import Edition
from book.problems import Kind, Severity, ThemeError
from book.settings import Limits
from book.theme import pagination, templates
from book.theme.checks import check_large
from book.theme.files import Folder
from book.theme.fonts import Face
from book.theme.sheets import Emitter, check_brackets, check_loads, printed_by, properties, tidy
from book.theme.tokens import Tokens, length, of_edition, room, sized

NO_XML = Kind("T136", Severity.ERROR, "a template that does not produce well-formed XML")


class Theme(Struct, frozen=True, kw_only=True):
    """A theme with its parents, ready for use."""

    name: str
    title: str
    description: str
    chain: tuple[Folder, ...]
    """Its folder, then its parents', ``base`` last."""
    tokens: Tokens
    faces: tuple[Face, ...]
    environment: templates.Environment
    limits: Limits
    cache: Path | None = None
    """Where subsets of fonts are cached."""
    plain: bool = False
    """Whether each paged edition is laid out as one document, without remembered pages."""
    root: Path | None = None
    """The root of the book, in which it was looked for."""
    helpers: int = 0
    """How many processes may lay out chapters of an edition beside the one that makes it."""
    replaces: frozenset[tuple[str, str]] = frozenset()
    """Theme and sheet (``web``) for every sheet that replaces its parents' instead of following it."""

    @property
    def foreign(self) -> bool:
        """Return whether any part of it is not built in."""
        return not all(folder.built_in for folder in self.chain)

    def dependence(self, edition: Edition) -> str:
        """Return why chapters of *edition* cannot be laid out one by one with this theme; empty if they can.

        Only a theme that is not built in may have a reason: a template for pages, or a style sheet in which something goes from one
        chapter to the next.
        """
        for folder in (folder for folder in self.chain if not folder.built_in):
            for name in folder.names("templates", ".j2"):
                if name.startswith(("pdf/", "_")):
                    return f"the template {name} of the theme {folder.name} may let chapters depend on each other"
        for folder, name, piece in self._pieces(edition.sheets, (), edition.mode):
            if not folder.built_in and (reason := pagination.dependence(piece)):
                return f"the style sheet {name} of the theme {folder.name} {reason}"
        return ""

    @property
    def letters(self) -> frozenset[int]:
        """The code points that the style sheets themselves print: ornaments, icons, list markers."""
        sheets = (folder.text(f"css/{name}") or "" for folder in self.chain for name in folder.names("css", ".css"))
        return frozenset(code for text in sheets for code in printed_by(text))

    def texts(self, folder: str, ending: str) -> tuple[str, ...]:
        """Return the names and the texts of its files and its parents' in *folder*, for the key of a cache."""
        return tuple(
            text
            for home in self.chain
            for name in home.names(folder, ending)
            for text in (f"{home.name}/{name}", home.text(f"{folder}/{name}") or "")
        )

    def _uses(self, folder: Folder, name: str) -> bool:
        """Return whether the sheet *name* of *folder* is used: it exists, and no theme nearer to the book replaces it."""
        kind = name.removesuffix(".css")
        nearer = self.chain[: self.chain.index(folder)]
        replaced = any((home.name, kind) in self.replaces for home in nearer)
        return not replaced and folder.text(f"css/{name}") is not None

    def home(self, template: str) -> Folder:
        """Return the folder that provides the *template*: the nearest that has it, else the theme's own."""
        return next(
            (folder for folder in self.chain if folder.text(f"templates/{template}") is not None), self.chain[0]
        )

    def page(self, template: str, **values: Any) -> str:
        """Return the *template* (``web/book.html.j2`` …) rendered with *values*.

        Raises:
            ThemeError: the template is missing, is not Jinja, uses an undefined value, or exceeds a limit.
        """
        path = self.home(template).place(f"templates/{template}").path
        return templates.rendered(self.environment, template, path, {"tokens": self.tokens, **values})

    def document(self, template: str, **values: Any) -> tuple[str, etree._Element]:
        """Return the XML *template* rendered with *values*, as text and parsed.

        Raises:
            ThemeError: see :meth:`page`; or its output is not well-formed.
        """
        text = self.page(template, **values)
        try:
            root = etree.fromstring(
                text.encode("utf-8", "replace"),
                etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True),
            )
        except (etree.XMLSyntaxError, ValueError) as error:
            place = self.home(template).place(f"templates/{template}")
            fix = "close every element, and write & as &amp;: this format is XML"
            why = error.msg if isinstance(error, etree.XMLSyntaxError) else str(error)
            raise ThemeError(NO_XML.at(place, f"the output of the template is not XML: {why}", fix=fix)) from error
        return text, root

    def values(self, mode: str) -> Emitter:
        """Return the tokens as plain values, with the colours of *mode* (``light``, ``dark`` or ``print``): the ``t`` of sheets."""
        return Emitter(self.tokens, mode=mode)

    def sheet(self, *names: str, faces: Iterable[Mapping[str, Any]] = (), mode: str | None = None) -> str:
        """Return the style sheets ``book`` and *names* (``web``, ``screen``, ``epub`` …) as one, each with the parents' first.

        Args:
            names: the sheets, lowest first: :attr:`book.model.Edition.sheets`.
            faces: the fonts that the edition carries: ``family``, ``weight``, ``style``, ``url``, ``kind``.
            mode: None for custom properties; ``light``, ``dark`` or ``print`` for plain values with the colours of that mode.

        A sheet may use ``t`` (the tokens, in the form for the format), ``tokens`` (their values), ``serif``,
        ``sans``, ``mono``, ``symbols`` (stacks of families), ``faces`` (the ``@font-face`` rules), ``lead(n)`` (n lines), ``mode``
        (as given, empty with custom properties), and ``light``, ``dark``, ``print``, ``all`` (custom properties).
        """
        return "".join(piece for _, _, piece in self._pieces(names, tuple(faces), mode))

    def _pieces(
        self, names: Iterable[str], faces: Collection[Mapping[str, Any]], mode: str | None
    ) -> Iterator[tuple[Folder, str, str]]:
        """Yield the style sheets of :meth:`sheet` in order, each with its folder and its name."""
        values = {
            "tokens": self.tokens,
            "t": Emitter(self.tokens, mode=mode),
            "lead": self.lead,
            "mode": mode or "",
            "faces": self.page("css/faces.css", faces=faces),
            **{role: self.stack(role) for role in ("serif", "sans", "mono", "symbols")},
            **properties(self.tokens),
        }
        served = {str(face["url"]) for face in faces}
        for name in ("book", *names):
            for folder in reversed(self.chain):
                if self._uses(folder, f"{name}.css"):
                    yield folder, f"{name}.css", self._rendered_sheet(folder, f"{name}.css", values, served)

    def _rendered_sheet(self, folder: Folder, name: str, values: Mapping[str, Any], served: Collection[str]) -> str:
        """Return the sheet *name* of *folder*, rendered with *values*; it may load the files in *served*."""
        # The prefix names the folder: each theme adds its own sheet to its parents'.
        path = folder.place(f"css/{name}").path
        piece = tidy(templates.rendered(self.environment, f"{folder.name}:css/{name}", path, values))
        if not folder.built_in:
            check_brackets(piece, folder, f"css/{name}")
        check_loads(piece, served, folder, f"css/{name}")
        return piece

    def stack(self, role: str) -> str:
        """Return the font families for text of *role*, followed by the fallbacks."""
        font = self.tokens["font"]
        families = [font[name]["family"] for name in (role, "symbols", "sans", "mono", "emoji") if name in font]
        scripts = [
            table["family"] for table in font.values() if table.get("before") == ("sans" if role == "mono" else role)
        ]
        # In code, letters and spaces of the monospaced font come first, so that all columns have its width.
        families = [families[0], *scripts, *families[1:]] if role == "mono" else [*scripts, *families]
        quoted = ", ".join(f'"{family}"' for family in dict.fromkeys(families))
        return f"{quoted}, {font[role]['fallback']}"

    def lead(self, times: float) -> str:
        """Return *times* the line height, as a CSS length."""
        number, unit = length(self.tokens["type"]["lead"]) or (0.0, "pt")
        return f"{number * times:g}{unit}"

    def sized(self, edition: Edition) -> Edition:
        """Return *edition* with this theme's page size, if it sets one.

        Raises:
            ThemeError: the size is not valid.
        """
        return sized(edition, self.tokens, self.chain)

    def room(self, edition: Edition) -> tuple[float, float] | None:
        """Return what :func:`book.theme.tokens.room` returns for *edition*."""
        return room(edition, self.tokens)

    def for_edition(self, edition: Edition) -> Theme:
        """Return the theme adapted to the paged *edition*.

        Its ``[edition.<name>]`` tokens override the others, and ``page.screen``, the name of the page in shared style sheets,
        refers to the edition's own page, with its size.

        Raises:
            ThemeError: large print is not large, or has too little contrast.
        """
        tokens = of_edition(self.tokens, edition)
        if edition.least_type:
            check_large(tokens, self.chain, edition)
        return replace(self, tokens=tokens)

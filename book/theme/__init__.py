"""Themes: a folder and its parents -> templates, style sheets, tokens and faces.

A theme may read its own folder and its parents', nothing else (:mod:`book.theme.files`). Templates run in a sandbox
(:mod:`book.theme.templates`); chapters are never templates. Style sheets are rendered twice from one text: with custom properties
for HTML and PDF, with plain values for EPUB, whose readers do not know them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lxml import etree

from book.problems import Kind, Place, Problem, Severity, ThemeError, nearest, printable
from book.safe_open import open_file
from book.settings import SLUG, Limits
from book.theme import templates
from book.theme.colour import contrast, lightened
from book.theme.files import FACE, Folder, folders
from book.theme.fonts import Face, looked_at
from book.theme.templates import BROKEN, trusted

__all__ = ["Theme", "known", "load", "trusted"]

UNKNOWN = Kind("T101", Severity.ERROR, "a theme that is not there")
CYCLE = Kind("T103", Severity.ERROR, "a theme that extends itself")
UNKNOWN_TOKEN = Kind("T104", Severity.ERROR, "a token that no theme has")
CONTRAST = Kind("T105", Severity.ERROR, "text that stands out too little from its paper")
UNKNOWN_BLOCK = Kind("T106", Severity.ERROR, "a block that the parent template does not have")
MISSING_BLOCK = Kind("T107", Severity.ERROR, "a template that leaves a block out")
UNKNOWN_FILE = Kind("T108", Severity.ERROR, "a template or style sheet that nothing asks for")
UNKNOWN_KEY = Kind("T109", Severity.ERROR, "a key that theme.toml does not know")

LOADS = Kind("T120", Severity.ERROR, "a style sheet that loads something the theme was not given")
SMALL = Kind("T121", Severity.ERROR, "large print that is not large")
OUTSIDE = Kind("T134", Severity.ERROR, "a face that does not lie in the theme")
NO_FACE = Kind("T135", Severity.ERROR, "a file that is no face")
NO_XML = Kind("T136", Severity.ERROR, "a template that makes no well-formed XML")
RESERVED = Kind("T137", Severity.ERROR, "a theme of a book that is called like the root of all themes")

BASE = "base"
KEYS = ("title", "description", "extends", "replace")
"""Of theme.toml."""
ROLES = ("serif", "sans", "mono", "symbols", "emoji")
"""The typefaces that style sheets ask for."""
FONT_KEYS = ("family", "folder", "fallback", "before")
"""Of a table under ``[font]``; ``before`` is for a face of one script, asked before the one that it names."""
MODES = ("light", "dark", "print")
LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
LEAST_MARK = 3.0
"""WCAG 2.2, success criteria 1.4.3 (large text) and 1.4.11."""
ON_PAPER = frozenset({"accent", "link", "mark", "muted", "keyword", "string"})
"""Colours of which a theme may give the light one alone: the dark one is made from it."""
LAYERS: Mapping[str, tuple[str, ...]] = {
    "print": ("screen", "print"),
    "large": ("screen", "print", "large"),
    "booklet": ("screen", "print", "booklet"),
    "handout": ("screen", "handout"),
}
"""Style sheets of the paged editions that stand on another's, lowest first."""
DEEP = 8
"""Tables in tables, and lists in lists, of a file of TOML."""
BRACKETS = 64
"""Brackets in brackets of a style sheet."""
LONGEST = 1_000
"""Letters of a token."""
MOST = 10_000
"""The greatest token that is a number."""
UPRIGHT = ("serif", "sans", "mono")
"""Roles that every edition sets text in: without a face it could not be made."""
LARGE_CONTRAST = 7.0
"""WCAG 2.2, success criterion 1.4.6."""
LARGE_TYPE = 16.0
"""Points: nothing in the large-print edition is smaller."""
PAIRS = (
    ("ink", "paper"),
    ("muted", "paper"),
    ("accent", "paper"),
    ("link", "paper"),
    ("ink", "tint"),
    ("muted", "tint"),
    ("keyword", "tint"),
    ("string", "tint"),
)


Tokens = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme with its parents, ready to print."""

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
    """Where cut fonts are remembered."""
    replaces: frozenset[tuple[str, str]] = frozenset()
    """Theme and sheet (``web``) for every sheet that a theme sets in place of its parents', not after it."""

    @property
    def foreign(self) -> bool:
        """Say whether any of it did not come with the product."""
        return not all(folder.ours for folder in self.chain)

    @property
    def letters(self) -> frozenset[int]:
        """The code points that the style sheets themselves print: ornaments, icons, marks of lists."""
        sheets = (folder.text(f"css/{name}") or "" for folder in self.chain for name in folder.names("css", ".css"))
        return frozenset(code for text in sheets for code in _printed_by(text))

    def _sets(self, folder: Folder, name: str) -> bool:
        """Say whether the sheet *name* of *folder* counts: it is there, and no theme nearer to the book replaces it."""
        kind = name.removesuffix(".css")
        nearer = self.chain[: self.chain.index(folder)]
        replaced = any((home.name, kind) in self.replaces for home in nearer)
        return not replaced and folder.text(f"css/{name}") is not None

    def home(self, template: str) -> Folder:
        """Return the folder from which the *template* is taken: the nearest that has it, else the theme's own."""
        return next((one for one in self.chain if one.text(f"templates/{template}") is not None), self.chain[0])

    def page(self, template: str, **values: Any) -> str:
        """Return the *template* (``web/book.html.j2`` …) filled with *values*.

        Raises:
            ThemeError: the template is missing, not Jinja, asks for a value that is not there, or takes too much.
        """
        path = self.home(template).place(f"templates/{template}").path
        return templates.rendered(self.environment, template, path, {"tokens": self.tokens, **values})

    def document(self, template: str, **values: Any) -> tuple[str, etree._Element]:
        """Return the XML *template* filled with *values*, as it is written and as it is read.

        Raises:
            ThemeError: as :meth:`page`, or what comes out is not well-formed.
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
            raise ThemeError(NO_XML.at(place, f"what the template makes is not XML: {error}", fix=fix)) from error
        return text, root

    def sheet(self, kind: str, faces: Iterable[Mapping[str, Any]] = (), *, mode: str | None = None) -> str:
        """Return the style sheet *kind* (``web``, ``screen``, ``epub`` …): ``book.css`` and ``<kind>.css``, parents first.

        Args:
            kind: name of the sheet.
            faces: the fonts that the edition carries: ``family``, ``weight``, ``style``, ``url``, ``kind``.
            mode: plain values instead of custom properties, the colours those of ``light``, ``dark`` or ``print``.

        A sheet may use ``t`` (the tokens, emitted as the format wants them), ``tokens`` (their values), ``serif``,
        ``sans``, ``mono``, ``symbols`` (stacks of families), ``faces`` (the ``@font-face`` rules), ``lead(n)`` (n lines), ``mode``
        (as given, empty where there are custom properties), and ``light``, ``dark``, ``print``, ``all`` (custom properties).
        """
        faces = tuple(faces)
        properties = {
            mode: " ".join(f"{name}: {value};" for name, value in table.items())
            for mode, table in self.properties().items()
        }
        values = {
            "tokens": self.tokens,
            "t": _Emitter(self.tokens, mode=mode),
            "lead": self.lead,
            "mode": mode or "",
            "faces": self.page("css/faces.css", faces=faces),
            **{role: self.stack(role) for role in ("serif", "sans", "mono", "symbols")},
            **properties,
        }
        pieces = []
        for name in ("book.css", *(f"{layer}.css" for layer in LAYERS.get(kind, (kind,)))):
            for folder in reversed(self.chain):
                if self._sets(folder, name):
                    # The prefix names the one folder: each theme adds its own sheet to its parents'.
                    path = folder.place(f"css/{name}").path
                    piece = templates.rendered(self.environment, f"{folder.name}:css/{name}", path, values)
                    piece = _tidy(piece)
                    if not folder.ours:
                        _check_brackets(piece, folder, f"css/{name}")
                    _check_loads(piece, {str(face["url"]) for face in faces}, folder, f"css/{name}")
                    pieces.append(piece)
        return "".join(pieces)

    def stack(self, role: str) -> str:
        """Return the families that set text of *role*, the fall-backs for what it lacks after it."""
        font = self.tokens["font"]
        families = [font[name]["family"] for name in (role, "symbols", "sans", "mono", "emoji") if name in font]
        scripts = [
            table["family"] for table in font.values() if table.get("before") == ("sans" if role == "mono" else role)
        ]
        # In a listing the letters and the blanks of the mono come first: its columns are the width of its own.
        families = [families[0], *scripts, *families[1:]] if role == "mono" else [*scripts, *families]
        quoted = ", ".join(f'"{family}"' for family in dict.fromkeys(families))
        return f"{quoted}, {font[role]['fallback']}"

    def lead(self, times: float) -> str:
        """Return *times* the distance from line to line, as a CSS length."""
        number, unit = _length(self.tokens["type"]["lead"]) or (0.0, "pt")
        return f"{number * times:g}{unit}"

    def for_layout(self, layout: str, page: str = "") -> Theme:
        """Return the theme as the paged edition *layout* sees it.

        Its ``[edition.<layout>]`` tokens stand over the others, and ``page.screen``, by which the shared style sheets call
        the page, is the edition's own.

        Args:
            layout: ``screen``, ``print``, ``large`` or ``booklet``.
            page: name of the page, when it is not called like the layout.

        Raises:
            ThemeError: large print is not large, or stands out too little.
        """
        tokens = {**self.tokens}
        for table, values in tokens["edition"].get(layout, {}).items():
            tokens[table] = {**tokens[table], **values}
        tokens["page"] = {**tokens["page"], "screen": tokens["page"][page or layout]}
        if layout == "large":
            _check_large(tokens, self.chain)
        return replace(self, tokens=tokens)

    def properties(self) -> Mapping[str, Mapping[str, str]]:
        """Return the custom properties by mode: ``light``, ``dark`` and ``print`` colours, and ``all`` the rest."""
        flat = {name: value for name, value in _flat(self.tokens) if not name.startswith("edition.")}
        colours = {
            mode: {f"--color-{name}": values[mode] for name, values in self.tokens["color"].items()} for mode in MODES
        }
        rest = {
            f"--{name.replace('.', '-')}": str(value) for name, value in flat.items() if not name.startswith("color.")
        }
        return {**colours, "all": rest}


class _Emitter:
    """``t.color.ink`` in a style sheet: ``var(--color-ink)``, or the plain value where custom properties are not known."""

    def __init__(self, tokens: Any, *, mode: str | None, path: tuple[str, ...] = ()) -> None:
        self._tokens, self._mode, self._path = tokens, mode, path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        path = (*self._path, name)
        if name not in self._tokens:
            near = nearest(name, self._tokens)
            message = f"no token {'.'.join(path)}" + (
                f"; did you mean {'.'.join((*self._path, near))}?" if near else ""
            )
            raise templates.missing(message)
        value = self._tokens[name]
        if isinstance(value, Mapping) and set(value) == set(MODES):
            return value[self._mode] if self._mode else f"var(--{'-'.join(path)})"
        if isinstance(value, Mapping):
            return _Emitter(value, mode=self._mode, path=path)
        return value if self._mode else f"var(--{'-'.join(path)})"

    __getitem__ = __getattr__

    def __str__(self) -> str:
        """Raise the error that this is a table, which has no value to print."""
        raise templates.missing(f"t.{'.'.join(self._path)} is a table: name one of {', '.join(self._tokens)}")

    __repr__ = __html__ = __str__


def _flat(tokens: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for name, value in tokens.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*path, name))
        else:
            yield ".".join((*path, name)), value


def _printed_by(css: str) -> Iterator[int]:
    r"""Yield the code points of the strings that *css* prints.

    >>> sorted(_printed_by('a { list-style: "\\2013\\2002"; color: "x" } b::before { content: "(" attr(href) }'))
    [40, 8194, 8211]
    """
    for said in re.findall(r"(?:content|list-style(?:-type)?)\s*:([^;}]*)", css):
        for text in re.findall(r'"((?:[^"\\]|\\.)*)"', said):
            plain = re.sub(r"\\([0-9a-fA-F]{1,6})\s?", lambda found: chr(min(int(found[1], 16), 0x10FFFF)), text)
            yield from (ord(letter) for letter in plain if letter >= " ")


def _tidy(css: str) -> str:
    r"""Return *css* without comments and empty lines: an edition carries what it needs.

    >>> _tidy("a { } /* note */\n\n/* open")
    'a { }\n'
    """
    pieces = []
    at = 0
    while (start := css.find("/*", at)) >= 0:
        end = css.find("*/", start + 2)
        pieces.append(css[at:start])
        at = end + 2 if end >= 0 else len(css)
    pieces.append(css[at:])
    return "\n".join(line.rstrip() for line in "".join(pieces).splitlines() if line.strip()) + "\n"


def _check_brackets(css: str, folder: Folder, name: str) -> None:
    """Raise ThemeError when *css* has more brackets in brackets than whoever reads it can follow."""
    depth = 0
    for bracket in re.finditer(r"[({\[]|[)}\]]", css):
        depth = depth + 1 if bracket[0] in "({[" else max(0, depth - 1)
        if depth > BRACKETS:
            message = f"more than {BRACKETS} brackets in brackets"
            raise ThemeError(BROKEN.at(folder.place(name), message, fix="close the brackets, or nest less"))


def _check_loads(css: str, given: Collection[str], folder: Folder, name: str) -> None:
    """Raise ThemeError when *css* would load anything but the faces it was *given* and data of its own."""
    plain = re.sub(r"\\([0-9A-Fa-f]{1,6})\s?", lambda found: chr(min(int(found[1], 16), 0x10FFFF)), css).replace(
        "\\", ""
    )
    for found in re.finditer(
        r"(@import|</)|\b(?:url|src|image|image-set|cross-fade)\(\s*[\"']?([^\"')\s]*)", plain, re.IGNORECASE
    ):
        if not found[1] and (found[2] in given or found[2].startswith(("#", "data:"))):
            continue
        what = found[1] or found[2]
        source = folder.text(name) or ""
        place = folder.place(name, source[: max(0, source.find(what))].count("\n") + 1)
        said = "ends the style sheet" if found[1] == "</" else "would load something"
        raise ThemeError(
            LOADS.at(
                place,
                f"the style sheet {said}: {found[0]!r}",
                fix="take it out; faces are named in tokens.toml",
            )
        )


# Where themes are.


def house() -> Path:
    """Return the folder of the themes that come with the product, in a wheel or in a checkout."""
    inside = Path(__file__).parent.parent / "themes"
    return inside if inside.is_dir() else Path(__file__).parent.parent.parent / "themes"


def known(book: Path | None = None) -> dict[str, Folder]:
    """Return every theme that can be named, the book's own first.

    Raises:
        ThemeError: the folder ``themes`` of the book is a link that leads out of it.
    """
    own = folders(book / "themes") if book else {}
    found = {name: folder for name, folder in own.items() if re.fullmatch(SLUG, name)}
    return {**found, **{name: one for name, one in folders(house(), ours=True).items() if name not in found}}


def load(name: str, book: Path | None = None, cache: Path | None = None, limits: Limits | None = None) -> Theme:
    """Return the theme *name* with its parents.

    Args:
        name: a folder's name, in the book's ``themes/`` or among the product's own.
        book: the root of the book.
        cache: where cut fonts are remembered, or None.
        limits: of time and memory.

    Raises:
        ThemeError: there is no such theme or parent, a cycle, an unknown token, a file that is not TOML, a file that does
            not lie in the theme, or text whose contrast is under 4.5 : 1.
    """
    limits = limits or Limits()
    chain, about = _chain(name, known(book))
    tokens = _merged(chain)
    _check_contrast(tokens, chain)
    environment = templates.Environment(templates.Loader(chain), limits)
    faults = [
        fault for place, folder in enumerate(chain[:-1]) for fault in _misfits(folder, chain[place + 1 :], environment)
    ]
    for folder, said in zip(chain, about, strict=True):
        faults += _strange_keys(folder, said, chain[-1])
    if faults:
        raise ThemeError(faults)
    return Theme(
        name=name,
        title=str(about[0].get("title", name)),
        description=str(about[0].get("description", "")),
        chain=chain,
        tokens=tokens,
        faces=tuple(_faces(tokens, chain)),
        environment=environment,
        limits=limits,
        cache=cache,
        replaces=frozenset(
            (folder.name, str(sheet))
            for folder, said in zip(chain, about, strict=True)
            for sheet in said.get("replace", ())
        ),
    )


def _chain(name: str, themes: Mapping[str, Folder]) -> tuple[tuple[Folder, ...], tuple[dict[str, Any], ...]]:
    """Return the folders of the theme *name* and its parents, ``base`` last, and what their theme.toml say."""
    chain: list[Folder] = []
    about: list[dict[str, Any]] = []
    wanted: str | None = name
    while wanted is not None:
        folder = themes.get(wanted)
        place = chain[-1].place("theme.toml") if chain else Place(path="themes")
        if folder is None:
            near = nearest(wanted[:LONGEST], themes)
            fix = f"did you mean {near}?" if near else f"the themes are: {', '.join(themes)}"
            raise ThemeError(UNKNOWN.at(place, f"there is no theme {wanted!r}", fix=fix))
        if folder in chain:
            raise ThemeError(
                CYCLE.at(folder.place("theme.toml"), f"{wanted} extends itself", fix='write extends = "base"')
            )
        if wanted == BASE and not folder.ours:
            message = "base is the name of the root of all themes"
            raise ThemeError(RESERVED.at(folder.place("theme.toml"), message, fix="give this folder another name"))
        folder.check()
        chain.append(folder)
        about.append(_toml(folder, "theme.toml"))
        wanted = about[-1].get("extends", None if wanted == BASE else BASE)
        if wanted is not None and not isinstance(wanted, str):
            message = f"extends is {wanted!r}"
            raise ThemeError(BROKEN.at(folder.place("theme.toml"), message, fix='write a text: extends = "base"'))
    return tuple(chain), tuple(about)


# What a theme may say. Nothing that it says may go unheard: a misspelt block would be a block that nobody prints.


def _strange_keys(folder: Folder, said: Mapping[str, Any], base: Folder) -> Iterator[Problem]:
    """Yield what is wrong in theme.toml."""
    place = folder.place("theme.toml")
    for name, value in said.items():
        wanted = "a list of names of sheets" if name == "replace" else "a text"
        fits = (
            isinstance(value, list) and all(isinstance(one, str) for one in value)
            if name == "replace"
            else isinstance(value, str)
        )
        if name not in KEYS:
            near = nearest(name, KEYS)
            fix = f"write {near}" if near else f"the keys are: {', '.join(KEYS)}"
            yield UNKNOWN_KEY.at(place, f"unknown key {name!r}", fix=fix)
        elif not fits:
            yield BROKEN.at(place, f"{name} is {value!r}", fix=f"write {wanted}")
    sheets = {sheet.removesuffix(".css") for sheet in base.names("css", ".css")}
    for name in said.get("replace", ()) if isinstance(said.get("replace", ()), list) else ():
        if name not in sheets:
            near = nearest(str(name), sheets)
            fix = f"write {near}" if near else f"the sheets are: {', '.join(sorted(sheets))}"
            yield UNKNOWN_FILE.at(place, f"there is no sheet {name!r} to replace", fix=fix)


def _misfits(folder: Folder, parents: Sequence[Folder], environment: templates.Environment) -> Iterator[Problem]:
    """Yield the files of *folder* that no parent has, and the blocks of its templates that no parent's template has.

    A theme may add files of its own for its templates to include: their names begin with ``_``.
    """
    for kind, ending in (("templates", ".j2"), ("css", ".css")):
        known = {other for home in parents for other in home.names(kind, ending)}
        for name in folder.names(kind, ending):
            text = folder.text(f"{kind}/{name}")
            shown = folder.place(f"{kind}/{name}")
            if text is None:  # a link that leads nowhere
                yield folder.refused(f"{kind}/{name}", f"there is no {printable(name)!r}")
            elif name not in known and not name.rpartition("/")[2].startswith("_"):
                near = nearest(name, known)
                fix = f"call it {near}" if near else f"the {kind} are: {', '.join(sorted(known))}"
                yield UNKNOWN_FILE.at(shown, f"nothing asks for {name}", fix=fix)
            elif kind == "templates" and name in known:
                yield from _block_faults(text, name, parents, shown, environment)


def _block_faults(
    text: str, name: str, parents: Sequence[Folder], shown: Place, environment: templates.Environment
) -> Iterator[Problem]:
    """Yield the blocks of the template *text* that its parents lack, or theirs that it leaves out."""
    own, outermost = templates.blocks(environment, text, shown.path)
    inherited: dict[str, int] = {}
    for home in parents:
        theirs = home.text(f"templates/{name}")
        if theirs is not None:
            inherited |= templates.blocks(environment, theirs, home.place(f"templates/{name}").path)[0]
    if outermost is None:
        for block in inherited.keys() - own.keys():
            message = f"block {block!r} is missing: this template takes the place of its parent's"
            fix = (
                f'write {{% block {block} %}}{{% endblock %}}, or begin with {{% extends "{parents[0].name}:{name}" %}}'
            )
            yield MISSING_BLOCK.at(shown, message, fix=fix)
        return
    for block in sorted(outermost - inherited.keys()):
        near = nearest(block, inherited)
        fix = f"write {near}" if near else f"the blocks are: {', '.join(inherited)}"
        place = Place(path=shown.path, line=own[block])
        yield UNKNOWN_BLOCK.at(place, f"the parent of this template has no block {block!r}", fix=fix)


def _toml(folder: Folder, name: str) -> dict[str, Any]:
    """Return what the file *name* of *folder* says, nothing when there is none.

    Raises:
        ThemeError: it is not TOML, or nested too deeply.
    """
    text = folder.text(name)
    if text is None:
        return {}
    try:
        said = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"at line (\d+), column (\d+)", str(error))
        place = folder.place(name, int(found[1]), int(found[2])) if found else folder.place(name)
        message = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ThemeError(BROKEN.at(place, f"this is not TOML: {message}", fix="fix the line")) from error
    level: list[Any] = [said]
    for _ in range(DEEP):
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        level = [one for one in level if isinstance(one, dict | list)]
    if level:
        message = f"more than {DEEP} tables or lists in one another"
        raise ThemeError(BROKEN.at(folder.place(name), message, fix="write fewer of them"))
    return said


def _merged(chain: Sequence[Folder]) -> Tokens:
    """Return the tokens of *chain*, the child's over the parents', key by key; references resolved."""
    merged: dict[str, Any] = _toml(chain[-1], "tokens.toml")
    for folder in reversed(chain[:-1]):
        merged = _over(merged, _toml(folder, "tokens.toml"), (), folder)
    tokens: Tokens = _resolved(merged, merged, (), chain)
    return tokens


def _over(base: Mapping[str, Any], child: Mapping[str, Any], path: tuple[str, ...], folder: Folder) -> dict[str, Any]:
    """Return *base* with the values of *child* over it; every value is of the kind that it was.

    Raises:
        ThemeError: a token that *base* does not have, or a value of another kind.
    """
    result = dict(base)
    for name, value in child.items():
        here = (*path, name)
        inner = base.get(name)
        if name not in base and path[:1] != ("font",):
            near = nearest(name[:LONGEST], base)
            fix = f"write {near}" if near else f"the tokens here are: {', '.join(base)}"
            message = f"unknown token {'.'.join(here)!r}"
            raise ThemeError(UNKNOWN_TOKEN.at(_line([folder], name), message, fix=fix))
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            result[name] = _over(inner, value, here, folder)
        elif isinstance(inner, Mapping) and set(inner) == set(MODES) and isinstance(value, str):
            result[name] = {**inner, "light": value, **({"dark": lightened(value)} if name in ON_PAPER else {})}
        elif name in base or path != ("font",):
            result[name] = _fitting(inner, value, here, folder)
        else:
            result[name] = value  # a face of one more script: _check_font looks at it
    return result


def _fitting(old: Any, new: Any, path: tuple[str, ...], folder: Folder) -> Any:
    """Return *new* as a token in the place of *old*.

    Raises:
        ThemeError: it is of another kind, too long, or has control characters.
    """
    wanted = ""
    if isinstance(old, Mapping):
        colour = set(old) == set(MODES)
        wanted = 'a colour such as "#1a1a1a"' if colour else f"a table: [{'.'.join(path)}]"
    elif isinstance(old, int):
        if isinstance(new, bool) or not isinstance(new, int) or not 0 < new <= MOST:
            wanted = f"a whole number from 1 to {MOST}"
    elif isinstance(new, int | float) and not isinstance(new, bool) and isinstance(old, str) and _number(old):
        if not 0 <= new <= MOST:
            wanted = f"a number from 0 to {MOST}"
        new = f"{new:g}"
    elif not isinstance(new, str):
        wanted = f'a text such as "{old}"' if old else "a text in quotes"
    elif len(new) > LONGEST or not new.isprintable():
        wanted = f"at most {LONGEST} letters, none of them a control character"
    elif path in LENGTHS and not (_length(new) or "{" in new):
        wanted = f'a length such as "{old}"'
    if wanted:
        message = f"{'.'.join(path)} is {_shown(new)}"
        raise ThemeError(BROKEN.at(_line([folder], path[-1]), message, fix=f"write {wanted}"))
    return new


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(?:\.\d+)?", text))


def _shown(value: Any) -> str:
    """Return *value* for a message; of a number of thousands of figures, that it is one."""
    return repr(value)[:80] if not isinstance(value, int) or value.bit_length() < 256 else "a number beyond measure"


def _length(text: str) -> tuple[float, str] | None:
    """Return number and unit of a CSS length that is more than nothing, None when it is none.

    >>> _length("14.5pt"), _length("0pt"), _length("1.2.3pt")
    ((14.5, 'pt'), None, None)
    """
    found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,6})?|\.\d{1,6})([A-Za-z]{1,4})", text)
    return (float(found[1]), found[2]) if found and float(found[1]) else None


LENGTHS = frozenset(
    {
        ("type", "size"),
        ("type", "lead"),
        *(
            ("edition", edition, "type", name)
            for edition in ("large", "handout")
            for name in ("size", "lead", "code_size", "small_size", "table_size")
        ),
    }
)
"""Tokens that the press itself counts with."""


def _line(chain: Sequence[Folder], name: str) -> Place:
    """Return the line of tokens.toml on which *name* is given a value, in the nearest folder of *chain* that has it."""
    for folder in chain:
        for number, line in enumerate((folder.text("tokens.toml") or "").splitlines(), 1):
            if re.match(rf"\s*\[?.*\b{re.escape(name)}\b", line[:LONGEST]):
                return folder.place("tokens.toml", number)
    return chain[0].place("tokens.toml")


def _resolved(value: Any, tokens: Mapping[str, Any], path: tuple[str, ...], chain: Sequence[Folder]) -> Any:
    """Return *value* with every ``{type.lead}`` replaced by the token's value."""
    if isinstance(value, Mapping):
        return {name: _resolved(inner, tokens, (*path, name), chain) for name, inner in value.items()}
    if not isinstance(value, str):
        return value

    def reference(found: re.Match[str]) -> str:
        inner: Any = tokens
        for step in found[1].split("."):
            inner = inner.get(step) if isinstance(inner, Mapping) else None
        if isinstance(inner, Mapping) or inner is None:
            message = f"no token {found[1]!r}"
            raise ThemeError(UNKNOWN_TOKEN.at(_line(chain, found[1]), message, fix="name a token that is there"))
        return str(inner)

    after = re.sub(r"\{([a-z_.]+)\}", reference, value)
    if path in LENGTHS and not _length(after):
        message = f"{'.'.join(path)} is {after[:80]!r}"
        raise ThemeError(BROKEN.at(_line(chain, path[-1]), message, fix='write a length such as "14.5pt"'))
    return after


def _faces(tokens: Tokens, chain: Sequence[Folder]) -> Iterator[Face]:
    """Yield the faces that the tokens name, each once."""
    roles = set()
    for name, font in tokens["font"].items():
        _check_font(name, font, chain)
        files = _face_files(font["folder"], chain)
        script = "before" in font
        role = font.get("before", name)  # a face of one script is set where that role is
        for path, weight, style in files:
            if style == "normal" and not script:
                roles.add(role)
            yield Face(family=font["family"], weight=weight, style=style, path=path, role=role, script=script)
    for role in UPRIGHT:
        if role not in roles:
            message = f"font.{role} has no upright face"
            raise ThemeError(NO_FACE.at(_line(chain, role), message, fix="put one into its folder, as a TTF file"))
    if tokens["cover"]["title"] not in UPRIGHT:
        message = f"cover.title is {tokens['cover']['title']!r}"
        raise ThemeError(BROKEN.at(_line(chain, "title"), message, fix=f'write "{UPRIGHT[0]}" or "{UPRIGHT[1]}"'))


def _face_files(folder: str, chain: Sequence[Folder]) -> list[tuple[Path, int, str]]:
    """Return the faces in the *folder* that a table under ``[font]`` names: file, weight and style, as the file says.

    Raises:
        ThemeError: there is no such folder, or a file in it is no face or does not lie in the theme.
    """
    for home, ours in _font_homes(chain):
        if not (home / folder).is_dir():
            continue
        if ours:
            return [(path, *looked_at(path)) for path in sorted((home / folder).glob("*.ttf"))]
        found = []
        for path in sorted((home / folder).glob("*.ttf")):
            place = Place(
                path=f"themes/{path.relative_to(home.parent.parent if home.name == 'fonts' else home.parent)}"
            )
            root = home.parent  # the theme itself, or the folder of themes for what they share
            data = open_file(root, path.relative_to(root).as_posix(), limit=FACE)
            if not isinstance(data, bytes):
                detail = data.detail.replace("the book", "the theme")
                fix = "put the file of the face itself there"
                raise ThemeError(OUTSIDE.at(place, f"the face cannot be read: {detail}", fix=fix))
            try:
                found.append((path.resolve(), *looked_at(path, data)))
            except ValueError as error:
                fix = "take it out, or save the face again as TTF"
                raise ThemeError(NO_FACE.at(place, f"this is no face that can be used: {error}", fix=fix)) from error
        return found
    message = f"there is no font folder {folder!r}"
    fix = f"put its TTF files under themes/{chain[0].name}/fonts"
    raise ThemeError(BROKEN.at(_line(chain, folder), message, fix=fix))


def _check_font(name: str, font: object, chain: Sequence[Folder]) -> None:
    """Raise ThemeError when a table under ``[font]`` says too little, or something that nobody hears."""
    said: Mapping[str, object] = font if isinstance(font, Mapping) else {}
    missing = [key for key in ("family", "folder") if not isinstance(said.get(key), str)]
    if missing:
        message = f"font.{name} has no {' and no '.join(missing)}"
        raise ThemeError(BROKEN.at(_line(chain, name), message, fix='write family = "Name" and folder = "name"'))
    for word in said:
        if word not in FONT_KEYS:
            near = nearest(word, FONT_KEYS)
            fix = f"write {near}" if near else f"the keys are: {', '.join(FONT_KEYS)}"
            raise ThemeError(UNKNOWN_TOKEN.at(_line(chain, word), f"unknown token 'font.{name}.{word}'", fix=fix))
    if not re.fullmatch(SLUG, str(said["folder"])):
        message = f"font.{name}.folder is {_shown(said['folder'])}, which is no name of a folder"
        fix = "put the faces into a folder under the theme's own fonts/, and write its name"
        raise ThemeError(OUTSIDE.at(_line(chain, "folder"), message, fix=fix))
    for key in ("family", "fallback"):
        value = said.get(key, "x")
        unfit = r"[^;{}<>\\]{1,200}" if key == "fallback" else r"[^;{}<>\\\"',]{1,100}"
        if not (isinstance(value, str) and value.isprintable() and re.fullmatch(unfit, value)):
            fix = f'write a name: {key} = "Name"'
            raise ThemeError(BROKEN.at(_line(chain, key), f"font.{name}.{key} is {_shown(value)}", fix=fix))
    if name not in ROLES and "before" not in said:
        message = f"nothing is set in the typeface font.{name}"
        fix = f'write before = "serif", or give its table one of the names {", ".join(ROLES)}'
        raise ThemeError(UNKNOWN_TOKEN.at(_line(chain, name), message, fix=fix))
    if said.get("before", "serif") not in ("serif", "sans"):
        message = f"font.{name}.before is {_shown(said['before'])}"
        raise ThemeError(BROKEN.at(_line(chain, "before"), message, fix='write "serif" or "sans"'))


def _font_homes(chain: Sequence[Folder]) -> Iterator[tuple[Path, bool]]:
    """Yield the folders in which faces may lie, and whether they came with the product."""
    for folder in chain:
        yield folder.path / "fonts", folder.ours
        yield folder.path.parent / "_fonts", folder.ours
    yield house() / "_fonts", True


def _check_contrast(tokens: Tokens, chain: Sequence[Folder]) -> None:
    faults: list[Problem] = []
    for name, values in tokens["color"].items():
        for mode, value in values.items():
            if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", str(value)):
                message = f"color.{name}.{mode} is {value!r}, not a colour such as #1a1a1a"
                faults.append(BROKEN.at(_line(chain, name), message, fix="write six hexadecimal digits after #"))
    if not faults:
        for text, paper in PAIRS:
            for mode in MODES:
                ratio = contrast(tokens["color"][text][mode], tokens["color"][paper][mode])
                if ratio < LEAST_CONTRAST:
                    message = (
                        f"{text} on {paper} ({mode}) has a contrast of {ratio:.1f} : 1; {LEAST_CONTRAST} : 1 is needed"
                    )
                    faults.append(
                        CONTRAST.at(
                            _line(chain, text),
                            message,
                            fix=f"make {text} darker or {paper} lighter (in dark mode the other way round)",
                        )
                    )
        for mode in MODES:
            ratio = contrast(tokens["color"]["mark"][mode], tokens["color"]["paper"][mode])
            if ratio < LEAST_MARK:
                message = f"mark on paper ({mode}) has a contrast of {ratio:.1f} : 1; {LEAST_MARK} : 1 is needed"
                faults.append(CONTRAST.at(_line(chain, "mark"), message, fix="make mark stand out more from paper"))
    if faults:
        raise ThemeError(faults)


def _check_large(tokens: Tokens, chain: Sequence[Folder]) -> None:
    """Raise ThemeError when large print would be small or pale: sizes in points, colours of the mode ``print``."""
    faults: list[Problem] = []
    for name in ("size", "code_size", "small_size", "table_size"):
        found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,6})?)pt", tokens["type"][name])
        if not found or float(found[1]) < LARGE_TYPE:
            message = f"edition.large.type.{name} is {tokens['type'][name]!r}; large print has {LARGE_TYPE:g}pt or more"
            faults.append(SMALL.at(_line(chain, name), message, fix=f'write "{LARGE_TYPE:g}pt" or more'))
    for text, paper in PAIRS:
        ratio = contrast(tokens["color"][text]["print"], tokens["color"][paper]["print"])
        if ratio < LARGE_CONTRAST:
            message = (
                f"{text} on {paper} (print) has a contrast of {ratio:.1f} : 1; large print needs {LARGE_CONTRAST:g} : 1"
            )
            faults.append(CONTRAST.at(_line(chain, text), message, fix=f"make the print value of {text} darker"))
    if faults:
        raise ThemeError(faults)

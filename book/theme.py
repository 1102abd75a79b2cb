"""Themes: a folder and its parents -> templates, style sheets, tokens and faces. The one door of Jinja2.

A theme may read its own folder and its parents', nothing else. Templates run in a sandbox with autoescape on; chapters are
never templates. Style sheets are rendered twice from one text: with custom properties for HTML and PDF, with plain values
for EPUB, whose readers do not know them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import jinja2.nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from book.colour import contrast, lightened
from book.faces import Face
from book.problems import Kind, Place, Problem, Severity, ThemeError, nearest

UNKNOWN = Kind("T101", Severity.ERROR, "a theme that is not there")
BROKEN = Kind("T102", Severity.ERROR, "a theme file that cannot be used")
CYCLE = Kind("T103", Severity.ERROR, "a theme that extends itself")
UNKNOWN_TOKEN = Kind("T104", Severity.ERROR, "a token that no theme has")
CONTRAST = Kind("T105", Severity.ERROR, "text that stands out too little from its paper")
UNKNOWN_BLOCK = Kind("T106", Severity.ERROR, "a block that the parent template does not have")
MISSING_BLOCK = Kind("T107", Severity.ERROR, "a template that leaves a block out")
UNKNOWN_FILE = Kind("T108", Severity.ERROR, "a template or style sheet that nothing asks for")
UNKNOWN_KEY = Kind("T109", Severity.ERROR, "a key that theme.toml does not know")

LOADS = Kind("T120", Severity.ERROR, "a style sheet that loads something the theme was not given")
SMALL = Kind("T121", Severity.ERROR, "large print that is not large")

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
    chain: tuple[Path, ...]
    """Its folder, then its parents', ``base`` last."""
    tokens: Tokens
    faces: tuple[Face, ...]
    environment: jinja2.Environment
    cache: Path | None = None
    """Where cut fonts are remembered."""
    replaces: frozenset[tuple[str, str]] = frozenset()
    """Theme and sheet (``web``) for every sheet that a theme sets in place of its parents', not after it."""

    @property
    def letters(self) -> frozenset[int]:
        """The code points that the style sheets themselves print: ornaments, icons, marks of lists."""
        sheets = (path for folder in self.chain for path in (folder / "css").glob("*.css"))
        return frozenset(code for path in sheets for code in _printed_by(path.read_text(encoding="utf-8-sig")))

    def _sets(self, folder: Path, name: str) -> bool:
        """Say whether the sheet *name* of *folder* counts: it is there, and no theme nearer to the book replaces it."""
        kind = name.removesuffix(".css")
        nearer = self.chain[: self.chain.index(folder)]
        return (folder / "css" / name).is_file() and not any((home.name, kind) in self.replaces for home in nearer)

    def page(self, template: str, **values: Any) -> str:
        """Return the *template* (``web/book.html.j2`` …) filled with *values*.

        Raises:
            ThemeError: the template is missing, not Jinja, or asks for a value that is not there.
        """
        with _told(self.chain[0], template):
            return self.environment.get_template(template).render(tokens=self.tokens, **values)

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
                    with _told(folder, f"css/{name}"):
                        # The prefix names the one folder: each theme adds its own sheet to its parents'.
                        piece = self.environment.get_template(f"{folder.name}:css/{name}").render(values)
                    _check_loads(piece, {str(face["url"]) for face in faces}, folder / "css" / name)
                    pieces.append(piece)
        return _tidy("\n".join(pieces))

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
        found = re.fullmatch(r"([0-9.]+)([a-z]+)", self.tokens["type"]["lead"])
        if found is None:
            place = Place(path=f"themes/{self.chain[0].name}/tokens.toml")
            raise ThemeError(
                BROKEN.at(
                    place, f"type.lead is {self.tokens['type']['lead']!r}", mend='write a length such as "14.5pt"'
                )
            )
        return f"{float(found[1]) * times:g}{found[2]}"

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
            _check_large(tokens, self.chain[0])
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


def trusted(markup: str) -> Markup:
    """Mark XHTML that the press itself made as fit to stand in a template unescaped."""
    return Markup(markup)  # noqa: S704 - from markup.spell, which came through the second wall


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
            raise jinja2.UndefinedError(message)
        value = self._tokens[name]
        if isinstance(value, Mapping) and set(value) == set(MODES):
            return value[self._mode] if self._mode else f"var(--{'-'.join(path)})"
        if isinstance(value, Mapping):
            return _Emitter(value, mode=self._mode, path=path)
        return value if self._mode else f"var(--{'-'.join(path)})"

    __getitem__ = __getattr__


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
            plain = re.sub(r"\\([0-9a-fA-F]{1,6})\s?", lambda found: chr(int(found[1], 16)), text)
            yield from (ord(letter) for letter in plain if letter >= " ")


def _tidy(css: str) -> str:
    """Return *css* without comments and empty lines: an edition carries what it needs."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return "\n".join(line.rstrip() for line in css.splitlines() if line.strip()) + "\n"


def _check_loads(css: str, given: Collection[str], path: Path) -> None:
    """Raise ThemeError when *css* would load anything but the faces it was *given* and data of its own."""
    plain = re.sub(r"\\([0-9A-Fa-f]{1,6})\s?", lambda found: chr(min(int(found[1], 16), 0x10FFFF)), _tidy(css)).replace(
        "\\", ""
    )
    for found in re.finditer(
        r"(@import)|\b(?:url|src|image|image-set|cross-fade)\(\s*[\"']?([^\"')\s]*)", plain, re.IGNORECASE
    ):
        if not found[1] and (found[2] in given or found[2].startswith(("#", "data:"))):
            continue
        what = found[1] or found[2]
        source = path.read_text(encoding="utf-8-sig", errors="replace")
        place = Place(
            path=f"themes/{path.parent.parent.name}/css/{path.name}",
            line=source[: max(0, source.find(what))].count("\n") + 1,
        )
        raise ThemeError(
            LOADS.at(
                place,
                f"the style sheet would load something: {found[0]!r}",
                mend="take it out; faces are named in tokens.toml",
            )
        )


# Where themes are.


def house() -> Path:
    """Return the folder of the themes that come with the product, in a wheel or in a checkout."""
    inside = Path(__file__).parent / "themes"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "themes"


def known(book: Path | None = None) -> dict[str, Path]:
    """Return every theme that can be named, the book's own first."""
    found: dict[str, Path] = {}
    for home in ([book / "themes"] if book else []) + [house()]:
        if home.is_dir():
            for folder in sorted(home.iterdir()):
                if (folder / "theme.toml").is_file():
                    found.setdefault(folder.name, folder)
    return found


def load(name: str, book: Path | None = None, cache: Path | None = None) -> Theme:
    """Return the theme *name* with its parents.

    Args:
        name: a folder's name, in the book's ``themes/`` or among the product's own.
        book: the root of the book.
        cache: where cut fonts are remembered, or None.

    Raises:
        ThemeError: there is no such theme or parent, a cycle, an unknown token, a file that is not TOML, or text whose
            contrast is under 4.5 : 1.
    """
    themes = known(book)
    chain: list[Path] = []
    about: list[dict[str, Any]] = []
    wanted: str | None = name
    while wanted:
        folder = themes.get(wanted)
        if folder is None:
            near = nearest(wanted, themes)
            mend = f"did you mean {near}?" if near else f"the themes are: {', '.join(themes)}"
            place = Place(path=f"themes/{chain[-1].name}/theme.toml" if chain else "themes")
            raise ThemeError(UNKNOWN.at(place, f"there is no theme {wanted!r}", mend=mend))
        if folder in chain:
            raise ThemeError(
                CYCLE.at(
                    Place(path=f"themes/{folder.name}/theme.toml"),
                    f"{wanted} extends itself",
                    mend='write extends = "base"',
                )
            )
        chain.append(folder)
        about.append(_toml(folder / "theme.toml"))
        wanted = about[-1].get("extends", None if wanted == BASE else BASE)
    tokens = _merged(chain)
    _check_contrast(tokens, chain[0])
    environment = _environment(tuple(chain))
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
        chain=tuple(chain),
        tokens=tokens,
        faces=tuple(_faces(tokens, chain)),
        environment=environment,
        cache=cache,
        replaces=frozenset(
            (folder.name, str(sheet))
            for folder, said in zip(chain, about, strict=True)
            for sheet in said.get("replace", ())
        ),
    )


# What a theme may say. Nothing that it says may go unheard: a misspelt block would be a block that nobody prints.


def _strange_keys(folder: Path, said: Mapping[str, Any], base: Path) -> Iterator[Problem]:
    """Yield what is wrong in theme.toml."""
    place = Place(path=f"themes/{folder.name}/theme.toml")
    for name, value in said.items():
        wanted = "a list of names of sheets" if name == "replace" else "a text"
        fits = (
            isinstance(value, list) and all(isinstance(one, str) for one in value)
            if name == "replace"
            else isinstance(value, str)
        )
        if name not in KEYS:
            near = nearest(name, KEYS)
            mend = f"write {near}" if near else f"the keys are: {', '.join(KEYS)}"
            yield UNKNOWN_KEY.at(place, f"unknown key {name!r}", mend=mend)
        elif not fits:
            yield BROKEN.at(place, f"{name} is {value!r}", mend=f"write {wanted}")
    sheets = {path.stem for path in (base / "css").glob("*.css")}
    for name in said.get("replace", ()) if isinstance(said.get("replace", ()), list) else ():
        if name not in sheets:
            near = nearest(str(name), sheets)
            mend = f"write {near}" if near else f"the sheets are: {', '.join(sorted(sheets))}"
            yield UNKNOWN_FILE.at(place, f"there is no sheet {name!r} to replace", mend=mend)


def _misfits(folder: Path, parents: list[Path], environment: jinja2.Environment) -> Iterator[Problem]:
    """Yield the files of *folder* that no parent has, and the blocks of its templates that no parent's template has.

    A theme may add files of its own for its templates to include: their names begin with ``_``.
    """
    for kind, ending in (("templates", ".j2"), ("css", ".css")):
        for path in sorted((folder / kind).rglob(f"*{ending}")):
            name = path.relative_to(folder / kind).as_posix()
            known = {
                other.relative_to(home / kind).as_posix()
                for home in parents
                for other in (home / kind).rglob(f"*{ending}")
            }
            shown = Place(path=f"themes/{folder.name}/{kind}/{name}")
            if name not in known and not path.name.startswith("_"):
                near = nearest(name, known)
                mend = f"call it {near}" if near else f"the {kind} are: {', '.join(sorted(known))}"
                yield UNKNOWN_FILE.at(shown, f"nothing asks for {name}", mend=mend)
            elif kind == "templates" and name in known:
                yield from _block_faults(path, name, parents, shown, environment)


def _block_faults(
    path: Path, name: str, parents: list[Path], shown: Place, environment: jinja2.Environment
) -> Iterator[Problem]:
    """Yield the blocks of the template *path* that its parents lack, or theirs that it leaves out."""
    with _told(path.parent, name):
        tree = environment.parse(path.read_text(encoding="utf-8-sig"), name)
        inherited: dict[str, int] = {}
        for home in parents:
            if (home / "templates" / name).is_file():
                inherited |= _blocks(environment.parse((home / "templates" / name).read_text(encoding="utf-8-sig")))
    own = _blocks(tree)
    if next(tree.find_all(jinja2.nodes.Extends), None) is None:
        for block in inherited.keys() - own.keys():
            message = f"block {block!r} is missing: this template takes the place of its parent's"
            mend = (
                f'write {{% block {block} %}}{{% endblock %}}, or begin with {{% extends "{parents[0].name}:{name}" %}}'
            )
            yield MISSING_BLOCK.at(shown, message, mend=mend)
        return
    outermost = {node.name for node in tree.body if isinstance(node, jinja2.nodes.Block)}
    for block in sorted(outermost - inherited.keys()):
        near = nearest(block, inherited)
        mend = f"write {near}" if near else f"the blocks are: {', '.join(inherited)}"
        place = Place(path=shown.path, line=own[block])
        yield UNKNOWN_BLOCK.at(place, f"the parent of this template has no block {block!r}", mend=mend)


def _blocks(tree: jinja2.nodes.Template) -> dict[str, int]:
    """Return the blocks of a template and their lines."""
    return {node.name: node.lineno for node in tree.find_all(jinja2.nodes.Block)}


def _toml(path: Path) -> dict[str, Any]:
    shown = f"themes/{path.parent.name}/{path.name}"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        found = re.search(r"at line (\d+), column (\d+)", str(error))
        place = Place(path=shown, line=int(found[1]), column=int(found[2])) if found else Place(path=shown)
        raise ThemeError(BROKEN.at(place, f"this is not TOML: {error}", mend="mend the line")) from error


def _merged(chain: list[Path]) -> Tokens:
    """Return the tokens of *chain*, the child's over the parents', key by key; references resolved."""
    tables = [_toml(folder / "tokens.toml") for folder in reversed(chain)]
    merged: dict[str, Any] = tables[0]
    for folder, table in zip(list(reversed(chain))[1:], tables[1:], strict=True):
        merged = _over(merged, table, (), folder)
    tokens: Tokens = _resolved(merged, merged, chain[0])
    return tokens


def _over(base: Mapping[str, Any], child: Mapping[str, Any], path: tuple[str, ...], folder: Path) -> dict[str, Any]:
    result = dict(base)
    for name, value in child.items():
        if name not in base and path[:1] != ("font",):
            near = nearest(name, base)
            shown = ".".join((*path, name))
            mend = f"write {near}" if near else f"the tokens here are: {', '.join(base)}"
            raise ThemeError(UNKNOWN_TOKEN.at(_line(folder, name), f"unknown token {shown!r}", mend=mend))
        inner = base.get(name)
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            result[name] = _over(inner, value, (*path, name), folder)
        elif isinstance(inner, Mapping) and set(inner) == set(MODES):
            result[name] = {**inner, "light": value, **({"dark": lightened(value)} if name in ON_PAPER else {})}
        else:
            result[name] = value
    return result


def _line(folder: Path, name: str) -> Place:
    """Return the line of tokens.toml on which *name* is given a value."""
    shown = f"themes/{folder.name}/tokens.toml"
    text = (folder / "tokens.toml").read_text(encoding="utf-8-sig")
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[?.*\b{re.escape(name)}\b", line):
            return Place(path=shown, line=number)
    return Place(path=shown)


def _resolved(value: Any, tokens: Mapping[str, Any], folder: Path) -> Any:
    """Return *value* with every ``{type.lead}`` replaced by the token's value."""
    if isinstance(value, Mapping):
        return {name: _resolved(inner, tokens, folder) for name, inner in value.items()}
    if not isinstance(value, str):
        return value

    def reference(found: re.Match[str]) -> str:
        inner: Any = tokens
        for step in found[1].split("."):
            if not isinstance(inner, Mapping) or step not in inner:
                raise ThemeError(
                    UNKNOWN_TOKEN.at(
                        _line(folder, found[1]), f"no token {found[1]!r}", mend="name a token that is there"
                    )
                )
            inner = inner[step]
        return str(inner)

    return re.sub(r"\{([a-z_.]+)\}", reference, value)


def _faces(tokens: Tokens, chain: list[Path]) -> Iterator[Face]:
    """Yield the faces that the tokens name, each once."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - slow to import

    for role, font in tokens["font"].items():
        _check_font(role, font, chain[0])
        folder = next((home for home in _font_homes(chain) if (home / font["folder"]).is_dir()), None)
        if folder is None:
            place = Place(path=f"themes/{chain[0].name}/tokens.toml")
            raise ThemeError(
                BROKEN.at(
                    place, f"there is no font folder {font['folder']!r}", mend="put its TTF files under themes/_fonts"
                )
            )
        for path in sorted((folder / font["folder"]).glob("*.ttf")):
            with TTFont(path, lazy=True) as face:
                weight = face["OS/2"].usWeightClass
                style = "italic" if face["OS/2"].fsSelection & 1 else "normal"
            script = "before" in font
            role = font.get("before", role)  # noqa: PLW2901 - it is set where that role is
            yield Face(family=font["family"], weight=weight, style=style, path=path, role=role, script=script)


def _check_font(name: str, font: object, folder: Path) -> None:
    """Raise ThemeError when a table under ``[font]`` says too little, or something that nobody hears."""
    said: Mapping[str, object] = font if isinstance(font, Mapping) else {}
    missing = [key for key in ("family", "folder") if not isinstance(said.get(key), str)]
    if missing:
        message = f"font.{name} has no {' and no '.join(missing)}"
        raise ThemeError(BROKEN.at(_line(folder, name), message, mend='write family = "Name" and folder = "name"'))
    for word in said:
        if word not in FONT_KEYS:
            near = nearest(word, FONT_KEYS)
            mend = f"write {near}" if near else f"the keys are: {', '.join(FONT_KEYS)}"
            raise ThemeError(UNKNOWN_TOKEN.at(_line(folder, word), f"unknown token 'font.{name}.{word}'", mend=mend))
    if name not in ROLES and "before" not in said:
        message = f"nothing is set in the typeface font.{name}"
        mend = f'write before = "serif", or give its table one of the names {", ".join(ROLES)}'
        raise ThemeError(UNKNOWN_TOKEN.at(_line(folder, name), message, mend=mend))
    if said.get("before", "serif") not in ("serif", "sans"):
        message = f"font.{name}.before is {said['before']!r}"
        raise ThemeError(BROKEN.at(_line(folder, "before"), message, mend='write "serif" or "sans"'))


def _font_homes(chain: list[Path]) -> Iterator[Path]:
    for folder in chain:
        yield folder / "fonts"
        yield folder.parent / "_fonts"
    yield house() / "_fonts"


def _environment(chain: tuple[Path, ...]) -> jinja2.Environment:
    # "folio:web/book.html.j2" is the template as folio has it: its own, else the one that it inherits.
    loaders = {
        folder.name: jinja2.FileSystemLoader([path for home in chain[place:] for path in (home, home / "templates")])
        for place, folder in enumerate(chain)
    }
    loader = jinja2.ChoiceLoader([loaders[chain[0].name], jinja2.PrefixLoader(loaders, delimiter=":")])
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=lambda name: name is None or not name.endswith(".css"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    # No random, no clock, no way to make a gigabyte of text.
    environment.globals.pop("lipsum", None)
    environment.globals.pop("range", None)
    return environment


class _told:  # noqa: N801 - a context manager that reads as a verb
    """Turn a fault of a template into one line that names file and line."""

    def __init__(self, folder: Path, template: str) -> None:
        self.folder, self.template = folder, template

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Raise ThemeError for what Jinja said."""
        if not isinstance(error, (jinja2.TemplateError, jinja2.exceptions.SecurityError)):
            return
        line = getattr(error, "lineno", None) or _template_line(error)
        # A template that is not there is the fault of the one that asks for it.
        name = None if isinstance(error, jinja2.TemplateNotFound) else getattr(error, "name", None)
        name = name or self.template
        place = Place(path=f"themes/{self.folder.name}/{name}", line=line)
        mend = "compare the template with the one in themes/base"
        raise ThemeError(BROKEN.at(place, f"the template cannot be used: {error}", mend=mend)) from error


def _template_line(error: BaseException) -> int:
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith((".j2", ".css")):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _check_contrast(tokens: Tokens, folder: Path) -> None:
    faults: list[Problem] = []
    for name, values in tokens["color"].items():
        for mode, value in values.items():
            if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", str(value)):
                message = f"color.{name}.{mode} is {value!r}, not a colour such as #1a1a1a"
                faults.append(BROKEN.at(_line(folder, name), message, mend="write six hexadecimal digits after #"))
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
                            _line(folder, text),
                            message,
                            mend=f"make {text} darker or {paper} lighter (in dark mode the other way round)",
                        )
                    )
        for mode in MODES:
            ratio = contrast(tokens["color"]["mark"][mode], tokens["color"]["paper"][mode])
            if ratio < LEAST_MARK:
                message = f"mark on paper ({mode}) has a contrast of {ratio:.1f} : 1; {LEAST_MARK} : 1 is needed"
                faults.append(CONTRAST.at(_line(folder, "mark"), message, mend="make mark stand out more from paper"))
    if faults:
        raise ThemeError(faults)


def _check_large(tokens: Tokens, folder: Path) -> None:
    """Raise ThemeError when large print would be small or pale: sizes in points, colours of the mode ``print``."""
    faults: list[Problem] = []
    for name in ("size", "code_size", "small_size", "table_size"):
        found = re.fullmatch(r"([0-9.]+)pt", tokens["type"][name])
        if not found or float(found[1]) < LARGE_TYPE:
            message = f"edition.large.type.{name} is {tokens['type'][name]!r}; large print has {LARGE_TYPE:g}pt or more"
            faults.append(SMALL.at(_line(folder, name), message, mend=f'write "{LARGE_TYPE:g}pt" or more'))
    for text, paper in PAIRS:
        ratio = contrast(tokens["color"][text]["print"], tokens["color"][paper]["print"])
        if ratio < LARGE_CONTRAST:
            message = (
                f"{text} on {paper} (print) has a contrast of {ratio:.1f} : 1; large print needs {LARGE_CONTRAST:g} : 1"
            )
            faults.append(CONTRAST.at(_line(folder, text), message, mend=f"make the print value of {text} darker"))
    if faults:
        raise ThemeError(faults)

"""Sphinx with Markdown (MyST): ``conf.py``, from which only plain strings are read, and the toctrees of the pages."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from book.model import Manuscript
from book.patterns import regex
from book.problems import Place
from book.sites.files import Files, in_folder
from book.sites.finder import ADDRESS, Finder
from book.sites.folders import TOCTREE, is_empty
from book.sites.names import glob_of
from book.sites.site import Item, Items, Library, Site

CONFIG = "conf.py"
INDEXES = ("index.md", "index.rst", "contents.md", "contents.rst")
VALUE = regex(
    r"""^(project|author|language|html_title|html_baseurl|master_doc|root_doc)\s*=\s*[uU]?(["'])((?:[^"'\\\n]|\\.)*)\2\s*(?:#.*)?$""",
    re.MULTILINE,
)
WORKS = regex(r"^bibtex_bibfiles\s*=\s*[\[(]([^\])]*)[\])]", re.MULTILINE)
MACROS = {"mathjax3_config": ("tex", "macros"), "mathjax4_config": ("tex", "macros")}
"""Settings of MathJax in ``conf.py`` -> the keys under which the commands of TeX are in them."""
TABLES = {"myst_substitutions": (), **MACROS}
"""Tables in ``conf.py`` with values for the pages -> the keys under which they are in it."""
PROJECTS = "intersphinx_mapping"
"""The table with the addresses of other projects' documentation."""
LOADED = regex(
    r"""\bopen\(\s*["'](?P<name>[^"'\n]+\.ya?ml)["'][^\n]*\n[ \t]*myst_substitutions(?:[ \t]*=|\.update\()[ \t]*yaml\.\w+"""
)
"""How a ``conf.py`` reads substitutions from a file."""
LONGEST = 200_000
"""The most characters of a ``conf.py`` whose tables are read."""
EXCLUDED = regex(r"^exclude_patterns\s*=\s*\[([^\]]*)\]", re.MULTILINE)
TEXT = regex(r"""["']([^"'\n]*)["']""")
RST = regex(r"^\.\.[ \t]+toctree::[^\n]*\n(?P<body>(?:[ \t]+[^\n]*\n|[ \t]*\n)*)", re.MULTILINE)
OPTION = regex(r":([\w-]+):[ \t]*(.*)")
ENTRY = regex(r"(?P<title>.+?)[ \t]*<(?P<target>[^<>]+)>")
REVERSED = regex(r"^\s*:?reversed:", re.MULTILINE)
DEEPEST = 30


def recognise(files: Files, home: str) -> Site | None:
    """Return what the plain strings in a ``conf.py`` state, if Markdown is read."""
    text = files.text(f"{home}{CONFIG}") if files.is_file(f"{home}{CONFIG}") else None
    if text is None or not ("myst" in text or "recommonmark" in text):
        return None
    options = {match[1]: match[3] for match in VALUE.finditer(text)}
    patterns = EXCLUDED.search(text)
    globs = TEXT.findall(patterns[1]) if patterns else []
    works = WORKS.search(text)
    values = _assigned(text)
    root = options.get("root_doc") or options.get("master_doc") or "index"
    nav = files.first_file(*(f"{home}{name}" for name in (f"{root}.md", f"{root}.rst", *INDEXES))) or ""
    return Site(
        system="sphinx",
        label="Sphinx",
        config=f"{home}{CONFIG}",
        nav=nav,
        base=home,
        excluded=tuple(f"{home}{glob.strip('/').replace('**/', '*')}" for glob in globs if glob.strip("/")),
        title=options.get("html_title") or options.get("project"),
        authors=(options["author"],) if options.get("author") else (),
        language=options.get("language"),
        site_url=options.get("html_baseurl") if (options.get("html_baseurl") or "").startswith("http") else None,
        static=(home, f"{home}_static/"),
        dialects=("myst",),
        parameters=_tables(values) | _in_files(text, files, home),
        projects=projects(values.get(PROJECTS)),
        bibliography=in_folder(home, *(TEXT.findall(works[1]) if works else ())),
        guests=True,
        formulas=True if "dollarmath" in text or "amsmath" in text else None,
    )


def _in_files(text: str, files: Files, home: str) -> dict[str, object]:
    """Return the substitutions that a ``conf.py`` reads from YAML files beside it."""
    values: dict[str, object] = {}
    for match in LOADED.finditer(text):
        path = posixpath.normpath(posixpath.join(home, match["name"]))
        document = files.yaml(path) if files.is_file(path) else None
        plain = document.root.plain if document else None
        values |= plain if isinstance(plain, dict) else {}
    return values


def _assigned(text: str) -> dict[str, object]:
    """Return the tables in a ``conf.py`` by their names: only what is written down, not what running the file would show."""
    try:
        statements = ast.parse(text).body if len(text) <= LONGEST else []
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        statements = []
    values: dict[str, object] = {}
    for statement in statements:
        if isinstance(statement, ast.Assign):
            names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
            values |= dict.fromkeys(names & {*TABLES, PROJECTS}, _written(statement.value))
    return values


def projects(table: object) -> dict[str, str]:
    """Return the addresses in a table ``intersphinx_mapping``, by the names of the projects.

    >>> projects({"python": ["https://docs.python.org/3/", None], "x": 1})
    {'python': 'https://docs.python.org/3'}
    """
    entries = table.items() if isinstance(table, Mapping) else ()
    firsts = ((name, entry[0] if isinstance(entry, list | tuple) and entry else entry) for name, entry in entries)
    return {name: first.rstrip("/") for name, first in firsts if isinstance(first, str) and ADDRESS.match(first)}


def _tables(values: Mapping[str, object]) -> dict[str, object]:
    """Return what pages may use of the tables of a ``conf.py``: substitutions, and commands of TeX."""
    made: dict[str, object] = {}
    for name, path in TABLES.items():
        level = values.get(name)
        for key in path:
            level = level.get(key) if isinstance(level, Mapping) else None
        table = level if isinstance(level, Mapping) else {}
        made |= {command(key): value for key, value in table.items()} if name in MACROS else table
    return made


def command(name: str) -> str:
    r"""Return the command of TeX that MathJax calls *name*, without its backslash.

    >>> command("R")
    '\\R'
    """
    return "\\" + name.lstrip("\\")


def _written(value: ast.expr) -> object:
    """Return a literal of Python without the items of its tables and lists that are no literals; None for anything else."""
    if isinstance(value, ast.Dict):
        pairs = (
            (_written(key) if key else None, _written(item)) for key, item in zip(value.keys, value.values, strict=True)
        )
        return {key: item for key, item in pairs if isinstance(key, str) and item is not None}
    if isinstance(value, ast.List | ast.Tuple):
        return [item for item in map(_written, value.elts) if item is not None]
    return value.value if isinstance(value, ast.Constant) else None


def order(library: Library) -> Items | None:
    """Return the pages of the toctrees, starting with that of the first page."""
    nav = library.site.nav
    text = library.files.text(nav) if nav else None
    if text is None:
        return None
    reading = _Reading(library, Finder(library.chapters, bases=(library.site.base,)))
    first: tuple[Item, ...] = ()
    reading.listed.add(nav)
    # A first page that only lists the others is the contents, which every edition has.
    if nav in library.chapters and not is_empty(library.chapters[nav]):
        first = (Item(path=nav, place=Place(path=nav), reason="the first page", numbered=False),)
    items = reading.trees(text, nav, 1)
    return (
        Items(items=(*first, *items), source=f"{nav}: its toctrees", nav=nav, folder=library.site.base)
        if items
        else None
    )


class _Reading(Struct):
    """One walk from page to page."""

    library: Library
    finder: Finder
    listed: set[str] = field(default_factory=set)
    depth: int = 0

    def trees(self, text: str, path: str, first_line: int) -> tuple[Item, ...]:
        """Return the items of all toctrees in a page; a caption makes a part."""
        made: list[Item] = []
        for body, at in _toctrees(text):
            line = first_line + text.count("\n", 0, at)
            caption, entries = self.entries(body, path, line)
            if caption and entries:
                made.append(Item(title=caption, place=Place(path=path, line=line), children=entries))
            else:
                made.extend(entries)
        return tuple(made)

    def entries(self, body: str, path: str, first_line: int) -> tuple[str, tuple[Item, ...]]:
        """Return the caption of one toctree and its items."""
        caption, made = "", list[Item]()
        globs = bool(re.search(r"^\s*:?glob:", body, re.MULTILINE))
        for number, raw in enumerate(body.split("\n")):
            line = raw.strip()
            place = Place(path=path, line=first_line + number)
            if option := OPTION.fullmatch(line):
                caption = option[2] if option[1] == "caption" else caption
                continue
            if match := re.fullmatch(
                r"([a-z]+):(?:[ \t]+(.*))?", line
            ):  # options may stand between two lines of dashes
                caption = (match[2] or "").strip("\"'") if match[1] == "caption" else caption
                continue
            if not line or line.startswith(("---", "%", ":")) or line == "self" or len(made) > self.library.most:
                continue
            named = ENTRY.fullmatch(line)
            title, target = (named["title"], named["target"]) if named else (None, line)
            made.extend(
                self.fitting(target, path, place) if globs and "*" in target else self.entry(title, target, path, place)
            )
        return caption, tuple(reversed(made) if REVERSED.search(body) else made)

    def entry(self, title: str | None, target: str, path: str, place: Place) -> tuple[Item, ...]:
        """Return the item of one page, with its own toctrees below it."""
        if ADDRESS.match(target):
            return (Item(title=title, target=target, place=place),)
        folder = f"{posixpath.dirname(path)}/" if "/" in path else ""
        target_file = self.finder.find(target, folder)
        if target_file is None:
            full = posixpath.normpath(posixpath.join("/", folder.removeprefix(self.library.site.base), target))
            return (Item(title=title, target=full, place=place),)
        if target_file.path in self.listed:
            return ()
        self.listed.add(target_file.path)
        chapter = self.library.chapters[target_file.path]
        return (Item(title=title, path=target_file.path, place=place, children=self.below(chapter)),)

    def below(self, chapter: Manuscript) -> tuple[Item, ...]:
        if self.depth >= DEEPEST:
            return ()
        self.depth += 1
        items = self.trees(chapter.text, chapter.path, chapter.first_line)
        self.depth -= 1
        return items

    def fitting(self, glob: str, path: str, place: Place) -> Iterator[Item]:
        """Yield the pages that match a glob, by name as Sphinx compares names: `10` before `9`."""
        folder = posixpath.dirname(path) if not glob.startswith("/") else self.library.site.base
        pattern = glob_of(posixpath.normpath(posixpath.join(folder, glob.lstrip("/"))))
        for name in sorted(self.library.chapters, key=lambda path: posixpath.splitext(path)[0]):
            if pattern.fullmatch(posixpath.splitext(name)[0]) and name not in self.listed:
                self.listed.add(name)
                yield Item(path=name, place=place, children=self.below(self.library.chapters[name]))


def _toctrees(text: str) -> Iterator[tuple[str, int]]:
    """Yield the bodies of the toctrees in a page, with their offsets, in order."""
    bodies = [(match["body"], match.start("body")) for pattern in (TOCTREE, RST) for match in pattern.finditer(text)]
    yield from sorted(bodies, key=lambda pair: pair[1])

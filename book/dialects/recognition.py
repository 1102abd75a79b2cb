"""Recognises the dialects of a book: from handbound.toml, else from the files in its folder."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from book.dialects import markdoc, mdx, outline, readme_com
from book.model import Manuscript
from book.notation import NotationError, Spot, read_loose_yaml
from book.patterns import regex
from book.problems import Kind, Place, Severity, nearest
from book.safe_open import Refusal, open_file
from book.settings import Settings
from book.sites.names import MARK_OF_NOTION
from book.sites.site import Site

UNKNOWN = Kind("S121", Severity.WARNING, "a dialect that Handbound does not know")

SYSTEMS: Mapping[str, frozenset[str]] = {
    "mdbook": frozenset({"mdbook"}),
    "mkdocs": frozenset({"mkdocs"}),
    "mkdocs-macros": frozenset({"mkdocs", "macros"}),
    "smartsymbols": frozenset({"mkdocs", "smartsymbols"}),
    "mkdocs-caption": frozenset({"mkdocs", "captions"}),
    "markdown-callouts": frozenset({"mkdocs", "callouts"}),
    "mkdocstrings": frozenset({"mkdocs", "mkdocstrings"}),
    "gitbook": frozenset({"gitbook"}),
    "honkit": frozenset({"honkit", "liquid"}),
    "docusaurus": frozenset({"mdx"}),
    "starlight": frozenset({"mdx"}),
    "mintlify": frozenset({"mdx", "mintlify"}),
    "nextra": frozenset({"mdx", "fumadocs"}),
    "fumadocs": frozenset({"mdx", "fumadocs"}),
    "nuxt": frozenset({"vue", "mdc"}),
    "mdc": frozenset({"vue", "mdc"}),
    "markdoc": frozenset({"markdoc"}),
    "retype": frozenset({"retype"}),
    "writerside": frozenset({"writerside"}),
    "rspress": frozenset({"mdx"}),
    "vuepress": frozenset({"vue"}),
    "vitepress": frozenset({"vue"}),
    "docsify": frozenset({"docsify"}),
    "mdx": frozenset({"mdx"}),
    "vue": frozenset({"vue"}),
    "hugo": frozenset({"hugo"}),
    "zola": frozenset({"hugo", "zola"}),
    "jekyll": frozenset({"liquid"}),
    "just-the-docs": frozenset({"liquid"}),
    "github-docs": frozenset({"liquid", "github-docs"}),
    "eleventy": frozenset({"liquid", "eleventy"}),
    "liquid": frozenset({"liquid"}),
    "middleman": frozenset({"erb"}),
    "carpentries": frozenset({"lesson", "captions"}),
    "lesson": frozenset({"lesson"}),
    "tech-docs": frozenset({"erb", "redcarpet"}),
    "jupyter-book": frozenset({"myst"}),
    "myst": frozenset({"myst"}),
    "sphinx": frozenset({"myst"}),
    "quarto": frozenset({"quarto"}),
    "bookdown": frozenset({"quarto", "bookdown"}),
    "obsidian": frozenset({"obsidian"}),
    "logseq": frozenset({"logseq", "wiki"}),
    "dendron": frozenset({"obsidian", "dendron"}),
    "wiki": frozenset({"wiki"}),
    "azure": frozenset({"wiki", "azure"}),
    "notion": frozenset({"notion"}),
    "outline": frozenset({"outline"}),
    "posthog": frozenset({"mdx"}),
    "leanpub": frozenset({"markua"}),
    "readme-com": frozenset({"mdx", "readme-com"}),
    "softcover": frozenset(),
}
"""The dialects that each system or dialect switches on, besides those for every book."""
OBSIDIAN = "obsidian"
MARKS: Mapping[str, tuple[str, ...]] = {
    "mdbook": ("book.toml",),
    "mkdocs": ("mkdocs.yml", "mkdocs.yaml"),
    "jekyll": ("_config.yml", "_layouts", "_includes", "_data", "_posts"),
    "docusaurus": ("docusaurus.config.js", "docusaurus.config.ts", "sidebars.js", "sidebars.ts"),
    "hugo": ("hugo.toml", "hugo.yaml", "hugo.json", "config/_default", "archetypes"),
    "myst": ("myst.yml",),
    "jupyter-book": ("_toc.yml", "conf.py"),
    "quarto": ("_quarto.yml",),
    "bookdown": ("_bookdown.yml",),
    OBSIDIAN: (".obsidian", ".foam"),
    "logseq": ("logseq/config.edn",),
    "dendron": ("dendron.yml",),
    "vitepress": (".vitepress", ".vuepress"),
    "eleventy": (".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs"),
}
"""Files in the folder of a book that show its system."""
_NAMED = regex(r"\{#(?:fig|tbl|eq|lst):[\w:.-]+[ }]")
"""The name of a figure, a table, a formula or a listing, as pandoc-crossref reads it."""
CONFIG = "_config.yml"
DATA = "_data"
MOST_FILES = 50
"""The most files of data that are read."""
LIMIT = 256_000


def recognise(
    root: Path, manuscripts: Sequence[Manuscript], settings: Settings, site: Site | None = None
) -> frozenset[str]:
    """Return the names of the dialects of the book in *root*, besides those for every book.

    Args:
        root: the book's folder.
        manuscripts: its chapters.
        settings: their key `dialects`, if it is given, replaces recognition.
        site: the site for which the book is written, if one was recognised.
    """
    if settings.dialects is not None:
        names: Iterable[str] = settings.dialects
    else:
        names = list(site.dialects) if site else []
        names += (
            ()
            if names
            else (name for name, marks in MARKS.items() if any(os.path.exists(root / mark) for mark in marks))  # noqa: PTH110 - no path of a stranger raises here
        )
        # A Jupyter Book also has a _config.yml.
        if "jupyter-book" in names:
            names = [name for name in names if name != "jekyll"]
        # Vaults are published by many site generators.
        vault = [OBSIDIAN] if OBSIDIAN not in names and any((root / mark).exists() for mark in MARKS[OBSIDIAN]) else []
        # In MyST, such lines separate blocks.
        exported = not names and any(outline.is_of(manuscript.text) for manuscript in manuscripts)
        synced = not names and any(readme_com.is_of(manuscript.text) for manuscript in manuscripts)
        names = [
            *names,
            *vault,
            *_of_texts(manuscripts),
            *(["outline"] if exported else ()),
            *(["readme-com"] if synced else ()),
        ]
    return frozenset(dialect for name in names for dialect in SYSTEMS.get(name.casefold(), ()))


def _of_texts(manuscripts: Sequence[Manuscript]) -> list[str]:
    """Return the dialects that the text of the chapters shows."""
    names = []
    paths = [manuscript.path for manuscript in manuscripts]
    if any(path.endswith(".mdx") for path in paths):
        names.append("mdx")
    if sum(bool(MARK_OF_NOTION.search(path.removesuffix(".md"))) for path in paths) * 2 > len(paths):
        names.append("notion")
    texts = [manuscript.text for manuscript in manuscripts if "{" in manuscript.text]
    if any(path.endswith((".qmd", ".Rmd")) for path in paths) or any(map(_NAMED.search, texts)):
        names.append("quarto")
    if not names and any(mdx.is_of(text) for text in texts):
        names.append("mdx")
    if any("{{</*" in text or "{{%/*" in text for text in texts):
        names.append("hugo")
    if any(markdoc.is_of(text) for text in texts):
        names.append("markdoc")
    return names


def unknown(settings: Settings) -> Iterable[tuple[Place, str, str]]:
    """Yield place, message and fix for each unknown name under `dialects`."""
    for number, name in enumerate(settings.dialects or ()):
        if name.casefold() not in SYSTEMS:
            near = nearest(name.casefold(), SYSTEMS)
            place = settings.places.get(f"dialects.{number}", Place(path="handbound.toml"))
            yield (
                place,
                f"there is no dialect '{name}'",
                f"did you mean {near}?" if near else f"write one of {', '.join(sorted(SYSTEMS))}",
            )


def variables(root: Path, site: Site | None) -> Mapping[str, object]:
    """Return the values from the settings of the *site* that its templates may print."""
    path = site.config if site and posixpath.basename(site.config) == CONFIG else CONFIG
    table = _table(root, path)
    if not isinstance(table, Mapping):
        return {}
    return {**table, "data": _data(root, posixpath.join(posixpath.dirname(path), str(table.get("data_dir") or DATA)))}


def _data(root: Path, folder: str) -> Mapping[str, object]:
    """Return the contents of the data files in *folder* by name without suffix."""
    try:
        names = sorted(path.name for path in (root / folder).iterdir() if path.suffix in (".yml", ".yaml"))
    except (OSError, ValueError):
        names = []
    tables = {name.rpartition(".")[0]: _table(root, f"{folder}/{name}") for name in names[:MOST_FILES]}
    return {name: table for name, table in tables.items() if table is not None}


def _table(root: Path, path: str) -> object:
    """Return the plain data in a YAML file; None if it cannot be read."""
    data = open_file(root, path, limit=LIMIT)
    if isinstance(data, Refusal):
        return None
    try:
        return _plain(read_loose_yaml(data.decode("utf-8", "replace")))
    except NotationError:
        return None


def _plain(value: object) -> object:
    """Return the plain data in *value*, data with places."""
    if isinstance(value, Spot):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value

"""Every site generator with every fault in the file that lists its chapters: one clear line at its place, and the book is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import NamedTuple

import pytest

from book import sites
from book.problems import Severity
from book.sidebar.way import paths
from tests.making import write_files
from tests.test_sites import ordered

MANY = 1_000
"""Entries without a chapter."""
FEW = 3
"""The most warnings and errors for a fault, besides one for each dead entry."""


class System(NamedTuple):
    """How a site generator lists its chapters."""

    listing: str
    """The file with the list."""
    folder: str
    """The folder of its chapters."""
    lines: Callable[[list[str]], str]
    """Returns the text of the file for the names of chapters."""
    beside: dict[str, str]
    """Other files by which the system is recognised, or that it needs."""
    code: str
    """Code that people write into such files; it names no chapter."""
    suffix: str = ".md"


def _bullets(names: list[str]) -> str:
    return "".join(f"- [{name}]({name}.md)\n" for name in names)


def _yaml(head: str, entry: str) -> Callable[[list[str]], str]:
    return lambda names: head + "".join(entry.format(name) for name in names)


def _javascript(head: str, entry: str, tail: str) -> Callable[[list[str]], str]:
    return lambda names: head + "".join(entry.format(name) for name in names) + tail


def _posthog(names: list[str]) -> str:
    return json.dumps([{"name": "N", "links": [{"name": name, "to": f"/{name}"} for name in names]}], indent=1)


def _mintlify(names: list[str]) -> str:
    return json.dumps({"$schema": "https://mintlify.com/docs.json", "navigation": {"pages": names}}, indent=1)


DOCSIFY = "<script>window.$docsify = { loadSidebar: true }</script>docsify"
SYSTEMS: dict[str, System] = {
    "mdbook": System("src/SUMMARY.md", "src/", _bullets, {"book.toml": "[book]\n"}, "```rust\n- [X](x.md)\n```\n<script>x()</script>\n"),
    "gitbook": System("SUMMARY.md", "", _bullets, {".gitbook.yaml": "root: ./\n"}, "{% if x %}\n<!-- - [X](x.md) -->\n"),
    "docsify": System("_sidebar.md", "", _bullets, {"index.html": DOCSIFY}, "```js\n- [X](x.md)\n```\n"),
    "wiki": System("_Sidebar.md", "", _bullets, {"Home.md": "# Home\n"}, "```js\n- [[X]]\n```\n<script>x()</script>\n"),
    "readme": System("README.md", "", lambda names: f"# Book\n\n{_bullets(names)}", {}, "\n<?php x() ?>\n\n```\n- [X](x.md)\n```\n"),
    "mkdocs": System("mkdocs.yml", "docs/", _yaml("site_name: T\nnav:\n", "- {}.md\n"), {}, "plugins: [!!python/object/apply:os.system ['touch ran']]\n"),
    "literate-nav": System("docs/SUMMARY.md", "docs/", _bullets, {"mkdocs.yml": "plugins: [literate-nav]\n"}, "```\n- [X](x.md)\n```\n"),
    "awesome-nav": System("docs/.nav.yml", "docs/", _yaml("nav:\n", "- {}.md\n"), {"mkdocs.yml": "plugins: [awesome-nav]\n"}, "title: !!python/object/apply:os.system ['touch ran']\n"),
    "jupyter-book": System("_toc.yml", "", _yaml("root: one\nchapters:\n", "- file: {}\n"), {"_config.yml": "title: T\n"}, "options: {a: !!python/name:os.system }\n"),
    "myst": System("myst.yml", "", _yaml("project:\n  toc:\n", "  - file: {}.md\n"), {}, "site: {x: !!python/name:os.system }\n"),
    "quarto": System("_quarto.yml", "", _yaml("project: {type: book}\nbook:\n  chapters:\n", "  - {}.qmd\n"), {}, "execute: {x: !expr 'system(\"touch ran\")'}\n", ".qmd"),
    "bookdown": System("_bookdown.yml", "", _yaml("rmd_files:\n", "- {}.Rmd\n"), {"index.Rmd": "# I\n"}, 'x: !expr system("touch ran")\n', ".Rmd"),
    "leanpub": System("Book.txt", "", lambda names: "".join(f"{name}.md\n" for name in names), {}, "# `touch ran`\n"),
    "docusaurus": System("sidebars.js", "docs/", _javascript("module.exports = { a: [\n", "'{}',\n", "] }\n"), {"docusaurus.config.js": "module.exports = {title: 'T'}\n"}, "require('fs').writeFileSync('ran', '')\n"),
    "vitepress": System(".vitepress/config.js", "", _javascript("export default { themeConfig: { sidebar: [\n", "'/{}',\n", "] } }\n"), {}, "import fs from 'fs'\nfs.writeFileSync('ran', '')\n"),
    "starlight": System("astro.config.mjs", "src/content/docs/", _javascript("import starlight from '@astrojs/starlight'\nexport default defineConfig({ integrations: [starlight({ title: 'T', sidebar: [\n", "'{}',\n", "] })] })\n"), {}, "import fs from 'fs'\nfs.writeFileSync('ran', '')\n", ".mdx"),
    "mintlify": System("docs.json", "", _mintlify, {}, "", ".mdx"),
    "nextra": System("pages/_meta.js", "pages/", _javascript("export default {\n", "'{}': '',\n", "}\n"), {"next.config.js": "require('nextra')({})\n"}, "require('fs').writeFileSync('ran', '')\n", ".mdx"),
    "sphinx": System("index.md", "", lambda names: "# Home\n\n```{toctree}\n" + "\n".join(names) + "\n```\n", {"conf.py": "extensions = ['myst_parser']\nopen('ran', 'w')\n"}, "```{eval-rst}\n.. raw:: x\n```\n"),
    "jekyll": System("_data/nav.yml", "", _yaml("", "- url: /{}/\n"), {"_config.yml": "title: T\n"}, "- url: '{{ site.url }}/x'\n"),
    "logseq": System("pages/contents.md", "pages/", lambda names: "".join(f"- [[{name}]]\n" for name in names), {"logseq/config.edn": "{}"}, "- {{renderer x}}\n```js\n- [[X]]\n```\n"),
    "fumadocs": System("content/docs/meta.json", "content/docs/", lambda names: json.dumps({"pages": names}, indent=1), {"source.config.ts": "import 'fumadocs-mdx/config'\n"}, "", ".mdx"),
    "rspress": System("docs/_meta.json", "docs/", lambda names: json.dumps(names, indent=1), {"rspress.config.ts": "export default {root: 'docs'}\n"}, "", ".mdx"),
    "redocly": System("sidebars.yaml", "", _yaml("", "- page: {}.md\n"), {"redocly.yaml": "theme: {}\n"}, "- !!python/object/apply:os.system ['touch ran']\n"),
    "writerside": System("hi.tree", "topics/", _javascript('<instance-profile id="hi" name="T">\n', '<toc-element topic="{}.md"/>\n', "</instance-profile>\n"), {"writerside.cfg": '<instance src="hi.tree"/>'}, '<!-- <toc-element topic="x.md"/> -->\n<!DOCTYPE x [<!ENTITY y SYSTEM "secret.md">]>\n'),
    "azure": System(".order", "", lambda names: "".join(f"{name}\n" for name in names), {}, ""),
    "github-docs": System("content/index.md", "content/", lambda names: f"---\ntitle: T\nchildren:\n{''.join(f'  - /{name}{chr(10)}' for name in names)}---\n", {"data/variables/a.yml": "x: y\n"}, "{% raw %}{% data variables.a.x %}\n"),
    "readme-com": System("docs/_order.yaml", "docs/", _yaml("", "- {}\n"), {}, "- !!python/object/apply:os.system ['touch ran']\n"),
    "carpentries": System("config.yaml", "episodes/", _yaml("carpentry: swc\nepisodes:\n", "- {}.md\n"), {}, "- !!python/object/apply:os.system ['touch ran']\n"),
    "posthog": System("src/navs/a.json", "contents/", _posthog, {}, ""),
}  # fmt: skip
"""The site generators with a file that lists chapters; Hugo, Eleventy, just-the-docs and plain folders have none."""


def _book(root: Path, system: System, text: str) -> tuple[str, ...]:
    """Write a book with two chapters and *text* as its list; return the chapters."""
    chapters = {f"{system.folder}{name}{system.suffix}": f"# {name.title()}\n" for name in ("one", "two")}
    write_files(root, {**chapters, **system.beside, system.listing: text})
    return tuple(chapters)


def _is_told_clearly(root: Path, system: System, chapters: tuple[str, ...]) -> None:
    """Assert that the book is read, that at most a few lines are printed, and that each stands at a file of the book."""
    order, problems = ordered(root)
    named = paths(order.entries)
    assert len(set(named)) == len(named)
    told = [problem for problem in problems if problem.severity is not Severity.NOTE]
    assert len(told) <= FEW, [problem.message for problem in told]
    assert all((root / problem.place.path).exists() for problem in told)
    assert set(chapters) <= set(named) or any(
        problem.place.path == system.listing or "left out" in problem.message for problem in told
    )


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("share", [0, 1, 2, 3])
def test_a_truncated_or_empty_list_is_told_in_a_few_lines(name: str, share: int, tmp_path: Path) -> None:
    system = SYSTEMS[name]
    whole = system.lines(["one", "two"])
    chapters = _book(tmp_path, system, whole[: len(whole) * share // 4])
    _is_told_clearly(tmp_path, system, chapters)


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_list_that_names_itself_and_each_chapter_twice_ends(name: str, tmp_path: Path) -> None:
    system = SYSTEMS[name]
    own = system.listing.removeprefix(system.folder).rpartition(".")[0] or "one"
    _book(tmp_path, system, system.lines(["one", "two", own, "one"]))
    order, problems = ordered(tmp_path)
    named = paths(order.entries)
    assert len(set(named)) == len(named)
    assert len([problem for problem in problems if problem.severity is not Severity.NOTE]) <= FEW


@pytest.mark.parametrize("name", SYSTEMS)
def test_code_in_a_list_neither_runs_nor_is_an_entry(name: str, tmp_path: Path) -> None:
    system = SYSTEMS[name]
    before = name in ("docusaurus", "vitepress")
    text = system.lines(["one", "two"])
    chapters = _book(tmp_path, system, system.code + text if before else text + system.code)
    _is_told_clearly(tmp_path, system, chapters)
    order, _ = ordered(tmp_path)
    assert set(chapters) <= set(paths(order.entries))
    assert not list(tmp_path.rglob("ran"))


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_thousand_dead_entries_are_each_told_at_their_place(name: str, tmp_path: Path) -> None:
    system = SYSTEMS[name]
    chapters = _book(tmp_path, system, system.lines(["one", "two", *(f"dead{number}" for number in range(MANY))]))
    start = process_time()
    order, problems = ordered(tmp_path)
    assert process_time() - start < 3
    assert set(chapters) <= set(paths(order.entries))
    dead = [problem for problem in problems if problem.code == "O106"]
    # A README has many links that are no entries of its list.
    assert len({problem.place.spot for problem in dead}) == (0 if name == "readme" else MANY)
    assert {problem.place.path for problem in dead} <= {system.listing}


def test_each_system_with_a_list_is_in_the_table() -> None:
    without = {
        "hugo",
        "just-the-docs",
        "just_the_docs",
        "folders",
        "natural",
        "plain",
        "obsidian",
        "dendron",
        "nuxt",
        "retype",
        "zola",
        "eleventy",
        "middleman",
        "notion",
        "wikijs",
    }
    assert {system.name for system in sites.SYSTEMS} - without <= set(SYSTEMS)

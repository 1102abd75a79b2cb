"""The files of site generators, and bad ones: truncated, empty, full of dead entries, endless."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from book import press, settings, sidebar, sites
from book.model import Sidebar
from book.notation import NotationError, javascript
from book.problems import Place, Problem, SettingsError, Severity
from book.settings import Settings
from book.sidebar.way import paths
from book.source import manuscript
from tests.loops import some
from tests.making import write_files
from tests.test_sidebar import CASE, CASES, put

CIRCULAR: dict[str, dict[str, str]] = {
    "a file that inherits from itself": {"mkdocs.yml": "INHERIT: mkdocs.yml\nsite_name: T\nnav: [a.md]\n", "docs/a.md": "# A\n"},
    "files that inherit from each other": {
        "mkdocs.yml": "INHERIT: b.yml\nnav: [a.md]\n", "b.yml": "INHERIT: mkdocs.yml\n", "docs/a.md": "# A\n",
    },
    "settings that include each other": {
        "mkdocs.yml": "nav:\n- a.md\n- T: '!include b/mkdocs.yml'\n",
        "b/mkdocs.yml": "nav:\n- U: '!include ../mkdocs.yml'\n- T: '!include mkdocs.yml'\n- b.md\n",
        "docs/a.md": "# A\n", "b/docs/b.md": "# B\n",
    },
    "a list of MkDocs that holds itself": {"mkdocs.yml": "nav: &n\n- a.md\n- T: *n\n", "docs/a.md": "# A\n"},
    "a table of Jupyter Book that holds itself": {"_toc.yml": "root: a\nchapters: &c\n- file: b\n  sections: *c\n", "a.md": "# A\n", "b.md": "# B\n"},
    "a toc of MyST that holds itself": {"myst.yml": "project:\n  toc: &t\n  - file: a.md\n  - title: T\n    children: *t\n", "a.md": "# A\n"},
    "a book of Quarto that holds itself": {"_quarto.yml": "book:\n  chapters: &c\n  - a.qmd\n  - part: P\n    chapters: *c\n", "a.qmd": "# A\n"},
    "pages of Sphinx that name each other": {
        "conf.py": "extensions = ['myst_parser']\n", "index.md": "# I\n\nText.\n\n```{toctree}\na\n```\n",
        "a.md": "# A\n\nText.\n\n```{toctree}\nb\nindex\n```\n", "b.md": "# B\n\nText.\n\n```{toctree}\na\n```\n",
    },
    "a sidebar that stands for itself": {"sidebars.js": "const s = ['a', ...s, { T: s }];\nmodule.exports = { s };\n", "docs/a.md": "# A\n"},
    "files of a program that import each other": {
        ".vitepress/config.js": "import s from './s'\nexport default { title: 'T', themeConfig: { sidebar: s } }\n",
        ".vitepress/s.js": "import s from './s'\nexport default [{ text: 'A', link: '/a', items: s }]\n", "a.md": "# A\n",
    },
    "functions that call each other": {
        ".vitepress/config.js": "export default { themeConfig: { sidebar: f() } }\nfunction f() {\n  return [{ link: '/a' }, ...g()]\n}\nfunction g() {\n  return [...f()]\n}\n",
        "a.md": "# A\n",
    },
    "pages that are each other's parents": {
        "_config.yml": "theme: just-the-docs\n", "a.md": "---\ntitle: A\nparent: B\n---\nText.\n", "b.md": "---\ntitle: B\nparent: A\n---\nText.\n",
    },
    "pages of Eleventy that are their own ancestors": {
        ".eleventy.js": "module.exports = {}\n", "a.md": "---\neleventyNavigation: {key: A, parent: B}\n---\nText.\n",
        "b.md": "---\neleventyNavigation: {key: B, parent: A}\n---\nText.\n", "c.md": "---\neleventyNavigation: {key: C, parent: C}\n---\nText.\n",
    },
    "a list that names itself": {"SUMMARY.md": "- [S](SUMMARY.md)\n- [A](a.md)\n  - [S](SUMMARY.md)\n", "a.md": "# A\n"},
    "sidebars of folders that name each other": {
        "index.html": "docsify", "_sidebar.md": "- [A](x/)\n- [B](y/)\n", "x/_sidebar.md": "- [B](/y/)\n- [A](./)\n- [S](_sidebar.md)\n",
        "y/_sidebar.md": "- [A](/x/)\n- [B](README.md)\n", "x/README.md": "# A\n", "y/README.md": "# B\n",
    },
    "a Book.txt that names itself": {"Book.txt": "a.md\nBook.txt\na.md\n", "a.md": "# A\n"},
    "addresses that redirect to each other": {
        ".gitbook.yaml": "redirects:\n  x: y\n  y: x\n", "SUMMARY.md": "- [X](x)\n- [A](a.md)\n", "a.md": "# A\n",
    },
    "a sidebar that names itself": {
        "index.html": "<script>window.$docsify = {}</script>docsify", "_sidebar.md": "- [S](_sidebar.md)\n- [A](a.md)\n", "a.md": "# A\n",
    },
}  # fmt: skip
"""Circular navigation files, by kind."""
CODE: dict[str, dict[str, str]] = {
    "a fence in a SUMMARY.md": {"book.toml": "[book]\n", "src/SUMMARY.md": "# Summary\n\n```js\n- [X](x.md)\n```\n\n<script>- [Y](y.md)</script>\n\n- [A](a.md)\n", "src/a.md": "# A\n"},
    "a comment in a SUMMARY.md": {"SUMMARY.md": "<!--\n- [X](x.md)\n-->\n- [A](a.md)\n", "a.md": "# A\n"},
    "a tag that names a Python object": {"mkdocs.yml": "nav: [a.md]\nplugins: [!!python/object/apply:os.system ['touch ran']]\n", "docs/a.md": "# A\n"},
    "Liquid in a navigation": {"_config.yml": "title: T\n", "_data/nav.yml": "- url: '{{ site.url }}/x'\n- url: /a/\n- url: /b/\n", "a.md": "# A\n", "b.md": "# B\n"},
    "a call in a sidebar": {"sidebars.js": "const fs = require('fs');\nmodule.exports = { s: ['a', fs.readFileSync('/etc/passwd'), `${x}`] };\n", "docs/a.md": "# A\n"},
    "a program in conf.py": {"conf.py": "import os\nextensions = ['myst_parser']\nos.system('touch ran')\n", "index.md": "Text.\n\n```{toctree}\na\n```\n", "a.md": "# A\n"},
    "code in a Quarto file": {"_quarto.yml": "book:\n  chapters: [a.qmd, !expr 'system(\"touch ran\")']\n", "a.qmd": "# A\n"},
    "a program in a Book.txt": {"manuscript/Book.txt": "a.md\n`touch ran`\nb.md\n", "manuscript/a.md": "# A\n", "manuscript/b.md": "# B\n"},
    "a tag in a .pages": {"mkdocs.yml": "plugins: [awesome-pages]\n", "docs/.pages": "nav:\n- a.md\n- !!python/object/apply:os.system ['touch ran']\n- b.md\n", "docs/a.md": "# A\n", "docs/b.md": "# B\n"},
    "a script in a _sidebar.md": {"index.html": "docsify", "_sidebar.md": "- [A](a.md)\n```js\n- [X](x.md)\n```\n<script>- [Y](y.md)</script>\n- [B](b.md)\n", "a.md": "# A\n", "b.md": "# B\n"},
    "a tag in a .gitbook.yaml": {".gitbook.yaml": "root: !!python/object/apply:os.system ['touch ran']\n", "SUMMARY.md": "- [A](a.md)\n", "a.md": "# A\n"},
    "an address that runs in a navigation of PostHog": {"src/navs/h.json": '[{"name": "A", "to": "/h/a"}, {"name": "<script>x</script>", "to": "javascript:alert(1)"}]', "contents/h/a.md": "# A\n"},
    "a program in a config of VuePress": {".vuepress/config.js": "const fs = require('fs')\nmodule.exports = { themeConfig: { sidebar: ['/a', fs.writeFileSync('ran', ''), '/b'] } }\n", "a.md": "# A\n", "b.md": "# B\n"},
    "an expression in rmd_files": {"_bookdown.yml": "rmd_files: !expr list.files()\n", "index.Rmd": "# I\n", "a.Rmd": "# A\n"},
}  # fmt: skip
"""Navigation files with code in them."""


def ordered(root: Path) -> tuple[Sidebar, tuple[Problem, ...]]:
    """Return the order of the book in *root*, and what is wrong with it."""
    site, unused = sites.recognise(root)
    chosen = Settings()
    manuscripts, faults = manuscript.gather(root, chosen, sites.scope(site, chosen))
    order, problems = sidebar.order(root, chosen, manuscripts, faults, site)
    return order, tuple(dict.fromkeys((*unused, *problems)))  # the files of a site are read twice


def listing_files() -> Iterator[pytest.ParameterSet]:
    """Yield each case of an order with the name of each file in it that is no chapter; a third of them runs in every run."""
    count = itertools.count()
    for path in sorted(CASES.glob("*.md")):
        for case in CASE.finditer(path.read_text("utf-8")):
            for line in case["files"].splitlines():
                name = line.removeprefix("=== ").strip()
                chapter = name.endswith((".md", ".mdx", ".qmd", ".Rmd")) and not name.endswith(
                    ("SUMMARY.md", "_sidebar.md")
                )
                if line.startswith("=== ") and not chapter and name not in {settings.FILE, "README.md"}:
                    marks = pytest.mark.torture if next(count) % 3 else ()
                    yield pytest.param(case["files"], name, id=f"{case['name']}: {name}", marks=marks)


@pytest.mark.parametrize(("files", "name"), list(listing_files()))
def test_a_truncated_or_empty_listing_is_reported_in_a_few_lines_and_the_book_is_read(
    files: str, name: str, tmp_path: Path
) -> None:
    put(tmp_path, files)
    whole = (tmp_path / name).read_text("utf-8")
    before = len(ordered(tmp_path)[1])
    for share in (0, 1, 2, 3):
        (tmp_path / name).write_text(whole[: len(whole) * share // 4], "utf-8")
        order, problems = ordered(tmp_path)
        named = paths(order.entries)
        assert len(set(named)) == len(named)
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        # What leads out of the book, a folder without any chapter, and a list that is no list but a chapter with a broken head.
        assert {problem.code for problem in errors} <= {"O109", "M102", "M110", "M117"}
        assert len(problems) <= before + 3


@pytest.mark.parametrize("name", CIRCULAR)
def test_what_leads_back_to_itself_ends_and_names_each_chapter_once(name: str, tmp_path: Path) -> None:
    write_files(tmp_path, CIRCULAR[name])
    order, problems = ordered(tmp_path)
    named = paths(order.entries)
    chapters = {
        path
        for path in CIRCULAR[name]
        if path.endswith((".md", ".qmd")) and not path.endswith(("SUMMARY.md", "_sidebar.md"))
    }
    assert sorted(named) == sorted(chapters)
    told = [problem for problem in problems if problem.severity is not Severity.NOTE]
    assert len(told) <= 3
    assert all(problem.place.path in CIRCULAR[name] for problem in told)


EMPTY: dict[str, dict[str, str]] = {
    "_sidebar.md": {"index.html": "<script>window.$docsify = {}</script>docsify"},
    "SUMMARY.md": {".gitbook.yaml": "root: ./\n"},
    "src/SUMMARY.md": {"book.toml": "[book]\n", "src/a.md": "# A\n"},
    "Book.txt": {},
    "manuscript/Book.txt": {},
    "mkdocs.yml": {},
    "_toc.yml": {},
    "myst.yml": {},
    "_data/navigation.yml": {"_config.yml": "title: T\n"},
    ".vuepress/config.js": {},
    "sidebars.js": {},
    "src/navs/h.json": {"contents/h/a.md": "# A\n"},
}
"""Files of an order that are empty, and what stands beside them."""


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_file_of_an_order_is_reported_in_one_line_and_is_no_chapter(name: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"a.md": "# A\n", "b.md": "# B\n", **EMPTY[name], name: ""})
    order, problems = ordered(tmp_path)
    assert name not in paths(order.entries)
    told = [problem for problem in problems if problem.code == "O110"]
    assert [problem.place.path for problem in told if isinstance(problem.place, Place)] == [name]
    others = {problem.code for problem in problems if problem.severity is not Severity.NOTE} - {"O110", "O101", "O108"}
    assert not others


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_file_of_an_order_in_another_encoding_is_reported_once(encoding: str, tmp_path: Path) -> None:
    text = "site_name: Bücher\nnav:\n- One: a.md\n".encode(encoding)
    write_files(tmp_path, {"mkdocs.yml": text, "docs/a.md": "# A\n"})
    _, problems = ordered(tmp_path)
    assert [problem.message for problem in problems if problem.code == "O110"] == [
        "'mkdocs.yml' is not used: it is not UTF-8"
    ]


def test_a_folder_with_a_strange_name_has_no_files_that_it_does_not_have(tmp_path: Path) -> None:
    write_files(tmp_path, {"d\nd/note.txt": "Not a chapter.", "a.md": "# A\n", "e\nf/mkdocs.yml": "nav: []"})
    _, problems = ordered(tmp_path)
    assert {str(problem.place) for problem in problems if problem.code == "O110"} <= {"e\\nf/mkdocs.yml:1:1"}


def test_a_navigation_of_jekyll_of_which_nearly_all_is_dead_is_reported(tmp_path: Path) -> None:
    dead = "".join(f"- url: /gone{number}/\n" for number in range(5_000))
    write_files(tmp_path, {"_config.yml": "title: T\n", "_data/navigation.yml": dead, "a.md": "# A\n", "b.md": "# B\n"})
    order, problems = ordered(tmp_path)
    assert paths(order.entries) == ("a.md", "b.md")
    assert [problem.message for problem in problems if problem.code == "O110"] == [
        "'_data/navigation.yml' is not used: 5,000 of its 5,000 entries name no page"
    ]


@pytest.mark.parametrize("name", CODE)
def test_code_in_a_navigation_file_is_not_an_entry_and_does_not_run(name: str, tmp_path: Path) -> None:
    write_files(tmp_path, CODE[name])
    order, problems = ordered(tmp_path)
    chapters = {
        path
        for path in CODE[name]
        if path.endswith((".md", ".qmd", ".Rmd")) and not path.endswith(("SUMMARY.md", "_sidebar.md"))
    }
    assert sorted(paths(order.entries)) == sorted(chapters)
    told = [problem for problem in problems if problem.severity is not Severity.NOTE]
    assert len(told) <= 2
    assert not list(tmp_path.rglob("ran"))


def test_lists_that_name_one_another_end(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "mkdocs.yml": "plugins: [literate-nav]\nnav: [a/, b/]\n",
            "docs/a/SUMMARY.md": "- [B](../b/)\n- [One](one.md)\n",
            "docs/b/SUMMARY.md": "- [A](../a/)\n- [Two](two.md)\n",
            "docs/a/one.md": "# One\n",
            "docs/b/two.md": "# Two\n",
        },
    )
    order, _ = ordered(tmp_path)
    assert sorted(paths(order.entries)) == ["docs/a/one.md", "docs/b/two.md"]


def test_no_program_of_a_site_runs(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    write_files(
        tmp_path,
        {
            "docusaurus.config.js": f"require('fs').writeFileSync('{mark}', ''); module.exports = {{ title: 'T' }}",
            "sidebars.js": f"module.exports = {{ a: ['one', require('child_process').execSync('touch {mark}')] }}",
            "docs/conf.py": f"extensions = ['myst_parser']\nopen('{mark}', 'w')\n",
            "docs/one.md": "# One\n",
        },
    )
    order, _ = ordered(tmp_path)
    assert paths(order.entries) == ("docs/one.md",)
    assert not mark.exists()


def test_handbound_toml_takes_precedence_over_the_site(tmp_path: Path) -> None:
    book_toml = '[book]\ntitle = "Theirs"\nauthors = ["Ada"]\nlanguage = "de"\n'
    write_files(tmp_path, {"book.toml": book_toml, "src/SUMMARY.md": "- [A](a.md)\n", "src/a.md": "# A\n"})
    site, _ = sites.recognise(tmp_path)
    assert site is not None
    laid_over = settings.over(settings.parse('title = "Ours"'), **site.about)
    assert (laid_over.title, laid_over.authors, laid_over.language) == ("Ours", ("Ada",), "de")


def test_the_address_of_a_site_alone_does_not_change_an_order(tmp_path: Path) -> None:
    files = {
        "a.md": "---\nweight: 2\n---\n# A\n",
        "b.md": "---\nweight: 1\n---\n# B\n",
        "c/_index.md": "# C\n\nWords.\n",
    }
    write_files(tmp_path, files)
    before = paths(ordered(tmp_path)[0].entries)
    write_files(tmp_path, {settings.FILE: '[links]\nsite_url = "https://example.org"\n'})
    site, _ = sites.recognise(tmp_path)
    chosen = settings.read(tmp_path)
    manuscripts, _ = manuscript.gather(tmp_path, chosen, sites.scope(site, chosen))
    assert paths(sidebar.order(tmp_path, chosen, manuscripts, (), site)[0].entries) == before


def test_a_system_can_be_forced_and_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    files = {"SUMMARY.md": "- [B](b.md)\n- [A](a.md)\n", "mkdocs.yml": "docs_dir: .\nnav: [a.md, b.md]\n"}
    write_files(tmp_path, {**files, "a.md": "# A\n", "b.md": "# B\n"})
    forced = [sites.recognise(tmp_path, name)[0] for name in ("gitbook", "mkdocs")]
    assert [site.system if site else "" for site in forced] == ["gitbook", "mkdocs"]
    assert sites.recognise(tmp_path, "natural") == (None, ())
    with pytest.raises(SettingsError, match="Hugo"):
        sites.recognise(tmp_path, "hugo")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("module.exports = {a: 1, 'b-c': [true, null,], d: `x`}", {"a": "1", "b-c": ["true"], "d": "x"}),
        ("const a = ['x'];\nexport default {s: [...a, 'y'], a};", {"s": ["x", "y"], "a": ["x"]}),
        (
            "export default defineConfig({t: 'it\\'s', f() { return {x: 1} }, g: (a) => ({b: 2}), z: 3})",
            {"t": "it's", "g": None, "z": "3"},
        ),
        (
            "module.exports = {a: cond ? 'x' : 'y', b: 'a' + 'b', c: 'd' as const} satisfies X",
            {"a": None, "b": None, "c": "d"},
        ),
        (
            "// {\nmodule.exports = /* [ */ {a: {b: {c: ['deep', {d: 'e'}]}}};",
            {"a": {"b": {"c": ["deep", {"d": "e"}]}}},
        ),
        ("export default async function () { const x = 1; return {title: 'T'} }", {"title": "T"}),
    ],
)
def test_literals_of_javascript_are_read_and_nothing_else_is(text: str, value: object) -> None:
    assert javascript.read(text)[0].plain == value


@pytest.mark.parametrize(
    "text", ["", "module.exports = f()", "export default 3", "module.exports = " + "[" * 200, "x = {}"]
)
def test_a_program_without_a_literal_is_reported(text: str) -> None:
    with pytest.raises(NotationError):
        javascript.read(text)


def test_each_system_has_a_name_of_its_own_and_a_case() -> None:
    names = [system.name for system in sites.SYSTEMS]
    assert len(set(names)) == len(names)
    text = "".join(path.read_text("utf-8") for path in CASES.glob("*.md"))
    for system in some(system for system in sites.SYSTEMS if system.name != "obsidian"):  # a vault gives no order
        assert any(f"({label})" in text for label in system.label.split(" or ")), system.label


@pytest.mark.parametrize(
    ("files", "title"),
    [
        ({"README.md": "[![ci](a.svg)](x)\n\n# The `Acme` **handbook**\n", "a.md": "# A\n"}, "The Acme handbook"),
        ({"index.md": "Our way\n=======\n", "README.md": "# Introduction\n"}, "Our way"),
        ({"README.md": '<h1 align="center">In &amp; out</h1>\n', "a.md": "# A\n"}, "In & out"),
        ({"mkdocs.yml": "plugins: []\n", "README.md": "# Of the root\n", "docs/index.md": "# Home\n"}, "Of the root"),
        ({"mkdocs.yml": "plugins: []\n", "docs/index.md": "---\ntitle: Of the pages\n---\n# Home\n"}, "Of the pages"),
        (
            {"mkdocs.yml": "site_name: Its own\n", "README.md": "# Of the root\n", "docs/index.md": "# Home\n"},
            "Its own",
        ),
        ({"README.md": "# {{ site.title }}\n", "a.md": "# A\n"}, ""),
        ({"README.md": "# Welcome\n", "docs/a.md": "# Not this\n"}, ""),
        ({settings.FILE: 'title = "Ours"\n', "README.md": "# Theirs\n"}, "Ours"),
    ],
)
def test_the_h1_of_the_first_page_is_the_title_when_the_settings_have_none(
    files: dict[str, str], title: str, tmp_path: Path
) -> None:
    write_files(tmp_path, files)
    assert (press.reading_order(tmp_path).settings.title or "") == title


@pytest.mark.parametrize(
    ("said", "language", "told"),
    [
        ("pt_BR", "pt-BR", []),
        ("en_US.UTF-8", "en-US", []),
        ("english", "en", ["_config.yml:2"]),
        ("de-GR-x", "en", ["_config.yml:2"]),
    ],
)
def test_the_language_of_a_site_may_be_a_locale_and_is_reported_where_it_is_no_language(
    said: str, language: str, told: list[str], tmp_path: Path
) -> None:
    write_files(
        tmp_path,
        {"_config.yml": f"title: T\nlang: {said}\ncollections: [docs]\n", "_docs/a.md": "# A\n", "_docs/b.md": "# B\n"},
    )
    read = press.reading_order(tmp_path)
    assert read.settings.language == language
    assert [f"{one.place.path}:{one.place.line}" for one in read.problems if one.code == "S122"] == told


def test_chapters_of_quarto_whose_titles_say_so_have_no_number(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "_quarto.yml": "book:\n  chapters: [index.qmd, intro.qmd, {part: P, chapters: [a.qmd, b.qmd]}]\n",
            "index.qmd": "# Welcome {.unnumbered}\n",
            "intro.qmd": "```{r}\n# not a title\n```\n\n# Introduction {#sec-intro .unnumbered}\n",
            "a.qmd": "# First {#sec-a}\n",
            "b.qmd": "# Second {-}\n",
        },
    )
    order, _ = ordered(tmp_path)
    numbers = {entry.path: entry.numbered for entry in sidebar.walk(order.entries) if entry.path}
    assert numbers == {"index.qmd": False, "intro.qmd": False, "a.qmd": True, "b.qmd": False}

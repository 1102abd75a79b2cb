"""DIALECTS: what site generators write in syntax of their own, rewritten in forms that every edition supports.

One file per dialect, in two lists. BEFORE holds functions from manuscript to manuscript, for syntax that pandoc would break; they keep
the place of every line. AFTER holds functions from tree to tree, for syntax that can be read from the tree. All of them end in a
form that the other stages know: callout, panel of tabs, figure, reference, text, or nothing.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from book.dialects import (
    admonitions,
    attribute_values,
    autorefs,
    azure,
    badges,
    bare_tasks,
    boxes,
    capital_words,
    cell_lists,
    chat_marks,
    citations,
    code,
    code_languages,
    colons,
    colour_schemes,
    component_data,
    components,
    conditional,
    conflicts,
    confluence,
    content_blocks,
    crowded,
    diagrams,
    directives,
    docsify,
    drawn_tables,
    embeds,
    emoji,
    erb,
    fields,
    figures,
    films,
    formulas,
    fumadocs,
    gitbook,
    github,
    github_docs,
    gitlab,
    gollum,
    hackmd,
    heroes,
    includes,
    index_entries,
    inline,
    kept_breaks,
    kramdown,
    kramdown_lines,
    labels,
    leads,
    lessons,
    lettered_lists,
    line_ends,
    line_includes,
    liquid,
    logseq,
    markdoc,
    markua,
    material,
    math_components,
    mdbook,
    mdc,
    mdx,
    notion,
    numbered_tasks,
    numerals,
    outline,
    pandoc_blocks,
    pandoc_lines,
    pandoc_markdown,
    partials,
    pasted_spaces,
    pymdown,
    python_markdown,
    quarto,
    queries,
    quotes,
    readme_com,
    recognition,
    redcarpet,
    retype,
    roles,
    shortcodes,
    styled_quotes,
    substitutions,
    tabbed_tables,
    tables,
    terms,
    tex_macros,
    typed_bullets,
    vue,
    word_documents,
    wordless,
    writerside,
    zola,
)
from book.dialects.context import Context, Library, words
from book.dialects.untouched import Untouched
from book.markdown.lost_words import LOST
from book.model import Manuscript, Nodes
from book.problems import Problem
from book.settings import Settings
from book.sites.site import Site

__all__ = ["AFTER", "BEFORE", "EVERYWHERE", "After", "Before", "Rewriting", "read"]

Before = Callable[[Manuscript, Context], Manuscript]
After = Callable[[Nodes, Context], Nodes]

EVERYWHERE = "everywhere"
"""The name of everything that is on in every book."""

BEFORE: tuple[tuple[str, Before], ...] = (
    ("markua", index_entries.before),
    ("markua", markua.before),
    ("logseq", logseq.before),
    ("obsidian", embeds.before),
    ("retype", retype.before),
    (EVERYWHERE, includes.mdbook),
    (EVERYWHERE, includes.snippets),
    (EVERYWHERE, gitlab.before),
    (EVERYWHERE, line_includes.before),
    (EVERYWHERE, content_blocks.before),
    (EVERYWHERE, pandoc_lines.before),
    (EVERYWHERE, conflicts.before),
    ("lesson", lessons.before),
    (EVERYWHERE, mdbook.before),
    (EVERYWHERE, index_entries.before),
    ("erb", erb.before),
    ("redcarpet", redcarpet.before),
    (EVERYWHERE, confluence.before),
    (EVERYWHERE, pasted_spaces.before),
    (EVERYWHERE, word_documents.before),
    (EVERYWHERE, drawn_tables.before),
    (EVERYWHERE, typed_bullets.before),
    (EVERYWHERE, tabbed_tables.before),
    (EVERYWHERE, lettered_lists.before),
    (EVERYWHERE, chat_marks.before),
    ("azure", azure.before),
    ("wiki", gollum.before),
    ("docsify", docsify.before),
    ("readme-com", readme_com.before),
    ("mkdocs", material.before),
    ("github-docs", github_docs.before),
    ("macros", substitutions.before),
    ("macros", liquid.before),
    ("liquid", liquid.before),
    ("markdoc", markdoc.before),
    (EVERYWHERE, gitbook.before),
    ("gitbook", gitbook.spans),
    ("gitbook", leads.before),
    (EVERYWHERE, hackmd.before),
    ("obsidian", admonitions.before),
    ("obsidian", queries.before),
    ("obsidian", queries.fields),
    ("notion", notion.before),
    ("outline", outline.before),
    ("zola", zola.before),
    (EVERYWHERE, shortcodes.before),
    ("mintlify", leads.before),
    (EVERYWHERE, heroes.before),
    ("mdx", partials.before),
    ("mdx", math_components.before),
    ("mdx", component_data.before),
    ("fumadocs", fumadocs.before),
    ("mdx", components.before),
    ("writerside", writerside.before),
    ("mdc", mdc.before),
    ("markdoc", components.before),
    (EVERYWHERE, mdx.before),
    ("vue", components.before),
    ("vue", vue.before),
    (EVERYWHERE, python_markdown.before),
    (EVERYWHERE, pymdown.before),
    ("myst", quotes.before),
    ("callouts", capital_words.before),
    (EVERYWHERE, styled_quotes.before),
    (EVERYWHERE, line_ends.before),
    (EVERYWHERE, bare_tasks.before),
    (EVERYWHERE, attribute_values.before),
    ("liquid", kramdown_lines.before),
    (EVERYWHERE, kramdown.before),
    ("liquid", kramdown.spans),
    ("quarto", conditional.before),
    ("captions", figures.with_lines),
    ("captions", figures.captioned),
    ("quarto", figures.captioned),
    (EVERYWHERE, attribute_values.alternatives),
    ("quarto", pandoc_blocks.before),
    ("quarto", pandoc_markdown.before),
    (EVERYWHERE, quarto.before),
    ("myst", substitutions.before),
    (EVERYWHERE, directives.before),
    ("myst", substitutions.before),  # once more, for substitutions inside directives that were fences
    (EVERYWHERE, colons.before),
    ("myst", fields.before),
    (EVERYWHERE, roles.before),
    (EVERYWHERE, formulas.before),
    (EVERYWHERE, tex_macros.before),
    (EVERYWHERE, colour_schemes.before),
    (EVERYWHERE, badges.before),
    (EVERYWHERE, emoji.before),
    ("mkdocstrings", autorefs.before),
    (EVERYWHERE, inline.before),
    ("obsidian", kept_breaks.before),
    (EVERYWHERE, wordless.before),
    (EVERYWHERE, cell_lists.before),
    (EVERYWHERE, tables.before),
    (EVERYWHERE, code_languages.before),
    (EVERYWHERE, code.before),
    (EVERYWHERE, diagrams.before),
    (EVERYWHERE, boxes.lengthen),
    (EVERYWHERE, kramdown.apart),
    (EVERYWHERE, crowded.before),
)
"""In this order: a dialect that moves or inserts lines comes before those that read them."""

AFTER: tuple[tuple[str, After], ...] = (
    (EVERYWHERE, github.after),
    (EVERYWHERE, boxes.after),
    (EVERYWHERE, badges.after),
    (EVERYWHERE, emoji.after),
    (EVERYWHERE, films.after),
    (EVERYWHERE, figures.after),
    (EVERYWHERE, numerals.after),
    (EVERYWHERE, terms.after),
    (EVERYWHERE, numbered_tasks.after),
    (EVERYWHERE, word_documents.after),
)

MOST = 12
"""The most words that one message quotes."""


class Rewriting(Struct, frozen=True, kw_only=True):
    """The chapters of a book, rewritten by their dialects."""

    manuscripts: tuple[Manuscript, ...]
    settings: Settings
    """The settings; formulas are on if the text has some."""
    contexts: Mapping[str, Context]
    """Chapter by path."""
    dialects: frozenset[str] = frozenset()
    """Names of the dialects that are on."""
    problems: tuple[Problem, ...] = ()

    def after(self, manuscript: Manuscript, blocks: Nodes) -> tuple[Nodes, tuple[Problem, ...], Counter[str]]:
        """Return the tree of a chapter after its dialects, the problems, and the words that were removed on purpose."""
        context = self.contexts.get(manuscript.path)
        if context is None:
            return blocks, (), Counter()
        context.problems, context.taken = [], Counter()
        for name, function in AFTER:
            if name == EVERYWHERE or name in context.library.names:
                blocks = function(blocks, context)
        return blocks, tuple(context.problems), context.taken

    @property
    def included(self) -> frozenset[str]:
        """The files that chapters include, in whole or in part, at any depth."""
        return frozenset(path for context in self.contexts.values() for path in context.chains)

    def repeated(self, paths: Iterable[str]) -> frozenset[str]:
        """Return the chapters in *paths* without content of their own: other chapters include all of their lines."""
        paths, included = tuple(paths), self.included
        if included.isdisjoint(paths):  # true of most books
            return frozenset()
        lines = {manuscript.path: _places(manuscript) for manuscript in self.manuscripts}
        candidates = [path for path in paths if path in lines]
        printed = set().union(*(places for path, places in lines.items() if path not in candidates))
        repeated = set()
        # Those that no file includes come first, so that of files that include each other one stays.
        for path in sorted(candidates, key=included.__contains__):
            if path in included and lines[path] <= printed:
                repeated.add(path)
            else:
                printed |= lines[path]
        return frozenset(repeated)


def _places(manuscript: Manuscript) -> frozenset[tuple[str, int]]:
    """Return the places of the lines of *manuscript* that are not blank, without columns."""
    lines = enumerate(manuscript.text.split("\n"), 1)
    return frozenset(manuscript.place(number).spot[:2] for number, line in lines if line.strip())


REFERRING = frozenset({"myst", "quarto", "bookdown"})
"""Dialects in which a name may refer to anything in the book."""


def read(
    manuscripts: Iterable[Manuscript],
    root: Path,
    settings: Settings,
    site: Site | None = None,
    folder: Path | None = None,
) -> Rewriting:
    """Return *manuscripts*, the chapters of the book in *root*, without syntax that pandoc would break.

    Args:
        manuscripts: the chapters as they are in their files.
        root: the book's folder, from which files are included.
        settings: the settings of the book.
        site: the site for which the book is written, if one was recognised; it names its dialects.
        folder: the cache, or None.
    """
    sources = tuple(manuscripts)
    names = recognition.recognise(root, sources, settings, site)
    refers = bool(names & REFERRING)
    settings, notes = formulas.settle(settings, sources, names)
    library = Library(
        root=root,
        settings=settings,
        names=names,
        labels=labels.labels(sources) if refers else {},
        manuscripts={manuscript.path: manuscript for manuscript in sources},
        variables=recognition.variables(root, site),
        snippets=site.snippets if site else (),
        appended=site.appended if site else (),
        parameters=site.parameters if site else {},
        projects=site.projects if site else {},
        cites=citations.is_citing(settings, sources),
    )
    contexts = {manuscript.path: Context(manuscript, library) for manuscript in sources}
    problems = [*notes]
    problems += [
        recognition.UNKNOWN.at(place, message, fix=fix) for place, message, fix in recognition.unknown(settings)
    ]
    rewritten = []
    untouched = Untouched(library, folder)
    for manuscript in sources:
        context = contexts[manuscript.path]
        new = untouched.rewritten(context, functools.partial(_rewritten, context))
        problems += context.problems
        problems += _lost(manuscript, new, context.taken)
        rewritten.append(new)
    untouched.close()
    return Rewriting(
        manuscripts=tuple(rewritten), settings=settings, contexts=contexts, dialects=names, problems=tuple(problems)
    )


def _rewritten(context: Context) -> Manuscript:
    """Return the chapter of *context* after all dialects of its book."""
    manuscript = context.manuscript
    for name, function in BEFORE:
        if name == EVERYWHERE or name in context.library.names:
            manuscript = function(manuscript, context)
    return manuscript


def _lost(typed: Manuscript, read_: Manuscript, taken: Counter[str]) -> Iterable[Problem]:
    """Yield the author's words that a dialect removed without reporting it."""
    if read_ is typed or not read_.origins:
        return
    own = "\n".join(
        line for line, origin in zip(read_.text.split("\n"), read_.origins, strict=True) if origin.path == typed.path
    )
    lost = Counter(words(typed.text))
    lost.subtract(Counter(words(own)))
    lost.subtract(taken)
    lost = +lost
    if not lost:
        return
    by_line: dict[int, Counter[str]] = {}
    for line, origin in zip(read_.text.split("\n"), read_.origins, strict=True):
        if origin.path == typed.path:
            by_line.setdefault(origin.line, Counter()).update(words(line))
    for number, line in enumerate(typed.text.split("\n"), typed.first_line):
        gone = (Counter(words(line)) - by_line.get(number, Counter())) & lost
        if gone:
            lost -= gone
            message = f"words of this line are not in the book: '{' '.join(list(gone)[:MOST])}'"
            place = typed.place(number - typed.first_line + 1)
            yield LOST.at(place, message, fix="write them as plain text, outside of what surrounds them")

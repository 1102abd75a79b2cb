"""Language tags of code fences: reports a tag that is one slip away from a common language; any other tag is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from book import highlight
from book.markdown import leaves
from book.markdown.leaves import Tree
from book.markdown.nodes import attributes
from book.model import Manuscript
from book.problems import Kind, Problem, Severity

MISSPELLED = Kind("G148", Severity.WARNING, "a language of code that is nearly the name of another")

COMMON = frozenset(
    "bash shell powershell console python javascript typescript java kotlin swift ruby rust golang haskell scala clojure elixir erlang "
    "perl julia matlab fortran prolog groovy csharp fsharp json json5 yaml toml html scss sass less markdown dockerfile makefile cmake "
    "graphql mermaid plantuml plaintext text diff latex nginx terraform protobuf handlebars liquid django jinja svelte apache "
    "objective-c assembly solidity".split()
)
"""Common languages: a tag that is one slip away from one of them probably means it."""
OTHERS = frozenset({"ipython", "jsonc", "jsonl", "katex"})
"""Real names that are one letter away from a common one, and that the highlighter does not know."""
SHORTEST = 5
"""The length from which one wrong letter counts as a slip; in a shorter name it may make another word: `test`, `text`."""


def find(manuscript: Manuscript, tree: Tree) -> Iterator[Problem]:
    """Yield a warning for each language in *tree* that is one slip away from a common one, each once in a chapter."""
    names: set[str] = set()
    for item, line, spot in tree.code:
        name = next(iter(attributes(item)[1]), "").strip("{}.")
        folded = name.casefold()
        if not name[:1].isalpha() or folded in names or folded in COMMON or folded in OTHERS:
            continue
        names.add(folded)
        meant = next((common for common in sorted(COMMON) if is_slip(folded, common)), None)
        if meant is not None and not highlight.knows(folded):
            place = manuscript.place(max(1, line), max(1, leaves.column(spot)))
            message = f"'{name}' is no language that Handbound knows; the code has no colours"
            yield MISSPELLED.at(place, message, fix=f"did you mean {meant}?")


def is_slip(word: str, meant: str) -> bool:
    """Return whether *word* is *meant* with two letters swapped, one letter too many, one missing, or one wrong.

    >>> is_slip("pyhton", "python"), is_slip("yamll", "yaml"), is_slip("test", "text"), is_slip("goat", "golang")
    (True, True, False, False)
    """
    if word == meant or len(meant) < 4 or abs(len(word) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(word), len(meant)) and word[start] == meant[start]:
        start += 1
    rest, whole = word[start:], meant[start:]
    if len(word) > len(meant):
        return rest[1:] == whole
    if len(word) < len(meant):
        return rest == whole[1:]
    swapped = rest[:2] == whole[1::-1] and rest[2:] == whole[2:]
    return swapped or (len(meant) >= SHORTEST and rest[1:] == whole[1:])

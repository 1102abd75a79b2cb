"""Words that a foreign theme prints inside a chapter: found in its templates if an edition has more words than its book."""

from __future__ import annotations

import re

from msgspec.structs import replace

from book.patterns import regex
from book.problems import BUG, Kind, Problem, Severity
from book.theme.look import Theme

OWN_WORDS = Kind("T144", Severity.ERROR, "words of a theme inside a chapter that are not marked as the theme's own")
FIX = 'put them into <span class="hb-added">…</span>'

ADDED = regex(r"the edition has '(.+?)(?: …)?'(?:; 0 lost, \d+ added)?$", re.DOTALL)
"""The message of a proof that compares words, unless words of the book are lost."""
NOT_TEXT = regex(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)


def blamed(problem: Problem, theme: Theme, home: str) -> Problem:
    """Return *problem* at the template with the words that *problem* finds in an edition but not in its book.

    Args:
        problem: a problem of the proof that compares the words of an edition with those of the book.
        theme: the theme of the edition.
        home: the folder of the edition's template (``pdf``), which is searched first.

    Returns:
        The problem with a fix that tries a theme of Handbound's first, if no template of a foreign theme contains these words.
    """
    more = ADDED.search(problem.message)
    words = more[1].split() if more else []
    for count in range(len(words), 0, -1):
        phrase = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words[:count])) + r"(?!\w)")
        for folder in theme.chain:
            names = () if folder.built_in else folder.names("templates", ".j2")
            for name in sorted(names, key=lambda name: not name.startswith(f"{home}/")):
                text = NOT_TEXT.sub(
                    lambda mark: " " + "\n" * mark[0].count("\n"), folder.text(f"templates/{name}") or ""
                )
                if match := phrase.search(text):
                    place = folder.place(f"templates/{name}", text.count("\n", 0, match.start()) + 1)
                    message = f"the theme prints '{' '.join(words[:count])}' inside a chapter, which reads like words of the author"
                    return OWN_WORDS.at(place, message, fix=FIX)
    return replace(problem, fix=problem.fix.replace(BUG, f"build it with --theme folio; if that fails too, {BUG}"))

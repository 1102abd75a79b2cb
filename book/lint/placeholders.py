"""Placeholders that the author forgot to replace."""

from __future__ import annotations

from collections.abc import Iterator

from book.lint.passages import Text
from book.patterns import regex
from book.problems import Kind, Problem, Severity
from book.settings import Lint

PLACEHOLDER = Kind("N101", Severity.WARNING, "a placeholder left in the text")

# Not placeholders: a list of tasks, and an example of a mark: "a TODO list", "every TODO", "TODOs".
MARK = regex(
    r"(?<![\w.#-])(?<!\w/)(?:TODO|TO DO|TO-DO|TBD|TBC|TBA|FIXME|XXX+|TK TK|TKTK)(?![\w/.-])(?!\s+(?:list|item|app|file|comment)s?\b)"
    r"|(?i:\blorem ipsum\b)"
    r"|\[\s*(?i:image|picture|screenshot|photo|video|diagram|link|citation needed|(?:insert|add|replace|your)\s[^\]\[]{2,60})\s*\\?\]"
    r"|(?i:<\s*(?:insert|add your|replace with)\s[^<>]{2,60}>)"
)
HINTS = ("TODO", "TO DO", "TO-DO", "TBD", "TBC", "TBA", "FIXME", "XXX", "TK", "[", "<")
"""Every other placeholder contains one of these."""
SENTENCE_ABOUT = regex(
    r"(?i)\b(?:a|an|any|every|each|the|your|no|of|these|those|leave|write|mark|with|as|for)\s+[\"“'‘]?$"
)


def placeholders(text: Text, settings: Lint) -> Iterator[Problem]:
    """Yield each placeholder."""
    del settings
    if not any(hint in text.whole for hint in HINTS) and "lorem ipsum" not in text.folded:
        return
    for passage in text.passages:
        for match in MARK.finditer(passage.text):
            capital = match[0].isupper()
            if capital and SENTENCE_ABOUT.search(passage.text[: match.start()]) and match[0] != "XXX":
                continue
            message = f"a placeholder is left in the text: “{match[0]}”"
            yield PLACEHOLDER.at(passage.place(match.start()), message, fix="write what belongs there, or remove it")

"""Real handbooks keep their words: those of their files, counted without pandoc, are in the chapters of the book."""

from __future__ import annotations

import html
import re
from collections import Counter
from pathlib import Path

import pytest

from book import press

LEAST = 0.999
"""The smallest share of the words of a handbook that its chapters have."""
FOLDERS = (
    "seed",
    "posthog-peh",
    "clef",
    "mdbook-guide",
    "honkit-docs/docs",
    "just-the-docs",
    "mkdocs-docs",
    "18f",
    "opensource-guide",
    "docsy/content/en/docs",
    "hugodocs/content/en",
    "jupyter-book-docs/docs",
)
WORD = re.compile(r"[^\W_]+")
MARKUP = tuple(
    re.compile(pattern, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    for pattern in (
        r"\A(---|\+\+\+)\n.*?^\1\n",  # front matter
        r"<!--.*?-->|\{::comment\}.*?\{:/(?:comment)?\}|\{\{[<%] comment [%>]\}\}.*?\{\{[<%] /comment [%>]\}\}",
        r"^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)",  # code
        r"^:::[ \t]+[\w.-]+\n(?:[ \t]+\S[^\n]*\n|[ \t]*\n(?=[ \t]))*",  # what MkDocs makes from a program
        r"^[ \t>]*\[[^\]\n]+\]:[ \t]*\n?[ \t]*\S+[^\n]*$",  # targets of links
        r"^#+[ \t]+Table of contents\n(?=\{:)|<summary>\s*Table of contents\s*</summary>",  # above a list that a site makes
        r"<(script|style)\b.*?</\1>",
        r"\{%.*?%\}|\{\{.*?\}\}",  # templates
        r"</?[a-z][^<>]*>|<[a-z]+:[^<>]*>",
        r"(?<=\])\(\s*(?:<[^<>\n]*>|[^()\s]*(?:\([^()]*\)[^()\s]*)*)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)|(?<=\])\[[^\]\n]*\]",
        r"\{[:#.][^{}\n]*\}|\{[\w:-]+\}(?=`)",  # attributes, roles
        r"^[ \t]*:::[^\n]*$|^[ \t]*:[\w-]+:[^\n]*$|^[ \t]*\([\w:.-]+\)=[ \t]*$",  # boxes, their options, labels
        r"\[!\w+\]|\[\^[^\]\n]+\]:?|:[a-z0-9_+-]+:|(?<![\w@])@[\w:.-]+",
        r"^[ \t>]*\d+[.)](?=[ \t])|https?://\S+|(?<=[\w)])\{[^{}\n]*\}",
    )
)
"""What is no word of the text; code is left out on both sides, because its languages and options are no words."""
SHOWN = ("alt", "aria-label", "alttext")
"""Attributes whose words readers get."""


def words(text: str) -> Counter[str]:
    """Return the words of *text*, case folded."""
    return Counter(WORD.findall(html.unescape(text).casefold()))


def words_of_file(text: str) -> Counter[str]:
    """Return the words of a Markdown file that are for readers."""
    for pattern in MARKUP:
        text = pattern.sub(" ", text)
    return words(text)


@pytest.mark.torture
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_chapters_of_a_real_handbook_have_its_words(folder: str, corpora: Path) -> None:
    book = press.read(corpora / folder, dated=False).book
    typed, printed = Counter[str](), Counter[str]()
    for chapter in book.spine:
        root = chapter.body.root
        attributes = (str(element.get(name)) for name in SHOWN for element in root.iter() if element.get(name))
        pieces = (" ".join(map(str, root.itertext())), *attributes, chapter.title)
        # Words that are partly bold are one word; cells of a table that touch each other are two.
        printed += words(" ".join(pieces)) | words("".join(map(str, root.itertext())))
        file = corpora / folder / (chapter.source.path or "")
        if chapter.source.path and file.is_file():
            typed += words_of_file(file.read_text("utf-8-sig").replace("\r\n", "\n"))
    lost = typed - printed
    assert typed.total()
    assert lost.total() <= typed.total() * (1 - LEAST), lost.most_common(20)

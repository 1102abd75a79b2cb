"""The manual for authors: a book in this folder, whose reference is written from the tables in the code.

:func:`write` writes the whole book, ready to be built; :func:`entry` returns one page, or what the manual says of one word.
"""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from book.manual import commands_page, markdown_page, problems_page, report_page, search, settings_page
from book.manual.sources import kinds
from book.problems import nearest
from book.seal import files
from book.source import front_matter_keys

FOLDER = Path(__file__).resolve().parent
GENERATED: Mapping[str, Callable[[], str]] = {
    "reference/settings.md": settings_page.settings_page,
    "reference/front-matter.md": settings_page.front_matter_page,
    "reference/markdown.md": markdown_page.markdown_page,
    "reference/commands.md": commands_page.commands_page,
    "reference/problems.md": problems_page.problems_page,
    "reference/report.md": report_page.report_page,
}
"""The pages that are written from the code."""
TYPED = (".md", ".svg", ".png", ".bib")
"""Endings of the other files of the book."""


def contents() -> Mapping[str, bytes]:
    """Return every file of the book, by its path."""
    return {path: _content(path) for path in paths()}


def paths() -> tuple[str, ...]:
    """Return the paths of all files of the book."""
    typed = (path for path in sorted(FOLDER.rglob("*")) if path.suffix in TYPED or path.name == "handbound.toml")
    return (*(path.relative_to(FOLDER).as_posix() for path in typed), *GENERATED)


def _content(path: str) -> bytes:
    generate = GENERATED.get(path)
    return generate().encode() if generate else (FOLDER / path).read_bytes()


def write(folder: Path) -> None:
    """Write the book into *folder*; files that are the same stay untouched, so that a second build has nothing to do.

    Raises:
        PublishError: it cannot be written.
    """
    for name, data in contents().items():
        path = folder / name
        with files.reported(path):
            if not path.is_file() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                files.write(path, data)


def pages() -> Mapping[str, str]:
    """Return the name of each page, as `book manual` takes it, with its path."""
    return {Path(path).stem: path for path in paths() if path.endswith(".md")}


def entry(word: str) -> str | None:
    """Return the page called *word*, or what is about a key, a command, a code or a heading of that name; None if nothing is."""
    if path := pages().get(word):
        return _content(path).decode()
    return "\n\n".join(_entries(word)) or None


def answer(word: str) -> str | None:
    """Return :func:`entry` and the best other places about *word*; None if there is nothing."""
    text, best = entry(word), None
    if text and (key := search.SYNONYMS.get(word, "")) in settings_page.dotted_keys():
        text = f"{settings_page.entry(key)}\n\n{text}"
    if text is None and (best := search.best(word, _sections())):
        text = entry(best.page) if best.text.startswith("# ") else best.text
    places = "\n".join(dict.fromkeys(_places(word, best)))
    title = "See also:\n" if text else "See:\n"
    return "\n\n".join(filter(None, (text and search.plain(text.rstrip()), places and f"{title}{places}"))) or None


def _places(word: str, shown: search.Section | None) -> Iterator[str]:
    """Yield a line for each of the best places about *word*, without the one that is *shown*: how to print it, and how it begins."""
    if word in pages() or word.upper() in kinds():
        return
    for section in search.places(word, _sections()):
        whole = section.text.startswith("# ")
        name = section.page if whole else section.title
        if section != shown and name.casefold() != word.casefold():
            command = f"book manual {shlex.quote(name)}"
            about = section.title if whole else section.first or f"in: {section.page}"
            yield f"  {command:<40} {about}"


def suggestion(word: str) -> str | None:
    """Return the word of the manual that is most similar to *word*, or None; of a code, one of the same letter."""
    if re.fullmatch(r"[A-Z]\d{3}", word.upper()):
        return nearest(word.upper(), [code for code in kinds() if code[0] == word[0].upper()])
    keys = (key.rpartition(".")[2] for key in settings_page.dotted_keys())
    return nearest(word, [*pages(), *commands_page.commands(), *keys, *front_matter_keys.KEYS])


@functools.cache
def _sections() -> tuple[search.Section, ...]:
    texts = {name: _content(path).decode() for name, path in pages().items()}
    return tuple(search.sections(texts))


def _entries(word: str) -> Iterator[str]:
    if known := word.upper() in kinds():
        yield problems_page.entry(word.upper())
    if word in commands_page.commands():
        yield commands_page.section(word)
    yield from commands_page.option(word)
    keys = [key for key in settings_page.dotted_keys() if word in (key, key.rpartition(".")[2])]
    bounds = [key for key in keys if key.partition(".")[0] in search.BOUNDS and "." in key]
    yield from (_key(key) for key in keys if key not in bounds)
    if word in front_matter_keys.KEYS:
        yield f"In the front matter of a chapter:\n\n{settings_page.front_matter_entry([word])}"
    if word not in commands_page.commands() and not known:
        yield from (section.text for section in search.named(word, _sections()))
    yield from map(_key, bounds)


def _key(name: str) -> str:
    """Return the entry of the key with the dotted *name*, and the table that it belongs to."""
    table = name.rpartition(".")[0]
    brackets = "[[{}]]" if table == "edition" else "[{}]"
    return f"In `{brackets.format(table)}`:\n\n{settings_page.entry(name)}" if table else settings_page.entry(name)

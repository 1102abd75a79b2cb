"""`book new` and `book adopt`: a book that builds at once, and a handbound.toml for existing chapters."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from book import press, seal, sites
from book.amounts import amount
from book.assemble.spine import folder_that_names, name_of_folder
from book.notation.toml import quoted
from book.problems import UNPRINTABLE, Kind, Place, SettingsError, Severity, Subject
from book.settings import FILE
from book.sidebar.way import paths, walk
from book.sites.title import first_page
from book.values import Gathered, Reading

ALREADY_A_BOOK = Kind("S140", Severity.ERROR, "a folder that is a book already")
NOT_EMPTY = Kind("S141", Severity.ERROR, "a new book in a folder that is not empty")
UNWRITABLE = Kind("S142", Severity.ERROR, "a file that cannot be written")

SETTINGS = """\
title = {title}
authors = [{authors}]
language = {language}    # a tag such as "en", "en-GB", "de" or "pt-BR": quotes, hyphens and labels follow it
theme = "folio"          # or "field", or "almanac"; `book themes` lists them

# The order is that of the file names. To set it yourself, list the chapters:
# sidebar = ["01-welcome.md", {{ part = "Daily work", chapters = ["02-how-we-work.md"] }}]

[links]
# site_url = "https://example.org"    # what a link to "/page" of your site leads to
"""

WELCOME = """\
# Welcome

This is the first chapter. Each Markdown file in this folder is one, and its first heading is the title of the chapter. Straight "quotes", dashes -- and
three dots... come out as a printer sets them; `book fix` makes the same changes in your files.

> [!NOTE]
> A box like this one is a quotation whose first line is `[!NOTE]`. There are also `[!TIP]`, `[!IMPORTANT]`, `[!WARNING]` and `[!CAUTION]`.

A link to [another chapter](02-how-we-work.md) becomes a page reference on paper, and a footnote stands at the foot of its page.[^1]

[^1]: In the EPUB and in the HTML edition, a tap opens it where you are reading.
"""

WORK = """\
# How we work

## A week

| Day | What happens |
|---|---|
| Monday | We choose what to do. |
| Thursday | We show what we have done. |

Table: Two days of the week

1. Write down what you want to know.
2. Ask the people who know it.
3. Write down what they said.

## A figure

An image alone in a paragraph is a figure, and the words in quotes are its caption.

![Three circles, joined by lines](images/loop.svg "Plan, do, look")
"""

LOOP = """\
<svg xmlns="http://www.w3.org/2000/svg" width="360" height="120" viewBox="0 0 360 120">
  <title>Three circles, joined by lines</title>
  <path d="M60 60H300" stroke="#555" stroke-width="2"/>
  <g fill="#fff" stroke="#555" stroke-width="2"><circle cx="60" cy="60" r="36"/><circle cx="180" cy="60" r="36"/><circle cx="300" cy="60" r="36"/></g>
</svg>
"""


def new(folder: Path, *, title: str = "", authors: tuple[str, ...] = (), language: str = "en") -> tuple[Path, ...]:
    """Write a book of two chapters that builds at once, and return its files.

    Args:
        folder: created with its parents; may exist if it is empty or contains only hidden files.
        title: title of the book; empty: derived from the name of the folder.
        authors: names; may be empty.
        language: BCP 47 tag.

    Raises:
        SettingsError: the folder is not empty, or cannot be written.
    """
    place = Subject(name=str(folder))
    if folder.exists() and not folder.is_dir():
        raise SettingsError(UNWRITABLE.at(place, "this is a file, not a folder", fix="name a new folder"))
    if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
        if (folder / FILE).exists():
            raise SettingsError(
                ALREADY_A_BOOK.at(place, "the folder is a book already", fix=f"run: book build {folder}")
            )
        fix = f"name a new folder; to make a book of the existing chapters, run: book adopt {folder}"
        raise SettingsError(NOT_EMPTY.at(place, "the folder is not empty", fix=fix))
    name = re.sub(r"[-_.\s]+", " ", folder.resolve().name).strip()
    settings = SETTINGS.format(
        title=quoted(title or name[:1].upper() + name[1:] or "Handbook"),
        authors=", ".join(map(quoted, authors)),
        language=quoted(language),
    )
    foreign = "" if language.partition("-")[0].lower() == "en" else "---\nlang: en\n---\n\n"
    files = {
        FILE: settings,
        "01-welcome.md": foreign + WELCOME,
        "02-how-we-work.md": foreign + WORK,
        "images/loop.svg": LOOP,
    }
    return tuple(_written(folder / path, text) for path, text in files.items())


def adopted(source: Path, system: str = "") -> str:
    """Return a handbound.toml for the chapters in *source*, with the source of each line.

    Args:
        source: a folder with chapters, without a handbound.toml.
        system: the site generator that sets the order; empty: the best match.

    Raises:
        BookError: the folder is a book already, or contains no chapters.
    """
    if (source / FILE).exists():
        place = Place(path=FILE)
        raise SettingsError(
            ALREADY_A_BOOK.at(place, "the folder has a handbound.toml already", fix="change it, or remove it first")
        )
    lines = _lines(source, press.reading_order(source, system))
    return "".join(f"{UNPRINTABLE.sub('?', line)}\n" for line in lines)


def adopt(source: Path, system: str = "") -> Path:
    """Write the result of :func:`adopted`, and return the file.

    Raises:
        BookError: as there, or the file cannot be written.
    """
    return _written(source / FILE, adopted(source, system))


def _lines(source: Path, reading: Reading[Gathered]) -> Iterator[str]:
    site, options, gathered = reading.site, reading.settings, reading.value
    config = f"{site.config} ({site.label})" if site else ""
    page = first_page(source, site, gathered.manuscripts)
    title, why = options.title, config
    if page and page.title == title:
        why = page.path
    elif not title:
        title, why = name_of_folder(folder_that_names(source)), "the name of the folder"
    yield f"title = {quoted(title)}".ljust(40) + f"  # from {why}"
    if options.authors:
        yield f"authors = [{', '.join(map(quoted, options.authors))}]".ljust(40) + f"  # from {config}"
    else:
        yield "authors = []".ljust(40) + '  # names, on the cover and the title page: authors = ["Ada Lovelace"]'
    if sites.says_language(site, options):
        reason = f"from {config}"
    elif options.guessed:
        reason = 'not stated anywhere: check it; a tag such as "en-GB" or "de"'
    else:
        reason = "from `lang` in the chapters"
    yield f"language = {quoted(options.language)}".ljust(40) + f"  # {reason}"
    if options.description:
        yield f"description = {quoted(options.description)}".ljust(40) + f"  # from {config}"
    yield 'theme = "folio"'.ljust(40) + '  # the default; or "field", or "almanac"'
    if not any(entry.numbered for entry in walk(gathered.sidebar.entries) if entry.path):
        yield "number_chapters = false".ljust(40) + "  # as without this file; remove the line to number the chapters"
        yield "number_captions = false".ljust(40) + '  # the same for figures and tables with captions: "Figure 1.1"'
    if options.math:
        yield "math = true".ljust(40) + f"  # formulas; from {config}"
    yield ""
    yield f"# The order is that of {gathered.sidebar.source}; `book order` shows it."
    yield "# To set it yourself: book order --toml prints it as a list to paste here."
    unlisted = sorted({manuscript.path for manuscript in gathered.manuscripts} - set(paths(gathered.sidebar.entries)))
    if unlisted:
        yield ""
        yield f"# {amount(len(unlisted), 'other file is', 'other files are')} not in that order:"
        yield from (f"#   {path}" for path in unlisted[:MOST])
        if len(unlisted) > MOST:
            yield f"#   … and {len(unlisted) - MOST} more"
        yield '# exclude = ["drafts/**"]               # globs of files that are not part of the book'
    yield ""
    yield "[links]"
    if options.links.site_url:
        yield (
            f"site_url = {quoted(options.links.site_url)}".ljust(40)
            + f'  # from {config}; a link to "/page" leads there'
        )
    else:
        yield '# site_url = "https://example.org"       # what a link to "/page" of your site leads to'


MOST = 10
"""Most files that are listed by name."""


def _written(path: Path, text: str) -> Path:
    """Write a file that must not exist yet."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() or path.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        seal.write(path, text.encode())
    except OSError as error:
        message = f"the file cannot be written: {error.strerror}"
        raise SettingsError(UNWRITABLE.at(Subject(name=str(path)), message, fix="choose another folder")) from error
    return path

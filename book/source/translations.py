"""Translations beside the pages of a handbook: `index.fr.md`, `README_zh.md`, `docs/fr/`; one language is the book's."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from book.patterns import regex
from book.settings import languages
from book.settings.languages import LANGUAGES, REGIONS

PLAIN = ""
"""The tag of pages whose names state no language."""
_TAG = regex(r"(?P<language>[a-z]{2})(?:[-_](?P<rest>[a-z]{2}|[a-z]{4}))?", re.IGNORECASE)
_NAME = regex(r"(?P<stem>.+?)(?P<mark>[._-])(?P<tag>[A-Za-z]{2}(?:[-_](?:[A-Za-z]{2}|Han[st]))?)")
_COMMON = frozenset("ar de en es fa fr it ja ko nl pl pt ru tr uk zh".split())
"""Languages whose tags are hardly used for anything else in names."""
_FIRST_PAGES = frozenset({"readme", "index"})


def others(paths: Iterable[str], base: str, language: str, *, stated: bool) -> Mapping[str, str]:
    """Return those of *paths* that are in other languages than the book's, each with its tag.

    Args:
        paths: the files that may be chapters.
        base: the folder that contains them, with a slash at its end; empty for the book's folder.
        language: the tag of the book's language.
        stated: whether an author or the site states the language; otherwise pages without a language in their names are the book.

    >>> others(["a.md", "a.fr.md", "b.md"], "", "en", stated=False)
    {'a.fr.md': 'fr'}
    >>> others(["en/a.md", "en/b.md", "fr/a.md", "fr/b.md"], "", "en", stated=False)
    {'fr/a.md': 'fr', 'fr/b.md': 'fr'}
    >>> others(["guide/a.md", "fr/guide/a.md"], "", "en", stated=False)
    {'fr/guide/a.md': 'fr'}
    >>> others(["a.md", "b.md", "de/a.md"], "", "de", stated=True)
    {'a.md': '', 'b.md': ''}
    """
    rest = [path for path in sorted(paths) if path.startswith(base)]
    left_out = dict(_by_folder(rest, base, language, stated=stated))
    rest = [path for path in rest if path not in left_out]
    return left_out | dict(_by_name(rest, language, stated=stated))


def tag_of(name: str) -> str | None:
    """Return the language tag that the *name* of a folder, or a part of a file name, is; None for other names.

    >>> tag_of("fr"), tag_of("zh-cn"), tag_of("pt_BR"), tag_of("zh-Hant"), tag_of("api"), tag_of("xx")
    ('fr', 'zh-CN', 'pt-BR', 'zh-Hant', None, None)
    """
    match = _TAG.fullmatch(name)
    if match is None or match["language"].lower() not in LANGUAGES:
        return None
    rest = match["rest"] or ""
    if len(rest) == 2 and rest.upper() not in REGIONS:
        return None
    if len(rest) == 4 and rest.title() not in ("Hans", "Hant", "Latn", "Cyrl", "Arab"):
        return None
    return "-".join(filter(None, (match["language"].lower(), rest.upper() if len(rest) == 2 else rest.title())))


def _by_folder(paths: list[str], base: str, language: str, *, stated: bool) -> Iterator[tuple[str, str]]:
    """Yield the pages of folders that are named like languages and contain the same pages as other folders, or as the folder around them."""
    folders = {posixpath.dirname(path) for path in paths}
    folders |= {folder[:at] for folder in folders for at, sign in enumerate(folder) if sign == "/"}
    parents = {posixpath.dirname(folder) for folder in folders if tag_of(posixpath.basename(folder))}
    taken: set[str] = set()
    for parent in sorted(parents, key=len):
        home = f"{parent}/" if parent else ""
        inside = [path for path in paths if path.startswith(home) and path not in taken]
        variants: dict[str, list[str]] = {PLAIN: []}
        for path in inside:
            first, slash, _ = path[len(home) :].partition("/")
            tag = tag_of(first) if slash else None
            variants.setdefault(tag or PLAIN, []).append(path)
        names = {tag: {_key(path[len(home) :], tag) for path in group} for tag, group in variants.items()}
        if len(names) - (not names[PLAIN]) < 2 or len(home) < len(base):
            continue
        mirrored = {
            tag
            for tag in names
            if tag and any(_mirrors(tag, names[tag], names[other]) for other in names if other != tag)
        }
        if not mirrored:
            continue
        beside = any(_mirrors(tag, names[tag], names[PLAIN]) for tag in mirrored)
        tags = [*([PLAIN] if beside else []), *sorted(mirrored)]
        book = _chosen(tags, language, stated=stated)
        for tag in tags:
            if tag != book:
                taken.update(variants[tag])
                yield from ((path, tag) for path in variants[tag])


def _key(path: str, tag: str) -> str:
    """Return the name of a page below the folder of its language, without its extension."""
    inner = path.partition("/")[2] if tag else path
    return posixpath.splitext(inner)[0].casefold()


def _mirrors(tag: str, pages: set[str], other: set[str]) -> bool:
    """Return whether at least half of *pages* have the names of *other*; the first page of a folder does not count."""
    named = {page for page in pages if posixpath.basename(page).lstrip("_") not in _FIRST_PAGES}
    if not named:
        return bool(pages & other) and tag.partition("-")[0] in _COMMON
    return len(named & other) * 2 >= len(named)


def _by_name(paths: list[str], language: str, *, stated: bool) -> Iterator[tuple[str, str]]:
    """Yield the pages whose names end in a language, next to the same page in another one, or in none."""
    groups: dict[str, dict[str, str]] = {}
    stems = {posixpath.splitext(path)[0] for path in paths}
    for path in paths:
        folder, name = posixpath.split(path)
        stem = posixpath.splitext(name)[0]
        match = _NAME.fullmatch(stem)
        tag = tag_of(match["tag"]) if match else None
        if match and tag:
            plain = posixpath.join(folder, match["stem"])
            if match["mark"] == "." or (match["stem"].casefold() in _FIRST_PAGES and plain in stems):
                groups.setdefault(plain, {})[tag] = path
                continue
        groups.setdefault(posixpath.splitext(path)[0], {})[PLAIN] = path
    count = Counter(tag for group in groups.values() if len(group) > 1 for tag in group)
    if not any(count[tag] for tag in count if tag):
        return
    tags = [tag for tag, _ in count.most_common()]
    book = _chosen([*([PLAIN] if PLAIN in tags else []), *(tag for tag in tags if tag)], language, stated=stated)
    for group in groups.values():
        if book in group or any(tag != PLAIN for tag in group):
            yield from ((path, tag) for tag, path in group.items() if tag != book)


def _chosen(tags: list[str], language: str, *, stated: bool) -> str:
    """Return the tag of the book's language."""
    if PLAIN in tags and not stated:
        return PLAIN
    exact = languages.tag_of(language) or language
    primary = exact.partition("-")[0].lower()
    same = [tag for tag in tags if tag.lower() == exact.lower()]
    alike = [tag for tag in tags if tag.partition("-")[0] == primary]
    return next(iter([*same, *alike, *(tag for tag in tags if tag == PLAIN), *tags]))

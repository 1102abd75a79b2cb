"""What the first and the last chapters of a manuscript are, by their names: a preface, a glossary. A file in a folder says it in its front matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from book.model import Matter
from book.source.front_matter_keys import ROLES
from book.splitting.headings import Heading

NAMES: Mapping[str, str] = MappingProxyType({
    name: role
    for role, names in {
        "preface": "preface vorwort préface avant-propos prefacio prefazione prefácio voorwoord",
        "foreword": "foreword geleitwort",
        "dedication": "dedication widmung dédicace dedicatoria dedica dedicatória",
        "epigraph": "epigraph",
        "acknowledgments": "acknowledgments acknowledgements danksagung remerciements agradecimientos ringraziamenti agradecimentos dankwoord",
        "afterword": "afterword nachwort postface postfazione posfácio nawoord",
        "glossary": "glossary glossar glossaire glosario glossario glossário",
        "bibliography": "bibliography literaturverzeichnis bibliographie bibliografía bibliografia bibliografie literatuurlijst",
        "index": "index sachregister stichwortverzeichnis",
        "colophon": "colophon",
    }.items()
    for name in names.split()
})  # fmt: skip
"""The words of a heading in lower case, and the role of its chapter."""


def roles_of(heads: Sequence[Heading | None]) -> dict[int, str]:
    """Return the roles of chapters by their numbers from 0: of those before all others that belong to the front matter, and of the last ones.

    >>> heads = [Heading(line=0, end=1, level=1, words=words) for words in ("Preface", "One", "Dedication", "Glossary")]
    >>> roles_of(heads)
    {0: 'preface', 3: 'glossary'}
    """
    numbers = range(len(heads))
    return {**dict(_run(heads, numbers, "front")), **dict(_run(heads, reversed(numbers), "back"))}


def _run(heads: Sequence[Heading | None], numbers: Iterator[int] | range, matter: Matter) -> Iterator[tuple[int, str]]:
    """Yield the roles of the chapters *numbers*, up to the first one that is not of that *matter*."""
    for number in numbers:
        head = heads[number]
        role = NAMES.get(head.words.casefold()) if head else None
        if role is None or ROLES[role] != matter:
            return
        yield number, role

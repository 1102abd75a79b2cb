"""The download page: the files, their sizes, and the checks. Made last, from the files that exist."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Sequence

from lxml import etree
from msgspec import Struct

from book import view
from book.catalogue import EDITIONS
from book.editions.html import policy
from book.images import drawings
from book.model import Book, Check, NotMade, Work
from book.theme import Theme, foreign_scripts, trusted
from book.theme.faces_in_sheets import FaceName, faces_named, nearest_faces
from book.view import cover, typefaces

TEMPLATE = "web/download.html.j2"
EDITION = "download"
"""Its name in proofs and in the list of files; it is not an edition."""
KINDS = {"epub": "EPUB", "pdf": "PDF", "html": "HTML"}
COVER_WIDTH = 640


class Group(Struct, frozen=True, kw_only=True):
    """The editions for one use, each with its file, or with one for each paper."""

    use: str
    """``read``, ``print`` or ``teach``: a key of labels.toml."""
    editions: tuple[tuple[Card, ...], ...]


class Card(Struct, frozen=True, kw_only=True):
    """One file on the page."""

    edition: str
    path: str
    kind: str
    size: str
    pages: int | None
    digest: str
    paper: str = ""
    """``A4`` or ``Letter`` if the edition is made on both."""
    title: str = ""
    """Title of the chapter if the file contains only one; else empty."""


class Outcome(Struct, frozen=True, kw_only=True):
    """One check over all works."""

    name: str
    version: str
    status: str
    works: str


def size(count: int) -> str:
    """Return a number of bytes in readable units.

    >>> size(1_234_567), size(900)
    ('1.2 MB', '1 kB')
    """
    if count >= 1_000_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{max(1, round(count / 1000))} kB"


def outcomes(checks: Iterable[Check]) -> tuple[Outcome, ...]:
    """Return the checks, each once: failed if it failed anywhere, not run if it did not run somewhere."""
    groups: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        groups.setdefault((check.name, check.version), []).append(check)
    rank = ("failed", "not run", "passed")
    return tuple(
        Outcome(
            name=name,
            version=version,
            status=min((check.status for check in group), key=rank.index),
            works=", ".join(dict.fromkeys(check.work.rsplit(".", 1)[-1].upper() for check in group if check.work)),
        )
        for (name, version), group in groups.items()
    )


def page(
    book: Book, theme: Theme, works: Iterable[Work], checks: Iterable[Check], unmade: Iterable[NotMade] = ()
) -> bytes:
    """Return the download page.

    Args:
        book: the book, for its title and labels.
        theme: the theme of the page.
        works: the built files; the page lists no others.
        checks: the checks; empty if there were none.
        unmade: requested editions that were not made.
    """
    works = tuple(works)
    about = view.about_with_logo(book, lambda asset: typefaces.data_uri(asset.media_type, asset.data))
    cards = _cards(book, works)
    # A cover drawn by the theme is inlined: sharp, and a tenth of the size of a picture. The book's own cover is a picture.
    own = cover.own(book)
    drawing = drawings.inlined(cover.svg(book, theme), "cover-") if own is None else None
    values = {
        "about": about,
        "say": view.speaker(about.language),
        "tied": tied,
        "cover": trusted(etree.tostring(drawing, encoding="unicode")) if drawing is not None else "",
        "picture": ""
        if drawing is not None
        else typefaces.data_uri("image/jpeg", _as_jpeg(own[0] if own else cover.png(book, theme, COVER_WIDTH))),
        "groups": _groups([card for card in cards if not card.title]),
        "digests": cards,
        "singles": _singles(cards),
        "unmade": tuple(unmade),
        "checks": outcomes(checks),
        "policy": policy(),
    }
    # Rendered once to see which characters it needs, then with a font subset of these.
    letters = typefaces.letters(html.unescape(theme.page(TEMPLATE, sheet="", **values)))
    names = faces_named(theme.sheet("download"))
    if drawing is not None:
        names |= {FaceName(family, weight, style) for family, weight, style in drawings.typed(drawing)}
    used = nearest_faces(theme.faces, names)
    fonts = typefaces.faces(
        theme,
        letters,
        roles=("serif", "sans", "mono"),
        only=used.__contains__,
        scripts=True,
    )
    html_page = theme.page(TEMPLATE, sheet=trusted(theme.sheet("download", faces=typefaces.embedded(fonts))), **values)
    # Scripts are reported for the theme's other pages; here it is enough that they do not run.
    foreign_scripts.sealed(html_page, TEMPLATE, theme, policy())
    return html_page.encode("utf-8")


def tied(words: str) -> str:
    """Return *words* without a line break behind a single letter and its hyphen.

    >>> tied("an e-reader, well-known").index("\N{WORD JOINER}reader")
    5
    """
    return re.sub(r"\b(\w-)(?=\w)", "\\1\u2060", words)


def _cards(book: Book, works: Sequence[Work]) -> tuple[Card, ...]:
    """Return a card for each of *works*."""
    made = {work.edition for work in works}
    titles = {
        edition.single(chapter.slug): view.text_of(chapter.entry)
        for edition in EDITIONS.values()
        if edition.singles and edition.name in made
        for chapter in book.spine
    }
    return tuple(
        Card(
            edition=work.edition,
            path=work.path,
            kind=KINDS.get(work.path.rsplit(".", 1)[-1], ""),
            size=size(work.bytes),
            pages=work.pages,
            digest=work.digest,
            paper=_paper(work, works),
            title=titles.get(work.path, ""),
        )
        for work in works
    )


def _groups(cards: Sequence[Card]) -> tuple[Group, ...]:
    """Return the *cards* of whole books by their use, and the files of an edition next to each other."""
    uses = dict.fromkeys(edition.use for edition in EDITIONS.values())
    groups = []
    for use in uses:
        editions = [
            tuple(card for card in cards if card.edition == edition.name)
            for edition in EDITIONS.values()
            if edition.use == use
        ]
        if any(editions):
            groups.append(Group(use=use, editions=tuple(filter(None, editions))))
    return tuple(groups)


def _singles(cards: Sequence[Card]) -> tuple[tuple[Card, ...], ...]:
    """Return the files of single chapters among *cards*, chapter by chapter, in the order of the book."""
    titles = dict.fromkeys((card.path.rpartition("/")[2], card.title) for card in cards if card.title)
    return tuple(
        tuple(card for card in cards if (card.path.rpartition("/")[2], card.title) == chapter) for chapter in titles
    )


def _paper(work: Work, works: Iterable[Work]) -> str:
    """Return the paper of *work* if its edition was made on several."""
    edition = EDITIONS[work.edition]
    papers = {paper for other in works if other.edition == work.edition and (paper := edition.paper(other.path))}
    paper = edition.paper(work.path)
    return paper.name if paper and len(papers) > 1 else ""


def _as_jpeg(png: bytes) -> bytes:
    """Return a picture as a JPEG, a tenth of its size."""
    from PIL import Image  # noqa: PLC0415 - slow to import

    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()

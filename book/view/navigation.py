"""The navigation of an EPUB: the contents, landmarks and pages that its templates show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from markupsafe import Markup, escape
from msgspec import Struct

from book import view
from book.model import Book
from book.paged import page_map
from book.view import lists

# Roles of the DPUB-ARIA 1.1 vocabulary for terms of the EPUB structural vocabulary.
ARIA = {
    role: f"doc-{role}"
    for role in ("abstract", "acknowledgments", "afterword", "appendix", "chapter", "conclusion", "dedication", "epilogue",
                 "foreword", "glossary", "index", "introduction", "part", "preface", "prologue", "colophon", "bibliography")
}  # fmt: skip
ROLES = frozenset(
    {*ARIA, "abstract", "copyright-page", "other-credits", "contributors", "imprint", "errata", "frontmatter"}
)


class Point(Struct, kw_only=True):
    """One entry of the navigation, with those below it."""

    heading: Markup
    label: str
    href: str
    key: str = ""
    order: int = 0
    below: list[Point]


def points(lines: Iterable[lists.Line]) -> list[Point]:
    """Return the *lines* of the contents as a tree: parts, chapters, their sections, as deep as the handbook nests them."""
    roots: list[Point] = []
    path: list[tuple[int, Point]] = []

    def hang(point: Point, level: int) -> None:
        while path and path[-1][0] >= level:
            path.pop()
        (path[-1][1].below if path else roots).append(point)
        path.append((level, point))

    for line in lines:
        heading, label = line.heading, line.label
        if line.number:
            heading, label = escape(line.number) + ". " + heading, f"{line.number}. {label}"
        point = Point(heading=heading, label=label, href=line.href, below=[])
        hang(point, line.level)
        point.below.extend(
            Point(heading=section.heading, label=section.label, href=section.href, below=[])
            for section in line.sections
        )
    orders: dict[str, int] = {}
    order = 0
    stack = list(reversed(roots))
    while stack:
        point = stack.pop()
        order += 1
        # The same target has the same play order (NCX 2005-1).
        point.order = orders.setdefault(point.href, order)
        point.key = f"point-{order}"
        stack.extend(reversed(point.below))
    return roots


def spelled(tree: Iterable[Point]) -> Iterator[str]:
    """Yield everything of a *tree* that its templates can show, for the key of a cache."""
    for point in tree:
        yield f"{point.heading}\0{point.label}\0{point.href}\0{point.key}\0{point.order}\0{len(point.below)}"
        if point.below:
            yield from spelled(point.below)


def landmarks(book: Book, href: Callable[[str], str]) -> list[dict[str, str]]:
    """Return the places that an e-reader can jump to; the address of each is *href* of its name."""
    say = view.speaker(book.metadata.language)
    marks = [
        {"role": "cover", "href": "cover.xhtml", "title": say("cover")},
        {"role": "titlepage", "href": "title.xhtml", "title": say("title_page")},
        {"role": "toc", "href": "nav.xhtml#contents", "title": say("contents")},
    ]
    labels = {chapter.slug: view.text_of(chapter.entry) for chapter in book.spine}
    listed = set()
    for role, slug in book.landmarks:
        if role in (*ROLES, "bodymatter") and (role, slug) not in listed:
            listed.add((role, slug))
            marks.append(
                {"role": role, "href": href(slug), "title": say("start") if role == "bodymatter" else labels[slug]}
            )
    return [*marks, {"role": "colophon", "href": "colophon.xhtml", "title": say("colophon")}]


class Target(Struct, frozen=True, kw_only=True):
    """One entry of the page list."""

    label: str
    href: str
    key: str
    number: int
    """The page number; 0 if the label is not a number."""


def page_list(book: Book) -> tuple[Target, ...]:
    """Return the pages of the page map that begin somewhere in the package, in order."""
    files = {"title-page": "title", "imprint": "title", "contents": "nav", "colophon": "colophon"}
    return tuple(
        Target(
            label=page.label,
            href=f"{files.get(page.place, page.place)}.xhtml#{page_map.identifier(page)}",
            key=f"target-{number}",
            number=int(page.label) if page.label.isdecimal() else 0,
        )
        for number, page in enumerate(page_map.marked(book), 1)
    )


def depth(level: list[Point]) -> int:
    """Return the depth of the tree whose top level is *level*."""
    return 1 + max((depth(point.below) for point in level), default=0) if level else 0

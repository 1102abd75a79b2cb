"""Collating: names, numbers, parts, metadata. Prose cases: `tests/books/spine.md`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from book import labels, model
from book.assemble import spine
from book.body import EMPTY_BODY, Body
from book.labels import label, languages
from book.model import Composed, Entry, FrontMatter, Manuscript, Metadata, Sidebar, Title, Wording
from book.settings import EditionEntry, Settings
from book.sidebar.way import walk
from tests.loops import some

WHEN = datetime(2026, 1, 31, tzinfo=UTC)
ABOUT = Metadata(title="T", identifier="urn:x", slug="t", date="", modified="")


def chapter(path: str, role: str | None = None) -> Composed:
    return Composed(
        source=Manuscript(path=path, text="", first_line=1, front=FrontMatter()),
        lang="en", role=role, title="", show_title=True, heading=EMPTY_BODY, entry=EMPTY_BODY, description="", body=EMPTY_BODY,
        questions=(), anchors=(), words=0, wording=Wording(running=""), has_html=False,
    )  # fmt: skip


def title(words: str) -> Title:
    return Title(text=words, heading=Body.of(words))


@given(
    st.sets(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=30).map(
            lambda name: f"{name.strip('/') or 'x'}.md"
        ),
        max_size=6,
    )
)
def test_every_chapter_has_a_name_of_its_own_fit_for_files_and_ids(paths: set[str]) -> None:
    names = spine.names(sorted(paths))
    assert len(set(names.values())) == len(paths)
    assert all(
        re.fullmatch(r"[a-z][a-z0-9-]{0,90}", name) and not spine.RESERVED.match(name) for name in names.values()
    )
    assert names == spine.names(sorted(paths))


@pytest.mark.parametrize(
    "name",
    [
        "nav",
        "cover",
        "page-4",
        "title",
        "note-1",
        "part-one",
        "text",
        "ncx",
        "style",
        "colophon",
        "contents",
        "font-2",
        "id",
    ],
)
def test_a_chapter_never_has_a_name_that_the_press_uses(name: str) -> None:
    assert spine.names([f"{name}.md"]) == {f"{name}.md": f"chapter-{name}"}


@pytest.mark.parametrize("name", ["navigation", "text-editing", "pages", "titles", "parts", "identity", "style-guide"])
def test_a_name_that_only_begins_so_is_kept(name: str) -> None:
    assert spine.names([f"{name}.md"]) == {f"{name}.md": name}


def collated(
    entries: tuple[Entry, ...], chapters: Mapping[str, Composed], *, number: bool = True
) -> list[tuple[str, str | None, str]]:
    titles = {entry.title: title(entry.title) for entry in walk(entries) if entry.title}
    book = spine.collate(chapters, Sidebar(source="x", entries=entries), ABOUT, titles, number=number)
    parts = {node.slug: above[-1].title.text for node, above in model.walk(book.main) if above}
    return [(one.slug, one.number, parts.get(one.slug, one.matter)) for one in book.spine]


def test_front_and_back_matter_and_roles_have_no_number() -> None:
    chapters = {
        path: chapter(path, role)
        for path, role in {"f.md": None, "a.md": None, "g.md": "glossary", "b.md": None, "z.md": None}.items()
    }
    entries = (
        Entry(kind="chapter", path="f.md", matter="front"),
        Entry(kind="chapter", path="z.md", matter="back"),
        Entry(
            kind="part",
            title="One",
            children=(Entry(kind="chapter", path="a.md", children=(Entry(kind="chapter", path="g.md"),)),),
        ),
        Entry(kind="separator"),
        Entry(kind="chapter", path="b.md"),
        Entry(kind="chapter", path="missing.md"),
        Entry(kind="draft", title="Later"),
    )
    assert collated(entries, chapters) == [
        ("f", None, "front"),
        ("a", "1", "One"),
        ("g", None, "One"),
        ("b", "2", "main"),
        ("z", None, "back"),
    ]
    assert [number for _, number, _ in collated(entries, chapters, number=False)] == [None] * 5


def test_a_nested_chapter_is_counted_below_the_one_it_is_nested_in_and_an_appendix_has_a_letter() -> None:
    chapters = {path: chapter(path) for path in ("a.md", "b.md", "c.md", "d.md", "e.md", "x.md", "y.md")}

    def entry(path: str, *children: Entry, appendix: bool = False) -> Entry:
        return Entry(kind="chapter", path=path, appendix=appendix, children=children)

    entries = (
        entry("a.md", entry("b.md", entry("c.md")), entry("d.md")),
        entry("e.md"),
        Entry(
            kind="part",
            title="Appendices",
            numbered=False,
            children=(entry("x.md", entry("y.md"), appendix=True),),
        ),
    )
    numbers = {slug: number for slug, number, _ in collated(entries, chapters)}
    assert numbers == {"a": "1", "b": "1.1", "c": "1.1.1", "d": "1.2", "e": "2", "x": "A", "y": "A.1"}


def test_the_opening_page_of_a_part_is_the_page_of_the_part_and_what_follows_a_part_within_it_is_its_own() -> None:
    chapters = {path: chapter(path) for path in ("guide.md", "a.md", "b.md", "c.md")}
    inner = Entry(kind="part", title="Inner", children=(Entry(kind="chapter", path="a.md"),))
    entries = (
        Entry(kind="part", path="guide.md", children=(inner, Entry(kind="chapter", path="b.md"))),
        Entry(kind="chapter", path="c.md"),
    )
    about = Sidebar(source="x", entries=entries)
    book = spine.collate(chapters, about, ABOUT, {"Inner": title("Inner")})
    outer = book.main[0]
    assert isinstance(outer, model.Part)
    assert (outer.slug, outer.number, outer.opening) == ("guide", 1, book.body[0])
    assert book.body[0].number is None
    where = {node.slug: [part.slug for part in above] for node, above in model.walk(book.main)}
    assert where["a"] == ["guide", "part-inner"]
    assert (where["b"], where["c"]) == (["guide"], [])
    assert [one.number for one in book.body] == [None, "1", "2", "3"]


def test_parts_of_one_name_have_names_of_their_own() -> None:
    entries = tuple(
        Entry(kind="part", title="Same", children=(Entry(kind="chapter", path=path),)) for path in ("a.md", "b.md")
    )
    book = spine.collate(
        {path: chapter(path) for path in ("a.md", "b.md")},
        Sidebar(source="x", entries=entries),
        ABOUT,
        {"Same": title("Same")},
    )
    assert [(part.slug, part.number) for part in book.parts] == [("part-same", 1), ("part-same-2", 2)]


def test_a_chapter_behind_a_part_within_a_part_stands_in_the_outer_one() -> None:
    inner = Entry(kind="part", title="Inner", children=(Entry(kind="chapter", path="b.md"),))
    outer = Entry(
        kind="part",
        title="Outer",
        path="a.md",
        children=(inner, Entry(kind="chapter", path="c.md", children=(Entry(kind="chapter", path="d.md"),))),
    )
    chapters = {path: chapter(path) for path in ("a.md", "b.md", "c.md", "d.md", "e.md")}
    entries = (outer, Entry(kind="chapter", path="e.md"))
    assert collated(entries, chapters) == [
        ("a", None, "Outer"),
        ("b", "1", "Inner"),
        ("c", "2", "Outer"),
        ("d", "2.1", "Outer"),
        ("e", "3", "main"),
    ]


def test_the_metadata_have_a_stable_identifier_and_a_slug() -> None:
    one = spine.metadata(Settings(title="Über: das Handbuch"), "folder", WHEN)
    assert (one.slug, one.title, one.date, one.modified) == (
        "uber-das-handbuch",
        "Über: das Handbuch",
        "2026-01-31",
        "2026-01-31T00:00:00Z",
    )
    assert one.identifier == spine.metadata(Settings(title="Über: das Handbuch"), "elsewhere", WHEN).identifier
    assert one.identifier != spine.metadata(Settings(title="Another"), "folder", WHEN).identifier
    assert spine.metadata(Settings(), "my_hand-book", WHEN).title == "My hand book"
    assert spine.metadata(Settings(title="日本"), "日本", WHEN).slug == "handbook"
    assert (
        spine.metadata(Settings(edition=(EditionEntry(version="3"), EditionEntry(version="2"))), "x", WHEN).version
        == "3"
    )
    assert spine.metadata(Settings(), "x", datetime(1980, 1, 1, tzinfo=UTC)).date == "", (
        "a date that nobody knows is not printed"
    )


def test_every_language_has_every_word_of_english_with_the_same_places() -> None:
    english = labels.english()
    for tag, words in some(languages().items()):
        assert set(words) <= set(english), tag
        for name, said in words.items():
            assert sorted(re.findall(r"\{\w*\}", said)) == sorted(re.findall(r"\{\w*\}", english[name])), (
                f"{tag}.{name}"
            )
    assert labels.labels("de-AT")["contents"] == labels.labels("de")["contents"]
    assert label("xx", "chapter", n=3) == "Chapter 3"


@pytest.mark.parametrize(
    ("book", "repository", "name"),
    [
        ("bike-shop/docs", "bike-shop", "bike-shop"),
        ("bike-shop/website/Docs", "bike-shop", "bike-shop"),
        ("shop/letters/content", "shop", "letters"),
        ("bike-shop/handbook", "bike-shop", "handbook"),
        ("bike-shop/docs", "bike-shop/docs", "docs"),  # what is around the repository has nothing to do with the book
        ("ada/docs", None, "docs"),
        ("bike-shop/content/en", None, "bike-shop"),
        ("bike-shop/docs/pt-BR", "bike-shop", "bike-shop"),
        ("bike-shop/letters/en", None, "en"),
    ],
)
def test_a_book_without_a_title_has_the_name_of_a_folder_that_says_something(
    book: str, repository: str | None, name: str, tmp_path: Path
) -> None:
    (tmp_path / book).mkdir(parents=True)
    if repository:
        (tmp_path / repository / ".git").mkdir()
    assert spine.folder_that_names(tmp_path / book) == name


def test_letters_with_accents_are_one_character_each_in_what_readers_search_for() -> None:
    apart = unicodedata.normalize("NFD", "Café")
    settings = Settings(title=apart, subtitle=apart, authors=(apart, "Müller"), publisher=apart, description=apart)
    about = spine.metadata(settings, "folder", WHEN)
    assert {about.title, about.subtitle, about.publisher, about.description, about.authors[0]} == {"Café"}
    assert about.authors[1] == "Müller"
    assert about.identifier == spine.metadata(settings, "elsewhere", WHEN).identifier

"""The reading order: the cases of `tests/sidebar/*.md` (its README says how to add one), and the laws of all orders."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from book import press, sites, starting
from book.assemble.spine import name_of_folder
from book.model import Entry, FrontMatter, Manuscript, Sidebar
from book.problems import Place, Problem, Severity, lines
from book.settings import FILE, Settings, parse
from book.sidebar import WAYS, listing, order, tree
from book.sidebar.way import paths
from book.sites.names import natural_key, path_key, title_of
from book.source.manuscript import gather
from tests.loops import some

CASES = Path(__file__).parent / "sidebar"
CASE = re.compile(
    r"^## (?P<name>[^\n]+)\n\s*^(?P<fence>`{3,})files\n(?P<files>.*?)^(?P=fence)\n.*?^```order\n(?P<order>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def cases() -> Iterator[pytest.ParameterSet]:
    for path in sorted(CASES.glob("*.md")):
        for found in CASE.finditer(path.read_text("utf-8")):
            yield pytest.param(path, found, id=f"{path.stem}: {found['name']}")


def put(root: Path, files: str) -> None:
    """Write the files of a case; a chapter's name is followed by its front matter, any other name by its text."""
    for piece in re.split(r"^=== ", files, flags=re.MULTILINE)[1:]:
        name, _, text = piece.partition("\n")
        path = root / name.strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        chapter = path.suffix in {".md", ".mdx", ".qmd", ".Rmd"} and path.name not in {"SUMMARY.md", "_sidebar.md"}
        whole = not chapter or text.startswith(("#", "-", "*", "`", "|", "!", "<"))
        path.write_text(text if whole else f"---\n{text}---\n\nText.\n", encoding="utf-8", newline="")


def settings_of(root: Path) -> Settings:
    return parse((root / FILE).read_text("utf-8")) if (root / FILE).exists() else Settings()


def shown(root: Path) -> str:
    settings = settings_of(root)
    site, unused = sites.recognise(root)
    manuscripts, unread = gather(root, settings, sites.scope(site, settings))
    sidebar, problems = order(root, settings, manuscripts, unread, site)
    problems = (*unused, *(problem for problem in problems if problem not in unused))
    told = [
        f"{problem.severity} {line}" if at == 0 else line
        for problem in problems
        for at, line in enumerate(lines(problem))
    ]
    return "".join(f"{line}\n" for line in (*tree(sidebar, manuscripts), *([""] if told else []), *told))


@pytest.mark.parametrize(("path", "case"), list(cases()))
def test_the_order_is_as_the_case_says(
    path: Path, case: re.Match[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    put(tmp_path / "book", case["files"])
    now = shown(tmp_path / "book")
    if request.config.getoption("--golden"):
        text = path.read_text("utf-8")
        path.write_text(
            text.replace(case[0], case[0].replace(f"```order\n{case['order']}```", f"```order\n{now}```")), "utf-8"
        )
    else:
        assert now == case["order"]


def shape(
    entries: tuple[Entry, ...], chapters: dict[str, Manuscript], settings: Settings, *, top: bool = True
) -> Iterator[tuple[object, ...]]:
    """Yield what a list can say of *entries*: files, titles, numbers and matter, and what is below them."""
    for entry in entries:
        below = tuple(shape(entry.children, chapters, settings, top=False))
        front = chapters[entry.path].front if entry.path else FrontMatter()
        title = entry.title or front.label or (title_of(chapters[entry.path]) if entry.path else "")
        numbered = entry.numbered and (settings.number_chapters if entry.path else top)
        if entry.path and not below:
            yield (entry.path, title, numbered, entry.matter, entry.appendix)
        elif entry.path or (entry.kind == "part" and entry.title):
            yield (entry.kind, title, entry.path, (numbered or entry.kind == "part") and (numbered or not top), below)
        else:
            yield from below


WITHOUT_A_LIST = [
    pytest.param(found, id=parameter.id)
    for parameter in cases()
    if isinstance(found := parameter.values[1], re.Match)
    and not re.search(r"^(?:sidebar =|others =|# handbound)", found["files"], re.MULTILINE)
]

WITHOUT_OUR_FILE = [
    case
    for case in WITHOUT_A_LIST
    if isinstance(case.values[0], re.Match) and f"=== {FILE}" not in case.values[0]["files"]
]


@pytest.mark.parametrize("case", some(WITHOUT_A_LIST))
def test_a_list_that_was_printed_and_pasted_gives_the_same_order(case: re.Match[str], tmp_path: Path) -> None:
    put(tmp_path, case["files"])

    def read() -> tuple[Sidebar, tuple[Manuscript, ...], Settings]:
        now = settings_of(tmp_path)
        site, _ = sites.recognise(tmp_path)
        manuscripts, unread = gather(tmp_path, now, sites.scope(site, now))
        return order(tmp_path, now, manuscripts, unread, site)[0], manuscripts, now

    before, manuscripts, settings = read()
    chapters = {chapter.path: chapter for chapter in manuscripts}
    pasted = "\n".join(listing(before, manuscripts, settings))
    file = tmp_path / FILE
    file.write_text(f"{pasted}\n{file.read_text('utf-8') if file.exists() else ''}", "utf-8")
    after, _, settings_after = read()
    assert tuple(shape(after.entries, chapters, settings_after)) == tuple(shape(before.entries, chapters, settings)), (
        pasted
    )


@pytest.mark.parametrize("case", some(WITHOUT_OUR_FILE))
def test_what_adopt_writes_gives_the_same_book(case: re.Match[str], tmp_path: Path) -> None:
    book = tmp_path / "the-book"
    put(book, case["files"])

    def read() -> tuple[object, ...]:
        now = press.reading_order(book)
        chapters = {chapter.path: chapter for chapter in now.value.manuscripts}
        own = now.settings
        tree_of_titles = tuple(shape(now.value.sidebar.entries, chapters, own))
        title = own.title or name_of_folder(book.name)
        return tree_of_titles, title, own.language, own.authors, own.description, own.links, own.math

    before = read()
    text = starting.adopt(book).read_text("utf-8")
    assert read() == before, text


def test_every_case_has_a_name_of_its_own_and_is_found() -> None:
    for path in some(CASES.glob("*.md")):
        names = re.findall(r"^## (.+)\n+`{3,}files$", path.read_text("utf-8"), re.MULTILINE)
        if path.stem != "README":
            assert [found["name"] for found in CASE.finditer(path.read_text("utf-8"))] == names
            assert len(set(names)) == len(names)


# Laws ----------------------------------------------------------------------------------------------------------------

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from(["", "3", " 1.2 ", "#TODO", "TODO", "Culture", "culture", "third", "1e999", "NaN", "9" * 5000]),
    st.text(max_size=5),
    st.lists(st.text(max_size=2), max_size=2),
    st.fixed_dictionaries(
        {},
        optional={
            "part": st.one_of(st.none(), st.text(max_size=4)),
            "order": st.one_of(st.none(), st.text(max_size=4)),
        },
    ),
)
KEYS = st.dictionaries(
    st.sampled_from(["sidebar", "sidebar_position", "nav_order", "weight", "order"]), VALUES, max_size=2
)
NAMES = st.sampled_from(["a", "B", "10", "9", "01-x", "ch2", "appendix-a", "preface", "index", "README", "é", "²"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda steps: "/".join(steps) + ".md")


def chapter(path: str, values: dict[str, object], role: str | None) -> Manuscript:
    places = {key: Place(path=path, line=line) for line, key in enumerate(values, 2)}
    return Manuscript(path=path, text="x\n", first_line=9, front=FrontMatter(values=values, places=places, role=role))


ROLE = st.sampled_from([None, None, None, "preface", "glossary"])
BOOKS = st.dictionaries(PATHS, st.tuples(KEYS, ROLE), max_size=8).map(
    lambda book: tuple(chapter(path, values, role) for path, (values, role) in book.items())
)


def ordered(manuscripts: tuple[Manuscript, ...], *, present: bool = False) -> tuple[Sidebar, tuple[Problem, ...]]:
    return order(Path("/nowhere"), Settings(present=present), manuscripts)


@given(BOOKS, st.booleans())
def test_every_chapter_stands_in_the_order_once_whatever_the_chapters_say(
    book: tuple[Manuscript, ...], present: bool
) -> None:
    sidebar, problems = ordered(book, present=present)
    assert sorted(paths(sidebar.entries)) == sorted(one.path for one in book)
    assert all(problem.severity < Severity.ERROR for problem in problems)
    assert len(tree(sidebar, book)) > len(sidebar.entries)


@given(BOOKS, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_files_on_the_disk(
    book: tuple[Manuscript, ...], dice: random.Random
) -> None:
    shuffled = list(book)
    dice.shuffle(shuffled)
    assert ordered(book) == ordered(tuple(shuffled))


@given(BOOKS)
def test_front_matter_stands_first_and_back_matter_last(book: tuple[Manuscript, ...]) -> None:
    matters = [entry.matter for entry in ordered(book)[0].entries]
    assert matters == sorted(matters, key=["front", "main", "back"].index)


@given(st.lists(st.text(min_size=1, alphabet="aB1²/ .-é") | st.text(min_size=1)))
def test_natural_keys_can_always_be_compared(names: list[str]) -> None:
    assert len(sorted(names, key=natural_key)) == len(names)
    assert len(sorted(names, key=path_key)) == len(names)


# The files of nav systems come from anywhere ---------------------------------------------------------------------------


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.text(),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from(["to", "name", "links", "order", "children"]), inner)
            ),
        ).map(repr),
    )
)
def test_no_nav_file_stops_a_build(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("book")
    put(root, "=== contents/a/a.md\ntitle: A\n=== contents/a/b.md\ntitle: B\n")
    (root / "navs").mkdir()
    (root / "navs" / "x.json").write_text(text.replace("'", '"'), encoding="utf-8", errors="replace")
    sidebar, problems = order(root, Settings(), gather(root, Settings())[0])
    assert paths(sidebar.entries)
    assert all(problem.severity < Severity.ERROR for problem in problems)


def test_the_ways_stand_in_the_order_of_precedence() -> None:
    assert [f"{way.__module__.rpartition('.')[2]}.{way.__name__}" for way in WAYS] == [
        "handbound.order", "front_matter.order", "nav.order", "front_matter.parts", "natural.order",
    ]  # fmt: skip


# Real handbooks ------------------------------------------------------------------------------------------------------


def read_order(root: Path) -> tuple[Sidebar, tuple[Problem, ...], set[str]]:
    """Return the order of a handbook, what is wrong with it, and its chapters."""
    site, unused = sites.recognise(root)
    manuscripts, faults = gather(root, Settings(), sites.scope(site, Settings()))
    sidebar, problems = order(root, Settings(), manuscripts, faults, site)
    return sidebar, (*unused, *problems), {one.path for one in manuscripts}


def test_the_handbook_of_posthog_has_the_order_of_its_navigation_file(corpora: Path) -> None:
    sidebar, problems, _ = read_order(corpora / "posthog-peh")
    stems = [path.rpartition("/")[2].removesuffix(".md") for path in paths(sidebar.entries)]
    assert stems == [
        "what-is-a-product-engineer", "traits", "skills", "product-teams", "benefits", "culture", "antipatterns",
        "getting-started", "further-reading",
    ]  # fmt: skip
    assert sorted(problem.code for problem in problems) == ["O101", "O102", "O102", "O102", "O102", "O106"]
    (dead,) = (problem for problem in problems if problem.code == "O106")
    assert (dead.place.line, "product-teams.md" in dead.message) == (8, True)


LEFT_OUT = {
    "mdbook-guide": {"src/cli/arg-watcher.md", "src/guide/README.md"},
    "docsy": {"content/en/docs/content/shortcodes/includes/installation.md"},
    "just-the-docs": {"docs/minimal-test.md"},
}
"""What the sites of these handbooks do not show themselves."""


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("clef", "readme"), ("18f", "jekyll"), ("opensource-guide", "jekyll"), ("docsy", "hugo"), ("hugodocs", "hugo"),
        ("just-the-docs", "jekyll"), ("mdbook-guide", "mdbook"), ("honkit-docs/docs", "gitbook"), ("mkdocs-docs", "mkdocs"),
        ("jupyter-book-docs/docs", "myst"),
    ],
)  # fmt: skip
def test_a_real_handbook_is_recognised_and_ordered_whole(corpora: Path, name: str, system: str) -> None:
    site, _ = sites.recognise(corpora / name)
    assert site is not None
    assert site.system == system
    sidebar, problems, chapters = read_order(corpora / name)
    placed = paths(sidebar.entries)
    assert len(set(placed)) == len(placed)
    assert set(placed) <= chapters
    told = " ".join(problem.message for problem in problems if problem.code == "O108")
    assert all(path in told for path in LEFT_OUT.get(name, set()) - set(placed))
    assert all(problem.severity < Severity.ERROR for problem in problems)

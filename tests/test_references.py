"""Ids and links: the table `tests/links/in_book.tsv`, and laws for every book. Prose cases: `tests/books/references.md`."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from book import press
from book.assemble import references
from book.body import MARKS
from book.markdown.nodes import attribute, node, text
from book.model import Draft
from book.settings import Links
from tests.making import make_draft, place

TABLE = Path(__file__).parent / "links" / "in_book.tsv"
SETTINGS = """
[links]
site_url = "https://posthog.com"
[links.routes]
"/handbook" = "index.md"
"/handbook/users" = "02-users.md"
"/handbook/pricing" = "guides/pricing.md"
"""
FILES = {
    "index.md": ("Handbook start", "Why should I read this", "Defining the product engineer"),
    "02-users.md": ("Users first", "Talk to users", "FAQ"),
    "guides/pricing.md": ("Money matters", "Pricing", "FAQ"),
    "Über uns.md": ("Who we are", "Wer wir sind"),
}


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["why"]) for row in rows()])
def test_a_link_leads_where_the_table_says(row: dict[str, str], tmp_path: Path) -> None:
    target = row["input"] if row["input"].startswith("<") else f"<{row['input']}>"
    for path, (title, *heads) in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        link = f"see [it]({target}) here" if path == row["source"] else "words"
        body = "".join(f"## {head}\n\nWords.\n\n" for head in heads)
        (tmp_path / path).write_text(f"---\ntitle: {title}\nsidebar: {len(path)}\n---\n\n{link}\n\n{body}", "utf-8")
    (tmp_path / "handbound.toml").write_text(SETTINGS, "utf-8")
    proofread = press.read(tmp_path)
    chapters = {chapter.source.path: chapter for chapter in proofread.book.spine}
    (found,) = re.findall(r'see <(?:a href="([^"]*)"|span)[^>]*>it</', str(chapters[row["source"]].body))
    problems = [problem for problem in proofread.problems if problem.code.startswith("R")]
    kind, _, rest = row["expected"].partition(":")
    if kind == "book":
        path, _, anchor = rest.partition("#")
        ids = {section.identifier: section.heading.text for section in chapters[path].sections}
        if anchor:
            assert re.sub(r"\W+", "-", ids[found[1:]].lower()) == anchor
        else:
            assert found == f"#{chapters[path].slug}"
    elif kind == "missing":
        _, near = rest.split(" ")
        (problem,) = problems
        assert (problem.place.path, problem.place.line) == (row["source"], 6)
        assert near in problem.fix
        assert found in ("", f"#{chapters['02-users.md'].slug}")
    elif kind == "outside":
        (problem,) = problems
        assert (problem.code, problem.place.path, problem.place.line, found) == ("R103", row["source"], 6, "")
    else:
        assert found.replace("&amp;", "&") == row["expected"]
        assert problems == []


def test_links_in_questions_are_resolved_and_told_at_their_own_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "---\ntitle: A\ndiscussion:\n"
        "  - See [the second](b.md#x), [here](#top), [the site](https://example.org/a).\n"
        "  - And [nowhere](nowhere.md)?\n"
        "  - 'Or [out](../x.md), [run](javascript:alert(1)), [head](#x){#id}'\n"
        "---\n\nText.\n\n## Top\n",
        "utf-8",
    )
    (tmp_path / "b.md").write_text("---\ntitle: B\ndiscussion: One [a](a.md)\n---\n\n## X\n\nText.\n", "utf-8")
    proofread = press.read(tmp_path)
    first, second = proofread.book.spine
    site = '<a href="https://example.org/a" hb:kind="external">the site</a>'
    assert tuple(map(str, first.questions)) == (
        f'See <a href="#b-x">the second</a>, <a href="#a-top">here</a>, {site}.',
        'And <span hb:kind="dead-link">nowhere</span>?',
        'Or <span hb:kind="dead-link">out</span>, run, <a href="#a">head</a>',
    )
    assert tuple(map(str, second.questions)) == ('One <a href="#a">a</a>',)
    told = sorted(f"{problem.place} {problem.code}" for problem in proofread.problems if problem.code[0] in "RL")
    assert told == ["a.md:5:5 R101", "a.md:6:5 L106", "a.md:6:5 R102", "a.md:6:5 R103"]


# Laws.

WORDS = st.text(st.sampled_from("aAbB12 -_.#:é日ß🚀&<>\"'/"), min_size=1, max_size=12)


def draft(path: str, title: str, heads: list[str], ids: list[str], link: str) -> Draft:
    blocks = [node("Header", 2 + number % 3, attribute(), text(head)) for number, head in enumerate(heads)]
    blocks += [node("Para", [node("Span", attribute(identifier=name), text("x"))]) for name in ids]
    blocks.append(
        node("Para", [node("Link", attribute(), text("to"), [link, ""]), node("Note", [node("Para", text("note"))])])
    )
    return make_draft(blocks, path=path, title=title)


@given(
    st.lists(st.tuples(WORDS, st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=3), WORDS), min_size=1, max_size=3),
)
@limits(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_every_id_is_unique_and_fit_for_xml_and_every_link_has_its_target(
    given_: list[tuple[str, list[str], list[str], str]],
) -> None:
    drafts = (draft(f"c{number}.md", *one) for number, one in enumerate(given_))
    book, problems = references.resolve(place(*drafts), Links())
    ids, hrefs = [one.slug for one in book.spine], []
    for one in book.spine:
        body = one.body.root
        own = [str(name) for name in body.xpath("//@id")]
        assert all(name.startswith(f"{one.slug}-") and re.fullmatch(r"[\w.·-]+", name) for name in own)
        ids += own
        hrefs += [str(address) for address in body.xpath("//@href")]
        assert not body.xpath("//@hb:href | //@hb:pos | //@name", namespaces={"hb": MARKS})
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    assert {address[1:] for address in hrefs if address.startswith("#")} <= set(ids)
    assert all(address.startswith(("#", "http:", "https:", "mailto:", "tel:")) for address in hrefs)
    assert all(problem.message and problem.place.path for problem in problems)


def test_a_new_chapter_changes_no_id_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\n## FAQ\n\n## FAQ\n\nx[^1]\n\n[^1]: y\n", "utf-8")
    before = press.read(tmp_path).book.spine[0].body
    (tmp_path / "0.md").write_text("# Zero\n\n## FAQ\n\nx[^1]\n\n[^1]: y\n", "utf-8")
    (chapter_,) = (one for one in press.read(tmp_path).book.spine if one.source.path == "a.md")
    assert chapter_.body == before


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a.md: slug: vice", "b.md: slug: vice", "b.md:3:7"),
        ("a.md: slug: /tools/vice", "more/b.md: permalink: /tools/vice/", "more/b.md:3:12"),
        ("a.md: permalink: /vice/", "b.md: aliases: [/bench/, /vice]", "b.md:3:10"),
        ("tools/a.md: slug: overview", "more/b.md: slug: overview", None),
        ("a.md: slug: vice", "b.md: slug: bench", None),
        ("a.md: slug: vice\npermalink: vice", "b.md: slug: bench", None),
    ],
)
def test_an_address_of_two_chapters_is_reported_at_the_second(
    first: str, second: str, expected: str | None, tmp_path: Path
) -> None:
    for number, (path, _, line) in enumerate((first.partition(": "), second.partition(": ")), 1):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(
            f"---\ntitle: Chapter {number}\n{line}\nsidebar: {number}\n---\n\nWords.\n", "utf-8"
        )
    problems = [problem for problem in press.read(tmp_path).problems if problem.code == "R114"]
    assert [str(problem.place) for problem in problems] == ([expected] if expected else [])

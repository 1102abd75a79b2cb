"""The handbook in `content/`: its programs print what it says, and its numbers follow from one another."""

from __future__ import annotations

import contextlib
import datetime
import functools
import io
import json
import math
import re
import sqlite3
import statistics
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec import Struct

from tests.loops import some

CONTENT = Path(__file__).parent.parent / "content"
SUMS = Path(__file__).parent / "handbook" / "sums.md"
CHAPTERS = sorted(path.name for path in CONTENT.glob("*.md"))

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOLE = re.compile(r"\{([^{}]+)\}")


class Listing(Struct, frozen=True, kw_only=True):
    """A block of code of a chapter."""

    chapter: str
    line: int
    language: str
    code: str
    printed: str | None
    """The text block after it, which shows what it prints."""

    @property
    def place(self) -> str:
        return f"{self.chapter}:{self.line}"


def text_of(chapter: str) -> str:
    return (CONTENT / chapter).read_text(encoding="utf-8")


def listings(chapter: str) -> Iterator[Listing]:
    """Yield the blocks of code of *chapter*. What a program prints is in the text block that follows it."""
    text = text_of(chapter)
    blocks = list(FENCE.finditer(text))
    for number, block in enumerate(blocks):
        after = blocks[number + 1] if number + 1 < len(blocks) else None
        near = after and len(text[block.end() : after.start()].split()) < 5 and after[1] == "text"
        yield Listing(
            chapter=chapter,
            line=text.count("\n", 0, block.start()) + 1,
            language=block[1],
            code=block[2],
            printed=after[2] if near and after else None,
        )


def programs(language: str) -> list[str]:
    """Return the chapters with a program in *language*."""
    return [chapter for chapter in CHAPTERS if any(listing.language == language for listing in listings(chapter))]


@functools.cache
def ran(chapter: str) -> tuple[tuple[tuple[Listing, str], ...], dict[str, Any]]:
    """Run the Python listings of *chapter* in order; return each with what it prints, and the names that they define."""
    names: dict[str, Any] = {}
    outputs = []
    for listing in listings(chapter):
        if listing.language == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(listing.code, listing.place, "exec"), names)  # noqa: S102 - a program of our own book
            outputs.append((listing, output.getvalue()))
    return tuple(outputs), names


@pytest.mark.parametrize("chapter", programs("python"))
def test_each_program_prints_what_its_chapter_states(chapter: str) -> None:
    for listing, output in some(ran(chapter)[0]):
        assert output == (listing.printed or ""), listing.place


@pytest.mark.parametrize("chapter", programs("sql"))
def test_each_query_returns_what_its_chapter_states(chapter: str) -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        for listing in some([item for item in listings(chapter) if item.language == "sql"]):
            if listing.printed is None:
                database.executescript(listing.code)
                continue
            cursor = database.execute(listing.code)
            heads = [column[0] for column in cursor.description]
            rows = [[str(value) for value in row] for row in cursor]
            assert [heads, *rows] == [line.split() for line in listing.printed.splitlines()], listing.place


def test_each_json_listing_is_json() -> None:
    for listing in some([item for chapter in CHAPTERS for item in listings(chapter) if item.language == "json"]):
        assert json.loads(listing.code), listing.place


def test_listings_fit_on_a_narrow_page() -> None:
    for listing in some([item for chapter in CHAPTERS for item in listings(chapter)]):
        assert max(map(len, listing.code.splitlines())) <= 60, listing.place


@pytest.mark.parametrize(("looks", "low", "high"), [(1, 0.02, 0.08), (5, 0.09, 0.18), (20, 0.18, 0.32)])
def test_peeking_multiplies_false_alarms_with_any_seed(looks: int, low: float, high: float) -> None:
    names = ran("06-measuring.md")[1]
    names["random"].seed(looks)
    alarms = sum(names["experiment"](0.40, 0.40, looks) is not None for _ in range(400))
    assert low < alarms / 400 < high


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """The facts of the example, the functions that the chapters define, and some of Python's."""
    known: dict[str, Any] = {"mean": statistics.mean, "sqrt": math.sqrt, "ceil": math.ceil, "comb": math.comb}
    known.update(date=datetime.date, timedelta=datetime.timedelta)
    defined = ran("06-measuring.md")[1]
    known.update({name: defined[name] for name in ("compare", "trials_needed", "normal")})
    for _, line in lines("Facts"):
        exec(line, known)  # noqa: S102 - the facts of our own book
    return known


def lines(chapter: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of sums.md below the heading *chapter*, each with its number."""
    heading = ""
    for number, line in enumerate(SUMS.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif heading == chapter and (written := line.split("//")[0].strip()):
            yield number, written


def computed(template: str, names: dict[str, Any]) -> str:
    """Return *template* with what is in braces computed, with commas; a format may follow a colon."""

    def value(hole: re.Match[str]) -> str:
        expression, _, form = hole[1].partition(":")
        result = eval(expression, names)  # noqa: S307 - a sum of our own book
        if form or isinstance(result, str):
            return format(result, form)
        rounded = round(result, 6)
        return f"{rounded:,.0f}" if rounded == round(rounded) or abs(rounded) > 100 else f"{rounded:,}"

    return HOLE.sub(value, template)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


SUMMED = [line.removeprefix("## ") for line in SUMS.read_text(encoding="utf-8").splitlines() if line.startswith("## ")][
    1:
]


@pytest.mark.parametrize("chapter", SUMMED)
def test_the_numbers_of_a_chapter_follow_from_one_another(chapter: str, names: dict[str, Any]) -> None:
    text = flat(text_of(chapter))
    wrong = [
        f"sums.md:{number}: {sum_}"
        for number, line in some(list(lines(chapter)))
        if (sum_ := flat(computed(line, names))) not in text
    ]
    assert not wrong, "\n".join([chapter, *wrong])


LINES = ("{*}polyline", "{*}path")
LINK = re.compile(r"\[([^\[\]]+)\]\(([\w-]+\.md)(?:#([\w-]+))?\)")


def spine() -> list[str]:
    """Return the numbered chapters in the order of the book."""
    sidebar = tomllib.loads((CONTENT / "handbound.toml").read_text(encoding="utf-8"))["sidebar"]
    return [chapter for part in sidebar if isinstance(part, dict) for chapter in part["chapters"]]


def test_a_chapter_that_is_cited_by_number_has_that_number() -> None:
    numbers = {chapter: number for number, chapter in enumerate(spine(), 1)}
    cited = [
        (chapter, name, target)
        for chapter in CHAPTERS
        for name, target, _ in LINK.findall(text_of(chapter))
        if re.fullmatch(r"[Cc]hapter \d+", name)
    ]
    assert [cite for cite in some(cited) if cite[1].split()[1] != str(numbers[cite[2]])] == []


def test_every_word_of_the_glossary_is_linked_both_ways() -> None:
    entries = dict(re.findall(r"^\[[^\]]+\]\{#([\w-]+)\}\n: (.*)$", text_of("glossary.md"), re.MULTILINE))
    linked = {
        anchor
        for chapter in CHAPTERS
        for _, target, anchor in LINK.findall(text_of(chapter))
        if target == "glossary.md" and chapter != "glossary.md"
    }
    assert sorted(set(some(entries)) - linked) == []
    assert [word for word, meaning in entries.items() if not LINK.search(meaning)] == []


DATE = re.compile(r"((?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day),? (\d\d?) ([A-Z]\w+)\b(?! \d{4})")
STORY = [datetime.date(2025, 11, 1) + datetime.timedelta(days=day) for day in range(426)]
"""The days of the example, whose years the book does not name."""


def test_the_dates_of_the_example_fall_on_the_days_of_one_calendar() -> None:
    calendar = {f"{day:%A} {day.day} {day:%B}" for day in STORY}
    dates = [" ".join(date) for chapter in CHAPTERS for date in DATE.findall(flat(text_of(chapter)))]
    assert [date for date in some(dates) if date not in calendar] == []


FACTS = [
    (r"(\d+) (?:trials a month|new firms start a free)", "500"),
    (r"([\d,]+) (?:paying accounts, at|accounts at £30 a month)", "2,000"),
    (r"Team plan,(?: at)? £(\d+)", "45"),
    (r"90 of (\d+) drafts", "290"),
    (r"Copperbill's (\w+) engineers and Ruth", "three"),
    (r"(?:the review on|and look on|half a page\. This is Copperbill's, of Monday,) (\d+ \w+)", "1 June"),
    (r"after ([\d,]+) trials on each side|of ([\d,]+) trials a side", "1,100"),
    (r"On 1 June there were ([\d,]+) accounts|requests from ([\d,]+) accounts", "2,030"),
    (r"from (\w+) both plans cost|for trials from (\w+)", "September"),
    (r"would still have cost £([\d,]+\d)|so the £([\d,]+\d) takes", "12,600"),
    (r"(\d+) requests a month|\| Forgot which email they used \| (\d+)", "60"),
]
"""Patterns for facts of the example, and each fact."""


@pytest.mark.parametrize(("pattern", "fact"), FACTS)
def test_a_fact_of_the_example_is_the_same_in_every_chapter(pattern: str, fact: str) -> None:
    book = flat(" ".join(text_of(chapter) for chapter in CHAPTERS))
    assert set(some(["".join(match) for match in re.findall(pattern, book)])) == {fact}


def test_no_customer_owes_an_invoice_of_another() -> None:
    """The customers of the preface send invoices; the debtors in the drawing of a list have other names."""
    drawing = (CONTENT / "images" / "states.svg").read_text(encoding="utf-8")
    customers = ["Hollis", "Yusuf", "Keane", "Pennine"]
    assert [name for name in some(customers) if name not in text_of("preface.md") or name in drawing] == []


def sections(chapter: str) -> dict[str, str]:
    """Return the text of each section of *chapter*, by its heading; subsections belong to it."""
    return dict(
        re.findall(r"^## ([^\n{]+?)(?: \{#[\w-]+\})?\n(.*?)(?=^## |\Z)", text_of(chapter), re.MULTILINE | re.DOTALL)
    )


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


def anchors(chapter: str) -> dict[str, str]:
    """Return the anchor of each section of *chapter*, its own or that of its words, by its heading."""
    headings = re.findall(r"^## ([^\n{]+?)(?: \{#([\w-]+)\})?$", text_of(chapter), re.MULTILINE)
    return {heading: own or anchor(heading) for heading, own in headings}


@pytest.mark.parametrize(
    ("group", "heads", "holds"),
    [("Checklists", "", r"^- \[ \] "), ("Programs", "", r"^```(?:python|sql)$"), ("Cases", "A case: ", "")],
)
def test_all_that_can_be_copied_is_listed(group: str, heads: str, holds: str) -> None:
    """Each checklist, each program and each case has an entry in the list of everything to copy."""
    places = {
        (chapter, anchors(chapter)[heading])
        for chapter in CHAPTERS
        for heading, text in sections(chapter).items()
        if heading.startswith(heads) and re.search(holds, text, re.MULTILINE)
    }
    listed = {(chapter, place) for _, chapter, place in LINK.findall(sections("to-copy.md")[group])}
    assert set(some(sorted(places))) == listed


def test_the_preface_counts_the_cases() -> None:
    cases = [heading for chapter in CHAPTERS for heading in sections(chapter) if heading.startswith("A case: ")]
    assert len(cases) == 8
    assert "Of the eight cases told at length" in flat(text_of("preface.md"))


def test_every_exercise_has_an_answer() -> None:
    """The answers have the titles of their chapters, and a number for each exercise."""
    exercises = {}
    for chapter in some(spine()):
        (title,) = re.findall(r"^title: (.+)$", text_of(chapter), re.MULTILINE)
        for heading in ("Exercise", "Exercises"):
            if text := sections(chapter).get(heading):
                exercises[title] = len(re.findall(r"^\d+\. ", text, re.MULTILINE))
                assert f"](answers.md#{anchor(title)})" in text, chapter
    answers = sections("answers.md").items()
    assert {title: len(re.findall(r"^\d+\. ", text, re.MULTILINE)) for title, text in answers} == exercises


def drawn(name: str, tag: str, attribute: str, **wanted: str) -> list[float]:
    """Return an attribute of each element *tag* of a drawing that has the attributes *wanted*, in order."""
    root = etree.parse(CONTENT / "images" / name).getroot()
    elements = [item for item in root.iter(f"{{*}}{tag}") if all(item.get(key) == text for key, text in wanted.items())]
    return [float(str(element.get(attribute))) for element in elements]


def curve(name: str, width: str) -> list[float]:
    """Return the heights of the points of the line with the stroke *width* in a drawing."""
    root = etree.parse(CONTENT / "images" / name).getroot()
    (line,) = [
        str(line.get("points") or line.get("d")) for line in root.iter(*LINES) if line.get("stroke-width") == width
    ]
    return [float(number) for number in re.findall(r"[\d.]+", line)][1::2]


def agrees(lengths: Sequence[float], values: Sequence[float]) -> bool:
    """Return whether *lengths* in a drawing show *values* on one scale, up to half a unit."""
    slope, start = statistics.linear_regression(values, lengths)
    return all(abs(start + slope * value - length) < 0.5 for length, value in zip(lengths, values, strict=True))


def test_bars_are_as_long_as_their_numbers() -> None:
    assert agrees(drawn("bottleneck.svg", "rect", "width", height="40"), [7, 5, 3, 5, 7, 2.5, 3, 5, 3.5, 5, 3, 2.5])
    assert agrees(drawn("funnel.svg", "rect", "width", fill="#ece8e4"), [500, 380, 290, 200, 60])
    assert agrees(drawn("span-of-work.svg", "rect", "width", height="28"), [27, 35, 147])
    assert agrees(drawn("three-repairs.svg", "rect", "width", height="28"), [120, 30, 7.5])
    steps = {"stroke": "#8f3414", "stroke-width": "2.5"}
    assert agrees(drawn("revenue-bridge.svg", "rect", "height", **steps), [1980, 600, 200, 1800])


def test_curves_pass_through_their_numbers() -> None:
    after = ran("11-pricing-and-revenue.md")[1]["accounts_after"]
    for churn, width in ((0.03, "2"), (0.025, "3"), (0.02, "5")):
        assert agrees(curve("ceiling.svg", width), [after(2000, 66, churn, month) for month in range(61)])
    assert agrees(drawn("five-users.svg", "circle", "cy"), [1 - 0.69**users for users in range(1, 11)])
    assert agrees(curve("retention.svg", "2.2"), [84 / 200, 48 / 200, 28 / 200, 16 / 200, 10 / 200])


def test_the_curve_of_retention_is_the_average_of_its_cohorts() -> None:
    rows = re.findall(r"^\| \w+ \| (\d+) \| (\d+\.\d%[\d.% |]+)$", text_of("retention.md"), re.MULTILINE)
    cohorts = [(int(trials), [float(share) for share in re.findall(r"([\d.]+)%", shares)]) for trials, shares in rows]
    assert len(cohorts) == 6
    average = []
    for month in range(6):
        shares = [(trials, shares[month]) for trials, shares in cohorts if len(shares) > month]
        average.append(sum(trials * share for trials, share in shares) / sum(trials for trials, _ in shares))
    assert agrees(curve("retention.svg", "5"), average)


def test_the_intervals_of_the_trials_are_those_of_their_table() -> None:
    """On one scale, each dot is an estimate of the table in the chapter on agents, and each line its interval."""
    numbers = [
        [float(number.replace("−", "-")) for number in re.findall(r"[+−]\d+(?:\.\d+)?(?=%)", row)]
        for row in text_of("09-ai-coding-tools.md").splitlines()
        if row.startswith("|")
    ]
    estimates = [row for row in numbers if len(row) == 3]
    root = etree.parse(CONTENT / "images" / "studies.svg").getroot()
    level = [line for line in root.iter("{*}line") if line.get("y1") == line.get("y2")]
    intervals = [line for line in level if line.get("stroke-width") != "1.5"]  # the axis
    dots = drawn("studies.svg", "circle", "cx")
    places = [
        place
        for dot, line in zip(dots, intervals, strict=True)
        for place in (dot, float(str(line.get("x1"))), float(str(line.get("x2"))))
    ]
    assert agrees(places, [number for row in some(estimates) for number in row])


@pytest.mark.parametrize("path", sorted((CONTENT / "images").glob("*.svg")), ids=lambda path: path.name)
def test_a_drawing_can_be_read_on_a_phone(path: Path) -> None:
    """On a page 320 px wide, its smallest letters have 12 px, as the HTML edition wants them."""
    root = etree.parse(path).getroot()
    width = float(str(root.get("viewBox")).split()[2])
    sizes = [float(str(text.get("font-size"))) for text in root.iter("{*}text")]
    assert min(some(sizes)) * 320 / width >= 12


def test_every_drawing_is_in_a_chapter_that_refers_to_it() -> None:
    shown = [
        (chapter, name, place)
        for chapter in CHAPTERS
        for name, place in re.findall(r"\]\(images/([\w-]+\.svg) \"[^\"]+\"\)\{#([\w-]+)\}", text_of(chapter))
    ]
    assert sorted(name for _, name, _ in shown) == sorted(path.name for path in (CONTENT / "images").iterdir())
    assert [place for chapter, _, place in some(shown) if f"[Figure](#{place})" not in text_of(chapter)] == []

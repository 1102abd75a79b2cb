"""A theme that somebody else wrote has limits of time and memory, and neither a clock nor chance."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import pytest

from book import press, theme, view
from book.editions import EDITIONS, maker
from book.problems import PublishError, ThemeError
from book.settings import Limits
from tests.making import write_book
from tests.test_foreign_themes import SETTINGS, TEXT, in_block, lay, read, refused


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book", TEXT, SETTINGS)


# Time and memory.

GREEDY = {
    "a long text": "{{ 'x' * 10**10 }}",
    "a text that is only counted": "{{ ('x' * 1000000000) | length }}",
    "a text doubled": "{% set n = namespace(x='x') %}{% for a in 'x' * 60 %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "a text added to itself": "{% set n = namespace(x='x') %}{% for a in 'x' * 60 %}{% set n.x = n.x + n.x %}{% endfor %}",
    "a text escaped again and again": "{% set n = namespace(x='&' * 100000) %}{% for a in 'x' * 10000 %}{% set n.x = n.x | forceescape ~ n.x %}{% endfor %}",
    "a list": "{% set x = 'x' * 1000000 %}{{ [x] * 1000000000 }}",
    "a list printed": "{% set x = 'x' * 1000000 %}{{ ([x] * 100000) }}",
    "a list joined": "{% set x = 'x' * 1000000 %}{{ ([x] * 100000) | join }}",
    "a list joined by its method": "{% set x = 'x' * 1000000 %}{{ ''.join([x] * 100000) | length }}",
    "the filter center": "{{ 'x' | center(10**10) }}",
    "the method center": "{{ 'x'.center(10**10) }}",
    "the method ljust": "{{ 'x'.ljust(10**10) }}",
    "the method zfill": "{{ about.title.zfill(10**10) }}",
    "tabs": "{{ ('\t' * 1000000).expandtabs(10**6) }}",
    "the filter indent": "{{ 'x' | indent(10**10, true) }}",
    "the filter replace": "{{ ('x' * 1000000) | replace('x', 'y' * 1000000) }}",
    "the method replace": "{{ ('x' * 1000000).replace('x', 'y' * 1000000) }}",
    "a form": "{{ '{:9999999999}'.format(1) }}",
    "a form with a width of its own": "{{ '{:{}}'.format(1, 9999999999) }}",
    "a form that repeats": "{% set x = 'x' * 1000000 %}{{ ('{0}' * 300000).format(x) | length }}",
    "an old form": "{{ '%9999999999d' % 1 }}",
    "an old form as a filter": "{{ '%*d' | format(9999999999, 1) }}",
    "an old form that repeats": "{% set x = 'x' * 1000000 %}{{ (('%(a)s' * 200000) % {'a': x}) | length }}",
    "a batch": "{{ [1] | batch(10**10, 'x') | list | length }}",
    "slices": "{{ [1] | slice(10**10) | list | length }}",
    "an exact number": "{{ 1.5 | round(10**9, 'ceil') }}",
    "a power": "{{ 10 ** (10 ** 10) }}",
    "a number squared": "{% set n = namespace(x=10**99) %}{% for a in 'x' * 99 %}{% set n.x = n.x * n.x %}{% endfor %}",
    "lists added up": "{{ ([[1] * 1000] * 1000000) | sum(start=[]) | length }}",
    "a method of numbers": "{{ (1).to_bytes(10**10, 'big') }}",
    "a table of letters": "{{ ('x' * 1000000).translate({120: 'y' * 1000000}) }}",
    "a page without end": "{% set x = 'x' * 1000000 %}{% for a in 'x' * 1000000 %}{{ x }}{% endfor %}",
    "loops in loops": "{% for a in 'x' * 3000 %}{% for b in 'x' * 3000 %}{% for c in 'x' * 3000 %}{% endfor %}{% endfor %}{% endfor %}",
    "a range": "{{ range(10**9) | list }}",
}  # fmt: skip


@pytest.mark.parametrize("text", GREEDY.values(), ids=list(GREEDY))
def test_a_template_is_limited_in_time_and_memory(text: str, book: Path) -> None:
    lay(book, {"templates/web/book.html.j2": in_block(text)})
    limits = Limits(theme_seconds=0.3, theme_mebibytes=200)  # type: ignore[arg-type] # whole seconds in settings
    look = theme.load("mine", book, limits=limits)
    most, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(ThemeError) as said:
        look.page("web/book.html.j2", **values())
    (problem,) = said.value.problems
    assert problem.code in {"T102", "T133"}
    assert str(problem.place) == "themes/mine/templates/web/book.html.j2:3:1"
    assert time.process_time() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < 700_000 * (
        1024 if sys.platform == "darwin" else 1
    )


def values() -> dict[str, object]:
    """Return the values for the template of the HTML edition."""
    about = view.about(read().metadata)
    return {
        "about": about, "cover": "", "policy": "", "sheet": "", "script": "", "contents": (), "items": (), "faces": (),
        "say": view.speaker("en"), "page_mark": lambda _: "",
    }  # fmt: skip


def test_the_limits_of_a_theme_and_of_pages_can_be_set(book: Path) -> None:
    lay(book, {"templates/web/book.html.j2": in_block(GREEDY["loops in loops"])})
    problem = refused(book, limits=Limits(theme_seconds=1))
    assert problem.code == "T133"
    assert "too much time: 1 s" in problem.message
    assert "limits.theme_seconds" in problem.fix


@pytest.mark.needs_pango
@pytest.mark.expects_log  # a limit that is reached while WeasyPrint reads a font: it says so, and the limit is raised again
def test_the_pages_of_an_edition_have_a_limit(book: Path) -> None:
    words = 'title = "B"\nslug = "b"\n[limits]\npages_seconds = 1\n'
    (book / "handbound.toml").write_text(words)
    (book / "a.md").write_text("# A\n\n" + "Many words to lay out on a page.\n\n" * 8000)
    read = press.read(book)
    look = theme.load("folio", book, limits=read.settings.limits)
    with pytest.raises(PublishError) as said:
        maker(EDITIONS["pdf"])(read.book, EDITIONS["pdf"], look)
    (problem,) = said.value.problems
    assert (problem.code, problem.place.path) == ("X110", "pdf")
    assert "limits.pages_seconds" in problem.fix


@pytest.mark.needs_pango
@pytest.mark.expects_log  # a limit that is reached while WeasyPrint reads a font: it says so, and the limit is raised again
def test_pages_that_take_all_memory_are_stopped(book: Path) -> None:
    lay(book, {"css/screen.css": "h1 { background: repeating-linear-gradient(90deg, red 0, blue 0.00001px) }"})
    (book / "handbound.toml").write_text(
        'title = "B"\nslug = "b"\n[limits]\npages_mebibytes = 64\npages_seconds = 60\n'
    )
    read = press.read(book)
    look = theme.load("mine", book, limits=read.settings.limits)
    with pytest.raises(PublishError) as raised:
        maker(EDITIONS["pdf"])(read.book, EDITIONS["pdf"], look)
    (problem,) = raised.value.problems
    assert (problem.code, problem.place.path) == ("X110", "pdf")
    assert problem.message == "the edition pdf took more than 64 MiB of memory"
    assert "limits.pages_mebibytes" in problem.fix


# Clock and chance.


@pytest.mark.parametrize(
    "text",
    ["{{ ['a', 'b'] | random }}", "{{ now() }}", "{{ lipsum() }}", "{{ say }}", "{{ say ~ '' }}", "{{ 'x'.upper }}", "{{ [say] }}",
     "{{ [say] | join }}", "{{ '%s' % say }}", "{{ '{}'.format(say) }}", "{{ say | string }}", "{{ say | upper }}", "{{ blocks.contents }}",
     "{{ cycler('a') }}", "{{ items }}{{ about }}", "{{ [1] | map('string') | upper }}{{ say | e }}"],
)  # fmt: skip
def test_a_template_has_no_clock_no_chance_and_no_address_in_memory(text: str, book: Path) -> None:
    lay(book, {"templates/web/book.html.j2": in_block(text)})
    look = theme.load("mine", book)
    with pytest.raises(ThemeError):
        look.page("web/book.html.j2", **values())


@pytest.mark.parametrize(
    "text",
    [
        "{{ [1, 2] | map('string') }}",
        "{{ 'x'.upper() }}",
        "{{ [1, 2] | reverse }}",
        "{{ {'b': 1, 'a': 2} }}",
        "{{ ['b', 'a'] | unique }}",
    ],
)
def test_what_is_printed_is_the_same_each_time(text: str, book: Path) -> None:
    lay(book, {"templates/web/book.html.j2": in_block(text)})
    first, second = (theme.load("mine", book).page("web/book.html.j2", **values()) for _ in range(2))
    assert first == second
    assert "0x" not in first

"""handbound.toml: every key has a default, and every fault has a place and a fix. Prose cases: `tests/books/bad.md`."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from book import settings
from book.problems import Place, Problem, SettingsError, lines


def faults(text: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        settings.parse(text)
    assert raised.value.status == 2
    return [line for problem in raised.value.problems for line in lines(problem)]


def test_a_folder_without_the_file_is_a_book_too(tmp_path: Path) -> None:
    assert settings.read(tmp_path) == settings.Settings()
    assert not settings.read(tmp_path).present


def test_the_least_file_is_three_keys(tmp_path: Path) -> None:
    (tmp_path / "handbound.toml").write_text('title = "T"\nlanguage = "de"\nauthors = ["A"]\n', "utf-8")
    read = settings.read(tmp_path)
    assert (read.title, read.language, read.authors, read.present) == ("T", "de", ("A",), True)
    assert replace(read, title=None, language="en", authors=(), present=False, places={}) == settings.Settings()
    assert read.places["language"] == Place(path="handbound.toml", line=2, column=12)


def test_a_path_that_is_not_a_readable_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text("title = 'Secret'", "utf-8")

    def told(make: Callable[[Path], object]) -> str:
        book = Path(tempfile.mkdtemp(dir=tmp_path))
        make(book / "handbound.toml")
        with pytest.raises(SettingsError) as raised:
            settings.read(book)
        return str(raised.value)

    assert "is not a regular file" in told(Path.mkdir)
    assert "is not a regular file" in told(os.mkfifo)
    assert "points outside the book" in told(lambda file: file.symlink_to("../secret.toml"))
    assert "there is no" in told(lambda file: file.symlink_to("nowhere.toml"))
    assert "1,000,000 are allowed" in told(lambda file: file.write_bytes(b"# " + b"x" * 1_000_000))
    assert "handbound.toml:2:12: the file is not UTF-8" in told(
        lambda file: file.write_bytes(b"a = 1\ntitle = 'Ca\xff'")
    )
    assert "UTF-16" in told(lambda file: file.write_text("title = 'x'", "utf-16"))


def test_a_text_of_several_lines_is_one_line_and_any_line_end_will_do() -> None:
    assert settings.parse('description = """\nOne\ttwo\n  three.\n"""').description == "One two three."
    assert settings.parse('title = "T"\rlanguage = "de"\r\n').language == "de"


def test_every_value_has_its_place() -> None:
    text = 'editions = ["epub",\n  "pdf"]\n[links]\nroutes = { "/a" = "a.md" }\n[[edition]]\nversion = "1"\n[[edition]]\nversion = "2"\n'
    places = settings.parse(text).places
    assert {key: (place.line, place.column) for key, place in places.items()} == {
        "editions": (1, 12), "editions.0": (1, 13), "editions.1": (2, 3), "links": (3, 2), "links.routes": (4, 10),
        "links.routes./a": (4, 19), "edition": (5, 3), "edition.0": (5, 3), "edition.0.version": (6, 11),
        "edition.1": (7, 3), "edition.1.version": (8, 11),
    }  # fmt: skip


def test_a_byte_order_mark_is_not_reported(tmp_path: Path) -> None:
    (tmp_path / "handbound.toml").write_bytes(b'\xef\xbb\xbftitle = "T"\r\n')
    assert settings.read(tmp_path).title == "T"


def test_every_table_is_read_into_its_fields() -> None:
    read = settings.parse(
        """
        title = "T"
        date = 2026-01-31
        sidebar = ["a.md", { part = "P", chapters = ["b.md", { part = "Q", chapters = [] }] }]
        [quotes]
        outer = "double"
        skip = ["x/*.md"]
        [links]
        site_url = "https://example.org/a"
        [links.routes]
        "/a b" = "a.md"
        [rules]
        quotes = false
        [components]
        Team = "the {slug} team"
        [limits]
        nesting = 9
        [[edition]]
        version = "2"
        date = "2026"
        [[edition]]
        version = "1"
        """
    )
    assert read.date == "2026-01-31"
    assert read.sidebar is not None
    assert [(entry.chapter, entry.part) for entry in read.sidebar] == [("a.md", None), (None, "P")]
    assert [(entry.chapter, entry.part) for entry in read.sidebar[1].chapters] == [("b.md", None), (None, "Q")]
    assert (read.quotes.outer, read.quotes.skip, read.rules.quotes, read.rules.links) == (
        "double",
        ("x/*.md",),
        False,
        True,
    )
    assert (read.links.site_url, dict(read.links.routes)) == ("https://example.org/a", {"/a b": "a.md"})
    assert dict(read.components) == {"Team": "the {slug} team"}
    assert (read.limits.nesting, read.limits.footnotes) == (9, 10_000)
    assert [entry.version for entry in read.edition] == ["2", "1"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('langage = "en"', ["handbound.toml:1:1: S102 unknown key 'langage'", "    fix: write language"]),
        ('title = "T"\n[link]\n', ["handbound.toml:2:2: S102 unknown key 'link'", "    fix: write [links]"]),
        (
            "[limits]\nchapter = 3\n",
            ["handbound.toml:2:1: S102 unknown key 'limits.chapter'", "    fix: write chapters"],
        ),
        (
            "[epub]\nx = 1\n",
            [
                "handbound.toml:1:2: S102 unknown key 'epub'",
                "    fix: remove it; the known keys are in the manual: book manual settings",
            ],
        ),
        (
            "[lint]\nspelling = false\n",
            [
                "handbound.toml:2:1: S102 unknown key 'lint.spelling'",
                '    fix: write ignore = ["spelling"], to leave this check out',
            ],
        ),
        ("present = true", ["handbound.toml:1:1: S102 unknown key 'present'"]),
        (
            "title = 3",
            ["handbound.toml:1:9: S103 title is 3, not a text in quotes", '    fix: write title = "3"'],
        ),
        (
            'authors = ["A", 3]',
            ["handbound.toml:1:17: S103 authors is 3, not a text in quotes", "    fix: write a text in quotes"],
        ),
        ("math = 1", ["handbound.toml:1:8: S103 math is 1, not true or false", "    fix: write true or false"]),
        (
            "[limits]\nnesting = true",
            ["handbound.toml:2:11: S103 limits.nesting is true, not a whole number", "    fix: write a whole number"],
        ),
        (
            "links = 3",
            ["handbound.toml:1:9: S103 links is 3, not a table: [links]", "    fix: write a table: [links]"],
        ),
        (
            'slug = "../x"',
            [
                'handbound.toml:1:8: S104 slug is \'../x\', not letters, digits, "-", "_" and "." inside, at most 80 characters'
            ],
        ),
        ('slug = ".x"', ["handbound.toml:1:8: S104 slug is '.x'"]),
        ('slug = "-rf"', ["handbound.toml:1:8: S104 slug is '-rf'"]),
        ('theme = "a/b"', ["handbound.toml:1:9: S104 theme is 'a/b', not the name of a theme folder"]),
        ('date = "yesterday"', ["handbound.toml:1:8: S104 date is 'yesterday', not a date such as 2026-01-31"]),
        ('identifier = "123"', ["handbound.toml:1:14: S104 identifier is '123', not a URN"]),
        (
            '[print]\nisbn = "978-3-16-148410-1"',
            ["handbound.toml:2:8: S104 print.isbn is '978-3-16-148410-1', an ISBN whose last digit does not agree"],
        ),
        (
            "[print]\nisbn = 9783161484100",
            ["handbound.toml:2:8: S103 print.isbn is 9783161484100, not a text in quotes"],
        ),
        ("[[edition]]\ndate = '2026'", ["handbound.toml:1:3: S104 [edition] has no version"]),
        ('sidebar = "a.md"', ["handbound.toml:1:11: S103 sidebar is 'a.md', not a list of chapters and parts"]),
        (
            'sidebar = [{ chapters = ["a.md"] }]',
            ["handbound.toml:1:12: S103 sidebar is {chapters = ['a.md']}, not a chapter"],
        ),
        (
            'title = "T\n',
            [
                "handbound.toml:1:11: S101 this is not TOML: the text in quotes does not end on its line",
                "    fix: write the quotation mark that ends the text, on the same line",
            ],
        ),
        ('editions = ["epub", 3]', ["handbound.toml:1:21: S103 editions is 3, not a text in quotes"]),
        (
            '[quotes]\nouter = "doubel"',
            ["handbound.toml:2:9: S104 quotes.outer is 'doubel'", '    fix: write "double"'],
        ),
        (
            'sidebar = [{ part = "P", chapter = [] }]',
            ["handbound.toml:1:26: S102 unknown key 'sidebar.chapter'", "    fix: write chapters"],
        ),
        (
            'sidebar = [{ chapter = "a.md", matter = "apendix" }]',
            ["handbound.toml:1:41: S104 sidebar.matter is 'apendix', not one of", '    fix: write "appendix"'],
        ),
        (
            'sidebar = [{ part = "P", numbered = "no" }]',
            ["handbound.toml:1:37: S103 sidebar.numbered is 'no', not true or false"],
        ),
        (
            'sidebar = [{ part = "P", title = "Q" }]',
            ["handbound.toml:1:26: S102 unknown key 'sidebar.title'"],
        ),
        ('title = "a\\u0000b"', ["handbound.toml:1:9: S104 title contains the control character U+0000"]),
        ('authors = ["A", "\\u202E"]', ["handbound.toml:1:17: S104 authors contains the control character U+202E"]),
        ('authors = ["A", " "]', ["handbound.toml:1:17: S104 authors is empty"]),
        (
            'sidebar = ["a.md", "b\\u0000.md"]',
            ["handbound.toml:1:20: S104 sidebar contains the control character U+0000"],
        ),
        (
            f'sidebar = ["{"a" * 10_000}.md"]',
            ["handbound.toml:1:12: S104 sidebar has 10,003 characters; at most 1,000"],
        ),
        (f'title = "{"a" * 10_001}"', ["handbound.toml:1:9: S104 title has 10,001 characters; at most 10,000"]),
        ('date = "2026-02-31"', ["handbound.toml:1:8: S104 date is '2026-02-31', not a date"]),
        ('date = "0001-01-01"', ["handbound.toml:1:8: S104 date is '0001-01-01', not a date"]),
        ("date = 2026-02-31", ["handbound.toml:1:8: S101 this is not TOML: Invalid date or datetime"]),
        ("date = 10:00:00", ["handbound.toml:1:8: S103 date is 10:00:00, not a text in quotes"]),
        (
            "# a\n[limits]\nimage_bytes = 100_000_000_000_000_000_000",
            [
                "handbound.toml:3:15: S104 limits.image_bytes is 100000000000000000000, not a number of at most 2,000,000,000"
            ],
        ),
        (
            f"title = 'x'\n[limits]\nnesting = {'9' * 5000}",
            ["handbound.toml:3:11: S101 this is not TOML: a number of more than 400 digits"],
        ),
        (
            f"[limits]\nnesting = 0x{'f' * 5000}",
            ["handbound.toml:2:11: S101 this is not TOML: a number of more than 400 digits"],
        ),
        ("[limits]\nnesting = 81", ["handbound.toml:2:11: S104 limits.nesting is 81, not a number of at most 80"]),
        ("[print]\nsignature = 3", ["handbound.toml:2:13: S104 print.signature is 3, not a number of at least 4"]),
        (
            'licence_url = "javascript:alert(1)"',
            ["handbound.toml:1:15: S104 licence_url is 'javascript:alert(1)', not an address"],
        ),
        ("[links]\nsite_url = 'https://x.org/\"onclick=\"'", ["handbound.toml:2:12: S104 links.site_url is"]),
        (
            '[links.routes]\n"/a" = "../secret.md"',
            ["handbound.toml:2:8: S104 links.routes./a is '../secret.md', not the path of a chapter"],
        ),
        ("[[links]]\nsite_url = 'x'", ["handbound.toml:1:3: S103 links is [{site_url = 'x'}], not a table: [links]"]),
        (
            f"title = 'x'\nsidebar = {'[' * 33}{']' * 33}",
            ["handbound.toml:2:43: S101 this is not TOML: lists and tables are nested more than 32 deep"],
        ),
        (f"a{'.a' * 70} = 1", ["handbound.toml:1:1: S101 this is not TOML: a key of more than 64 names"]),
        ('title = "A"\ntitle = "B"', ["handbound.toml:2:1: S101 this is not TOML: the key is already defined"]),
    ],
)
def test_each_fault_is_one_line_with_place_and_fix(text: str, told: list[str]) -> None:
    said = faults(text)
    assert len(said) == 2, "one line and its fix"
    assert said[1].startswith("    fix: ")
    for line, wanted in zip(said, told, strict=False):
        assert line.startswith(wanted)


def test_all_problems_are_reported_at_once() -> None:
    assert len(faults('titel = "T"\nmath = 1\n[links]\nsite = 1\nsite_url = "x"\n')) == 8


def test_a_chapter_named_twice_has_two_places() -> None:
    read = settings.parse('sidebar = [\n  "a.md", "b.md",\n  "a.md",\n]\n')
    assert read.sidebar is not None
    assert [(entry.place.line, entry.place.column) for entry in read.sidebar] == [(2, 3), (2, 11), (3, 3)]


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("en", True), ("en-GB", True), ("zh-Hant-HK", True), ("es-419", True), ("de-CH-1996", True), ("ca-valencia", True),
        ("en-GB-oxendict", True), ("de-u-co-phonebk", True), ("en-x-ours", True), ("zh-cmn-Hans-CN", True), ("pt-br", True),
        ("en-a", False), ("e", False), ("english", False), ("en_GB", False), ("en-", False), ("en-GB-US", False), ("x-ours", False),
    ],
)  # fmt: skip
def test_a_language_is_a_tag_that_every_reading_system_accepts(tag: str, fits: bool) -> None:
    if fits:
        assert settings.parse(f'language = "{tag}"').language == tag
    else:
        assert "S104 language is" in faults(f'language = "{tag}"')[0]


@given(st.text(st.sampled_from("atle=\"'[]{}.\n #-3\\é"), max_size=40))
def test_any_text_is_settings_or_a_fault_with_a_place(text: str) -> None:
    told: tuple[Problem, ...] = ()
    try:
        settings.parse(text)
    except SettingsError as error:
        told = error.problems
    else:
        tomllib.loads(text)
    assert all(problem.place.path == "handbound.toml" and problem.fix for problem in told)


def test_settings_that_are_nested_too_deeply_are_an_error() -> None:
    assert faults("title = " + "[" * 5000)[0].startswith("handbound.toml:")


@pytest.mark.parametrize(
    ("tag", "code", "near"),
    [
        ("english", "S104", "en"),
        ("en_UK", "S104", "en-GB"),
        ("Deutsch", "S104", "de"),
        ("englsh", "S104", "en"),
        ("en-UK", "S122", "en-GB"),
        ("jp", "S122", "ja"),
        ("ger", "S122", "de"),
        ("xq", "S122", "a tag such as"),
    ],
)
def test_an_unknown_language_is_reported_with_the_tag_that_is_meant(tag: str, code: str, near: str) -> None:
    text = f'title = "T"\nlanguage = "{tag}"\n'
    try:
        problems = list(settings.unspoken(settings.parse(text)))
    except SettingsError as error:
        problems = list(error.problems)
    assert [(problem.code, problem.place.line) for problem in problems] == [(code, 2)]
    assert near in problems[0].fix


@pytest.mark.parametrize(
    "tag", ["en", "en-GB", "pt-BR", "zh-Hant-TW", "es-419", "gsw", "de-DE-1996", "en-u-ca-gregory", "sl-rozaj-biske"]
)
def test_a_known_language_is_not_reported(tag: str) -> None:
    assert settings.languages.doubt(tag) is None


def test_of_thousands_of_unknown_keys_all_are_reported_and_similar_names_are_looked_for_for_the_first() -> None:
    keys = "".join(f"titel{number} = 1\n" for number in range(5_000))
    with pytest.raises(SettingsError) as fault:
        settings.parse(f"{keys}[limits]\nstrange = 1\n")
    problems = fault.value.problems
    assert [problem.place.line for problem in problems] == [*range(1, 5_001), 5_002]
    assert [problem.fix == "write title" for problem in problems] == [number < 20 for number in range(5_001)]


@pytest.mark.parametrize(
    ("text", "spot", "message", "fix"),
    [
        ('sidebar = [\n  "a.md"\n  "b.md"\n]\n', (2, 9), "a comma is missing between two entries of this list, at the end of line 2", "write a comma here"),
        ('authors = ["A", "B"\nlanguage = "en"\n', (1, 11), "the list that begins here is not closed", "write ] behind its last entry, and a comma between entries"),
        ('authors = ["A", "B"\n', (1, 11), "the list that begins here is not closed", "write ] behind its last entry, and a comma between entries"),
        ('sidebar = [{ part = "a" chapters = [] }]\n', (1, 24), "a comma is missing between two entries of this table, here", "write a comma here"),
        ("title = My book\n", (1, 9), "this value needs quotes", 'write title = "My book"'),
        ("math = True\n", (1, 8), "this is no value of TOML", "write math = true"),
        ('isbn = "978-3-16-148410-0"\n', (1, 1), "unknown key 'isbn'", 'write it as identifier = "urn:isbn:978-…"; that of the printed book is isbn under [print]'),
        ('color = "red"\n', (1, 1), "unknown key 'color'", "the look belongs to a theme; see: book manual look"),
        ("Line-Height = 1.5\n", (1, 1), "unknown key 'Line-Height'", "the look belongs to a theme; see: book manual look"),
        ('imprint = "x"\n', (1, 1), "unknown key 'imprint'", "it is made of publisher, licence, version, date and identifier"),
        ('dedication = "x"\n', (1, 1), "unknown key 'dedication'", "it is a chapter that says so in its front matter, as in: role: preface"),
        ("bleed = 3\n", (1, 1), "unknown key 'bleed'", 'write it under [print], as in: trim = "a5"'),
        ('edition = "pdf"\n', (1, 11), "edition is 'pdf', not a table with a version", 'write editions = ["pdf"]'),
        ('edition = "2nd"\n', (1, 11), "edition is '2nd', not a table with a version", 'write [[edition]], and below it version = "2nd"'),
        ("date = 2026\n", (1, 8), "date is 2026, not a text in quotes", "write date = 2026-01-31, in this form"),
        ('cover-image = "a.png"\n', (1, 1), "unknown key 'cover-image'", 'write cover = "cover.jpg"'),
        ('title = ""\n', (1, 9), "title is empty", "write a title, or remove it"),
        ('authors = ["A", " "]\n', (1, 17), "authors is empty", "write a name, or remove it"),
        ('authors = ["A" "B"]\n', (1, 15), "a comma is missing between two entries of this list, here", "write a comma here"),
        ("title = “My book”\n", (1, 9), "these are not the quotation marks of TOML, which are straight", 'write title = "My book"'),
        ("language = ‘de’\n", (1, 12), "these are not the quotation marks of TOML, which are straight", 'write language = "de"'),
        ("date = 2026-13-01\n", (1, 8), "date is 2026-13-01, a day that no calendar has", "write date = 2026-01-31, in this form"),
        ("date = 2026-2-30\n", (1, 8), "date is 2026-2-30, a day that no calendar has", "write date = 2026-01-31, in this form"),
        ("version = 1.2.3\n", (1, 11), "this value needs quotes", 'write version = "1.2.3"'),
        ("subtitle = 2nd edition\n", (1, 12), "this value needs quotes", 'write subtitle = "2nd edition"'),
        ("toc = true\n", (1, 1), "unknown key 'toc'", "remove it: every edition has its contents; the order is set with sidebar"),
        ('identifier = "978-3-16-148410-0"\n', (1, 14), "identifier is '978-3-16-148410-0', an ISBN without the name of its system", 'write "urn:isbn:978-3-16-148410-0"'),
        ('identifier = "urn:isbn:3-16-148410-1"\n', (1, 14), "identifier is 'urn:isbn:3-16-148410-1', an ISBN whose last digit does not agree with the others, which give X", "compare it with the one that you were given"),
        ('identifier = "urn:isbn:1234"\n', (1, 14), "identifier is 'urn:isbn:1234', no ISBN: that has 10 or 13 digits", 'write it as in "urn:isbn:978-3-16-148410-0"'),
    ],
)  # fmt: skip
def test_a_slip_of_a_beginner_is_explained_with_the_line_to_write(
    text: str, spot: tuple[int, int], message: str, fix: str
) -> None:
    with pytest.raises(SettingsError) as error:
        settings.parse(text)
    (problem,) = error.value.problems
    assert (problem.place.line, problem.place.column, problem.message, problem.fix) == (*spot, message, fix)


@pytest.mark.parametrize(
    "name",
    [
        "urn:isbn:978-3-16-148410-0",
        "urn:isbn:3-16-148410-X",
        "urn:doi:10.1000/182",
        "urn:uuid:5f0b1a52-3d5e-5d1c-9b8f-0c2b7d9d3c11",
    ],
)
def test_a_sound_identifier_is_kept(name: str) -> None:
    assert settings.parse(f'identifier = "{name}"').identifier == name

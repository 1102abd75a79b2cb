"""Covers, title pages, contributors, and Handbound's own words in every language."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from book import labels, press, settings, theme
from book.problems import SettingsError, Severity
from book.view import cover
from tests.loops import some
from tests.making import write_book

ASKED = "ru uk cs sk hu ro el tr ar fa he hi ko vi id ca da nb fi pt-BR pt nn no zh-Hans zh-Hant".split()
LONG = (
    "A very long title that says everything there is to say about the subject, and then some more: a history of it all"
)
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"


def book(folder: Path, toml: str) -> Path:
    """Write a book with these settings."""
    return write_book(folder, {"one.md": "# One\n\nText.\n"}, f'sidebar = ["one.md"]\n{toml}')


@pytest.mark.parametrize("language", ASKED)
def test_a_language_has_words_of_its_own(language: str) -> None:
    assert labels.is_known(language)
    assert labels.labels(language)["chapter"] != labels.labels("en")["chapter"]


def test_every_word_of_every_language_asks_for_the_same_names_in_braces() -> None:
    english = labels.english()
    for language, words in some(labels.languages().items()):
        assert words.keys() <= english.keys(), language
        for key, text in words.items():
            assert labels.fields(text) == labels.fields(english[key]), (language, key)
        if "-" not in language and language not in ("en", "nn"):
            assert words.keys() == english.keys(), language


def test_a_number_stands_where_its_language_wants_it() -> None:
    said = {language: labels.label(language, "chapter", n=1) for language in ("hu", "tr", "ko", "vi", "no", "de-AT")}
    assert said == {
        "hu": "1. fejezet",
        "tr": "Bölüm 1",
        "ko": "제1장",
        "vi": "Chương 1",
        "no": "Kapittel 1",
        "de-AT": "Kapitel 1",
    }
    assert labels.label("pt-BR", "contents") == "Sumário"
    assert labels.label("pt", "contents") == "Índice"


def test_a_language_without_words_is_reported_with_the_keys_to_fill_in(tmp_path: Path) -> None:
    found = press.read(book(tmp_path, 'language = "tlh"\n[labels]\ncontents = "Hol"\n'))
    (told,) = [problem for problem in found.problems if problem.code == "S120"]
    assert told.severity is Severity.WARNING
    assert told.place.line == 2
    assert "chapter, part, references, notes" in told.fix
    assert labels.label("tlh", "contents") == "Hol"
    press.read(book(tmp_path, 'language = "ru"\n'))
    assert labels.label("ru", "contents") == "Содержание"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('contnets = "X"', "write contents"),
        ('chapter = "X"', "{n}"),
        ('chapter = "X {m}"', "{n}"),
        ('chapter = "X {n:>9}"', "{n}"),
        ('contents = "X {n}"', "no braces"),
        ("contents = 3", "a text in quotes"),
    ],
)
def test_a_word_that_cannot_be_printed_is_refused(table: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.parse(f"[labels]\n{table}\n")
    (problem,) = caught.value.problems
    assert said in f"{problem.message} {problem.fix}"
    assert problem.place.line == 2


def test_editors_are_not_taken_for_editions() -> None:
    assert settings.parse('editors = ["Ed"]\nseries = "Small books"').series == settings.Series(name="Small books")
    with pytest.raises(SettingsError) as caught:
        settings.parse('editor = ["Ed"]')
    assert caught.value.problems[0].fix == "write editors"


def test_contributors_are_in_the_package_and_on_the_title_page(tmp_path: Path) -> None:
    toml = 'title = "T"\neditors = ["Ed"]\ntranslators = ["Tara"]\nillustrators = ["Ilse"]\nseries = { name = "Small", number = 2 }\n'
    assert press.build(book(tmp_path, toml), tmp_path / "out", editions=("epub",)).status == 0
    with zipfile.ZipFile(tmp_path / "out" / "t.epub") as found:
        package = etree.fromstring(found.read("EPUB/content.opf"))
        title = found.read("EPUB/title.xhtml").decode("utf-8")
    roles = {meta.get("refines"): meta.text for meta in package.iter(f"{OPF}meta") if meta.get("property") == "role"}
    people = {one.text: roles[f"#{one.get('id')}"] for one in package.iter(f"{DC}contributor")}
    assert people == {"Ed": "edt", "Tara": "trl", "Ilse": "ill"}
    said = {meta.get("property"): meta.text for meta in package.iter(f"{OPF}meta")}
    assert (said["belongs-to-collection"], said["collection-type"], said["group-position"]) == ("Small", "series", "2")
    for line in ("Edited by Ed", "Translated by Tara", "Illustrated by Ilse", "Small · 2"):
        assert title.count(line) == 2


@pytest.mark.parametrize(("size", "kept"), [((1600, 2400), True), ((900, 600), False), ((300, 2900), False)])
def test_a_cover_of_the_author_is_kept_or_set_on_one_that_shops_accept(
    tmp_path: Path, size: tuple[int, int], *, kept: bool
) -> None:
    Image.new("RGB", size, "navy").save(tmp_path / "c.jpg")
    source = book(tmp_path, 'title = "T"\ncover = "c.jpg"\ncover_alt = "All blue"\n')
    assert press.build(source, tmp_path / "out", editions=("epub", "html")).status == 0
    with zipfile.ZipFile(tmp_path / "out" / "t.epub") as found:
        data = found.read("EPUB/images/cover.jpg")
        assert 'alt="All blue"' in found.read("EPUB/cover.xhtml").decode()
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (size if kept else (cover.WIDTH, cover.HEIGHT))
    for page in ("t.html", "index.html"):
        assert 'alt="All blue"' in (tmp_path / "out" / page).read_text("utf-8")


@pytest.mark.parametrize("path", ["gone.jpg", "../outside.jpg", "/etc/passwd"])
def test_a_cover_that_is_not_there_is_reported_and_one_is_drawn(tmp_path: Path, path: str) -> None:
    found = press.read(book(tmp_path, f'cover = "{path}"\n'))
    assert found.book.cover is None
    (told,) = [problem for problem in found.problems if "cover" in problem.message]
    assert (told.severity, told.place.path, told.place.line) == (Severity.WARNING, "handbound.toml", 2)


@pytest.mark.parametrize("name", ["folio", "field", "almanac"])
@pytest.mark.parametrize(
    "title",
    [LONG, "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", "長い題名" * 20, "A 🎉 party", ""],
)
def test_nothing_on_the_cover_stands_over_anything_and_nothing_is_lost(tmp_path: Path, name: str, title: str) -> None:
    authors = ", ".join(f'"Author Number{number} of-Several"' for number in range(7))
    about = f'title = "{title or "T"}"\nsubtitle = "{LONG if title else ""}"\nauthors = [{authors}]\nversion = "1"\n'
    read = press.read(book(tmp_path, about)).book
    look = theme.load(name)
    drawing = etree.fromstring(cover.svg(read, look))
    lines = [(int(str(text.get("y"))), "".join(text.itertext())) for text in drawing.iter("{*}text")]
    places = [y for y, _ in lines]
    assert places == sorted(places)
    assert len(set(places)) == len(places)
    whole = "".join(words for _, words in lines).replace("-", "").replace(" ", "")
    for words in (read.metadata.title, read.metadata.subtitle, "".join(read.metadata.authors)):
        assert words.replace("-", "").replace(" ", "").replace(",", "") in whole.replace(",", "")
    assert not cover.lost(read, look)


def test_text_without_room_on_a_cover_is_reported(tmp_path: Path) -> None:
    read = press.read(book(tmp_path, f'title = "{"word " * 600}"\n')).book
    assert cover.lost(read, theme.load("folio"))


@pytest.mark.parametrize(
    ("people", "above", "foot"),
    [
        ('authors = ["Ada", "Ben"]\npublisher = "Press"', "Ada, Ben", ("Press", "Version 3")),
        ('authors = ["Ada"]', "Ada", ("Version 3", "2026-05-04")),
        ('publisher = "Press"', "Press", ("Version 3", "2026-05-04")),
        ("", "", ("Version 3", "2026-05-04")),
    ],
    ids=["both", "authors", "publisher", "neither"],
)
def test_authors_stand_above_the_title_of_the_cover_and_the_publisher_at_its_foot(
    people: str, above: str, foot: tuple[str, str], tmp_path: Path
) -> None:
    read = press.read(book(tmp_path, f'title = "T"\nversion = "3"\ndate = "2026-05-04"\n{people}')).book
    drawing = etree.fromstring(cover.svg(read, theme.load("folio")))
    lines = [line.text for line in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert lines == [*filter(None, (above,)), "T", " · ".join(foot)]


@pytest.mark.parametrize("people", ['authors = ["Ada"]', ""], ids=["names", "no names"])
@pytest.mark.parametrize("title", ["T", LONG], ids=["short", "long"])
def test_the_words_on_the_label_stand_as_far_from_its_upper_edge_as_from_its_lower(
    title: str, people: str, tmp_path: Path
) -> None:
    read = press.read(book(tmp_path, f'title = "{title}"\n{people}')).book
    drawing = etree.fromstring(cover.svg(read, theme.load("folio")))
    frame = list(drawing.iter("{*}rect"))[-1]
    *texts, _ = list(drawing.iter("{*}text"))
    parent = texts[0].getparent()
    assert parent is not None
    letters = 0.67 * int(str(parent.get("font-size")))
    above = int(str(texts[0].get("y"))) - letters - int(str(frame.get("y")))
    below = int(str(frame.get("y"))) + int(str(frame.get("height"))) - int(str(texts[-1].get("y")))
    assert above == pytest.approx(below, abs=50)


@pytest.mark.parametrize("text", ["Text[^1][^2]. More.", "Text^[inline][^1], more[^2]^[and]."])
def test_the_space_between_two_notes_in_a_row_is_none_of_the_words(tmp_path: Path, text: str) -> None:
    chapter = f"# One\n\n{text}\n\n[^1]: A note.\n\n[^2]: Another.\n"
    source = write_book(tmp_path / "book", {"one.md": chapter}, 'title = "T"\n')
    assert press.build(source, tmp_path / "out", editions=("epub", "html")).status == 0

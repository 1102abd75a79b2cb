"""Themes: tokens override tokens, sheets follow sheets, nothing comes from outside; faults have file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import theme
from book.catalogue import EDITIONS
from book.problems import ThemeError, lines
from book.theme import colour, fonts
from tests.making import write_files

pytestmark = pytest.mark.usefixtures("exact_letters")


def write_theme(book: Path, name: str, files: dict[str, str]) -> Path:
    write_files(book / "themes" / name, {"theme.toml": 'title = "T"\n', **files})
    return book


def fault(book: Path, name: str = "mine", sheet: str = "web") -> tuple[str, ...]:
    with pytest.raises(ThemeError) as raised:
        theme.load(name, book).sheet(sheet)
    return lines(raised.value.problems[0])


def test_a_child_of_three_lines_is_a_whole_theme(tmp_path: Path) -> None:
    write_theme(
        tmp_path,
        "mine",
        {"tokens.toml": '[color]\naccent = "#5a1e6e"\n', "css/web.css": ".mine { color: {{ t.color.accent }}; }\n"},
    )
    mine, base = theme.load("mine", tmp_path), theme.load("base")
    assert [folder.name for folder in mine.chain] == ["mine", "base"]
    assert (
        mine.tokens["color"]["accent"] == {"light": "#5a1e6e", "dark": "#5a1e6e", "print": "#5a1e6e"}
        or mine.tokens["color"]["accent"]["light"] == "#5a1e6e"
    )
    assert mine.tokens["type"] == base.tokens["type"]
    assert mine.sheet("web").endswith(".mine { color: var(--color-accent); }\n")
    assert mine.sheet("web").startswith(base.sheet("web")[:200])


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"theme.toml": 'extends = "foli"\n'}, "themes/mine/theme.toml:1:1: T101 there is no theme 'foli'"),
        ({"theme.toml": 'extends = "mine"\n'}, "themes/mine/theme.toml:1:1: T103 mine extends itself"),
        ({"theme.toml": "extends = base\n"}, "themes/mine/theme.toml:1:11: T102 this value needs quotes"),
        ({"tokens.toml": "[color]\nink = #1a1a1a\n"}, "themes/mine/tokens.toml:2:7: T102 this value needs quotes"),
        (
            {"tokens.toml": "[color]\nink = '#1a1a1a\n"},
            "themes/mine/tokens.toml:2:1: T102 this is not TOML: the text in quotes",
        ),
        (
            {"tokens.toml": "[color]\n<<<<<<< a\n=======\n>>>>>>> b\n"},
            "themes/mine/tokens.toml:2:1: T102 this is not TOML: a merge",
        ),
        (
            {"tokens.toml": '[color]\nacent = "#000000"\n'},
            "themes/mine/tokens.toml:2:1: T104 unknown token 'color.acent'",
        ),
        ({"tokens.toml": '[type]\nsize = "{type.lad}"\n'}, "themes/mine/tokens.toml:2:1: T104 no token 'type.lad'"),
        (
            {"tokens.toml": '[color]\nink = "black"\n'},
            "themes/mine/tokens.toml:2:1: T102 color.ink.light is 'black', not a colour such as #1a1a1a",
        ),
        (
            {"tokens.toml": '[color]\nmuted = "#cccccc"\n'},
            "themes/mine/tokens.toml:2:1: T105 muted on paper (light) has a contrast of 1.",
        ),
        (
            {"css/web.css": '@import "other.css";\n'},
            "themes/mine/css/web.css:1:1: T120 the style sheet would load something: '@import'",
        ),
        (
            {"css/web.css": "a { }\nb { background: url(http://example.org/x.png) }\n"},
            "themes/mine/css/web.css:2:1: T120 ",
        ),
        ({"css/web.css": "b { background: u\\72l('file:///etc/passwd') }\n"}, "themes/mine/css/web.css:1:1: T120 "),
        (
            {"css/web.css": "a { }\n{{ nothing }}\n"},
            "themes/mine/css/web.css:2:1: T102 the template cannot be used: 'nothing' is undefined",
        ),
        (
            {"css/web.css": "{{ t.color.acent }}\n"},
            "themes/mine/css/web.css:1:1: T102 the template cannot be used: no token color.acent; did you mean",
        ),
        ({"css/web.css": "{% if %}\n"}, "themes/mine/css/web.css:1:1: T102 the template cannot be used: "),
        (
            {"css/web.css": "{{ ''.__class__.__mro__ }}\n"},
            "themes/mine/css/web.css:1:1: T102 the template cannot be used: access to attribute '__class__'",
        ),
        (
            {"css/web.css": "{% include '../../../secret' %}\n"},
            "themes/mine/css/web.css:1:1: T102 the template cannot be used: ",
        ),
        (
            {"css/web.css": "{% include '/etc/passwd' %}\n"},
            "themes/mine/css/web.css:1:1: T102 the template cannot be used: ",
        ),
    ],
)
def test_each_fault_of_a_theme_is_one_line_with_its_place(files: dict[str, str], told: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("CANARY")
    said = fault(write_theme(tmp_path, "mine", files))
    assert said[0].startswith(told)
    assert said[1].startswith("    fix: ")


def test_every_paged_edition_may_have_type_of_its_own(tmp_path: Path) -> None:
    tokens = '[edition.print.type]\nlead = "15pt"\nfirst_words = 5\n[edition.large.type]\nsize = "20pt"\n'
    write_theme(tmp_path, "ours", {"theme.toml": 'extends = "folio"\n', "tokens.toml": tokens})
    tokens = '[edition.print.type]\nlead = "{type.size}"\n'
    write_theme(tmp_path, "theirs", {"theme.toml": 'extends = "ours"\n', "tokens.toml": tokens})
    ours, theirs = theme.load("ours", tmp_path), theme.load("theirs", tmp_path)
    of = {name: ours.for_edition(ours.sized(EDITIONS[name])).tokens["type"] for name in ("pdf", "print", "large")}
    assert (of["print"]["lead"], of["print"]["first_words"], of["print"]["size"]) == ("15pt", 5, "10.5pt")
    assert (of["large"]["size"], of["large"]["lead"], of["large"]["code_size"]) == ("20pt", "25pt", "16pt")
    assert of["pdf"]["lead"] == "14.25pt", "as the parent has it"
    printed = theirs.for_edition(theirs.sized(EDITIONS["print"])).tokens["type"]
    assert (printed["lead"], printed["first_words"]) == ("10.5pt", 5)


@pytest.mark.parametrize(
    ("tokens", "message", "fix"),
    [
        ('[type]\nnumbers = "word"\n', "T102 type.numbers is 'word'", 'write "figures" or "words"'),
        ('[cover]\naxis = "centre"\n', "T102 cover.axis is 'centre'", 'write "left" or "middle"'),
        ('[cover]\nwords = "{cover.axis}"\n', "T102 cover.words is 'left'", 'write "serif" or "sans"'),
        ('[edition.booklet.type]\nsize = "9pt"\n', "T104 unknown token 'edition.booklet'", "pdf, print"),
        ('[edition.epub.type]\nsize = "9pt"\n', "T104 unknown token 'edition.epub'", "pdf"),
        ('[edition.print.color]\nink = "#000000"\n', "T104 unknown token 'edition.print.color'", "type"),
        ('[edition.print.type]\nsise = "9pt"\n', "T104 unknown token 'edition.print.type.sise'", "write size"),
        ('[edition.print.type]\nsize = "9 points"\n', "T102 edition.print.type.size is '9 points'", "a length such as"),
        ('[edition.print.type]\nnumbers = "Roman"\n', "T102 edition.print.type.numbers is 'Roman'", '"figures" or "words"'),
        ('[edition]\nprint = "9pt"\n', "T102 edition.print is '9pt'", "a table: [edition.print]"),
        ('edition = "print"\n', "T102 edition is 'print'", "a table: [edition]"),
    ],
)  # fmt: skip
def test_a_token_without_effect_is_refused_with_what_can_be_written(
    tokens: str, message: str, fix: str, tmp_path: Path
) -> None:
    said = fault(write_theme(tmp_path, "mine", {"tokens.toml": tokens}))
    assert f": {message}" in said[0]
    assert fix in said[1]


def test_a_theme_of_the_book_comes_before_one_of_the_house(tmp_path: Path) -> None:
    write_theme(tmp_path, "folio", {})
    assert theme.available(tmp_path)["folio"].path == tmp_path / "themes" / "folio"
    assert theme.available()["folio"].path.is_relative_to(theme.house())


@pytest.mark.parametrize("name", [name for name in theme.available() if name != theme.BASE])
def test_every_theme_of_the_house_has_a_title_sheets_and_faces(name: str) -> None:
    look = theme.load(name)
    assert look.title
    assert look.description
    assert {face.role for face in look.faces} >= {"serif", "sans", "mono"}
    for sheet in ("web", "screen", "epub", "download"):
        assert look.sheet(sheet)
    for one, other in theme.PAIRS:
        for mode in theme.MODES:
            assert colour.contrast(look.tokens["color"][one][mode], look.tokens["color"][other][mode]) >= 4.5


def test_every_face_can_be_cut_to_the_letters_of_a_book_and_the_same_twice(tmp_path: Path) -> None:
    look = theme.load("folio")
    face = next(one for one in look.faces if one.role == "serif")
    cut = fonts.subset(face, frozenset(map(ord, "Aä")), tmp_path)
    assert cut[:4] == b"wOF2"
    assert (
        cut == fonts.subset(face, frozenset(map(ord, "äA")), tmp_path) == fonts.subset(face, frozenset(map(ord, "Aä")))
    )
    assert fonts.subset(face, frozenset({0xE000}), tmp_path) == b""


def test_a_fall_back_shows_only_what_no_text_face_has() -> None:
    look = theme.load("folio")
    chosen = {face.role: shown for face, shown in fonts.choose(look.faces, frozenset(map(ord, "Aä→")))}
    assert ord("A") in chosen["serif"]
    assert all(ord("A") not in shown for role, shown in chosen.items() if role in ("symbols", "emoji"))


def test_a_page_asks_for_no_value_that_is_not_there() -> None:
    with pytest.raises(ThemeError):
        theme.load("folio").page("web/book.html.j2")
    with pytest.raises(ThemeError):
        theme.load("folio").page("no/such.html.j2")

"""Handbound's own marks and classes never collide with an author's, whatever the author writes."""

from __future__ import annotations

import ast
import re
import zipfile
from pathlib import Path

import html5lib
import pytest
from lxml import etree

from book import press
from book.body import MARKS, PREFIX, kinds
from book.markdown import callouts
from book.markdown.marks import AUTHORS
from tests.loops import some
from tests.making import write_book
from tests.sources import SOURCES, nodes

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
SETTINGS = 'title = "Names"\nlanguage = "en"\nauthors = ["A"]\n'


def of_sheets(root: Path) -> set[str]:
    """Return the classes that a style sheet of a theme selects."""
    found: set[str] = set()
    for path in root.glob("themes/*/css/*.css"):
        text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", path.read_text("utf-8"))
        text = re.sub(r"/\*.*?\*/|url\([^)]*\)|\"[^\"]*\"", "", text, flags=re.DOTALL)
        for selector in re.findall(r"([^{};]*)\{", text):
            found |= set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", selector))
    return found


def of_templates(root: Path) -> set[str]:
    """Return the classes that a template writes, and those that a script looks for."""
    found: set[str] = set()
    for path in root.glob("themes/**/*.j2"):
        text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", path.read_text("utf-8"))
        for value in re.findall(r'class="([^"]*)"', text):
            found |= set(re.findall(r"[A-Za-z][\w-]*", value))
        if path.name.endswith(".js.j2"):
            found |= set(re.findall(r'classList\.\w+\("([\w-]+)"', text))
            for selector in re.findall(r'(?:closest|querySelector(?:All)?|all|matches)\("([^"]*)"', text):
                found |= set(re.findall(r"\.([A-Za-z][\w-]*)", selector))
    return {name for name in found if not name.endswith("-")}


def of_code() -> set[str]:
    """Return the kinds that the code gives to elements: values of ``KIND`` or ``hb_kind``, and arguments of `mark`."""
    found: set[str] = set()
    for path in SOURCES:
        for item in nodes(path):
            values: list[ast.expr] = []
            if isinstance(item, ast.Dict):
                values = [value for key, value in zip(item.keys, item.values, strict=True) if _names(key, "KIND")]
            elif isinstance(item, ast.Call) and _names(item.func, "mark"):
                values = item.args[1:]
            elif isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr == "set":
                values = item.args[1:] if item.args and _names(item.args[0], "KIND") else []
            elif isinstance(item, ast.keyword) and item.arg == "hb_kind":
                values = [item.value]
            said = (str(value.value) for value in values if isinstance(value, ast.Constant))
            found |= {name for text in said for name in text.split()}
    return found


def _names(item: ast.expr | None, name: str) -> bool:
    return isinstance(item, ast.Name) and item.id == name


def used(root: Path) -> list[str]:
    """Return every class that Handbound uses, with and without its prefix, and its name in the code."""
    printed = of_sheets(root) | of_templates(root)
    plain = {name.removeprefix(PREFIX) for name in printed} | of_code() | FAMILIAR
    return sorted(name for name in {*printed, *plain} if re.fullmatch(r"[a-z][\w-]*", name))


FAMILIAR = frozenset("kicker column columns skip said footnotes footnote added callout-title noteref hb-hb".split())
"""Names that Handbound once used without a prefix, or that look like it."""


def test_every_class_that_handbound_uses_begins_with_its_prefix(root: Path) -> None:
    sheets, templates, code = of_sheets(root), of_templates(root), of_code()
    assert len(sheets) > 150
    assert len(templates) > 60
    assert len(code) > 20
    assert not [name for name in sheets | templates if not name.startswith(PREFIX)]


def chapter(names: list[str]) -> str:
    """Return a chapter in which everything that may have a class has each of *names*, each time with words of its own."""
    pieces = ["# Names\n"]
    for number, name in enumerate(names):
        word = f"w{number}"
        pieces.append(
            f"## {word}a {{.{name}}}\n\n"
            f"Text [{word}b]{{.{name}}}, [{word}c](https://example.org/){{.{name}}} and `{word}d`{{.{name}}}.\n\n"
            f'::: {{.{name} role="doc-footnote" hidden="" aria-hidden="true"}}\n{word}e\n:::\n\n'
            f'<p class="{name}" hidden aria-hidden="true" role="doc-noteref" epub:type="noteref">{word}f</p>\n\n'
            f'<ul class="{name}"><li class="{name}">{word}g</li></ul>\n\n'
            f'<table class="{name}"><tr class="{name}"><td class="{name}">{word}h</td></tr></table>\n\n'
            f'<figure class="{name}"><img src="a.png" alt="x" class="{name}"><figcaption class="{name}">{word}i</figcaption></figure>\n\n'
            f'<aside class="{name}" role="doc-footnote" id="n{number}">{word}j <a class="{name}" role="doc-backlink" href="#n{number}">{word}k</a></aside>\n'
        )
    return "\n".join(pieces)


def build(folder: Path, text: str, *editions: str) -> tuple[press.Result, Path]:
    home = write_book(folder / "book", {"a.md": text, "a.png": PNG}, SETTINGS)
    return press.build(home, folder / "out", editions=editions), folder / "out"


def pages(out: Path) -> dict[str, etree._Element]:
    """Return the chapter in the EPUB and in the HTML, as trees."""
    with zipfile.ZipFile(out / "names.epub") as archive:
        epub = etree.fromstring(
            archive.read("EPUB/a.xhtml" if "EPUB/a.xhtml" in archive.namelist() else "EPUB/names.xhtml")
        )
    tree = html5lib.parse((out / "names.html").read_text("utf-8"), treebuilder="lxml", namespaceHTMLElements=False)
    return {"epub": epub, "html": tree.getroot().find(".//main")}


def around(root: etree._Element) -> dict[str, list[etree._Element]]:
    """Return for each word of *root* the elements round it, from inside to outside."""
    found: dict[str, list[etree._Element]] = {}
    for element in root.iter(etree.Element):
        chain = [element, *element.iterancestors()]
        for text in (element.text, *(child.tail for child in element)):
            found.update(dict.fromkeys(re.findall(r"\bw\d+[a-z]\b", text or ""), chain))
    return found


def test_a_class_of_an_author_hides_no_word_and_refuses_no_book(root: Path, tmp_path: Path) -> None:
    names = used(root)
    assert len(names) > 300
    result, out = build(tmp_path, chapter(names), "epub", "html")
    assert result.status == 0, result.report
    for edition, page in some(pages(out).items()):
        words = around(page)
        for number, name in enumerate(some(names)):
            for letter in "abcdefghijk":
                boxes = words.get(f"w{number}{letter}", [])
                assert boxes, f"{edition}: the words under .{name} are lost ({letter})"
                for box in boxes[:2]:
                    assert box.get("hidden") is None
                    assert box.get("aria-hidden") is None
                    outer = re.search("(?:section|main|body)$", str(box.tag))
                    assert outer or not (box.get("role") or "").startswith("doc-")
                    own = {one for one in (box.get("class") or "").split() if one.startswith(PREFIX)}
                    # What Handbound adds itself: the box of a table, the mark of an image, of a link, of a chapter.
                    added = {f"{PREFIX}{one}" for one in ("table", "image", "external", "chapter", "dead-link")}
                    meant = {f"{PREFIX}{name}"} if name in AUTHORS else set()
                    if name.startswith("callout-") and name in AUTHORS:
                        meant.add(f"{PREFIX}callout")  # Quarto's way to write one
                    if letter in "jk" and callouts.names_kind(name):  # an aside that says of what kind it is
                        meant |= {f"{PREFIX}callout", f"{PREFIX}callout-{callouts.kind_of(name)[0]}"}
                    if name == "callout":
                        meant.add(f"{PREFIX}callout-note")  # a box of no kind is a note
                    assert not own - added - meant, (edition, name, letter)
            assert (name.startswith(PREFIX)) is not (name in classes_round(words[f"w{number}b"])), (edition, name)


def classes_round(boxes: list[etree._Element]) -> set[str]:
    return set((boxes[0].get("class") or "").split())


@pytest.mark.needs_pango
def test_the_words_under_a_class_are_printed_on_paper_too(root: Path, tmp_path: Path) -> None:
    hiding = [
        "kicker",
        "column",
        "columns",
        "skip",
        "said",
        "footnotes",
        "added",
        "discussion",
        "missing-image",
        "note-number",
    ]
    result, out = build(tmp_path, chapter(hiding), "pdf")
    assert result.status == 0, result.report
    assert (out / "names.pdf").is_file()


REPORTED = {
    "a link with the class of a call": "Words [x](#c){.noteref} more.",
    "a note of the author's own": '<div class="footnote" id="f">note <a class="noteref" href="#f">1</a></div>\n\nWords.',
    "a callout of no kind": "::: {.callout .callout-zzz}\nwords\n:::",
    "an unknown callout alone": "::: {.callout}\nwords\n:::",
    "words that are added": "[words]{.added} and [more]{.missing-image}",
    "columns of Pandoc": ":::: {.columns}\n::: {.column}\none\n:::\n::: {.column}\ntwo\n:::\n::::",
    "boxes of the press": "::: {.footnotes}\nwords\n:::\n\n::: {.discussion}\nmore\n:::",
    "a title of a callout": "::: {.callout .callout-tip}\n::: {.callout-title}\nmine\n:::\nwords\n:::",
    "a section of notes": '<section class="footnotes" role="doc-endnotes" epub:type="footnotes"><p id="n1">note <a role="doc-backlink" href="#n1">back</a></p></section>\n\nWords.[^1]\n\n[^1]: The real one.',
    "a mark of a page": '<span class="page-mark" role="doc-pagebreak" id="page-1" aria-label="1">seven</span> words',
    "a title with a class": "# Title [words]{.skip} {.kicker}\n\nText.",
}


def test_names_and_roles_of_the_press_are_ordinary_words_of_an_author(tmp_path: Path) -> None:
    home = tmp_path / "book"
    home.mkdir()
    (home / "handbound.toml").write_text(SETTINGS, "utf-8")
    for number, text in enumerate(REPORTED.values()):
        chapter = text if text.startswith("# ") else f"# Chapter {number}\n\n{text}\n"
        (home / f"c{number:02}.md").write_text(f"{chapter}\n\nThe end of e{number}.\n", "utf-8")
    result = press.build(home, tmp_path / "out", editions=("epub", "html"))
    assert result.status == 0, result.report
    page = (tmp_path / "out/names.html").read_text("utf-8")
    for number, name in enumerate(REPORTED):
        assert f"The end of e{number}." in page, name


def test_marks_that_are_handbounds_own_are_taken_off(tmp_path: Path) -> None:
    text = (
        "# Names\n\n"
        '[z]{wrapper="1" onclick=alert data-evil="y"} [q]{wrapper=2 data-pos="9:9" data-href="javascript:x"} `c`{data-evil=y}\n\n'
        '## Head {wrapper=1 data-evil="y" data-note=1}\n\n'
        '![x](a.png){data-evil="y" data-src="b.png" wrapper=1}\n\n'
        '<p data-note="1" data-href="javascript:x" data-pos="3:3" wrapper="1">raw</p>\n'
    )
    result, out = build(tmp_path, text, "epub", "html")
    assert result.status == 0
    for edition, page in some(pages(out).items()):
        written = etree.tostring(page, encoding="unicode")
        for mark in ("data-evil", "wrapper", "onclick", "javascript", "data-pos", "data-note", "data-src", "data-href"):
            assert mark not in written, (edition, mark)
        assert "raw" in written
    assert any(problem.code == "H103" and "onclick" in problem.message for problem in result.report.problems)


def test_no_author_writes_a_mark_of_the_press(tmp_path: Path) -> None:
    text = (
        "---\ntitle: '[T](https://example.org/){hb:kind=noteref hb:href=javascript:x}'\n"
        "discussion: ['What [of it](https://example.org/q){hb:kind=added .hb-added hb:pos=\"9:9-9:9\"}?']\n---\n\n"
        '[a]{hb:kind="noteref" hb:note=1} *b*{hb:kind="added"} `c`{hb:kind="tex"} ![x](a.png){hb:src="b.png" hb:kind=skip}\n\n'
        '## k {hb:head="z" hb:label="z"}\n\n<h2 hb:bookmark="z">l</h2> <span hb:to="#z" hb:after="z">m</span>\n\n'
        '::: {hb:kind="footnotes" HB:KIND="added" hb:wrapper=1}\nd\n:::\n\n'
        '<p hb:kind="footnote" hb:note="1" HB:kind="added" xmlns:hb="urn:handbound:marks">e <a hb:href="javascript:x">f</a></p>\n\n'
        'g <span class="hb-added HB-Added">h</span> [i]{.hb-missing-image}\n\n'
        '<math><mi hb:kind="by-hand">x</mi></math> <svg hb:kind="math" hb:letters="j"><text hb:kind="k">j</text></svg>\n\n'
        '```python {hb:kind="added"}\nx = 1\n```\n'
    )
    home = tmp_path / "book"
    home.mkdir()
    (home / "handbound.toml").write_text(SETTINGS, "utf-8")
    (home / "a.md").write_text(text, "utf-8")
    (home / "a.png").write_bytes(PNG)
    read = press.read(home).book.spine[0]
    kinds_ = [kind for element in read.body.iter() for kind in kinds(element)]
    assert not {"noteref", "added", "footnote", "footnotes", "skip", "missing-image", "tex"} & set(kinds_)
    marks = {
        etree.QName(name).localname for element in read.body.iter() for name in element.attrib if MARKS in str(name)
    }
    assert marks == {"kind"}
    result = press.build(home, tmp_path / "out", editions=("epub", "html"))
    assert result.status == 0, result.report
    for page in some(pages(tmp_path / "out").values()):
        written = etree.tostring(page, encoding="unicode")
        assert not re.search(r"hb:|urn:handbound:marks|javascript|hb-added|hb-noteref|hb-missing|HB-", written), written
        assert all(f"{letter}" in "".join(page.itertext()) for letter in "abcdefghiklm")


def test_classes_for_authors_keep_their_meaning(tmp_path: Path) -> None:
    text = (
        "# Names\n\n![](a.png){.decorative}\n\n> [!TIP]\n> words\n\n::: {.callout .callout-warning .mine}\ncareful\n:::\n\n"
        '[a]{.align-right .warm}\n\n```python\nx = 1\n```\n\n- [ ] task\n\n<https://example.org/>\n\n<p class="warm">raw</p>\n'
    )
    result, out = build(tmp_path, text, "epub", "html")
    assert result.status == 0
    assert not [problem for problem in result.report.problems if problem.code == "I108"]
    for page in some(pages(out).values()):
        written = etree.tostring(page, encoding="unicode")
        for said in (
            'class="hb-callout hb-callout-tip"',
            'class="callout callout-warning mine hb-callout hb-callout-warning"',
            'class="align-right warm hb-align-right"',
            "language-python",
            'class="warm"',
            "hb-task",
        ):
            assert said in written


def test_no_class_has_its_prefix_twice_and_the_script_asks_for_classes_that_there_are(root: Path) -> None:
    script = (root / "themes/base/templates/web/book.js.j2").read_text("utf-8")
    asked = set(re.findall(r'classList\.\w+\("([\w-]+)"', script)) | set(re.findall(r"\.(hb-[\w-]+)", script))
    assert len(asked) > 12
    named = of_sheets(root) | of_templates(root) | {f"{PREFIX}{name}" for name in of_code()}
    assert not [name for name in asked | named if name.startswith(f"{PREFIX}{PREFIX}")]
    own = {"hb-page-mark", *re.findall(r'"class": "([\w-]+)"', script)}
    assert not asked - named - own

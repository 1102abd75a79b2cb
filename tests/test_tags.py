"""The tags of a PDF: a picture without a description is decoration, not a figure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from book import press
from book.paged import tags
from book.proof import pdf_targets, pdf_text
from tests.loops import some
from tests.making import build_book
from tests.told_by_pdf import parents, texts

TEXT = """# Pictures

![A leaf](leaf.png)

![](leaf.png){.decorative}

Words, and [![](leaf.png){.decorative} a linked one](https://example.org/).
"""


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> tuple[press.Result, Path]:
    folder = tmp_path_factory.mktemp("tags")
    (folder / "book").mkdir()
    shutil.copyfile(root / "tests/everything/book/images/leaf.png", folder / "book/leaf.png")
    (folder / "book/a.md").write_text(TEXT, encoding="utf-8")
    return press.build(folder / "book", folder / "out", editions=("pdf",), be_strict=True), folder / "out"


@pytest.fixture
def pdf(built: tuple[press.Result, Path]) -> Iterator[pikepdf.Pdf]:
    result, out = built
    with pikepdf.open(out / result.report.works[0].path) as opened:
        yield opened


def figures(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [one for one in tags.elements(pdf) if one.get("/S") == pikepdf.Name.Figure]


def test_decoration_is_hidden_from_screen_readers(built: tuple[press.Result, Path]) -> None:
    result, _ = built
    assert result.status == 0
    assert [problem.code for problem in result.report.problems if str(problem.severity) != "note"] == []


def test_decoration_is_an_artifact_and_a_described_picture_a_figure(pdf: pikepdf.Pdf) -> None:
    assert [str(one.Alt) for one in figures(pdf) if "/Alt" in one] == ["Cover of Book", "A leaf"]
    assert all("/Pg" in one and "/K" in one for one in figures(pdf))
    marked = [
        str(step.operands[0])
        for page in pdf.pages
        for step in pikepdf.parse_content_stream(page)
        if str(step.operator) in {"BDC", "BMC"}
    ]
    assert marked.count("/Figure") == len(figures(pdf))


def marked_on(page: pikepdf.Page) -> set[int]:
    """Return the numbers of the marked contents of *page*."""
    return {
        int(step.operands[1].MCID)
        for step in pikepdf.parse_content_stream(page)
        if str(step.operator) == "BDC" and "/MCID" in step.operands[1]
    }


def test_every_mark_of_a_page_has_a_parent_or_none(pdf: pikepdf.Pdf) -> None:
    owners = parents(pdf)
    for page in some(pdf.pages):
        used = marked_on(page)
        row = owners[int(page.obj.StructParents)]
        assert {at for at in range(len(row)) if row[at] is not None} == used


def test_a_figure_that_loses_its_description_becomes_decoration(pdf: pikepdf.Pdf) -> None:
    (leaf,) = (one for one in figures(pdf) if str(one.get("/Alt", "")) == "A leaf")
    del leaf["/Alt"]
    assert tags.undescribed(pdf, figures(pdf)) == 1
    assert tags.undescribed(pdf, figures(pdf)) == 0


@pytest.mark.parametrize("theme", ["folio", "field", "almanac"])
def test_the_contents_are_toc_entries_with_one_link_each_and_no_leaders(
    theme: str, tmp_path: Path, needs_pango: None
) -> None:
    long = "A section with a name that is long enough to run on over the end of its line"
    chapter = "\n\n".join(f"## {long} {number}\n\nWords." for number in range(6))
    files = {
        "handbound.toml": f'title = "T"\nlanguage = "en"\nslug = "t"\ntheme = "{theme}"\n',
        "one.md": f"# One\n\n{chapter}\n",
        "two.md": "# Two\n",
    }
    with pikepdf.open(build_book(tmp_path, files, ("pdf",)) / "t.pdf") as pdf:
        entries = [element for element in tags.elements(pdf) if element.S == pikepdf.Name.TOCI]
        assert len(entries) == 8, "two chapters and six sections, each of them over two lines"
        for entry in some(entries):
            reference, *lists = tags.kids(entry)
            assert pikepdf.Name.Reference == reference.S
            assert all(inner.S == pikepdf.Name.TOC for inner in lists)
            below = [element for element in _all(reference) if element.get("/S") != pikepdf.Name.Reference]
            assert [element for element in below if pikepdf.Name.Link == element.S] == tags.kids(reference)
            objects = [
                kid for element in below for kid in tags.kids(element) if not isinstance(kid, int) and "/Obj" in kid
            ]
            assert len(objects) == 1
        contents = pdf_targets.pages(pdf)["one"] - 1
        assert len(pdf.pages[contents].obj.Annots) == len(entries)
        painted = pdf_text.painted(pdf.pages[contents])
    words = "".join(painted.values())
    assert "Two" in words
    assert " ." not in words
    assert "·" not in words


def _all(element: Any) -> Iterator[Any]:
    yield element
    for kid in tags.kids(element):
        if not isinstance(kid, int) and "/S" in kid:
            yield from _all(kid)


LISTS = """# Steps

- First:

    - red
    - green

    Then wait.

1. Second:

    1. blue
        - light

        or dark

    > Quoted.

    Last words.
"""


@pytest.mark.parametrize("edition", ["pdf", "handout"])
def test_an_item_that_goes_on_behind_a_list_is_read_in_order(edition: str, tmp_path: Path, needs_pango: None) -> None:
    files = {"handbound.toml": 'title = "T"\nlanguage = "en"\nslug = "t"\n', "steps.md": LISTS}
    out = build_book(tmp_path, files, (edition,))
    with pikepdf.open(out / ("t.pdf" if edition == "pdf" else "handouts/steps.pdf")) as pdf:
        words = " ".join("".join(run.text for run in pdf_text.runs(pdf)).split())
        lists = [element for element in tags.elements(pdf) if element.get("/S") == pikepdf.Name.L]
    assert "First:redgreenThen wait.Second:bluelightor darkQuoted.Last words." in words
    assert len(lists) == 5


def test_a_handout_of_two_pages_has_a_list_within_an_item(tmp_path: Path, needs_pango: None) -> None:
    """The title block is painted behind the text of its page, so that only the tags tell the order of the words."""
    files = {
        "handbound.toml": 'title = "T"\nlanguage = "en"\nslug = "t"\n',
        "steps.md": LISTS + "\nMore words follow on another page.\n" * 60,
    }
    assert (build_book(tmp_path, files, ("handout",)) / "t-handout.pdf").is_file()


@pytest.mark.parametrize("edition", ["pdf", "handout"])
def test_an_item_of_a_list_has_one_body_and_a_list_says_how_it_is_numbered(
    edition: str, tmp_path: Path, needs_pango: None
) -> None:
    files = {
        "handbound.toml": 'title = "T"\nlanguage = "en"\nslug = "t"\n',
        "steps.md": LISTS + '\n<ol type="a"><li>Letter<pre>code</pre></li></ol>\n\n- last\n',
    }
    out = build_book(tmp_path, files, (edition,))
    with pikepdf.open(out / ("t.pdf" if edition == "pdf" else "handouts/steps.pdf")) as pdf:
        lists = [element for element in tags.elements(pdf) if element.get("/S") == pikepdf.Name.L]
        numberings = [str(element.get("/A", {}).get("/ListNumbering", "")) for element in lists]
        assert numberings == ["", "", "/Decimal", "/Decimal", "", "/LowerAlpha", ""]
        for item in some(item for element in lists for item in tags.kids(element)):
            assert item.S == pikepdf.Name.LI
            roles = [str(kid.S) for kid in tags.kids(item)]
            assert roles in (["/Lbl", "/LBody"], ["/LBody"])
            assert all(kid.P.objgen == item.objgen for kid in tags.kids(item))
        for body in some(kid for element in lists for item in tags.kids(element) for kid in tags.kids(item)[1:]):
            inside = [kid for kid in tags.kids(body) if hasattr(kid, "get")]
            assert all(kid.P.objgen == body.objgen for kid in inside)
            assert not [kid for kid in inside if kid.S in (pikepdf.Name.LBody, pikepdf.Name.LI)]


LINKS = """# Links

Words, [a **bold and** `typed` link](https://example.org/a), [*slanted*](https://example.org/b),
and [![A leaf](leaf.png) with a picture](https://example.org/c).

See [**two** words](#the-end). A note.[^1]

[^1]: Of [`code`](https://example.org/d).

## The end

| [**cell**](https://example.org/e) |
|---|
| [one `two` three](https://example.org/f) |
"""


@pytest.mark.parametrize("edition", ["pdf", "print", "handout"])
def test_a_link_with_markup_in_it_is_one_link(edition: str, root: Path, tmp_path: Path, needs_pango: None) -> None:
    files = {"handbound.toml": 'title = "T"\nlanguage = "en"\nslug = "t"\n', "links.md": LINKS}
    (tmp_path / "book").mkdir(parents=True)
    shutil.copyfile(root / "tests/everything/book/images/leaf.png", tmp_path / "book/leaf.png")
    out = build_book(tmp_path, files, (edition,))
    with pikepdf.open(next(file for file in out.glob("t*.pdf") if "letter" not in file.name)) as pdf:
        owners = parents(pdf)
        links = [annotation for page in pdf.pages for annotation in page.obj.get("/Annots", ())]
        assert len(links) >= 7
        for link in links:
            owner = owners[int(link.StructParent)]
            assert pikepdf.Name.Link == owner.S
            objects = [
                kid.Obj.objgen for one in _all(owner) for kid in tags.kids(one) if hasattr(kid, "get") and "/Obj" in kid
            ]
            assert objects == [link.objgen]
            below = [one for one in _all(owner) if one.objgen != owner.objgen]
            assert not [one for one in below if pikepdf.Name.Link == one.S]


def test_the_contents_are_toc_entries_where_a_part_has_no_page(tmp_path: Path, needs_pango: None) -> None:
    files = {
        "handbound.toml": (
            'title = "T"\nlanguage = "en"\nslug = "t"\ntheme = "almanac"\n'
            'sidebar = [{ part = "First part", chapters = ["one.md", "two.md"] }]\n'
        ),
        "one.md": "# One\n\n## A section\n\nWords.\n",
        "two.md": "# Two\n\nWords.\n",
    }
    with pikepdf.open(build_book(tmp_path, files, ("pdf",)) / "t.pdf") as pdf:
        entries = [element for element in tags.elements(pdf) if element.S == pikepdf.Name.TOCI]
    assert len(entries) == 4


@pytest.mark.parametrize("edition", ["pdf", "large"])
def test_no_page_reads_a_stream_twice(edition: str, tmp_path: Path, needs_pango: None) -> None:
    """Programs such as veraPDF read a stream that a page names twice once, and takes what is around it for untagged."""
    files = {
        "handbound.toml": 'title = "T"\nlanguage = "en"\nslug = "t"\n',
        "one.md": "# One\n\nWords.\n\n## Head\n" + "\nMore words.\n" * 60,
    }
    (file,) = build_book(tmp_path, files, (edition,)).glob("t*.pdf")
    with pikepdf.open(file) as pdf:
        for page in some(pdf.pages):
            streams = page.obj.Contents if isinstance(page.obj.Contents, pikepdf.Array) else [page.obj.Contents]
            numbers = [stream.objgen for stream in streams]
            assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("edition", ["pdf", "print", "large"])
def test_all_that_is_marked_stands_in_the_tree_and_running_heads_are_artifacts(
    edition: str, tmp_path: Path, needs_pango: None
) -> None:
    files = {
        "handbound.toml": 'title = "T"\nlanguage = "en"\nslug = "t"\n',
        "one.md": "# One\n\nWords.\n\n## Head\n" + "\nMore words.\n" * 90,
        "two.md": "# Two\n\nWords.\n\n## Another\n" + "\nMore words.\n" * 90,
    }
    (file,) = build_book(tmp_path, files, (edition,)).glob("t*.pdf")
    with pikepdf.open(file) as pdf:
        standing = {element.objgen for element in tags.elements(pdf)}
        owners = parents(pdf)
        for page in some(pdf.pages):
            used = marked_on(page)
            row = owners[int(page.obj.StructParents)]
            assert all(row[number] is not None and row[number].objgen in standing for number in used)
        painted = ["".join(text for _, text in texts(page)) for page in pdf.pages]
        heads = sum("Another" in words for words in painted)
        assert heads > 2, "its running heads are still printed"
        words = "".join(run.text for run in pdf_text.runs(pdf))
    assert words.count("Another") == 1


@pytest.mark.parametrize("edition", ["pdf", "print", "handout"])
def test_the_box_of_a_picture_is_where_it_is_painted(
    edition: str, root: Path, tmp_path: Path, needs_pango: None
) -> None:
    (tmp_path / "book").mkdir(parents=True)
    shutil.copyfile(root / "tests/everything/book/images/leaf.png", tmp_path / "book/leaf.png")
    files = {
        "handbound.toml": 'title = "T"\nlanguage = "en"\nslug = "t"\n',
        "one.md": "# One\n\nWords.\n\n[![A leaf](leaf.png)](https://example.org/)\n",
    }
    out = build_book(tmp_path, files, (edition,))
    with pikepdf.open(next(file for file in out.glob("t*.pdf") if "letter" not in file.name)) as pdf:
        (leaf,) = (one for one in figures(pdf) if str(one.get("/Alt", "")) == "A leaf")
        left, bottom, right, top = (float(side) for side in leaf.A.BBox)
        link = leaf.P
        while pikepdf.Name.Link != link.S:
            link = link.P
        quads = [float(number) for number in tags.kids(link)[0].Obj.QuadPoints]
    assert right > left
    assert top > bottom
    pictures = [quads[at : at + 8] for at in range(0, len(quads), 8)]
    assert any(
        quad[:2] == pytest.approx([left, top], abs=0.01) and quad[6:] == pytest.approx([right, bottom], abs=0.01)
        for quad in pictures
    )

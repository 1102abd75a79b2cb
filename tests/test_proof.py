"""The proofs of EPUB and HTML: a valid book passes all of them, and each fault in the tables is caught."""

from __future__ import annotations

import functools
import hashlib
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from book import proof
from book.assemble.wording import wording
from book.markdown.nodes import attribute, node, text
from book.model import Book, Check, Draft, Metadata, Node, Work
from book.problems import Place
from tests.making import codes, make_book, make_draft

HERE = Path(__file__).parent / "proof"


def faults(name: str) -> list[Any]:
    return [pytest.param(case, id=case["says"]) for case in tomllib.loads((HERE / name).read_text("utf-8"))["fault"]]


def plain(words: str) -> Node:
    return node("Plain", text(words))


def cell(words: str) -> list[Any]:
    return [attribute(), node("AlignDefault"), 1, 1, [plain(words)]]


TABLE = node(
    "Table",
    attribute(),
    [None, []],
    [[node("AlignDefault"), node("ColWidthDefault")]] * 2,
    [attribute(), []],
    [[attribute(), 0, [], [[attribute(), [cell("left"), cell("right")]]]]],
    [attribute(), []],
)
NOTE = node("Note", [node("Para", text("It is a long way."))])
IMAGE = node("Image", attribute(), text("A black dot"), ["images/dot.svg", ""])


def link(words: str, target: str) -> Node:
    return node("Link", attribute(), text(words), [target, ""])


ONE = (
    node(
        "Para",
        [
            *text("The "),
            node("Emph", text("first")),
            *text(" chapter leads to "),
            link("the end", "two#end"),
            *text(" and to "),
            link("a site", "https://example.org/guide.md"),
            *text("."),
            NOTE,
        ],
    ),
    node("Para", [IMAGE]),
)
TWO = (
    node("BulletList", [[plain("a well-known list")], [plain("of two")]]),
    TABLE,
    node("CodeBlock", attribute(), 'print("one  two")'),
    node("Para", text("The end.")),
)


def draft(slug: str, title: str, blocks: tuple[Node, ...]) -> Draft:
    return make_draft(blocks, path=f"{slug}.md", title=title)


ABOUT = Metadata(
    title="The Two Chapters",
    identifier="urn:uuid:5f0b1a52-3d5e-5d1c-9b8f-0c2b7d9d3c11",
    slug="book",
    date="2026-01-02",
    modified="2026-01-02T03:04:05Z",
)


@functools.cache
def book() -> Book:
    return make_book(draft("one", "One", ONE), draft("two", "Two", TWO), about=ABOUT)


def files() -> dict[str, bytes]:
    """The sound EPUB of tests/proof/epub, unpacked."""
    folder = HERE / "epub"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2026, 1, 2, 0, 0, 0))
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
    return info


def pack(folder: Path, content: Mapping[str, bytes], names: list[zipfile.ZipInfo] | None = None) -> Work:
    names = names or [entry("mimetype"), *map(entry, sorted(content.keys() - {"mimetype"}))]
    with zipfile.ZipFile(folder / "book.epub", "w") as archive:
        for info in names:
            archive.writestr(info, content[info.filename.replace("../", "").replace("\\", "/")])
    return work(folder, "book.epub", "epub")


def work(folder: Path, name: str, edition: str) -> Work:
    data = (folder / name).read_bytes()
    return Work(edition=edition, path=name, bytes=len(data), digest=hashlib.sha256(data).hexdigest())


def own(folder: Path, printed: Work, of: Book | None = None) -> tuple[Check, ...]:
    checks = proof.prove(folder, (printed,), of or book(), validators=False)
    return tuple(check for check in checks if check.status != "not run")


def assert_told(checks: tuple[Check, ...], case: dict[str, Any], path: str) -> None:
    told = [problem for check in checks for problem in check.problems if problem.code == case["code"]]
    assert told, [problem for check in checks for problem in check.problems]
    assert path in {problem.place.path for problem in told}
    assert "line" not in case or case["line"] in {problem.place.line for problem in told}
    assert all(problem.fix for problem in told)
    assert any(check.status == "failed" for check in checks)


def test_a_sound_epub_passes_every_own_proof(tmp_path: Path) -> None:
    checks = own(tmp_path, pack(tmp_path, files()))
    assert [problem for check in checks for problem in check.problems] == []
    assert [check.status for check in checks] == ["passed"] * 9
    assert {check.work for check in checks} == {"book.epub"}


@pytest.mark.parametrize("case", faults("epub-faults.toml"))
def test_every_fault_of_an_epub_is_reported(case: dict[str, Any], tmp_path: Path) -> None:
    content = files()
    before = content[case["file"]].decode()
    assert case["old"] in before
    content[case["file"]] = before.replace(case["old"], case["new"]).encode()
    path = f"book.epub/{case.get('at', case['file'])}"
    if case["code"] == "P106":
        path = "book.epub/EPUB/content.opf" if "content.opf" in case["new"] else "book.epub/EPUB/package.opf"
    assert_told(own(tmp_path, pack(tmp_path, content)), case, path)


@pytest.mark.parametrize("control", ["\x0b", "\x7f", "\ufffe"], ids=ascii)
def test_no_control_character_reaches_a_document(control: str, tmp_path: Path) -> None:
    content = files()
    content["EPUB/two.xhtml"] = content["EPUB/two.xhtml"].replace(b"The end.", f"The{control} end.".encode())
    assert codes(own(tmp_path, pack(tmp_path, content))) & {"P101", "P103"}


def test_a_document_with_broken_bytes_is_reported(tmp_path: Path) -> None:
    content = files()
    content["EPUB/two.xhtml"] = content["EPUB/two.xhtml"].replace(b"The end.", b"The \xff end.")
    assert "P101" in codes(own(tmp_path, pack(tmp_path, content)))


def named(content: Mapping[str, bytes]) -> list[zipfile.ZipInfo]:
    return [entry("mimetype"), *map(entry, sorted(content.keys() - {"mimetype"}))]


def compressed(names: list[zipfile.ZipInfo]) -> None:
    names[0].compress_type = zipfile.ZIP_DEFLATED


def last(names: list[zipfile.ZipInfo]) -> None:
    names.append(names.pop(0))


def with_extra_field(names: list[zipfile.ZipInfo]) -> None:
    names[0].extra = b"\x55\x54\x01\x00\x00"


def unsorted(names: list[zipfile.ZipInfo]) -> None:
    names[1], names[2] = names[2], names[1]


def dated(names: list[zipfile.ZipInfo]) -> None:
    names[3].date_time = (2026, 1, 2, 0, 0, 2)


def writable(names: list[zipfile.ZipInfo]) -> None:
    names[3].external_attr = 0o100666 << 16


def of_another_system(names: list[zipfile.ZipInfo]) -> None:
    names[3].create_system = 0


def outside(names: list[zipfile.ZipInfo]) -> None:
    names[-1].filename = "../" + names[-1].filename


def with_a_backslash(names: list[zipfile.ZipInfo]) -> None:
    names[-1].filename = names[-1].filename.replace("/", "\\")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (compressed, "P104"),
        (last, "P104"),
        (with_extra_field, "P104"),
        (unsorted, "P105"),
        (dated, "P105"),
        (writable, "P105"),
        (of_another_system, "P105"),
        (outside, "P105"),
        (with_a_backslash, "P105"),
    ],
)
def test_an_archive_is_packed_the_one_way(spoil: Any, code: str, tmp_path: Path) -> None:
    content = files()
    names = named(content)
    spoil(names)
    assert code in codes(own(tmp_path, pack(tmp_path, content, names)))


def test_two_names_that_differ_only_in_case_are_reported(tmp_path: Path) -> None:
    content = files()
    content["EPUB/Two.xhtml"] = content["EPUB/two.xhtml"]
    assert "P105" in codes(own(tmp_path, pack(tmp_path, content)))


def test_another_mimetype_is_reported(tmp_path: Path) -> None:
    content = {**files(), "mimetype": b"application/epub+zip\n"}
    assert "P104" not in codes(own(tmp_path, pack(tmp_path, files())))
    assert "P104" in codes(own(tmp_path, pack(tmp_path, content)))


def test_a_file_that_is_not_an_archive_is_a_problem_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "book.epub").write_bytes(b"PK\x03\x04 and then nothing")
    checks = own(tmp_path, work(tmp_path, "book.epub", "epub"))
    assert {check.status for check in checks} == {"failed"}
    assert codes(checks) == {"P100"}


def test_a_file_that_is_not_there_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    for name in ("book.epub", "book.pdf", "book.html", "index.html"):
        checks = own(tmp_path, Work(edition="x", path=name, bytes=0, digest=""))
        assert codes(checks) == {"P100"}, name


def lay(folder: Path, page: str, name: str = "book.html") -> Work:
    (folder / name).write_text(page, "utf-8")
    return work(folder, name, "download" if name == "index.html" else "html")


def test_a_sound_page_passes_every_own_proof(tmp_path: Path) -> None:
    checks = own(tmp_path, lay(tmp_path, (HERE / "book.html").read_text("utf-8")))
    assert [problem for check in checks for problem in check.problems] == []
    assert [check.status for check in checks] == ["passed"] * 4


@pytest.mark.parametrize("case", faults("html-faults.toml"))
def test_every_fault_of_a_page_is_reported(case: dict[str, Any], tmp_path: Path) -> None:
    page = (HERE / "book.html").read_text("utf-8")
    assert case["old"] in page
    printed = lay(tmp_path, page.replace(case["old"], case["new"], 1))
    assert_told(own(tmp_path, printed), case, "book.html")


@pytest.mark.parametrize("page", ["", " ", "<!-- nothing -->"])
def test_a_page_with_nothing_in_it_is_a_problem_and_no_traceback(page: str, tmp_path: Path) -> None:
    assert codes(own(tmp_path, lay(tmp_path, page))) & {"P100", "P162"}


def test_the_download_page_offers_only_what_is_there(tmp_path: Path) -> None:
    page = "<!DOCTYPE html><html lang=en><title>x</title><p id=a><a href='book.epub'>EPUB</a> <a href='#a'>up</a>"
    printed = lay(tmp_path, page, "index.html")
    assert codes(own(tmp_path, printed)) == {"P122"}
    (tmp_path / "book.epub").write_bytes(b"")
    assert codes(own(tmp_path, printed)) == set()


def test_the_download_page_offers_nothing_of_another_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "secret.pdf").write_bytes(b"")
    printed = lay(tmp_path / "out", "<!DOCTYPE html><title>x</title><a href='../secret.pdf'>x</a>", "index.html")
    assert codes(own(tmp_path / "out", printed)) == {"P122"}


def test_a_lost_word_is_named_with_its_chapter(tmp_path: Path) -> None:
    content = files()
    content["EPUB/one.xhtml"] = content["EPUB/one.xhtml"].replace(b"<em>first</em> ", b"")
    (problem,) = own(tmp_path, pack(tmp_path, content))[5].problems
    assert problem.message == (
        "one.md, text, after 'One The': the book has 'first chapter leads to the …', "
        "the edition has 'chapter leads to the end …'; 1 lost, 0 added"
    )


def test_unreported_markup_in_an_edition_is_found(tmp_path: Path) -> None:
    page = (HERE / "book.html").read_text("utf-8").replace("The end.", "The {{&lt; end &gt;}}.")
    told = replace(draft("two", "Two", (*TWO[:-1], node("Para", text("The {{< end >}}.")))), signs=("{{",))
    silent = replace(told, signs=())
    one = draft("one", "One", ONE)
    assert codes(own(tmp_path, lay(tmp_path, page), make_book(one, told, about=ABOUT))) == set()
    checks = own(tmp_path, lay(tmp_path, page), make_book(one, silent, about=ABOUT))
    assert codes(checks) == {"P163"}
    (problem,) = (problem for check in checks for problem in check.problems)
    assert problem.message == "two.md: readers see '{{< end >}}.', and no message says so"


def test_every_kind_of_node_is_read() -> None:
    blocks = (
        node("DefinitionList", [[text("term"), [[plain("one meaning")], [plain("another")]]]]),
        node("Div", attribute(["note"]), [node("Para", [node("Span", attribute(), text("inside"))])]),
        node("RawBlock", "html", "<table><tr><td>raw<td>cells<script>not this</script></table>"),
        node(
            "Para", [node("RawInline", "html", "<kbd>"), *text("key"), node("RawInline", "html", "</kbd>"), *text("s")]
        ),
        node(
            "Para",
            [*text("up"), node("LineBreak"), *text("down"), node("SoftBreak"), node("Code", attribute(), "x  y")],
        ),
        node("BlockQuote", [node("Para", [node("Strong", text("quo")), *text("ted")])]),
        node("OrderedList", [1, node("Decimal"), node("Period")], [[plain("first"), node("Para", text("more"))]]),
        node("Para", [node("Math", node("InlineMath"), "x^2"), *text("\u00adaf\u00adter")]),
    )
    assert wording(draft("c", "Title", blocks)).running == (
        "Title term one meaning another inside raw cells keys up down x y quoted first more x^2 after"
    )


@pytest.mark.parametrize(("have", "code"), [("one two", ""), ("onetwo", "P255"), ("one", "P161"), ("two one", "P161")])
def test_beside_an_authors_tags_a_lost_word_refuses_the_edition_and_a_lost_gap_does_not(have: str, code: str) -> None:
    from book.proof import words

    html = (node("Para", [node("RawInline", "html", "<b>"), *text("one two")]),)
    tags, plainly = make_book(draft("c", "Title", html), draft("d", "Title", (plain("one two"),))).spine
    place = Place(path="book.epub")
    found = [*words.differing(place, tags, "one two", have, "text")]
    assert [one.code for one in found] == ([code] if code else [])
    assert all(one.fix.startswith("if HTML stands ") for one in found)
    assert all("; if none stands there, this is a bug in Handbound" in one.fix for one in found)
    found = [*words.differing(place, plainly, "one two", have, "text")]
    assert [one.code for one in found] == (["P161"] if code else [])
    assert all("not in your book" in one.fix for one in found)


def test_a_hidden_title_is_not_missed() -> None:
    assert wording(replace(draft("c", "Title", (plain("text"),)), show_title=False)).running == "text"


def test_text_that_a_drawing_swallows_is_lost(tmp_path: Path) -> None:
    page = (HERE / "book.html").read_text("utf-8")
    shown = page.replace("The end.", "<svg><text>The end.</text></svg>")
    swallowed = page.replace("The end.", "<svg>The end.</svg>")
    assert codes(own(tmp_path, lay(tmp_path, shown))) == set()
    assert codes(own(tmp_path, lay(tmp_path, swallowed))) == {"P161"}


def test_what_the_press_adds_is_set_aside(tmp_path: Path) -> None:
    page = (HERE / "book.html").read_text("utf-8")
    added = '<p class="hb-kicker">Chapter 2</p><h1>Two</h1><p class="hb-callout-title">Note</p>'
    assert codes(own(tmp_path, lay(tmp_path, page.replace("<h1>Two</h1>", added)))) == set()

"""Content that is too long for its line or its page: code, addresses, words in tables, rows."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from book import press
from book.body import Body
from book.paged import code_lines, on_paper
from book.proof import pdf_text
from book.style.links import whatwg
from tests.making import write_files

LONG_ROW = "shows good judgement in the work and helps the people around to do theirs well " * 16
TABLE = f"""# Table

| Level | Craft | Impact |
|---|---|---|
| Senior | {LONG_ROW} | {LONG_ROW} |
| Staff | {LONG_ROW} | short |
"""
WIDE = """# Wide

| Name | Type | Meaning |
|---|---|---|
| `com.example.enterprise.configuration.AbstractSingletonProxyFactoryBean` | `Map<String, List<Optional<Integer>>>` | The thing |
| Incomprehensibilities1234567890123456789012345678901234567890123456789012345678901234 | `y` | ok |
"""
CODE = """# Code

```python
def f(x):
    if x:
        return {"a": 1}
    print("a line that is far too long for its page", "and goes on, and on, and on", x, "until it ends")
```

```make
all:
\tgcc -o main
a\tb\tc
```
"""
LINKS = """# Links

See https://example.org/areallyreallylongaddressthathasnoslashnorhyphenwherealinecouldendandgoesonandon?query=abc0123456789 for
more, [words](https://bücher.example/ärzte#:~:text=leave%20it) and `ansible-playbook-inventory-production-hosts-limit-webservers`.
"""
DEEP = "# Deep\n\n" + "".join(
    f"{'  ' * level}- level {level} with some words that make the line long enough to wrap once or twice on the page\n"
    for level in range(1, 13)
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, *, needs_pango: None) -> Path:
    """The folder of a book of long things."""
    folder: Path = tmp_path_factory.mktemp("long")
    (folder / "handbound.toml").write_text(
        'title = "T"\nsidebar = ["a.md", "b.md", "c.md", "d.md", "e.md"]\n', encoding="utf-8"
    )
    for name, text in zip("abcde", (TABLE, WIDE, CODE, LINKS, DEEP), strict=True):
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    assert press.build(folder, folder / "out", editions=("pdf", "print", "epub")).status == 0
    # Of these chapters alone the handout is looked at.
    files = {"handbound.toml": 'title = "T"\n', "c.md": CODE, "d.md": LINKS}
    assert press.build(write_files(folder / "some", files), folder / "some-out", editions=("handout",)).status == 0
    (folder / "some-out" / "t-handout.pdf").rename(folder / "out" / "t-handout.pdf")
    return folder / "out"


def lines(file: Path) -> list[str]:
    """Return the painted text, run by run."""
    with pikepdf.open(file) as pdf:
        return [run.text for run in pdf_text.runs(pdf)]


@pytest.mark.parametrize("name", ["t.pdf", "t-print.pdf", "t-handout.pdf"])
def test_spaces_before_coloured_words_are_painted_and_tabs_are_columns(out: Path, name: str) -> None:
    said = lines(out / name)
    assert any(text.startswith("    if") for text in said)
    assert any(text.startswith("        return") for text in said)
    assert "    gcc -o main" in said
    assert "a   b   c" in said


def test_a_long_line_of_code_ends_at_a_space_and_its_rest_stands_further_in(out: Path) -> None:
    said = lines(out / "t.pdf")
    whole = "".join(said)
    assert '"a line that is far too long for its page"' in whole
    assert not any(one.endswith(("pag", "goe", "unti")) for one in said)


@pytest.mark.parametrize("name", ["t.pdf", "t-print.pdf", "t-handout.pdf"])
def test_addresses_take_no_hyphen(out: Path, name: str) -> None:
    whole = "".join(lines(out / name)).replace("\n", "")
    assert (
        "https://example.org/areallyreallylongaddressthathasnoslashnorhyphenwherealinecouldendandgoesonandon?query=abc0123456789"
        in whole
    )
    assert "ansible-playbook-inventory-production-hosts-limit-webservers" in whole


def test_paper_shows_addresses_in_their_own_letters_and_without_text_fragments(out: Path) -> None:
    whole = "".join(lines(out / "t-print.pdf"))
    assert "bücher.example/ärzte" in whole
    assert "xn--" not in whole
    assert ":~:" not in whole


def test_a_row_that_is_higher_than_a_page_goes_on_under_its_head(out: Path) -> None:
    with pikepdf.open(out / "t.pdf") as pdf:
        begins = [run.page for run in pdf_text.runs(pdf) if run.text.strip() == "Level"]
        title = next(run.page for run in pdf_text.runs(pdf) if run.text.strip() == "Table")
    assert begins[0] <= title + 3  # after title page, imprint and contents
    assert len(begins) > 1
    assert begins == list(range(begins[0], begins[-1] + 1))


def test_a_chapter_that_begins_with_a_wide_table_leaves_its_first_page_not_empty(out: Path) -> None:
    with pikepdf.open(out / "t.pdf") as pdf:
        runs = pdf_text.runs(pdf)
    title = max(run.page for run in runs if run.text.strip() == "Wide" and run.page > 2)
    assert any(run.page == title and run.text.startswith("com.example") for run in runs)
    # Words that say where they may be divided are not cut.
    said = "".join(run.text for run in runs)
    assert "Map<String, List<Optional<Integer>>>" in said


@pytest.mark.parametrize("name", ["t.pdf", "t-print.pdf"])
def test_a_chapter_that_begins_with_a_deep_list_keeps_its_opener_and_the_list_together(out: Path, name: str) -> None:
    with pikepdf.open(out / name) as pdf:
        runs = pdf_text.runs(pdf)
    first = next(run.page for run in runs if run.text.startswith("level 1 "))
    assert [run.page for run in runs if run.text.strip() == "Deep"][-1] == first
    assert any((run.page == first and run.text.startswith("Chapter")) or run.text.startswith("CHAPTER") for run in runs)


@given(st.text(st.sampled_from("ab(), \t\n/漢é"), max_size=120), st.integers(8, 30))
def test_nothing_but_space_is_added_to_code_and_every_row_has_room(text: str, columns: int) -> None:
    body = etree.Element("div")
    code = etree.SubElement(etree.SubElement(body, "pre"), "code")
    half = len(text) // 2
    code.text = text[:half]
    inner = etree.SubElement(code, "span", {"class": "k"})
    inner.text, inner.tail = text[half:], "end"
    code_lines.dress(body, {"1": columns})
    after = "".join(code.itertext())
    assert "".join(after.split()) == "".join(f"{text}end".split())
    deepest = max((len(line) - len(line.lstrip(" ")) for line in after.split("\n")), default=0)
    assert code_lines.widest(after) <= max(columns, deepest + code_lines.FEWEST) + 1


@given(st.text(st.sampled_from("aB1/.-_=&?:<>, é"), max_size=60))
def test_places_to_end_a_line_change_no_letter(text: str) -> None:
    assert on_paper.breakable(text).replace(on_paper.BREAK, "").replace(on_paper.TIE, "") == text


def test_what_is_printed_of_an_address_leads_there() -> None:
    for address in (
        "https://xn--bcher-kva.example/%C3%A4rzte?q=%C3%BC#%C3%B6",
        "https://example.org/%E7%AB%A0",
        "https://a.b/%20c",
    ):
        back = whatwg.parse(f"https://{whatwg.printed(address)}")
        assert str(back) == address


def test_a_page_of_the_web_keeps_its_tabs() -> None:
    body = Body.of("<pre><code>\tx</code></pre>").root
    on_paper.ease(body)
    assert "".join(body.itertext()) == "\tx"

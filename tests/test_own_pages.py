"""The pages that Handbound reads for WeasyPrint: the trees are those that it makes itself, and what is unusual is left to it."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from book.html_names import VOID
from book.paged.render import library, own_pages
from book.paged.render.own_pages import KNOWN

NAMES = sorted(
    {*KNOWN, "button", "form", "html", "iframe", "object", "option", "ruby", "rt", "select", "svg", "template", "x"}
)
WORDS = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "\n\n",
        "word",
        " two words ",
        "\nline",
        "a &amp; b",
        "&lt;",
        "&nbsp;",
        "it’s",
        "&copy;",
        "a & b",
        "&#65;",
        "x>y",
    ]
)
VALUES = st.sampled_from(
    [
        "",
        ' id="a"',
        ' class="b c"\n title="&quot;d&quot; e"',
        ' hidden data-to="#f" aria-label=""',
        " id=g",
        ' id="h" id="i"',
        " VIEWBOX",
    ]
)
PAGE = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>A &amp; b</title>\n<style>\n</style>\n</head>\n<body class="c">\n{}\n</body>\n</html>\n'


pytestmark = pytest.mark.needs_pango


def _theirs(page: str) -> ElementTree.Element:
    root: ElementTree.Element = library.weasyprint().tinyhtml5.parse(io.StringIO(page), namespace_html_elements=False)
    return root


def _same(one: ElementTree.Element, two: ElementTree.Element) -> bool:
    mine, other = ((e.tag, list(e.attrib.items()), e.text, e.tail, len(e)) for e in (one, two))
    return mine == other and all(map(_same, one, two))


def _element(name: str, values: str, inside: list[str]) -> str:
    return f"<{name}{values}>" if name in VOID else f"<{name}{values}>{''.join(inside)}</{name}>"


def _nested(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(_element, st.sampled_from(NAMES), VALUES, st.lists(WORDS | parts, max_size=4))


BODIES = st.lists(st.recursive(WORDS, _nested, max_leaves=12), max_size=5).map("".join)


@given(
    BODIES,
    st.sampled_from([PAGE, PAGE.replace("</head>\n", "</head>"), '<!DOCTYPE html><html><body id="z">{}</body></html>']),
)
def test_what_is_read_is_the_same_tree(body: str, page: str) -> None:
    text = page.replace("{}", body)
    mine = own_pages.tree(text)
    assert mine is None or _same(mine, _theirs(text)), text


@pytest.mark.parametrize(
    "body",
    [
        '<section><h2>A</h2><p>b <em>c <a href="#d">e</a></em><br/> f</p><ul>\n<li>g<ol><li>h</li></ol></li></ul></section>',
        "<pre>\n\nfirst <code>line</code>\n</pre><pre><code>\nx</code></pre>",
        '<figure><img src="a" alt="&quot;b&quot;"><figcaption>c &amp; d</figcaption></figure><dl><dt>e</dt><dd><p>f</p></dd></dl>',
        "<table><caption>a</caption>\n<colgroup><col><col></colgroup><thead><tr><th>b</th></tr></thead>\n<tbody> <tr><td><p>c</p></td></tr></tbody></table>",
        "<b><div><p>a</p></div></b><i>b<b>c</b></i>",
    ],
)  # fmt: skip
def test_ordinary_pages_are_read(body: str) -> None:
    page = PAGE.replace("{}", body)
    tree = own_pages.tree(page)
    assert tree is not None
    assert _same(tree, _theirs(page))


@pytest.mark.parametrize(
    "body",
    [
        "<p>a", "a</p>", "<p>a</b></p>", "<p><div>a</div></p>", '<a href="#">a<a href="#">b</a></a>', "<h1><h2>a</h2></h1>", "<table><tr><td>a</td></tr></table>",
        "<table>a</table>", "<li>a</li>", "<ul><li>a</li></ul><svg></svg>", "<div/>", "<!-- a -->", "<p id='a'>b</p>", "a &copy; b", "a < b", "<P>a</P>", "a\rb", "<p>\0</p>",
        "</body>", "</body></html>a", "<body>", "<title>a</title>", '<p id="a" id="b">c</p>', "<textarea>\na</textarea>",
        "<table><tbody><tr><td><pre>\na</pre></td></tr></tbody></table>",
    ],
)  # fmt: skip
def test_what_html_has_rules_for_is_left_to_weasyprint(body: str) -> None:
    assert own_pages.tree(PAGE.replace("{}", body)) is None


def test_a_page_has_all_that_weasyprint_gives_it() -> None:
    resources = library.fetcher({})
    mine = library.html(PAGE.replace("{}", "<p>a</p>"), resources)
    theirs = library.html(PAGE.replace("{}", "<P>a</P>"), resources)
    assert type(mine) is type(theirs)
    assert vars(mine).keys() == vars(theirs).keys()
    assert _same(mine.etree_element, theirs.etree_element)
    assert mine.wrapper_element.etree_element is mine.etree_element
    same = [name for name in vars(mine) if getattr(mine, name) == getattr(theirs, name)]
    assert same == ["base_url", "url_fetcher", "media_type"]
    assert {name: type(value) for name, value in vars(mine.wrapper_element).items()} == {
        name: type(value) for name, value in vars(theirs.wrapper_element).items()
    }

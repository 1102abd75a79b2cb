"""Raw HTML: laws for any fragment in both sanitisers. Prose cases: `tests/books/rawhtml.md`."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from book import schemes
from book.assemble import compose
from book.body import Body, parse_html
from book.markdown import html_policy, sanitise
from book.markdown.nodes import attribute, node, text
from book.model import FrontMatter, Manuscript, Nodes

SOURCE = Manuscript(path="a.md", text="", first_line=1, front=FrontMatter())
PIECES = st.lists(
    st.sampled_from(
        "<b> </b> <div> </div> <p> </p> <script> </script> <SCRIPT> <style> </style> <svg> </svg> <math> </math> <title> </title> "
        "<table> <td> </table> <template> </template> <!-- --> <!--> <![CDATA[ ]]> <? ?> <iframe/src=x> <img/src=x/onerror=alert(1)> "
        "<a/href=javascript:alert(1)> <a\thref='java&#10;script:x'> <svg/onload=x> <math><mtext><table><mglyph><style> <foreignObject> "
        "<noscript> </noscript> <x-y> <Comp> <B.C> &lt; & < > \" ' = / alert(1) words <li> <ul> </li> <details> <select> <option> <xmp> <plaintext>".split()
    ),
    max_size=14,
)


class Browser(HTMLParser):
    """The active content of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = html_policy.TAGS | {name.lower() for name in html_policy.SVG_TAGS | html_policy.MATH_TAGS}
        if tag not in known:
            self.live.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc", "srcset", "xlink:href"):
                self.live.append(name)
            if name in ("href", "src", "hb:href", "hb:src") and schemes.scheme(value or "") not in (
                "",
                *schemes.SCHEMES,
            ):
                self.live.append(value or "")

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def tamed(raw: str, *, block: bool) -> str:
    raw_node = node("RawBlock" if block else "RawInline", "html", raw)
    blocks: Nodes = (raw_node,) if block else (node("Para", [raw_node, *text("after")]),)
    blocks, _ = sanitise.tame(blocks, SOURCE, {})
    pieces = []
    stack = list(reversed(blocks))
    while stack:
        item = stack.pop()
        if item["t"] in ("RawBlock", "RawInline"):
            pieces.append(item["c"][1])
        elif item["t"] == "Str":
            pieces.append(item["c"].replace("&", "&amp;").replace("<", "&lt;"))
        elif "c" in item:
            inner = item["c"][1] if item["t"] == "Span" else item["c"]
            stack.extend(reversed(inner))
    return "".join(pieces)


@given(PIECES, st.booleans())
@limits(max_examples=300)
def test_nothing_live_gets_past_the_first_wall_or_the_second(pieces: list[str], block: bool) -> None:
    first = tamed("".join(pieces), block=block)
    second = Body(parse_html(compose.second_wall(first))).spell()
    for wall in (first, second):
        seen = Browser()
        seen.feed(wall)
        seen.close()
        assert seen.live == []
    assert Body.of(second).spell() == second, "well-formed XML, and the same when it is read again"


@given(PIECES, st.booleans())
@limits(max_examples=100)
def test_a_fragment_closes_what_it_opens(pieces: list[str], block: bool) -> None:
    made = compose.second_wall(f"<div>{tamed(''.join(pieces), block=block)}</div><h2>After</h2>")
    inside = Body(parse_html(made)).spell()
    assert re.search(r"(?:^|</\w+>)\s*<h2>After</h2>$", inside)


@pytest.mark.parametrize(
    ("address", "scheme"),
    [
        ("javascript:alert(1)", "javascript"),
        ("  JAVASCRIPT:x", "javascript"),
        ("java\tscr\nipt:x", "javascript"),
        ("\x01java\x00script:x", "javascript"),
        ("\u200bjavascript:x", "javascript"),
        ("\ufeffdata:x", "data"),
        ("https://x", "https"),
        ("//x", ""),
        ("a/b:c", ""),
        ("#a:b", ""),
        ("?a:b", ""),
        ("", ""),
        ("C:\\x", "c"),
    ],
)
def test_the_scheme_is_read_as_a_browser_reads_it(address: str, scheme: str) -> None:
    assert schemes.scheme(address) == scheme


@pytest.mark.parametrize("tag", ["<b>", "<div>", "</div>", "<template>", "<svg>", "<!--", "<a href='x'>", "<script>"])
def test_thousands_of_tags_take_no_time(tag: str) -> None:
    begun = time.process_time()
    inlines = [node("RawInline", "html", tag) for _ in range(5_000)]
    sanitise.tame((node("Para", inlines),), SOURCE, {})
    sanitise.tame((node("RawBlock", "html", tag * 5_000),), SOURCE, {})
    assert time.process_time() - begun < 10


def test_a_chapter_without_raw_markup_is_left_as_it_is() -> None:
    blocks = (node("Para", [node("Span", attribute(hb_wrapper="1", hb_pos="1:1-1:2"), text("a"))]),)
    assert sanitise.tame(blocks, SOURCE, {}) == (blocks, ())


def test_no_tag_is_both_allowed_and_forbidden() -> None:
    allowed = html_policy.TAGS | html_policy.MATH_TAGS | {name.lower() for name in html_policy.SVG_TAGS} - {"title"}
    assert not allowed & (html_policy.FORBIDDEN | html_policy.SWALLOWED | html_policy.EMBEDS | html_policy.TRANSPARENT)
    assert not {"style", "target", "rel", "srcset"} & html_policy.GLOBAL_ATTRIBUTES

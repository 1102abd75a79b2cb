"""What the browser is sent after an edit: the chapters that differ, or nothing where they do not tell all."""

from __future__ import annotations

import pytest

from book.serve.sections import changed, cut

LONG = "Words of it. " * 200


def page(*chapters: str, head: str = "head", between: str = "") -> bytes:
    sections = "\n".join(
        f'<section class="hb-{"part" if name == "p" else "chapter"}" id="{name}">\n{words}</section>'
        for name, words in (chapter.split("=", 1) for chapter in chapters)
    )
    return f"<head>{head}</head>\n<main>{between}\n{sections}\n</main>\n<footer></footer>\n".encode()


OLD = page("p=A part", "one=First", f"two={LONG}")


@pytest.mark.parametrize(
    ("new", "ids"),
    [
        (OLD, []),
        (page("p=A part", "one=Other", f"two={LONG}"), ["one"]),
        (page("p=The part", "one=Other", f"two={LONG}"), ["p", "one"]),
    ],
)
def test_chapters_that_differ_are_sent_as_they_stand(new: bytes, ids: list[str]) -> None:
    sent = changed(cut(OLD).digests, cut(new))
    assert sent is not None
    assert list(sent) == ids
    for html in sent.values():
        assert html.encode() in new
        assert html.startswith("<section")
        assert html.endswith("</section>\n")


@pytest.mark.parametrize(
    "new",
    [
        page("p=A part", "one=First", f"two={LONG}", head="another sheet"),
        page("p=A part", "one=First", f"two={LONG}", between="more"),
        page("one=First", "p=A part", f"two={LONG}"),
        page("p=A part", "one=First", f"new={LONG}"),
        page("p=A part", "one=First", f"two={LONG}", "three=Third"),
        page("p=A part", f"two={LONG}"),
        page("p=A part", "one=First", f"two={LONG} and more"),  # nearly all of the page
        b"<p>A page of another template.</p>",
    ],
)
def test_where_more_differs_the_page_is_loaded(new: bytes) -> None:
    assert changed(cut(OLD).digests, cut(new)) is None

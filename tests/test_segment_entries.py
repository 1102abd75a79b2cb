"""Entries of the cache that hold pages are files that anybody may have written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from book import cache
from book.paged import segments
from book.paged.segments import Bookmark, Findings, Glyphs, Segment


def segment_of(pdf: pikepdf.Pdf) -> Segment:
    """Return the pages of *pdf* as a segment."""
    out = io.BytesIO()
    pdf.save(out)
    glyphs = Glyphs(
        name="ABCDEF", family="Serif", style=0, weight=400, variations="", size=10.0, letters={3: "a"}, widths={3: 500}
    )
    return Segment(
        pdf=out.getvalue(),
        heights=tuple(400.0 for _ in pdf.pages),
        outline=tuple((Bookmark(level=1, label="A", x=0.0, y=1.5, state="open"),) for _ in pdf.pages),
        fonts=(glyphs,),
        metadata={"title": "T", "authors": ("A",), "description": None, "keywords": (), "generator": "G", "lang": "en"},
        findings=Findings(pages=len(pdf.pages), lines=("a line",), cut=("1",), squeezed={"x": 0.5}),
    )


def linked(**entries: Any) -> pikepdf.Pdf:
    """Return a PDF of one page with one annotation."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(300, 400))
    page.obj.Annots = pikepdf.Array([pikepdf.Dictionary(Type=pikepdf.Name.Annot, **entries)])
    return pdf


def uri(address: str, **more: Any) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String(address), **more)


LINK = pikepdf.Name.Link


@pytest.mark.parametrize(
    "entries",
    [{"Subtype": LINK, "Dest": pikepdf.String("a")}, {"Subtype": LINK, "A": uri("https://example.org/")}],
)
def test_a_segment_comes_back_as_it_was(entries: dict[str, Any]) -> None:
    segment = segment_of(linked(**entries))
    assert segments.read(segment.spell()) == segment


@pytest.mark.parametrize(
    "entries",
    [
        {"Subtype": pikepdf.Name.Screen},
        {"Subtype": LINK},
        {"Subtype": LINK, "A": uri("javascript:alert(1)")},
        {"Subtype": LINK, "A": uri("file:///etc/passwd")},
        {"Subtype": LINK, "A": pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))},
        {"Subtype": LINK, "A": uri("https://example.org/", Next=pikepdf.Dictionary(S=pikepdf.Name.Launch))},
        {"Subtype": LINK, "Dest": pikepdf.String("a"), "AA": pikepdf.Dictionary()},
    ],
)
def test_a_link_in_the_cache_does_nothing_but_lead_somewhere(entries: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no segment"):
        segments.read(segment_of(linked(**entries)).spell())


def test_a_page_in_the_cache_does_nothing_when_it_is_opened() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(300, 400)).obj.AA = pikepdf.Dictionary()
    with pytest.raises(ValueError, match="no segment"):
        segments.read(segment_of(pdf).spell())


def kind_of(side: str = '"left"', restart: str = "null") -> bytes:
    """Return the entry for the kind of a page."""
    fields = f'"name":"","side":{side},"blank":false,"later":false,"folio":true,"restart":{restart}'
    return f'"kinds":[{{{fields}}}]'.encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"heights":[400.0]', b'"heights":[]'),
        (b'"heights":[400.0]', b'"heights":[400.0,400.0]'),
        (b'"heights":[400.0]', b'"heights":[NaN]'),
        (b'"heights":[400.0]', b'"heights":[Infinity]'),
        (b'"heights":[400.0]', b'"heights":4'),
        (b'"letters":{"3"', b'"letters":{"-3"'),
        (b'"letters":{"3"', b'"letters":{"70000"'),
        (b'"fonts":[{', b'"fonts":[[], {'),
        (b'"lang":"en"', b'"tongue":"en"'),
        (b'"kinds":[]', kind_of(side='"up"')),
        (b'"kinds":[]', kind_of(restart="1000000000")),
        (b'"slots":[]', b'"slots":[{"page":0,"target":"a","digits":2,"glyphs":[1, 2]}]'),
        (
            b'"slots":[]',
            b'"slots":[{"page":9,"target":"a","digits":2,"glyphs":[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}]',
        ),
        (b'"defects":[]', b'"defects":[{"kind":"worse","page":1,"chapter":"","table":"","text":""}]'),
        (b'"pdf":', b'"pdf":1'),
        (b"{", b"["),
    ],
)
def test_an_entry_of_another_form_is_made_again(old: bytes, new: bytes, tmp_path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(300, 400))
    segment = segment_of(pdf)
    spoilt = segment.spell().replace(old, new, 1)
    assert spoilt != segment.spell()
    cache.remember(tmp_path, segments.STAGE, segments.entry_of(["page"]), lambda: spoilt)
    assert segments.recall(tmp_path, ["page"], lambda: segment) == segment
    with pytest.raises(ValueError):  # noqa: PT011 - of JSON or of ours
        segments.read(spoilt)

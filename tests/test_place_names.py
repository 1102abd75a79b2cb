"""Places in a PDF have names in ASCII, whatever the headings are written in: a reader finds them in a sorted list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pikepdf
import pytest

from book import press
from tests.loops import some
from tests.making import write_book

HEADINGS = ("Zebra", "Docker 入门", "Alpha", "Café λ", "Zwei Ü")
CHAPTERS = {
    "one.md": "# One 一\n\n" + "\n\n".join(f"## {heading}\n\nText." for heading in HEADINGS) + "\n\n[two](two.md)\n",
    "two.md": "# Two β\n\nBack to [one](one.md), to [Docker](one.md#docker-入门), to [a café](one.md#café-λ).\n",
}


@pytest.mark.needs_pango
@pytest.mark.parametrize("edition", ["pdf", "print", "handout"])
def test_places_have_names_in_ascii_and_every_link_leads_to_one(edition: str, tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", CHAPTERS)
    assert press.build(book, tmp_path / "out", editions=(edition,)).status == 0  # with the opinion of qpdf
    for file in some((tmp_path / "out").rglob("*.pdf")):
        with pikepdf.open(file) as pdf:
            root: Any = pdf.Root
            tree = root.get("/Names", {}).get("/Dests")
            names = [] if tree is None else [str(tree.Names[at]) for at in range(0, len(tree.Names), 2)]
            assert all(map(str.isascii, names))
            assert names == sorted(set(names))
            targets = [
                str(link.Dest)
                for page in pdf.pages
                for link in page.get("/Annots", ())
                if isinstance(link.get("/Dest"), pikepdf.String)
            ]
            assert set(targets) <= set(names)
            if edition == "pdf":
                assert len([name for name in targets if "%" in name]) >= 3

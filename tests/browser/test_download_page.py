"""The download page in a browser: the faces it shows, and what is in its first screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book import press, theme
from book.theme.faces_in_sheets import FaceName, faces_named, nearest_faces
from tests.loops import some
from tests.making import write_book

SHOWN = """() => [...document.querySelectorAll('body *')]
    .filter(element => [...element.childNodes].some(node => node.nodeType == 3 && node.data.trim()))
    .filter(element => !element.closest('svg') && element.getClientRects().length)
    .map(element => getComputedStyle(element))
    .map(style => [style.fontFamily.split(',')[0].replace(/"/g, ''), +style.fontWeight, style.fontStyle])"""
FACE = re.compile(r'font-family: "([^"]+)"; font-weight: (\d+); font-style: (\w+)')
SETTINGS = """title = "The Long Walk"
language = "en-GB"
subtitle = "From the source to the sea"
authors = ["Ada Lovelace"]
description = "{description}"
version = "2"
date = 2026-03-01
theme = "{theme}"

[[edition]]
version = "1"
date = 2025-12-24
note = "The first."
"""
OWN = {
    "themes/own/theme.toml": 'extends = "almanac"\n',
    "themes/own/css/download.css": ".hb-purpose { font-style: italic; font-weight: bold; }\n@media (min-width: 10px) { .hb-releases dd { font: italic 1em {{ serif }}; } }\n",
}


def page_of(folder: Path, name: str) -> Path:
    settings = SETTINGS.format(theme=name, description="A book about rivers and those who follow them. " * 8)
    files = {"one.md": "# One\n\nWords.\n", "handbound.toml": settings, **(OWN if name == "own" else {})}
    result = press.build(write_book(folder / "book", files), folder / "out", editions=("html",))
    assert result.status == 0
    return folder / "out/index.html"


@pytest.mark.needs_chromium
@pytest.mark.parametrize("name", ["folio", "field", "almanac"])
def test_no_word_of_a_title_is_broken_on_a_narrow_phone(name: str, tmp_path: Path, window: Callable[..., Any]) -> None:
    title = "The Extraordinarily Comprehensive Organisational Handbook"
    settings = f'title = "{title}"\nlanguage = "en-GB"\nauthors = ["Ada"]\ntheme = "{name}"\n'
    write_book(tmp_path / "book", "# One\n\nWords.\n", settings)
    press.build(tmp_path / "book", tmp_path / "out", editions=("html",))
    page = window(viewport={"width": 360, "height": 740})
    page.goto((tmp_path / "out/index.html").as_uri())
    page.add_style_tag(content="h1 { hyphens: none !important; }")
    broken = page.evaluate("""() => {
        const text = document.querySelector('h1').firstChild, range = document.createRange();
        return [...text.data.matchAll(/\\S+/g)].filter(word => {
            range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
            return range.getClientRects().length > 1;
        }).map(word => word[0]);
    }""")
    assert broken == []


@pytest.mark.needs_chromium
@pytest.mark.parametrize("name", ["folio", "field", "almanac", "own"])
def test_the_page_carries_every_face_it_shows_and_its_first_screen_on_a_phone_has_a_button(
    name: str, tmp_path: Path, window: Callable[..., Any]
) -> None:
    file = page_of(tmp_path, name)
    carried = {(family, int(weight), style) for family, weight, style in FACE.findall(file.read_text(encoding="utf-8"))}
    available = theme.load(name, tmp_path / "book").faces
    browser = window(bypass_csp=False, viewport={"width": 390, "height": 844})
    browser.goto(file.as_uri())
    shown = {FaceName(family, weight, style) for family, weight, style in browser.evaluate(SHOWN)}
    for asked in some(shown):
        face = next(iter(nearest_faces((one for one in available if not one.script), [asked])))
        assert (face.family, face.weight, face.style) in carried, asked
    assert browser.locator(".hb-first a").first.bounding_box()["y"] < 844 - 40
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390
    browser.set_viewport_size({"width": 1200, "height": 900})
    group, card = (browser.locator(one).first.bounding_box()["width"] for one in (".hb-cards", ".hb-card"))
    assert card > 0.99 * group, "a card alone fills its row"
    assert "24 December 2025" in browser.inner_text(".hb-releases")


@pytest.mark.needs_chromium
def test_no_card_stands_alone_and_a_button_is_one_in_the_colours_of_a_reader(
    tmp_path: Path, window: Callable[..., Any]
) -> None:
    browser = window(viewport={"width": 800, "height": 900})
    browser.emulate_media(forced_colors="active")
    browser.goto(page_of(tmp_path, "almanac").as_uri())
    browser.evaluate(
        "() => { const list = document.querySelector('.hb-cards'), card = list.firstElementChild;"
        " for (let more = 0; more < 2; more += 1) { list.append(card.cloneNode(true)); list.lastChild.classList.remove('hb-first'); } }"
    )
    for width, columns in some([(800, 2), (1100, 3), (390, 1)]):
        browser.set_viewport_size({"width": width, "height": 900})
        group, *cards = (
            browser.locator(one).bounding_box()
            for one in (".hb-cards", *(f".hb-card >> nth={number}" for number in range(3)))
        )
        assert [len({round(card["x"]) for card in cards}), round(max(card["x"] + card["width"] for card in cards))] == [
            columns,
            round(group["x"] + group["width"]),
        ]
        assert cards[2]["x"] + cards[2]["width"] == pytest.approx(group["x"] + group["width"], abs=1)
    lines = "link => [getComputedStyle(link).borderTopStyle, getComputedStyle(link).textDecorationLine]"
    assert browser.locator(".hb-card >> nth=0 >> h3 a").evaluate(lines) == ["solid", "none"]


def test_a_face_that_is_missing_is_replaced_as_browsers_do() -> None:
    faces = theme.load("almanac").faces
    sans = theme.load("almanac").tokens["font"]["sans"]["family"]

    def weights(*asked: int) -> list[int]:
        return [
            next(one.weight for one in nearest_faces(faces, [FaceName(sans, weight)]) if one.family == sans)
            for weight in asked
        ]

    assert weights(100, 400, 450, 500, 600, 900) == [400, 400, 400, 400, 700, 700]
    assert not [one for one in nearest_faces(faces, [FaceName("Papyrus")]) if not one.script]


def test_a_rule_inherits_from_html_and_from_earlier_rules_for_the_same_element() -> None:
    rules = """html { font: 400 100%/1.5 "A", serif } p { color: red } b { color: red } @media print { b { font-weight: 300 } }
        .x > h1 { font-family: B C, D } h1 { font: inherit } .y p { font: oblique 10pt E; font-style: normal } .y p { font-family: F }"""
    assert faces_named(rules) == {
        FaceName("A"),
        FaceName("A", 700),
        FaceName("A", 300),
        FaceName("B C", 700),
        FaceName("B C"),
        FaceName("F"),
    }


@pytest.mark.needs_chromium
def test_the_keyboard_sees_where_it_is_also_where_has_is_not_known(tmp_path: Path, window: Callable[..., Any]) -> None:
    file = page_of(tmp_path, "folio")
    file.write_text(file.read_text().replace(":has(", ":unknown("))
    page = window()
    page.goto(file.as_uri())
    page.keyboard.press("Tab")
    card = page.locator(".hb-card h3 a").first
    assert (
        card.evaluate("link => link === document.activeElement && getComputedStyle(link, '::after').outlineStyle")
        == "solid"
    )

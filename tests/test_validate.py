"""`nox -s validate`: each column of its table finds its faults, and a check that did not run is never a zero."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pikepdf
import pytest

from tests.loops import some


@pytest.fixture(scope="module")
def validate(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("validate", root / "tests/validate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["validate"] = module  # dataclasses look there for the types of their fields
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """A PDF with a file in it and a face that is not."""
    with pikepdf.new() as made:
        made.add_blank_page()
        face = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        made.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=face))
        made.pages[0].Contents = made.make_stream(b"BT /F1 12 Tf 20 20 Td (words) Tj ET")
        made.attachments["a.txt"] = b"a file"
        made.save(tmp_path / "bad.pdf")
    return tmp_path / "bad.pdf"


@pytest.mark.needs_poppler
@pytest.mark.parametrize(
    ("column", "said"), [("pdffonts", "Helvetica: embedded no"), ("pdfdetach", "1 embedded files")]
)
def test_a_bad_pdf_is_reported(column: str, said: str, pdf: Path, validate: ModuleType, tmp_path: Path) -> None:
    done = validate.outcome(column, [pdf], validate.Tools(modules=tmp_path))
    assert not done.missing
    assert [text for _, text in done.found if text.startswith(said)]


def test_a_torn_pdf_is_reported_with_the_program_and_without_it(
    pdf: Path, validate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = tmp_path / "torn.pdf"
    torn.write_bytes(pdf.read_bytes().replace(b"/Pages", b"/Pagex", 1)[:-40])
    tools = validate.Tools(modules=tmp_path)
    if shutil.which("qpdf"):
        assert validate.outcome("qpdf", [torn], tools).found
    monkeypatch.setenv("PATH", "")
    assert validate.outcome("qpdf", [torn], tools).found


def test_tags_are_judged_in_all_files_at_one_start_and_a_pdf_without_them_has_no_figure(
    pdf: Path, validate: ModuleType, tmp_path: Path
) -> None:
    both = [tmp_path / "one.pdf", tmp_path / "torn.pdf"]
    with pikepdf.open(pdf) as opened:
        opened.Root.StructTreeRoot = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot)
        opened.save(both[0])
    both[1].write_bytes(b"%PDF-1.7 and no more")
    done = validate.outcome("pdfua", [pdf, *both], validate.Tools(modules=tmp_path))
    assert not done.missing
    assert done.cell(pdf) == "-"
    assert [[text for path, text in done.found if path == file] != [] for file in both] == [True, True]


def test_a_check_that_did_not_run_is_listed_and_fails_only_a_strict_run(
    pdf: Path, validate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    done = validate.outcome("pdffonts", [pdf], validate.Tools(modules=tmp_path))
    assert done.cell(pdf) == "NOT RUN"
    assert validate.judged([done], strict=False) == 0
    assert validate.judged([done], strict=True) == 1
    assert "NOT RUN pdffonts: no pdffonts: apt-get install poppler-utils" in capsys.readouterr().out


def test_a_missing_package_is_named(validate: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<!DOCTYPE html>")
    done = validate.outcome("vnu", [tmp_path / "a.html"], validate.Tools(modules=tmp_path))
    assert done.missing.startswith("npm package vnu-jar is not in ")


def test_the_table_has_a_row_a_file_and_sets_known_faults_apart(validate: ModuleType, tmp_path: Path) -> None:
    page, book = tmp_path / "a.html", tmp_path / "b.epub"
    known = validate.KNOWN[0][1] + "png"
    vnu = validate.Outcome(name="vnu", read=frozenset({page, book}), found=((page, known), (page, "x"), (book, known)))
    axe = validate.Outcome(name="axe", read=frozenset({page}), missing="no browser")
    assert [line.split() for line in validate.table([page, book], [vnu, axe])] == [
        ["vnu", "axe"],
        ["a.html", "1", "(1)", "NOT", "RUN"],
        ["b.epub", "0", "(1)", "-"],
        ["seconds", "0", "0"],
    ]
    assert validate.judged([vnu], strict=False) == 1
    alone = validate.Outcome(name="vnu", read=frozenset({book}), found=((book, known),))
    assert validate.judged([alone], strict=True) == 0


BAD = """<!DOCTYPE html><html lang="en"><head><title>t</title></head><body onload="0">
<main><h1 id="a">Words</h1><p id="a"><a href="#nowhere">to nowhere</a></p><img src="nothing.png" alt="nothing">
<div style="width: 90rem">wide</div>
<svg width="200" height="40"><rect width="200" height="40" fill="#ffffff"/><text x="5" y="20" fill="#cccccc">pale</text>
<text x="100" y="20" fill="#333333">dark</text></svg><p id="s"></p></main>
<script>document.getElementById("s").textContent = "late"; nothing.at.all();</script></body></html>"""


@pytest.mark.needs_chromium
def test_every_fault_of_a_page_in_a_browser_is_reported(validate: ModuleType, tmp_path: Path) -> None:
    tools = validate.Tools(modules=tmp_path)
    page = tmp_path / "bad.html"
    page.write_text(BAD, encoding="utf-8")
    done = validate.outcome("page", [page], tools)
    assert not done.missing
    said = {text.rpartition(" [")[0] or text for _, text in done.found}
    wanted = {
        "an id twice: a",
        "a link that leads nowhere: #nowhere",
        "a handler in an attribute: onload",
        "a picture that is not shown: nothing",
        "text of a drawing at 1.6 : 1: pale",
        "shown only with scripts: 'late' (1 times)",
    }
    assert wanted <= said
    for start in ("a request: file:", "an error of the script: nothing is not defined", "sideways scroll: <div style"):
        assert any(text.startswith(start) for text in said), start
    assert not any("dark" in text for text in said)


SIGNS = """<!DOCTYPE html><html lang="en"><head><title>t</title></head><body style="background: #ffffff"><main><h1>Words</h1>
<p style="color: #cccccc">≈</p><p style="color: #222222">∞</p><div tabindex="0" role="region" aria-label="wide" style="width: 200px;
overflow: auto; white-space: nowrap"><span>a</span> <math display="inline"><mrow><mi>first</mi><mo>=</mo><mfrac>
<mn style="color: #dddddd">123456789012345</mn><mn style="color: #222222">543210987654321</mn></mfrac></mrow></math></div>
<section style="width: 12em; margin-left: 3em"><pre tabindex="0" style="width: 24em; overflow: auto; background: #eeeeee"><code>wider than its <b>chapter</b> and not <b>than</b> its box
short
</code></pre></section></main></body></html>"""


def test_what_the_validators_open_in_a_page_is_in_the_page(request: pytest.FixtureRequest) -> None:
    root = request.config.rootpath
    asked = re.findall(r'query_selector\("\.([\w-]+)"\)', (root / "tests/validators_in_browser.py").read_text("utf-8"))
    script = (root / "themes/base/templates/web/book.js.j2").read_text("utf-8")
    assert [name for name in some(asked) if f'"class": "{name}"' not in script] == []


@pytest.mark.needs_chromium
@pytest.mark.needs_axe
def test_the_contrast_of_signs_alone_and_of_what_a_box_hides_is_measured(
    validate: ModuleType, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    modules = request.config.rootpath / ".nox/.cache/validators/node_modules"
    tools = validate.Tools(modules=modules)
    page = tmp_path / "signs.html"
    page.write_text(SIGNS, encoding="utf-8")
    done = validate.outcome("axe", [page], tools)
    assert not done.missing
    said = {" ".join(text.split(" ")[:2]) + text.partition(">")[2][:9] for _, text in done.found}
    assert said == {"violation color-contrast≈</p> Ele", "violation color-contrast123456789"}

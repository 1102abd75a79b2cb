"""The folder of a book whose site has its settings in one folder and its chapters in another."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from book import arguments, cli
from book.sites.around import around
from tests.making import picture, write_files

SIDEBARS = "module.exports = { s: ['two', 'one'] };\n"
SITE = """module.exports = {
  title: 'Harbour',
  presets: [['classic', { docs: { path: '../docs', sidebarPath: require.resolve('./sidebars.js') } }]],
};
"""
DOCUSAURUS = {
    "website/docusaurus.config.js": SITE,
    "website/sidebars.js": SIDEBARS,
    "website/README.md": "# Website\n\nHow to start the site.\n",
    "website/blog/news.md": "# News\n\nWords.\n",
    "docs/one.md": "# One\n\n![Pier](./pier.png)\n\n![Boat](/img/boat.png)\n",
    "docs/two.md": "# Two\n\nWords.\n",
}


def checkout(folder: Path, files: dict[str, str]) -> Path:
    """Write *files* into *folder*, as those of a git repository."""
    (folder / ".git").mkdir(parents=True)
    return write_files(folder, files)


@pytest.mark.parametrize("named", ["", "website", "docs"])
def test_documents_beside_their_site_are_found_from_each_folder(
    named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = checkout(tmp_path / "harbour", DOCUSAURUS)
    for path in ("docs/pier.png", "website/static/img/boat.png"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(picture())
    assert cli.main(["order", str(root / named)]) == 0
    assert capsys.readouterr().out.index("docs/two.md") > 0
    assert cli.main(["lint", str(root / named)]) == 0
    printed = capsys.readouterr()
    assert "2 chapters: 0 errors, 0 warnings" in printed.out
    assert not printed.err


@pytest.mark.parametrize(
    "files",
    [
        {"mkdocs.yml": "site_name: T\nnav: [b.md, a.md]\n", "docs/a.md": "# A\n", "docs/b.md": "# B\n"},
        {"book.toml": '[book]\nsrc = "docs"\n', "docs/SUMMARY.md": "- [B](b.md)\n- [A](a.md)\n", "docs/a.md": "# A\n", "docs/b.md": "# B\n"},
        {"website/siteConfig.js": "module.exports = { title: 'T' };\n", "website/sidebars.json": '{"s": {"P": ["b", "a"]}}', "docs/a.md": "# A\n", "docs/b.md": "# B\n"},
        {"content/_index.md": "# T\n", "hugo.toml": 'baseURL = "/"\ncontentDir = "docs"\n', "docs/_index.md": "# T\n", "docs/a.md": "# A\n"},
        {"web/hugo/hugo.toml": 'contentDir = "../../docs"\n', "docs/a.md": "---\nweight: 2\n---\n", "docs/b.md": "---\nweight: 1\n---\n"},
    ],
)  # fmt: skip
def test_the_settings_above_or_beside_the_chapters_count(files: dict[str, str], tmp_path: Path) -> None:
    root = checkout(tmp_path, files)
    settings = next(path for path in files if not path.endswith(".md"))
    assert around((root / settings).parent) == root
    assert around(root / "docs") == root


def test_a_folder_stays_what_it_is_without_a_repository_or_with_settings_of_its_own(tmp_path: Path) -> None:
    plain = write_files(tmp_path / "plain", DOCUSAURUS)
    assert around(plain / "website") == plain / "website"
    own = checkout(tmp_path / "own", {"website/.git/HEAD": "", **DOCUSAURUS})
    assert around(own / "website") == own / "website"
    ours = checkout(tmp_path / "ours", {"docs/handbound.toml": 'title = "T"\n', **DOCUSAURUS})
    assert arguments.complete(argparse.Namespace(book=ours / "docs")).book == ours / "docs"
    whole = checkout(
        tmp_path / "whole", {"README.md": "# R\n", "docs/mkdocs.yml": "docs_dir: .\n", "docs/a.md": "# A\n"}
    )
    assert around(whole / "docs") == whole / "docs"


def test_documents_beside_a_site_without_a_repository_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        path: text for path, text in DOCUSAURUS.items() if path.startswith("website/") and not path.endswith(".md")
    }
    plain = write_files(tmp_path / "plain", {**files, "docs/one.md": "# One\n"})
    assert cli.main(["order", str(plain / "website")]) == 1
    printed = capsys.readouterr().err
    assert "docusaurus.config.js:3:42: O110" in printed
    assert "build the folder that holds both" in printed


def test_the_current_folder_may_be_that_of_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {path: text for path, text in DOCUSAURUS.items() if not path.startswith("website/README")}
    root = checkout(tmp_path, files)
    monkeypatch.chdir(root / "website")
    assert cli.main(["order"]) == 0
    assert "docs/two.md" in capsys.readouterr().out

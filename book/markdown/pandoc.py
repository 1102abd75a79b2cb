"""The only module that runs pandoc: text in, text out, sandboxed, with limits on time and memory.

There are five conversions: Markdown -> JSON tree (of one text, or of many in one process), JSON tree -> HTML fragment,
formulas -> MathML, bibliography -> works, and citations of works -> Markdown. None of them can open a file.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import importlib.util
import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from book import beside, forms
from book.markdown import stretches, ties
from book.markdown.nodes import citation, node
from book.model import Nodes
from book.problems import Kind, Severity, Subject, ToolMissing
from book.settings import Limits

MISSING = Kind("G101", Severity.ERROR, "pandoc is not there, or too old")

LEAST = (3, 6)

# The reader's extensions: no smart punctuation (house style does it), no ids (references.py makes them), positions on.
READER = (
    "gfm-smart-tex_math_dollars-tex_math_gfm+sourcepos+attributes+fenced_divs+bracketed_spans+definition_lists"
    "-gfm_auto_identifiers"
)
# With formulas: $…$ and $$…$$ as in pandoc's own Markdown, and GitHub's $`…`$ and ```math.
READER_MATH = READER.replace("-tex_math_dollars-tex_math_gfm", "+tex_math_dollars+tex_math_gfm")
WRITER = "html5-smart"

HEAP_EXHAUSTED = 251
OLD_MEBIBYTES = 64
"""Memory that pandoc's old objects may take before they are searched for free space: a chapter needs less, and each search costs."""
YOUNG = ("-H1m", "-A4m")
"""New objects take 4 MiB, which stay in the caches of the processor, instead of all of the 64 MiB for which pandoc asks."""


class Failure(Exception):
    """Pandoc returned no result."""

    def __init__(self, reason: Literal["time", "memory", "failed"], detail: str, out: bytes = b"") -> None:
        """Say what failed in *detail*; *out* is what pandoc had written before."""
        super().__init__(reason, detail, out)
        self.reason, self.detail, self.out = reason, detail, out


@functools.cache
def door() -> tuple[str, str]:
    """Return the path and the version of the pandoc in the package pypandoc_binary.

    Raises:
        ToolMissing: it is missing, does not start, or is older than 3.6.
    """
    place = Subject(name="pandoc")
    fix = "pip install pypandoc_binary"
    try:
        # Only the wheel's own binary: pypandoc would also try a program of that name in the current folder and in PATH.
        path = os.environ.get("PYPANDOC_PANDOC") or _packaged()
        version = beside.remember("pandoc-version", _state(path), lambda: _version_of(path))
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolMissing(MISSING.at(place, f"pandoc does not start: {error}", fix=fix)) from error
    if tuple(int(number) for number in version.split(".")[:2]) < LEAST:
        raise ToolMissing(MISSING.at(place, f"pandoc {version} is too old: 3.6 or later is needed", fix=fix))
    return path, version


def _version_of(path: str) -> str:
    """Return the version of the pandoc at *path*; "0" if it says something else."""
    output = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=True).stdout  # noqa: S603 - as above
    match = re.match(rb"pandoc\S* (\d+(?:\.\d+)*)", output)
    return match[1].decode() if match else "0"


def _state(path: str) -> str:
    """Return the state of the pandoc at *path*; empty for one that the environment names: it may be a script that starts another one."""
    return "" if os.environ.get("PYPANDOC_PANDOC") else beside.state([path])


def _packaged() -> str:
    """Return the path of the pandoc in the package pypandoc_binary, which need not be loaded for that."""
    spec = importlib.util.find_spec("pypandoc")
    path = Path(spec.origin).with_name("files") / "pandoc" if spec and spec.origin else None
    if path is not None and path.is_file():
        return os.fspath(path)
    import pypandoc  # noqa: PLC0415 - slow to import

    return str(pypandoc.get_pandoc_path())


def version() -> str:
    """Return pandoc's version, for cache keys and the report."""
    return door()[1]


def read(markdown: str, limits: Limits, *, math: bool = False) -> bytes:
    """Return pandoc's JSON tree of *markdown*, with source positions, and with neighbouring pieces of text joined.

    Raises:
        Failure: pandoc ran out of time or memory, or reported an error.
    """
    words = ("-f", READER_MATH if math else READER, "-t", "json", "--preserve-tabs")
    text = ties.tied(markdown)
    tree = _run(words, text.encode("utf-8", "replace"), limits)
    if not (tree.startswith(b"{") and tree.rstrip().endswith(b"}")):
        raise Failure("failed", "pandoc gave no tree")
    return _joined(tree, are_tied=text is not markdown)


HOMES = ("HOME", "XDG_DATA_HOME")
"""Variables that lead pandoc to the user's own data (``default.csl``, ``abbreviations``): a book is the same for every user."""
BATCH = Path(__file__).with_name("batch.lua")


def read_many(texts: Sequence[str], limits: Limits, *, math: bool = False) -> list[bytes | None]:
    """Return what :func:`read` returns for each of *texts*, read in one process; None for texts that it did not reach or could not read.

    The process has the memory limit of one text and a quarter of its time limit; a text that needs more is later read alone, and reported.
    """
    tied = [ties.tied(text) for text in texts]
    data = b"".join(b"%d\n%b" % (len(text), text) for text in (words.encode("utf-8", "replace") for words in tied))
    # -E: no modules and no init file of the user.
    words = ("lua", "-E", os.fspath(BATCH), READER_MATH if math else READER)
    try:
        out, _ = _ran(words, data, replace(limits, pandoc_seconds=max(1, limits.pandoc_seconds // 4)))
    except Failure as failure:
        out = failure.out
    trees: list[bytes | None] = []
    rest = memoryview(out)
    for text, sent in zip(texts, tied, strict=True):
        head = bytes(rest[:12]).partition(b"\n")
        end = len(head[0]) + 1 + (int(head[0]) if head[1] and head[0].isdigit() else 0)
        tree = bytes(rest[len(head[0]) + 1 : end])
        whole = end <= len(rest) and tree.startswith(b"{") and tree.endswith(b"}")
        trees.append(_joined(tree, are_tied=sent is not text) if whole else None)
        rest = rest[end:]
    return trees


def _joined(tree: bytes, *, are_tied: bool) -> bytes:
    """Return pandoc's JSON *tree* with neighbouring pieces of text joined, and with words untied if they *are_tied*."""
    text = stretches.joined(tree.decode("utf-8", "surrogatepass"))
    return (ties.untied(text) if are_tied else text).encode("utf-8", "surrogatepass")


def write(blocks: Nodes, limits: Limits) -> str:
    """Return *blocks* as an HTML fragment.

    Raises:
        Failure: see :func:`read`.
    """
    tree: dict[str, Any] = {"pandoc-api-version": _api(), "meta": {}, "blocks": blocks}
    words = ("-f", "json", "-t", WRITER, "--wrap=none", "--syntax-highlighting=none")
    return _run(words, forms.ENCODER.encode(tree), limits).decode("utf-8")


def formulas(blocks: Nodes, limits: Limits) -> tuple[str, str]:
    """Return *blocks*, which contain formulas, as HTML with MathML, and pandoc's messages about formulas that it cannot convert.

    Raises:
        Failure: see :func:`read`.
    """
    tree: dict[str, Any] = {"pandoc-api-version": _api(), "meta": {}, "blocks": blocks}
    words = ("-f", "json", "-t", WRITER, "--mathml", "--wrap=none")
    out, log = _ran(words, forms.ENCODER.encode(tree), limits)
    return out.decode("utf-8"), log.decode("utf-8", "replace")


SECONDS_TO_CITE = 20
"""Most seconds for a bibliography or for the citations of a book."""


def works(text: str, form: Literal["biblatex", "csljson"], limits: Limits) -> list[dict[str, Any]]:
    """Return the works in the bibliography *text*, as :func:`cite` takes them.

    Raises:
        Failure: as :func:`read`.
    """
    out = _run(("-f", form, "-t", "json"), text.encode("utf-8", "replace"), _to_cite(limits))
    try:
        references = json.loads(out)["meta"].get("references", {}).get("c", [])
    except ValueError as error:
        raise Failure("failed", "pandoc gave no tree") from error
    return [work["c"] for work in references if work["t"] == "MetaMap"]


def cite(blocks: Nodes, references: Sequence[dict[str, Any]], language: str, style: str, limits: Limits) -> str:
    """Return *blocks* with their citations worded, and the list of the works in *references*, as Markdown.

    Args:
        blocks: paragraphs that cite.
        references: as :func:`works` returns them.
        language: BCP 47 tag.
        style: a CSL style that names no other; empty for pandoc's own. Pandoc would download the one that it names.
        limits: of time and memory.

    Raises:
        Failure: as :func:`read`.
    """
    every = node("Cite", [citation("*")], [node("Str", "@*")])
    meta = {
        "references": {"t": "MetaList", "c": [{"t": "MetaMap", "c": work} for work in references]},
        "nocite": {"t": "MetaInlines", "c": [every]},
        "link-citations": {"t": "MetaBool", "c": True},
        "lang": {"t": "MetaString", "c": language},
    }
    if style:
        address = f"data:application/xml;base64,{base64.b64encode(style.encode()).decode()}"
        meta["csl"] = {"t": "MetaString", "c": address}
    tree = {"pandoc-api-version": _api(), "meta": meta, "blocks": blocks}
    words = ("-f", "json", "-t", "gfm", "--citeproc", "--wrap=none", "--reference-location=block")
    return _run(words, forms.ENCODER.encode(tree), _to_cite(limits)).decode("utf-8", "replace")


def _to_cite(limits: Limits) -> Limits:
    return replace(limits, pandoc_seconds=min(SECONDS_TO_CITE, limits.pandoc_seconds))


@functools.cache
def _api() -> list[int]:
    def ask() -> str:
        return json.dumps(json.loads(_run(("-f", "gfm", "-t", "json"), b"", Limits()))["pandoc-api-version"])

    try:
        numbers: list[int] = json.loads(beside.remember("pandoc-api", _state(door()[0]), ask))
    except (ValueError, KeyError, TypeError) as error:
        raise Failure("failed", "pandoc gave no tree") from error
    return numbers


def begin() -> None:
    """Allow pandoc to run again after :func:`end`."""
    _over.clear()


def end() -> None:
    """End every running pandoc, and every one that another thread is about to start; their callers get a Failure."""
    _over.set()
    for process in tuple(_running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


_running: set[subprocess.Popen[bytes]] = set()
_over = threading.Event()


def _run(words: tuple[str, ...], data: bytes, limits: Limits) -> bytes:
    return _ran(words, data, limits)[0]


def _ran(words: tuple[str, ...], data: bytes, limits: Limits) -> tuple[bytes, bytes]:
    """Return pandoc's output and its messages."""
    heap = (f"-M{limits.pandoc_mebibytes}m", *YOUNG, f"-O{min(OLD_MEBIBYTES, -(-limits.pandoc_mebibytes // 8))}m")
    # A batch runs our own Lua program, which opens no file for a chapter.
    command = [door()[0], "+RTS", *heap, "-RTS", *(() if words[0] == "lua" else ("--sandbox",)), *words]
    # Its own process group, so that a timeout ends everything it started; and not in the current folder, which may be gone.
    with subprocess.Popen(  # noqa: S603 - the wheel's own binary, fixed words
        command,
        cwd=os.sep,
        env={**os.environ, **dict.fromkeys(HOMES, os.devnull)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        _running.add(process)
        if _over.is_set():
            os.killpg(process.pid, signal.SIGKILL)
        try:
            out, log = process.communicate(data, timeout=limits.pandoc_seconds)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                written = error.output or b""
                raise Failure("time", f"pandoc took more than {limits.pandoc_seconds} s", written) from error
            raise
        finally:
            _running.discard(process)
    if process.returncode == HEAP_EXHAUSTED:
        raise Failure("memory", f"pandoc needed more than {limits.pandoc_mebibytes} MiB", out)
    if process.returncode:
        first = log.decode("utf-8", "replace").strip().splitlines() or [f"exit {process.returncode}"]
        raise Failure("failed", first[0], out)
    return out, log

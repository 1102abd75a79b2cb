"""Opens a line in the author's editor.

The person at the keyboard chooses the editor, by an option or in the environment. A book never does: otherwise a command in a
stranger's handbound.toml would run.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

VARIABLES = ("HANDBOUND_EDITOR", "VISUAL", "EDITOR")
"""Variables that may name an editor; the first that is set counts."""
_COLON = ("{file}:{line}",)
_PLUS = ("+{line}", "{file}")
_LINE = ("--line", "{line}", "{file}")
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("code", "code-insiders", "codium", "cursor", "windsurf"), ("--goto", "{file}:{line}")),
    **dict.fromkeys(("subl", "sublime_text", "zed", "zeditor", "fleet"), _COLON),
    **dict.fromkeys(("gedit", "gnome-text-editor", "gvim", "mvim", "xed", "pluma"), _PLUS),
    **dict.fromkeys(("kate", "kwrite", "mate", "idea", "pycharm", "webstorm"), _LINE),
    "emacsclient": ("--no-wait", "+{line}", "{file}"),
}
"""How graphical editors take the line on their command line."""


class Editor(Struct, frozen=True):
    """How to open a line: an address for the browser, or a command; without either, the place can only be shown."""

    url: str = ""
    """Contains ``{file}`` and ``{line}``, such as ``vscode://file/{file}:{line}``."""
    command: tuple[str, ...] = ()
    """Contains ``{file}`` and ``{line}``; it is not run by a shell."""

    def address(self, file: Path, line: int) -> str:
        """Return the address that opens *line* of *file*; empty if a command does.

        >>> Editor(url="vscode://file/{file}:{line}").address(Path("/book/a b.md"), 7)
        'vscode://file//book/a%20b.md:7'
        """
        return self.url.replace("{file}", quote(str(file))).replace("{line}", str(line))

    def open(self, file: Path, line: int) -> bool:
        """Open *line* of *file*; return whether the command could be started."""
        if not self.command:
            return False
        words = [word.replace("{file}", str(file)).replace("{line}", str(line)) for word in self.command]
        try:
            subprocess.Popen(  # noqa: S603 - the command of the person at the keyboard
                words,
                cwd=file.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return False
        return True


def chosen(option: str | None = None, environment: Mapping[str, str] | None = None) -> Editor:
    """Return the editor that *option* names, else the one in the first set variable of :data:`VARIABLES`.

    Args:
        option: a command, with ``{file}`` and ``{line}`` if they are needed, or an address with both.
        environment: used instead of the environment of the process.

    An editor that runs in a terminal is ignored, because the terminal shows the log of the preview.

    >>> chosen("zed").command[1:], chosen("vim"), chosen("x://{file}:{line}").url
    (('{file}:{line}',), Editor(url='', command=()), 'x://{file}:{line}')
    """
    environment = os.environ if environment is None else environment
    text = option or next((environment[name] for name in VARIABLES if environment.get(name, "").strip()), "")
    if "://" in text.partition("{file}")[0]:
        return Editor(url=text if "{file}" in text else f"{text}{{file}}:{{line}}")
    try:
        words = shlex.split(text)
    except ValueError:
        return Editor()
    if not words:
        return Editor()
    program = shutil.which(words[0]) or words[0]
    if any("{file}" in word for word in words):
        return Editor(command=(program, *words[1:]))
    arguments = ARGUMENTS.get(Path(words[0]).name)
    own = [word for word in words[1:] if word not in ("-w", "--wait")]
    return Editor(command=(program, *own, *arguments)) if arguments else Editor()

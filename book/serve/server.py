"""Runs the preview: a server on the loopback interface, the process that builds, and a watch over the files."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from book.problems import Kind, SettingsError, Severity, Subject
from book.seal import scratch
from book.serve.application import application
from book.serve.builder import Builder
from book.serve.editor import Editor
from book.serve.preview import Preview
from book.source.named import home_of
from book.theme.files import house
from book.watching import watching

HOST = "127.0.0.1"
GIVING_WAY = 10
"""How far the process that makes pages gives way to the one that makes the page of an edit, as for ``nice``."""
PORT = Kind("V101", Severity.ERROR, "the preview cannot use a port")


def serve(
    source: Path,
    *,
    port: int = 0,
    browser: bool = True,
    theme: str | None = None,
    system: str = "",
    editor: Editor,
    say: Callable[[str], None],
) -> None:
    """Show the book in *source* in a browser and follow its changes, until the process is interrupted.

    Args:
        source: the book.
        port: the port on this machine; 0 for any free one.
        browser: whether to open the browser.
        theme: the theme, instead of that in the settings.
        system: the site generator that gives the order.
        editor: the editor for opening lines.
        say: prints a line.

    Raises:
        SettingsError: the port cannot be used.
    """
    with _listening(port) as listener, scratch.folder() as out:
        builder = Builder(source, out / "page", theme=theme, system=system)
        paper = Builder(source, out / "paper", theme=theme, system=system, niceness=GIVING_WAY)
        asyncio.run(_serve(source, Preview(source, builder, paper, say), listener, editor, say, browser=browser))


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()  # who reads the address may ask before the server answers
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "there is no such port"
            problem = PORT.at(
                Subject(name="--port"),
                f"port {port} cannot be used: {reason}",
                fix="name another port, or leave --port out",
            )
            raise SettingsError(problem) from error
        yield listener


class _Server(uvicorn.Server):
    """A server that leaves the signals to :func:`_serve`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _has_screen() -> bool:
    """Return whether a browser would have a window: a browser in the terminal would replace the log."""
    return sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
    )


async def _serve(
    source: Path,
    preview: Preview,
    listener: socket.socket,
    editor: Editor,
    say: Callable[[str], None],
    *,
    browser: bool,
) -> None:
    token = secrets.token_urlsafe(24)
    app = application(preview, editor, token)
    server = _Server(
        uvicorn.Config(
            app, log_level="critical", access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # that of nohup
            loop.add_signal_handler(number, stop.set)

    failure: asyncio.Future[None] = loop.create_future()

    def change(files: frozenset[Path] | Exception) -> None:
        if isinstance(files, Exception):
            failure.set_exception(files)
        else:
            preview.change(files or {source})

    # The watch begins before the first build reads anything, so that no change is missed.
    with watching((home_of(source), house()), lambda files: loop.call_soon_threadsafe(change, files), say):
        answering = asyncio.create_task(server.serve(sockets=[listener]))
        building = asyncio.gather(preview.run(), preview.run_pages())
        url = f"http://{HOST}:{listener.getsockname()[1]}/{token}/"
        say(f"preview: {url}\nCtrl-C stops it")
        if browser and _has_screen():
            # Some commands for a browser end only when its window is closed: nothing waits for this thread.
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        waiting = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait((answering, failure, building, waiting), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        preview.stop()
        building.cancel()
        await asyncio.gather(building, return_exceptions=True)
        await preview.end()
        await asyncio.gather(answering, return_exceptions=True)
    for task in done - {waiting}:
        task.result()  # raises its error

"""Films and sounds that a chapter shows as if they were images, `![A tour](tour.mp4)`, as several programs allow."""

from __future__ import annotations

from book.patterns import regex
from book.problems import Kind, Severity
from book.schemes import scheme

PLAYED = Kind("I125", Severity.WARNING, "a film or a sound in place of an image")
FIX = "say in words what it shows"

ENDINGS = (".mp4", ".m4v", ".webm", ".mov", ".ogv", ".avi", ".mkv", ".mp3", ".m4a", ".wav", ".ogg", ".flac")
"""Endings of the names of films and sounds, in lower case."""
_SITE = regex(r"https?://(?:(?:www\.|m\.)?youtube(?:-nocookie)?\.com|youtu\.be|(?:www\.|player\.)?vimeo\.com)/(?!vi/)")


def is_film(address: str) -> bool:
    """Return whether *address* is that of a film or a sound, a file or a page of a site that shows films.

    >>> is_film("tour.MP4#t=3"), is_film("https://youtu.be/x"), is_film("https://img.youtube.com/vi/x/0.jpg")
    (True, True, False)
    """
    path = address.partition("#")[0].partition("?")[0]
    return path.lower().endswith(ENDINGS) or _SITE.match(address) is not None


def is_linked(address: str) -> bool:
    """Return whether *address* is that of a film or a sound on the web, which a link replaces; words replace one in a file.

    >>> is_linked("https://example.org/tour.mp4"), is_linked("tour.mp4"), is_linked("https://example.org/tour.png")
    (True, False, False)
    """
    return scheme(address) in ("http", "https") and is_film(address)


def fault(address: str) -> str:
    """Return what a message says of a film or a sound."""
    instead = "a link replaces it" if is_linked(address) else "its text is shown instead"
    return f"{address!r} is a film or a sound, which cannot be printed; {instead}"

"""Films and sounds that a chapter shows as if they were images, `![A tour](tour.mp4)`, as several programs allow."""

from __future__ import annotations

from book.patterns import regex
from book.problems import Kind, Severity

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

"""Images for every edition: pixels upright, still and 8 bits per channel; drawings without anything that loads or runs."""

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".avif")
"""Endings of the names of image files, in lower case."""

"""Reads the book's files: chapters, their front matter, and the date of their last change."""

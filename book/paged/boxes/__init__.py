"""Reads WeasyPrint's boxes, which are private to it; nothing else in Handbound does, but for what :mod:`book.paged.box_changes` writes.

The boxes of a layout are a tree (:mod:`~book.paged.boxes.tree`). It is read once, into frozen pages of our own (:mod:`~book.paged.boxes.pages`), and
on demand as one column (:mod:`~book.paged.boxes.column`). What :mod:`book.paged.render` must know of a box while WeasyPrint works on
it is asked here too: lines (:mod:`~book.paged.boxes.lines`), margin boxes (:mod:`~book.paged.boxes.margins`), lines of code
(:mod:`~book.paged.boxes.listings`), page numbers in the text (:mod:`~book.paged.boxes.references`) and the pages themselves
(:mod:`~book.paged.boxes.sheets`).

WeasyPrint's version is pinned, and ``tests/test_boxes.py`` fails if a class or an attribute that is read here is renamed. Lengths are
CSS pixels from the upper left corner of the sheet.
"""

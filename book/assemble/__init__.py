"""Assembles the book from chapters and order: front, body and back matter, composed bodies, resolved ids, links, images and formulas."""

"""The order becomes a book: front, body and back matter, composed bodies, and every id, link, image and formula resolved."""

"""The rules of the house style, one per file; :data:`book.style.RULES` lists them."""

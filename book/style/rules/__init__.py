"""The rules of house style, one a file; the list that names them is :data:`book.style.RULES`."""

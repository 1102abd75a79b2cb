"""Pages: the layout engine that the paged editions share."""

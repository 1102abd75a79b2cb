"""Markdown to tree: the only room that calls pandoc. The tree has positions, and its raw HTML is safe."""

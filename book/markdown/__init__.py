"""The one door to pandoc: what an author's Markdown says, as a tree with positions, with raw HTML made safe."""

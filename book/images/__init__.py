"""What an image must be for every edition: upright, still, 8 bits a channel, and a drawing without anything that loads or runs."""

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".avif")
"""How the names of images end, in small letters."""

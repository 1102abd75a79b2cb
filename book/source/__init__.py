"""What lies on disk: chapter files, their front matter, and the date of their last change."""

"""``python -m book`` is the command ``book``."""

from book import surroundings

# Python has put the current folder before all others: whatever is imported from here on must not come from there.
surroundings.tidy()

from book.cli import main  # noqa: E402 - see above

raise SystemExit(main())

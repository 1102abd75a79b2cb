"""``python -m book`` is the command ``book``."""

from book.cli import main

raise SystemExit(main())

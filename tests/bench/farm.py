"""Builds the EPUB and HTML editions of all books in a folder, the first argument, into another, with two workers of a Dask cluster on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

from distributed import Client, LocalCluster

import book


def main() -> int:
    """Return the worst status of the builds."""
    books, out = map(Path, sys.argv[1:])
    with (
        LocalCluster(  # type: ignore[no-untyped-call, unused-ignore]
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,  # type: ignore[no-untyped-call, unused-ignore]
    ):
        options = book.Options(editions=("html", "epub"))
        outcomes = book.publish_many(sorted(books.iterdir()), out, options, executor=client.get_executor())
    return max(outcome.status for outcome in outcomes)


if __name__ == "__main__":
    raise SystemExit(main())

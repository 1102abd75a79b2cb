"""The one way to write an output: temporary file, fsync, rename; a set of files is published whole or not at all.

A set is made in a hidden folder of the output folder (``.handbound/``). When all of it is made and proved, it replaces the earlier
set in one step, although no system can rename several files at once:

1. the earlier files get a second name in ``.handbound/old/`` (hard links), and ``.handbound/set`` becomes a link to ``old``;
2. a journal is written; then each file of the set becomes a symbolic link to ``.handbound/set/NAME``, one by one: opening it
   still gives the earlier file (a file that the earlier set did not have cannot be opened yet);
3. ``.handbound/set`` is replaced, by a rename, with a link to the new files: **this one rename changes the whole set**;
4. each link becomes the new file itself, one by one, again by renames; the journal is removed.

So a program that opens files of the output folder reads the earlier set or the new one, whenever the run is killed. The next run
(`build`, `check`, `clean`) continues from the journal: forward if step 3 was taken, else back. In between, or after a kill, a listing
may show links instead of files; at the end they are plain files, which can be copied, zipped and sent like any others.

Two other ways were rejected. Swapping the output folder itself (``RENAME_EXCHANGE``) takes it away from a shell, a server or a
container that is in it, fails on a mount point, and would have to carry over everything else in the folder. Permanent links do
not survive a USB stick, or file managers that copy the link.

On a disk without symbolic links (FAT), only the renames of step 4 are made, one after the other: a run that is killed between two
of them leaves a mixed set until the next run continues from the journal.

Nothing here follows a link, because the content of the output folder may be a stranger's. A ledger (``.handbound/written.json``)
records which files builds wrote, with their digests; nothing else is ever removed.
"""

from book.seal.cleaning import Cleaned, clean, clean_old, nested
from book.seal.files import (
    CANNOT_WRITE,
    EPOCH,
    LARGEST,
    NOT_A_FOLDER,
    cache_in,
    contents,
    digest,
    is_digest,
    lock,
    write,
)
from book.seal.names import CACHE, DOWNLOAD, HIDDEN, JOURNAL, LAST_BUILD, LEDGER, LOCK, NEW, OWNER, SET, ours
from book.seal.records import Journal
from book.seal.stage import Stage

__all__ = [
    "CACHE",
    "CANNOT_WRITE",
    "DOWNLOAD",
    "EPOCH",
    "HIDDEN",
    "JOURNAL",
    "LARGEST",
    "LAST_BUILD",
    "LEDGER",
    "LOCK",
    "NEW",
    "NOT_A_FOLDER",
    "OWNER",
    "SET",
    "Cleaned",
    "Journal",
    "Stage",
    "cache_in",
    "clean",
    "clean_old",
    "contents",
    "digest",
    "is_digest",
    "lock",
    "nested",
    "ours",
    "write",
]

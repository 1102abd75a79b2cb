"""The one way to write an output: temporary file, fsync, rename; a set of files is published whole or not at all.

A set is made in a hidden folder of the output folder (``.handbound/``). When all of it is made and proved, it takes the place
of the earlier set in one step, although no system can rename several files at once:

1. the earlier files get a second name in ``.handbound/old/`` (hard links), and ``.handbound/set`` is a link to ``old``;
2. a journal is written; then each file of the set becomes a symbolic link to ``.handbound/set/NAME``, one by one: whoever
   opens it still reads the earlier file (a file that the earlier set did not have cannot be opened yet);
3. ``.handbound/set`` is renamed to be a link to the new files: **this one rename changes the whole set**;
4. each link becomes the new file itself, one by one, by renames again; the journal is removed.

So whoever opens the files of the output folder reads the earlier set or the new one, at whichever event the run is killed. The
next run (`build`, `check`, `clean`) carries on from the journal: forward when step 3 was taken, else back. In between, and in the
moment of a kill, a listing may show links instead of files; when all is done they are plain files, which can be copied, zipped and
sent like any others. Other ways were weighed and left: swapping the output folder itself (``RENAME_EXCHANGE``) takes it away from
under a shell, a server or a container that stands in it, fails where it is a mount, and would have to carry over whatever else lies
there; links for good are lost on a memory stick and in file managers that copy the link.

Where a disk has no symbolic links (FAT) the renames of step 4 are made alone, back to back: a run that is killed between two of
them leaves a mixed set until the next run carries on from the journal.

Nothing here follows a link: what lies in the output folder may be a stranger's. A ledger (``.handbound/written.json``) knows
which files builds wrote, with their digests; nothing else is ever removed.
"""

from book.seal.cleaning import clean
from book.seal.files import EPOCH, LARGEST, NOT_A_FOLDER, contents, digest, is_digest, write
from book.seal.names import CACHE, DOWNLOAD, HIDDEN, JOURNAL, LAST_BUILD, LEDGER, LOCK, NEW, SET, ours
from book.seal.records import Journal
from book.seal.stage import Stage

__all__ = [
    "CACHE",
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
    "SET",
    "Journal",
    "Stage",
    "clean",
    "contents",
    "digest",
    "is_digest",
    "ours",
    "write",
]

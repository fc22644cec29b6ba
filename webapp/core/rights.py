"""What each database account may do with a table, declared where the table is (`__table_args__` … `info`).

On PostgreSQL with separate accounts (`python -m webapp database rights`) the office's processes add to the log
and never change it; the sequencer's account alone writes the tree and its signed heads. A table that declares
nothing is the office's business.
"""

from dataclasses import dataclass
from typing import Any

RIGHTS = "rights"
NONE = ""
READ = "SELECT"
ADD = "SELECT, INSERT"
TAKE = "SELECT, INSERT, DELETE"
KEEP = "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True)
class Rights:
    """What web and worker may, and what the sequencer's account may."""

    office: str
    log: str


BUSINESS = Rights(office=KEEP, log=NONE)
#: Entries: everybody adds, nobody changes or removes.
ENTRIES = Rights(office=ADD, log=ADD)
#: Added with the entry, taken away by the sequencer: marks of what has no number yet, and salts that are erased.
TAKEN = Rights(office=ADD, log=TAKE)
#: The tree and its signed heads.
TREE = Rights(office=READ, log=KEEP)
#: Outcomes of checks, kept by whoever checked.
CHECKS = Rights(office=ADD, log=ADD)


def declared(rights: Rights) -> dict[str, Any]:
    """The table argument that declares `rights`."""
    return {"info": {RIGHTS: rights}}

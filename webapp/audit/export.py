"""The evidence package: all an auditor needs to check the log and a digest on another machine, offline."""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.audit import verify
from webapp.audit.keys import LogKeys
from webapp.audit.models import AuditLeaf
from webapp.audit.queries import Head, newest_head
from webapp.audit.tiles import TileReader
from webapp.core.errors import NotAllowedNow, sentences
from webapp.core.i18n import N_
from webapp.core.ledger import AuditEntry, AuditSalt
from webapp.core.tree import canonical, consistency_proof

sentences({"nothing_signed_yet": N_("日志还没有签名的检查点，请稍后再下载证据包。")})

# A fixed time in every member: the same log and digest give the same bytes.
MEMBER_TIME = (2000, 1, 1, 0, 0, 0)

README = """\
证据包 / Evidence package
=========================
1. 用您自己留存的检查点核对（不需要本系统，只需 Python 3.8 以上）：
   Check it with a checkpoint you kept (needs nothing but Python 3.8 or newer):

   python3 verify.py {name} --trusted old-checkpoint.txt

2. 核对无误后，请留存本包的 checkpoint.txt，作为下次核对的依据。
   Keep this package's checkpoint.txt: it is what you trust next time.

entries.jsonl            公开部分，每行一条 / public parts, one entry a line
bodies.jsonl             正文（可缺）/ redactable bodies (may be absent)
checkpoint.txt           本次检查点 / signed head of the log now
checkpoint-previous.txt  上一份摘要的检查点 / signed head at the previous digest
consistency.json         一致性证明 / consistency proof between both
keys.txt                 公钥 / public keys
key-change-*.txt         旧密钥对新密钥的担保 / an old key vouches for a new one
figures.json             指标定义 / definitions of the figures
digest.json .csv .html   摘要 / the digest
verify.py                核对程序 / the verification program
"""


def write_package(
    session: Session,
    out: IO[bytes],
    *,
    name: str,
    files: Mapping[str, bytes],
    keys: LogKeys,
    previous_size: int,
    bodies: bool = False,
) -> Head:
    """Write the package of the newest signed head to `out` and return that head.

    `files` are the digest's own (digest.json, digest.csv, digest.html, figures.json). Entries are read as they
    are in the database now, so that whatever was done to them since shows. `previous_size`: the tree size of
    the digest before. Raises NotAllowedNow while no head has been signed.
    """
    head = newest_head(session)
    if head is None:
        raise NotAllowedNow("nothing_signed_yet")
    with zipfile.ZipFile(out, "w") as package:
        _member(package, "README.txt", [README.format(name=name).encode()])
        _member(package, "verify.py", [Path(verify.__file__).read_bytes()])
        _member(package, "keys.txt", ["".join(f"{key}\n" for key in keys.verifiers()).encode()])
        for number, note in enumerate(keys.changes(), 1):
            _member(package, f"key-change-{number:03d}.txt", [note.encode()])
        _member(package, "checkpoint.txt", [head.note.encode()])
        previous = newest_head(session, at_most=previous_size)
        if previous is not None and previous.size < head.size:
            proof = _proof(session, previous.size, head.size)
            content = {"old": previous.size, "new": head.size, "proof": [item.hex() for item in proof]}
            _member(package, "checkpoint-previous.txt", [previous.note.encode()])
            _member(package, "consistency.json", [json.dumps(content, indent=1).encode()])
        for member in sorted(files):
            _member(package, member, [files[member]])
        _member(package, "entries.jsonl", _entry_lines(session, head.size))
        if bodies:
            _member(package, "bodies.jsonl", _body_lines(session, head.size))
    return head


def _proof(session: Session, old: int, new: int) -> list[bytes]:
    try:
        return consistency_proof(TileReader(session).node, old, new)
    except IndexError:
        return []  # stored hashes are gone: the package is made all the same and fails its check


def _member(package: zipfile.ZipFile, name: str, parts: Iterable[bytes]) -> None:
    info = zipfile.ZipInfo(name, MEMBER_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    with package.open(info, "w", force_zip64=True) as member:
        for part in parts:
            member.write(part)


def _entry_lines(session: Session, size: int) -> Iterator[bytes]:
    query = _below(sa.select(AuditLeaf.number, AuditLeaf.hash, AuditEntry.public), size)
    for row in session.execute(query).yield_per(1000):
        head = b'{"h":"%s","i":%d,"p":' % (row.hash.hex().encode(), row.number)
        yield head + canonical(row.public) + b"}\n"


def _body_lines(session: Session, size: int) -> Iterator[bytes]:
    salts = sa.and_(AuditSalt.entry_id == AuditEntry.id, AuditSalt.field == "")
    query = _below(sa.select(AuditLeaf.number, AuditEntry.body, AuditSalt.salt), size).join(AuditSalt, salts)
    for row in session.execute(query.where(AuditEntry.body.is_not(None))).yield_per(1000):
        yield canonical({"i": row.number, "s": row.salt.hex(), "b": row.body}) + b"\n"


def _below(query: Any, size: int) -> Any:
    joined = query.join(AuditEntry, AuditEntry.id == AuditLeaf.entry_id)
    return joined.where(AuditLeaf.number < size).order_by(AuditLeaf.number)

"""`bench log`: entries numbered a second, a checkpoint, the offline check of a large package, the size of one proof.

Limits of the machine in the same run: the bare SHA-256 of the same bytes, once for each leaf and node.
"""

import csv
import io
import json
import resource
import secrets
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import config
from webapp import migrate
from webapp.audit import queries, verify
from webapp.audit.checkpoints import Checkpoint, SignerKey, sign
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.bench.places import CannotMeasureError, database
from webapp.core.events import Subject
from webapp.core.ledger import stamp
from webapp.core.tree import MemoryTree, canonical, inclusion_proof, leaf_hash
from webapp.core.tx import Tx, command
from webapp.digests import builder
from webapp.digests.events import SubscriptionKept
from webapp.runtime import Runtime, make_runtime

BATCH = 1000
PERIOD_START, PERIOD_END = datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC)
# Figures look at two of the five; in an office most entries tell of reading, mails and sign-ins.
ACTIONS = (
    "approval.decided",
    "approval.stage_opened",
    "attachment.viewed",
    "mail.possibly_sent_twice",
    "session.started",
)


@dataclass(frozen=True)
class Plan:
    """How many entries are numbered through the database, and how many the checked package holds."""

    sequenced: int
    verified: int


@dataclass(frozen=True)
class Found:
    """Seconds, entries and bytes; `bare` is the plain hashing of the same bytes in the same run."""

    sequenced: int
    sequence_seconds: float
    sequence_bare: float
    sign_seconds: float
    verified: int
    verify_seconds: float
    verify_cpu: float
    verify_bare: float
    proof_bytes: int


def measure(server: str, plan: Plan, environment: Mapping[str, str], say: Callable[[str], object]) -> Found:
    """Number entries in a throw-away office, then check a package of many offline. Raises CannotMeasureError."""
    with _office(server, environment) as runtime:
        for start in range(0, plan.sequenced, BATCH):
            _write(runtime.call(), min(BATCH, plan.sequenced - start))
        began = time.perf_counter()
        if sequence(runtime.call()) != plan.sequenced:
            raise CannotMeasureError("not every entry was numbered")
        sequencing = time.perf_counter() - began
        began = time.perf_counter()
        sign_head(runtime.call(), at_once=True)
        signing = time.perf_counter() - began
        with runtime.db.read() as session:
            parts = [
                canonical(public) for _, public in queries.public_parts(session, sa.true(), plan.sequenced)
            ]
    say(
        f"{plan.sequenced} entries numbered in {sequencing:.2f} s, the head signed in {1000 * signing:.1f} ms"
    )
    with tempfile.TemporaryDirectory(prefix="waishi-bench-") as folder:
        seconds, cpu, bare, proof = _checked(plan.verified, Path(folder))
    return Found(plan.sequenced, sequencing, _bare(parts), signing, plan.verified, seconds, cpu, bare, proof)


def summary(found: Found) -> str:
    """The figures with their ratios to bare hashing."""
    return (
        f"sequencer {found.sequenced / found.sequence_seconds:.0f} entries/s "
        f"(ratio {found.sequence_bare / found.sequence_seconds:.4f} of bare SHA-256); "
        f"checkpoint {1000 * found.sign_seconds:.1f} ms; "
        f"verify.py {found.verified} entries in {found.verify_seconds:.1f} s, {found.verify_cpu:.1f} s of it computing "
        f"(ratio {found.verify_bare / found.verify_cpu:.3f}); "
        f"proof of one entry {found.proof_bytes} bytes"
    )


@command
def _write(tx: Tx, count: int) -> None:
    """Entries as any command leaves them, many in one transaction: their writing is not what is measured."""
    for _ in range(count):
        about = Subject("digest_subscription", UUID(int=secrets.randbits(122)), unit="swj")
        tx.record(SubscriptionKept(about=about, kind="monthly", scope="", subscriber="x"))


def _public(number: int, count: int) -> dict[str, Any]:
    """A plausible entry; the entries spread over two months, so that half of them are the digest's."""
    at = stamp(PERIOD_START - timedelta(days=30) + timedelta(days=60) * number / count)
    return {
        "v": 1, "id": str(UUID(int=number)), "recorded_at": at, "occurred_at": at, "origin": "native",
        "actor": str(UUID(int=number % 50)), "acting_for": None, "role": "section_chief",
        "action": ACTIONS[number % len(ACTIONS)], "class": "trip", "object": str(UUID(int=number % 9999)),
        "object_version": number % 9, "unit": "swj", "result": "done", "request_id": f"{number:016x}",
        "figures": {"round": 1, "stage": "review", "minutes": number % 4000},
        "body": sha256(str(number).encode()).hexdigest(),
    }  # fmt: skip


def _checked(count: int, folder: Path) -> tuple[float, float, float, int]:
    """(seconds of verify.py, its computing, seconds of bare hashing, bytes of one proof) for `count` entries."""
    key, tree, parts = SignerKey.generate("waishi-log/bench"), MemoryTree(), []
    package, trusted, script = (folder / name for name in ("digest.zip", "trusted.txt", "verify.py"))
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        with out.open("entries.jsonl", "w", force_zip64=True) as member:
            for number in range(count):
                part = canonical(_public(number, count))
                tree.append(leaf_hash(part))
                member.write(b'{"h":"%s","i":%d,"p":%s}\n' % (leaf_hash(part).hex().encode(), number, part))
                parts.append(part)
        out.writestr("keys.txt", f"{key.verifier}\n")
        out.writestr("checkpoint.txt", sign(Checkpoint(key.name, count, tree.root()), [key]))
        _digest(out, tree, parts)
    half = Checkpoint(key.name, count // 2, tree.root(count // 2))
    trusted.write_text(sign(half, [key]), "utf-8")
    script.write_bytes(Path(verify.__file__).read_bytes())
    computed, began = _children(), time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", str(script), str(package), "--trusted", str(trusted)],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds, computed = time.perf_counter() - began, _children() - computed
    if done.returncode:
        raise CannotMeasureError(f"the package does not hold: {done.stdout.strip().splitlines()[-2:]}")
    path = inclusion_proof(tree.node, count // 3, count)
    return seconds, computed, _bare(parts), len(queries.proof_text(count // 3, path, "").encode())


def _digest(out: zipfile.ZipFile, tree: MemoryTree, parts: list[bytes]) -> None:
    """A digest of the second month over all entries, computed by the verifier's own rules."""
    definitions = builder.current_definitions("monthly")
    digest: dict[str, Any] = {
        "kind": "monthly", "period": "2026-03", "scope": "", "edition": 1, "units": None, "size": len(parts),
        "root": tree.root().hex(), "start": stamp(PERIOD_START), "end": stamp(PERIOD_END),
        "previous": {"period": "2026-02", "size": len(parts) // 2, "root": tree.root(len(parts) // 2).hex()},
        "definitions": sha256(definitions).hexdigest(),
    }  # fmt: skip
    log = verify.Log()
    log.parts = parts
    for number in range(len(parts)):
        log.places[ACTIONS[number % len(ACTIONS)]].append(number)
    digest["figures"] = verify.recompute(json.loads(definitions)["figures"], log, digest)
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["origin", "figure", "group", "value"])
    for origin, values in digest["figures"].items():
        rows.writerows([origin, *row] for row in verify.flatten(values))
    out.writestr("figures.json", definitions)
    out.writestr("digest.json", json.dumps(digest))
    out.writestr("digest.csv", table.getvalue())


def _children() -> float:
    """Processor seconds of ended child processes: what a busy machine does not stretch."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _bare(parts: list[bytes]) -> float:
    """Seconds for one SHA-256 of each leaf's bytes and one of two hashes for each node above: no less is possible."""
    pair = bytes(65)
    began = time.process_time()
    for part in parts:
        sha256(part).digest()
        sha256(pair).digest()
    return time.process_time() - began


@contextmanager
def _office(server: str, environment: Mapping[str, str]) -> Iterator[Runtime]:
    with (
        database(server, f"waishi_bench_{secrets.token_hex(4)}") as url,
        tempfile.TemporaryDirectory(prefix="waishi-bench-") as folder,
    ):
        own = {**environment, "DATABASE_URL": url, "WAISHI_DATA": folder, "REDIS_URL": "", "SMTP_URL": ""}
        runtime = make_runtime(
            config.from_env({**own, "SECRET_KEY": secrets.token_hex(32), "WAISHI_DEMO": ""})
        )
        migrate.upgrade(runtime.db)
        try:
            yield runtime
        finally:
            runtime.db.dispose()

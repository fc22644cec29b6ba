"""Replay of a foreign history: each event becomes the call to the engine that a person's click makes.

No mails, no duties, no suspensions follow; findings would be recorded and never block (the rule edition is
`observed`). What the engine refuses is kept by case, event and reason.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import UUID

from webapp.core.errors import DomainError
from webapp.core.events import Subject
from webapp.core.permissions import Permission
from webapp.core.tx import Call, Tx, command
from webapp.imports import events, queries
from webapp.imports.commands import BeginRun
from webapp.imports.mapping import Mapping, parse
from webapp.imports.models import ImportRefusal, ImportRun, ObservedSubject
from webapp.imports.readers import LogCase, LogEvent, read_log, sha256_of
from webapp.imports.rounds import Reading, read_case
from webapp.imports.service_actors import Cast
from webapp.imports.service_replay import Replay

# One transaction holds this many cases: fewer fsyncs than one a case, little to do again after a stop.
CASES_PER_TRANSACTION = 25


@dataclass(frozen=True)
class Report:
    """What an import did, over all its starts."""

    run_id: UUID
    cases: int
    events: int
    accepted: int
    refused: int
    ignored: int


def import_history(
    call: Call, log: Path, mapping_text: str, progress: Callable[[int], None] | None = None
) -> Report:
    """Bring a log in; begun again with the same files it goes on where it stopped and repeats nothing.

    Raises `Invalid` for a file or mapping that cannot be read, `Forbidden` without the right.
    """
    mapping = parse(mapping_text)
    run = begin_run(
        call,
        BeginRun(
            log_sha256=sha256_of(log),
            mapping_sha256=hashlib.sha256(mapping_text.encode()).hexdigest(),
            file_name=log.name[:200],
            kind=mapping.kind,
        ),
    )
    if run.finished_at is None:
        for batch in _batches(read_log(log, mapping.columns, mapping.zone, progress)):
            with call.read() as session:
                known = queries.known_cases(session, run.id, [case.id for case in batch])
            fresh = [case for case in batch if case.id not in known]
            if fresh:
                import_cases(call, run.id, mapping, fresh)
        run = finish_run(call, run.id)
    return _report(run)


def _batches(cases: Iterator[LogCase]) -> Iterator[list[LogCase]]:
    while batch := list(islice(cases, CASES_PER_TRANSACTION)):
        yield batch


def _report(run: ImportRun) -> Report:
    return Report(
        run.id, run.case_count, run.event_count, run.accepted_count, run.refused_count, run.ignored_count
    )


def _about(run: ImportRun) -> Subject:
    return Subject(kind="import_run", id=run.id, number=run.file_name)


@command
def begin_run(tx: Tx, cmd: BeginRun) -> ImportRun:
    """The run of this file with this mapping, begun now or before."""
    tx.require(Permission.HISTORY_IMPORT)
    run = queries.run_of(tx.session, cmd.log_sha256, cmd.mapping_sha256)
    if run is not None:
        return run
    run = tx.add(
        ImportRun(
            log_sha256=cmd.log_sha256,
            mapping_sha256=cmd.mapping_sha256,
            file_name=cmd.file_name,
            kind=cmd.kind,
            started_at=tx.now,
        )
    )
    tx.session.flush()
    tx.record(
        events.HistoryStarted(
            about=_about(run),
            log_sha256=cmd.log_sha256,
            mapping_sha256=cmd.mapping_sha256,
            file_name=cmd.file_name,
        )
    )
    return run


@command
def import_cases(tx: Tx, run_id: UUID, mapping: Mapping, cases: Sequence[LogCase]) -> None:
    """Some whole cases of a run, in one transaction."""
    tx.require(Permission.HISTORY_IMPORT)
    run = tx.lock(ImportRun, run_id)
    cast = Cast(tx, run.kind, f"imported:{run.log_sha256}")
    for case in cases:
        _import_case(tx, run, cast, read_case(case, mapping), len(case.events))


def _import_case(tx: Tx, run: ImportRun, cast: Cast, reading: Reading, event_count: int) -> None:
    subject = tx.add(
        ObservedSubject(
            run_id=run.id, case_id=reading.case_id[:120], kind=run.kind, number=reading.case_id[:60]
        )
    )
    tx.session.flush()
    replay = Replay(cast, subject, reading)
    run.case_count += 1
    run.event_count += event_count
    run.ignored_count += reading.ignored
    for event in reading.unknown:
        _refuse(tx, run, subject, event, "no_time" if event.at is None else "unknown_event")
    for step in reading.steps:
        try:
            replay.take(step)
            run.accepted_count += 1
        except DomainError as error:
            _refuse(cast.tx_of(step.role), run, subject, step.event, error.code)


def _refuse(tx: Tx, run: ImportRun, subject: ObservedSubject, event: LogEvent, code: str) -> None:
    run.refused_count += 1
    tx.add(
        ImportRefusal(
            run_id=run.id,
            case_id=subject.case_id,
            position=event.position,
            event=event.name[:200],
            occurred_at=event.at,
            code=code,
        )
    )
    tx.record(
        events.HistoryRefused(
            about=Subject(kind=subject.kind, id=subject.id, version=subject.version, number=subject.number),
            occurred_at=event.at,
            result="refused",
            code=code,
            position=event.position,
            event_name=event.name[:200],
        )
    )


@command
def finish_run(tx: Tx, run_id: UUID) -> ImportRun:
    """The whole file has been read."""
    run = tx.lock(ImportRun, run_id)
    run.finished_at = tx.now
    tx.record(
        events.HistoryFinished(
            about=_about(run),
            cases=run.case_count,
            accepted=run.accepted_count,
            refused=run.refused_count,
            ignored=run.ignored_count,
        )
    )
    return run

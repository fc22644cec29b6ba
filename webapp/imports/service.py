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
from webapp.imports.mapping import Engine, Mapping, parse
from webapp.imports.models import ImportRefusal, ImportRun, ObservedSubject
from webapp.imports.readers import LogCase, LogEvent, read_log, sha256_of
from webapp.imports.rounds import Reading, read_case
from webapp.imports.service_actors import Cast
from webapp.imports.service_cases import CasePlay, Scene
from webapp.imports.service_replay import Replay

# One transaction holds this many cases: fewer fsyncs than one a case, little to do again after a stop.
CASES_PER_TRANSACTION = 50
EVENTS_PER_TRANSACTION = 1000
CASE_ID_LENGTH = 120


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
        cases = enumerate(read_log(log, mapping.form, progress))
        # the same file gives the same cases in the same order: what is in need not be looked for
        for batch in _batches(islice(cases, run.case_count, None)):
            import_cases(call, run.id, mapping, batch)
        run = finish_run(call, run.id)
    return _report(run)


def _batches(cases: Iterator[tuple[int, LogCase]]) -> Iterator[list[tuple[int, LogCase]]]:
    """So many cases, and not many more events than one long case has."""
    batch: list[tuple[int, LogCase]] = []
    events = 0
    for number, case in cases:
        batch.append((number, case))
        events += len(case.events)
        if len(batch) == CASES_PER_TRANSACTION or events >= EVENTS_PER_TRANSACTION:
            yield batch
            batch, events = [], 0
    if batch:
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
def import_cases(tx: Tx, run_id: UUID, mapping: Mapping, cases: Sequence[tuple[int, LogCase]]) -> None:
    """Some whole cases of a run with their places in the file, in one transaction.

    A second import of the same file that goes on beside this one takes turns with it and finds them done.
    """
    tx.require(Permission.HISTORY_IMPORT)
    run = tx.lock(ImportRun, run_id)
    cast = Cast(tx, run.kind, f"imported:{run.log_sha256}")
    fresh = [(number, case) for number, case in cases if number >= run.case_count]
    known = queries.known_cases(tx.session, run.id, [_case_id(case.id) for _, case in fresh])
    for number, case in fresh:
        case_id = _case_id(case.id)
        if case_id in known:  # another case of this name: it is told apart by its place in the file
            case_id = f"{case_id[:100]}#{number + 1}"
        known.add(case_id)
        subject = tx.add(ObservedSubject(run_id=run.id, case_id=case_id, kind=run.kind, number=case_id[:60]))
        tx.session.flush()
        _import_case(tx, run, Scene(cast, subject, mapping.engine), read_case(case, mapping))
        run.case_count += 1
        run.event_count += len(case.events)


def _case_id(name: str) -> str:
    """What tells a case from others; of a very long name the beginning and a hash."""
    if len(name) <= CASE_ID_LENGTH:
        return name
    return f"{name[: CASE_ID_LENGTH - 13]}~{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _import_case(tx: Tx, run: ImportRun, scene: Scene, reading: Reading) -> None:
    play: CasePlay | Replay = (
        CasePlay(scene) if scene.engine is Engine.CASES else Replay(scene.cast, scene.subject, reading)
    )
    run.ignored_count += reading.ignored
    for event in reading.unknown:
        _refuse(tx, run, scene.subject, event, "no_time" if event.at is None else "unknown_event")
    for step in reading.steps:
        try:
            play.take(step)
            run.accepted_count += 1
        except DomainError as error:
            _refuse(scene.cast.tx_of(step.role), run, scene.subject, step.event, error.code)


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

"""Reading side of digests: which exist, who may see them, who gets them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from webapp.accounts import queries as accounts
from webapp.accounts import queries_authority
from webapp.audit import queries as log
from webapp.core.errors import NotFound
from webapp.core.ledger import AuditEntry
from webapp.core.permissions import ROLE_PERMISSIONS, Permission, Role
from webapp.core.tx import Actor, ActorKind
from webapp.digests.models import Digest, DigestSubscription

#: A digest as other files of this feature hand it on.
StoredDigest: TypeAlias = Digest
#: Files of a digest and what they are served as.
FILES: dict[str, str] = {"json": "application/json", "csv": "text/csv", "html": "text/html"}
_BYTES = (Digest.json_file, Digest.csv_file, Digest.html_file, Digest.definitions)


def path_of(period: str, scope: str, edition: int) -> str:
    """Return the address of a digest's page."""
    place = f"{period}/{scope}" if scope else period
    return f"/audit/digests/{place}?edition={edition}"


def file_of(digest: Digest, name: str) -> bytes:
    """Return one of a digest's files."""
    return {"json": digest.json_file, "csv": digest.csv_file, "html": digest.html_file}[name]


def sha256(digest: Digest, name: str) -> str:
    """Return a file's SHA-256 in hex."""
    return hashlib.sha256(file_of(digest, name)).hexdigest()


def units_of_scope(session: Session, scope: str) -> frozenset[str] | None:
    """Return the codes of a unit and everything below it; None for the whole office. Raises NotFound."""
    if not scope:
        return None
    top = accounts.unit_by_code(session, scope)
    return frozenset(unit.code for unit in accounts.units(session) if unit.path.startswith(top.path))


def sees_everything(actor: Actor, now: datetime) -> bool:
    """Whether an actor sees the digests of the whole office: all readers but heads of units."""
    return actor.kind is ActorKind.SYSTEM or any(
        grant.holds(now)
        and grant.role is not Role.UNIT_HEAD
        and Permission.DIGESTS_SEE in ROLE_PERMISSIONS[grant.role]
        for grant in actor.grants
    )


def may_see_scope(session: Session, actor: Actor, now: datetime, scope: str) -> bool:
    """Whole-office digests are for auditors and the office; a unit's also for whoever heads it."""
    if sees_everything(actor, now):
        return True
    return bool(scope) and actor.may(Permission.DIGESTS_SEE, now, accounts.unit_by_code(session, scope).path)


def visible(session: Session, actor: Actor, now: datetime, digest_id: UUID) -> Digest:
    """Return a digest the actor may see. Raises NotFound otherwise, without telling whether it exists."""
    digest = session.get(Digest, digest_id)
    if digest is None or not may_see_scope(session, actor, now, digest.scope):
        raise NotFound
    return digest


def every(session: Session) -> Sequence[Digest]:
    """All digests, in the order in which they were built."""
    return session.scalars(sa.select(Digest).order_by(Digest.id)).all()


def by_name(
    session: Session, actor: Actor, now: datetime, period: str, scope: str, edition: int | None
) -> Digest:
    """Return a month's digest by its name; without an edition the newest. Raises NotFound."""
    digest = (
        last_edition(session, "monthly", period, scope)
        if edition is None
        else one_edition(session, "monthly", period, scope, edition)
    )
    if digest is None:
        raise NotFound
    return visible(session, actor, now, digest.id)


def one_edition(session: Session, kind: str, period: str, scope: str, edition: int) -> Digest | None:
    """Return one edition, None when it does not exist."""
    query = sa.select(Digest).filter_by(kind=kind, period=period, scope=scope, edition=edition)
    return session.scalars(query).one_or_none()


def first_edition(session: Session, kind: str, period: str, scope: str) -> Digest | None:
    """Return the edition that was mailed; None before it is built."""
    return one_edition(session, kind, period, scope, 1)


def last_edition(session: Session, kind: str, period: str, scope: str) -> Digest | None:
    """Return the newest edition of a period, None without any."""
    query = sa.select(Digest).filter_by(kind=kind, period=period, scope=scope)
    return session.scalars(query.order_by(Digest.edition.desc()).limit(1)).first()


def unsent(session: Session) -> Sequence[Digest]:
    """Return first editions that have not been handed to the mails, oldest month first."""
    query = (
        sa.select(Digest)
        .options(*(defer(column) for column in _BYTES))
        .where(Digest.sent_at.is_(None), Digest.edition == 1)
        .order_by(Digest.period)
    )
    return session.scalars(query).all()


def wanted_scopes(session: Session) -> list[str]:
    """Return the whole office and every unit somebody subscribed to."""
    found = session.scalars(sa.select(DigestSubscription.scope).distinct())
    return ["", *sorted({scope for scope in found if scope})]


@dataclass(frozen=True)
class DigestRow:
    """One line of the list."""

    id: UUID
    period: str
    scope: str
    edition: int
    tree_size: int
    exception_count: int
    built_at: datetime
    sent_at: datetime | None


def listing(
    session: Session, actor: Actor, now: datetime, before: str = "", limit: int = 24
) -> list[DigestRow]:
    """Return digests the actor may see, newest month first, every edition."""
    everything = sees_everything(actor, now)
    own = [
        unit.code
        for unit in (() if everything else accounts.units(session))
        if actor.may(Permission.DIGESTS_SEE, now, unit.path)
    ]
    query = (
        sa.select(
            Digest.id,
            Digest.period,
            Digest.scope,
            Digest.edition,
            Digest.tree_size,
            Digest.exception_count,
            Digest.built_at,
            Digest.sent_at,
        )
        .order_by(Digest.period.desc(), Digest.scope, Digest.edition.desc())
        .limit(limit)
    )
    if not everything:
        query = query.where(Digest.scope.in_(own))
    if before:
        query = query.where(Digest.period < before)
    return [DigestRow(*row) for row in session.execute(query)]


def newest(session: Session, actor: Actor, now: datetime) -> DigestRow | None:
    """Return the newest digest the actor may see."""
    return next(iter(listing(session, actor, now, limit=1)), None)


def possible_readers(session: Session, now: datetime) -> list[tuple[UUID, str]]:
    """Return the active accounts that may see digests, by name, for the choice on the subscriptions page."""
    roles = [role for role in Role if Permission.DIGESTS_SEE in ROLE_PERMISSIONS[role]]
    posts = queries_authority.holders_of(session, [(role, None) for role in roles], now)
    found = {holder.id: holder.name for holders in posts.values() for holder in holders}
    return sorted(found.items(), key=lambda item: (item[1], item[0]))


def subscribers(session: Session, scope: str) -> Sequence[UUID]:
    """Return the accounts that get the digests of a scope."""
    query = sa.select(DigestSubscription.account_id).where(DigestSubscription.scope == scope)
    return session.scalars(query.order_by(DigestSubscription.created_at)).all()


@dataclass(frozen=True)
class SubscriptionRow:
    """One line of the list of subscriptions."""

    id: UUID
    account_id: UUID
    name: str
    scope: str
    created_at: datetime


def subscriptions(session: Session) -> list[SubscriptionRow]:
    """Return all subscriptions with the subscribers' names."""
    rows = session.scalars(sa.select(DigestSubscription).order_by(DigestSubscription.created_at)).all()
    names = accounts.names(session, [row.account_id for row in rows])
    return [
        SubscriptionRow(row.id, row.account_id, names.get(row.account_id, ""), row.scope, row.created_at)
        for row in rows
    ]


@dataclass(frozen=True)
class Download:
    """Who took which file of a digest."""

    at: datetime
    name: str
    paper: str
    file: str


def downloads(session: Session, limit: int = 20) -> list[Download]:
    """Return the latest downloads, newest first, as the log has them."""
    query = (
        sa.select(AuditEntry)
        # by object first: the log has an index for that, and none for actions
        .where(AuditEntry.object_id.in_(sa.select(Digest.id)), AuditEntry.action == "digest.downloaded")
        .order_by(AuditEntry.recorded_at.desc())
        .limit(limit)
    )
    return [
        Download(
            entry.recorded_at,
            (entry.body or {}).get("actor_name", ""),
            (entry.body or {}).get("number", ""),
            entry.public["figures"]["file"],
        )
        for entry in session.scalars(query)
    ]


@dataclass(frozen=True)
class ExceptionRow:
    """One exception of a digest: the figure it belongs to, the entry, and the paper's number where known."""

    figure: str
    number: int
    paper: str


def exceptions(session: Session, content: Mapping[str, Any], book: Mapping[str, Any]) -> list[ExceptionRow]:
    """Return a digest's exceptions with the numbers of the papers they are about."""
    lists = [figure["id"] for figure in book["figures"] if figure["measure"] == "list"]
    pairs = [(figure, number) for figure in lists for number in content["figures"]["native"][figure]]
    papers = log.papers(session, [number for _, number in pairs])
    return [ExceptionRow(figure, number, papers.get(number, "")) for figure, number in pairs]


def content_of(digest: Digest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a digest's content and the definitions it was built with."""
    return json.loads(digest.json_file), json.loads(digest.definitions)

"""Building, mailing and handing out digests. Everything is found from the state: nothing is lost by an outage."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts import queries as accounts
from webapp.audit import queries as log
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.core.errors import NotAllowedNow, NotFound, sentences
from webapp.core.events import Subject
from webapp.core.i18n import N_
from webapp.core.permissions import Permission
from webapp.core.tx import Call, Tx, command
from webapp.digests import builder, queries
from webapp.digests.commands import Subscribe
from webapp.digests.events import (
    DigestBuilt,
    DigestDownloaded,
    DigestPublished,
    SubscriptionEnded,
    SubscriptionKept,
)
from webapp.digests.models import Digest, DigestSubscription
from webapp.digests.render import headlines
from webapp.digests.rules import MONTHLY, bounds, due_periods, mail_at, month_of, preceding

SUBJECT = "digest"

sentences(
    {
        "period_not_over": N_("这个月还没有结束，不能生成摘要。"),
        "subscriber_may_not_see": N_("这个账号无权查看该范围的摘要，不能订阅。"),
    }
)


def build(call: Call, period: str, *, scope: str = "") -> Digest:
    """Build a month's digest from the log as it stands; a new edition if one exists and the figures differ now.

    Raises NotAllowedNow while the month is not over, NotFound for an unknown unit, NoPeriodError for no month.
    """
    if call.clock.now() < bounds(period)[1]:
        raise NotAllowedNow("period_not_over", period=period)
    sequence(call)
    sign_head(call, at_once=True)
    with call.read() as session:
        units = queries.units_of_scope(session, scope)
        last = queries.last_edition(session, MONTHLY, period, scope)
        # A signed head: where another account numbers and signs, the newest entries may wait a minute for theirs.
        head = log.newest_head(session)
        size = head.size if head else 0
        before = queries.first_edition(session, MONTHLY, preceding(period), scope)
        order = builder.Order(
            kind=MONTHLY,
            period=period,
            scope=scope,
            units=units,
            edition=last.edition + 1 if last else 1,
            size=size,
            previous_period=before.period if before else "",
            # The first digest has nothing to be late against.
            previous_size=before.tree_size if before else size,
        )
        built = builder.build(session, order, builder.current_definitions(MONTHLY))
    if last is not None and json.loads(last.json_file)["figures"] == built.content["figures"]:
        return last
    return _keep(call, order, built)


@command
def _keep(tx: Tx, order: builder.Order, built: builder.Built) -> Digest:
    existing = queries.one_edition(tx.session, order.kind, order.period, order.scope, order.edition)
    if existing is not None:
        return existing  # another worker was faster, from the same log
    digest = tx.add(
        Digest(
            kind=order.kind,
            period=order.period,
            scope=order.scope,
            edition=order.edition,
            tree_size=order.size,
            exception_count=built.exception_count,
            built_at=tx.now,
            definitions=built.definitions,
            json_file=built.json_file,
            csv_file=built.csv_file,
            html_file=built.html_file,
        )
    )
    tx.record(
        DigestBuilt(
            about=_subject(digest),
            **_which(digest),
            tree_size=order.size,
            exceptions=built.exception_count,
            json=queries.sha256(digest, "json"),
            csv=queries.sha256(digest, "csv"),
            html=queries.sha256(digest, "html"),
        )
    )
    return digest


def rebuilt(call: Call, digest: Digest) -> builder.Built:
    """Build a digest again from its own tree size and definitions: the bytes must be the same."""
    content = json.loads(digest.json_file)
    units = content["units"]
    order = builder.Order(
        kind=digest.kind,
        period=digest.period,
        scope=digest.scope,
        units=frozenset(units) if units is not None else None,
        edition=digest.edition,
        size=digest.tree_size,
        previous_period=content["previous"]["period"],
        previous_size=content["previous"]["size"],
    )
    with call.read() as session:
        return builder.build(session, order, digest.definitions)


def differing(call: Call) -> tuple[int, list[str]]:
    """How many digests are kept, and which of them no longer say what their own part of the log yields.

    Compared is the file of figures: how pages and tables are laid out may change with a release.
    """
    with call.read() as session:
        kept = queries.every(session)
    return len(kept), [
        f"{digest.period} {digest.scope} edition {digest.edition}".replace("  ", " ")
        for digest in kept
        if rebuilt(call, digest).json_file != digest.json_file
    ]


def build_due(call: Call) -> int:
    """Build every monthly digest whose time has come since the log began; return how many were built.

    Months before the log began hold imported history only; they are built by command.
    """
    sequence(call)
    with call.read() as session:
        began = log.began_at(session)
        if began is None:
            return 0
        due = list(due_periods(month_of(began), call.clock.now()))
        missing = [
            (period, scope)
            for scope in queries.wanted_scopes(session)
            for period in due
            if queries.first_edition(session, MONTHLY, period, scope) is None
        ]
    for period, scope in missing:
        build(call, period, scope=scope)
    return len(missing)


def publish_due(call: Call, is_working_day: Callable[[date], bool]) -> int:
    """Hand every built digest of a finished month to the mails, on its first working day at 08:30."""
    now = call.clock.now()
    with call.read() as session:
        began = log.began_at(session)
        due = [
            digest.id
            for digest in queries.unsent(session)
            if began is not None
            and digest.period >= month_of(began)
            and mail_at(digest.period, is_working_day) <= now
        ]
    for digest_id in due:
        _publish(call, digest_id)
    return len(due)


@command
def _publish(tx: Tx, digest_id: UUID) -> None:
    digest = tx.lock(Digest, digest_id)
    if digest.sent_at is not None:
        return
    digest.sent_at = tx.now
    head = log.newest_head(tx.session)
    tx.record(
        DigestPublished(
            about=_subject(digest),
            **_which(digest),
            exceptions=digest.exception_count,
            checkpoint=head.note if head else "",
            lines=headlines(json.loads(digest.json_file), json.loads(digest.definitions)),
        )
    )


@command
def record_download(tx: Tx, digest_id: UUID, file: str) -> Digest:
    """Write down who takes which file, before it leaves. Raises NotFound for what the actor may not see."""
    digest = queries.visible(tx.session, tx.actor, tx.now, digest_id)
    tx.record(
        DigestDownloaded(
            about=_subject(digest),
            **_which(digest),
            file=file,
            sha256=queries.sha256(digest, file) if file in queries.FILES else "",
        )
    )
    return digest


@command
def subscribe(tx: Tx, cmd: Subscribe) -> DigestSubscription:
    """Subscribe an account that may see those digests. A second time changes nothing."""
    tx.require(Permission.DIGESTS_SUBSCRIBE)
    reader = accounts.actor_of(tx.session, cmd.account_id)
    if not queries.may_see_scope(tx.session, reader, tx.now, cmd.scope):
        raise NotAllowedNow("subscriber_may_not_see")
    query = sa.select(DigestSubscription).filter_by(account_id=cmd.account_id, kind=MONTHLY, scope=cmd.scope)
    row = tx.session.scalars(query).one_or_none()
    if row is None:
        row = tx.add(
            DigestSubscription(account_id=cmd.account_id, kind=MONTHLY, scope=cmd.scope, created_at=tx.now)
        )
        about = Subject("digest_subscription", row.id)
        tx.record(SubscriptionKept(about=about, kind=MONTHLY, scope=cmd.scope, subscriber=reader.name))
    return row


@command
def unsubscribe(tx: Tx, subscription_id: UUID) -> None:
    """End a subscription: one's own, or anybody's for those who keep subscriptions."""
    row = tx.session.get(DigestSubscription, subscription_id)
    if row is None:
        raise NotFound
    if row.account_id != tx.actor.account_id:
        tx.require(Permission.DIGESTS_SUBSCRIBE)
    name = accounts.names(tx.session, [row.account_id]).get(row.account_id, "")
    about = Subject("digest_subscription", row.id)
    tx.record(SubscriptionEnded(about=about, kind=row.kind, scope=row.scope, subscriber=name))
    tx.session.delete(row)


def _subject(digest: Digest) -> Subject:
    return Subject(SUBJECT, digest.id, 1, digest.scope, f"{digest.period}-{digest.edition}")


def _which(digest: Digest) -> dict[str, Any]:
    return {
        "kind": digest.kind,
        "period": digest.period,
        "scope": digest.scope,
        "edition": digest.edition,
    }

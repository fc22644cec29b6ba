"""Rules with their parameters, fee standards, exchange rates and treaty terms: read by all, kept by the office."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import local_date
from webapp.core.errors import DomainError
from webapp.core.http import current_call, form_version, load, perform, policy, redisplay
from webapp.core.i18n import N_, gettext
from webapp.core.permissions import Permission
from webapp.deadlines.states import LABELS as DEADLINE_LABELS
from webapp.deadlines.states import Confidence
from webapp.notifications.views import seen
from webapp.rulebook import places, queries, rules_params, service, service_fees, service_treaties
from webapp.rulebook.models import FeeProposal, TreatyProposal
from webapp.rulebook.rules_documents import FIELD_LABELS
from webapp.rulebook.schemas import FeesSchema, RateSchema, RuleSchema, SettleSchema, TreatySchema
from webapp.rulebook.states import (
    BASIS_LABELS,
    COUNTING_LABELS,
    POINT_LABELS,
    PROPOSAL_LABELS,
    SEVERITY_LABELS,
    TERM_LABELS,
    WAIVED_BY_LABELS,
)
from webapp.rulebook.treaties import NOT_FOREIGN, TERMS

CONFIDENCE_LABELS = {code: DEADLINE_LABELS[code] for code in Confidence}
bp = Blueprint("rulebook", __name__, url_prefix="/rules", template_folder="templates")


@bp.context_processor
def words() -> dict[str, Any]:
    """Labels of codes, and the choices of the forms."""
    call = current_call()
    return {
        "SEVERITY_LABELS": SEVERITY_LABELS,
        "POINT_LABELS": POINT_LABELS,
        "WAIVED_BY_LABELS": WAIVED_BY_LABELS,
        "BASIS_LABELS": BASIS_LABELS,
        "PROPOSAL_LABELS": PROPOSAL_LABELS,
        "bases": [(code.value, gettext(text)) for code, text in BASIS_LABELS.items()],
        "COUNTING_LABELS": COUNTING_LABELS,
        "CONFIDENCE_LABELS": CONFIDENCE_LABELS,
        "PARAM_LABELS": rules_params.LABELS,
        "PARAM_CHOICES": rules_params.CHOICES,
        "CHOICE_LABELS": rules_params.CHOICE_LABELS,
        "FIELD_LABELS": FIELD_LABELS,
        "shown_param": rules_params.shown,
        "place_name": places.name,
        "severities": [(code.value, gettext(text)) for code, text in SEVERITY_LABELS.items()],
        "countings": [(code.value, gettext(text)) for code, text in COUNTING_LABELS.items()],
        "confidences": [(code.value, gettext(text)) for code, text in CONFIDENCE_LABELS.items()],
        "may_keep": call.actor.may(Permission.RULES_KEEP, call.clock.now()),
    }


@bp.get("")
@policy(Permission.RULES_SEE)
def index() -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        edition = queries.edition(session, local_date(call.clock.now()))
    return render_template("rulebook/index.html", edition=edition)


@bp.get("/<code>")
@policy(Permission.RULES_SEE)
def rule(code: str, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    today = local_date(call.clock.now())
    with call.read() as session:
        found = queries.rule(session, code, today)
        history = queries.rule_history(session, code)
        return render_template(
            "rulebook/rule.html", rule=found, history=history, newest=history[0], today=today, error=error
        )


@bp.post("/<code>")
@policy(Permission.RULES_KEEP)
@redisplay(rule)
def change_rule(code: str) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        current = queries.rule_history(session, code)[0].params
    cmd = load(RuleSchema(current=current), code=code)
    return perform(service.change_rule, cmd, then=lambda row: url_for(".rule", code=row.code))


@bp.get("/fees")
@policy(Permission.RULES_SEE)
def fees(error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    today = local_date(call.clock.now())
    with call.read() as session:
        edition = queries.edition(session, today)
        return render_template(
            "rulebook/fees.html",
            countries=sorted(edition.fees.rows, key=places.name),
            chosen=edition.fees.rows.get(request.args.get("country", ""), ()),
            version=queries.fee_version(session, today),
            versions=queries.fee_versions(session),
            proposals=queries.fee_proposals(session),
            today=today,
            error=error,
        )


@bp.post("/fees")
@policy(Permission.RULES_KEEP)
@redisplay(fees)
def propose_fees() -> ResponseReturnValue:
    """Looked at before anything is in force: the next page shows the differences, somebody else applies them."""
    return perform(
        service_fees.propose,
        load(FeesSchema),
        then=lambda row: url_for(".fee_proposal", number=row.number),
    )


@bp.get("/fees/proposals/<int:number>")
@policy(Permission.RULES_SEE)
def fee_proposal(number: int, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        row = queries.proposal(session, FeeProposal, number)
        seen(row.id)
        return render_template(
            "rulebook/fee_proposal.html",
            row=row,
            found=queries.fee_difference(session, row),
            own=row.proposed_by_id == call.actor.account_id,
            error=error,
        )


@bp.post("/fees/proposals/<int:number>")
@policy(Permission.RULES_KEEP)
@redisplay(fee_proposal)
def settle_fees(number: int) -> ResponseReturnValue:
    cmd = load(SettleSchema, number=number, version=form_version())
    return perform(service_fees.settle, cmd, then=lambda _row: url_for(".fee_proposal", number=number))


@bp.get("/rates")
@policy(Permission.RULES_SEE)
def rates(error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        return render_template(
            "rulebook/rates.html",
            rows=queries.rate_rows(session),
            today=local_date(call.clock.now()),
            error=error,
        )


@bp.post("/rates")
@policy(Permission.RULES_KEEP)
@redisplay(rates)
def set_rate() -> ResponseReturnValue:
    return perform(service.set_rate, load(RateSchema), then=lambda _rate: url_for(".rates"))


@bp.get("/treaties")
@policy(Permission.RULES_SEE)
def treaties() -> ResponseReturnValue:
    with current_call().read() as session:
        rows = queries.treaty_rows(session)
        proposals = queries.treaty_proposals(session)
    held = {row.code for row in rows} | NOT_FOREIGN
    others = [(code, label) for code, label in places.choices() if code not in held]
    return render_template("rulebook/treaties.html", rows=rows, others=others, proposals=proposals)


@bp.get("/treaties/new")
@policy(Permission.RULES_KEEP)
def new_treaty() -> ResponseReturnValue:
    """From the list of nationalities without terms of their own to the form of one."""
    code = request.args.get("nationality", "").upper()
    return redirect(url_for(".treaty", code=code) if places.known(code) else url_for(".treaties"), code=303)


@bp.get("/treaties/<code>")
@policy(Permission.RULES_SEE)
def treaty(code: str, error: DomainError | None = None) -> ResponseReturnValue:
    with current_call().read() as session:
        return render_template(
            "rulebook/treaty.html",
            row=queries.treaty_row(session, code),
            waiting=queries.treaty_proposal_waiting(session, code),
            history=queries.treaty_proposals(session, code),
            error=error,
        )


@bp.post("/treaties/<code>")
@policy(Permission.RULES_KEEP)
@redisplay(treaty)
def propose_treaty(code: str) -> ResponseReturnValue:
    """Nothing changes yet: the next page shows the differences, somebody else applies them."""
    cmd = load(TreatySchema, code=code, version=form_version())
    return perform(
        service_treaties.propose, cmd, then=lambda row: url_for(".treaty_proposal", number=row.number)
    )


@bp.get("/treaties/proposals/<int:number>")
@policy(Permission.RULES_SEE)
def treaty_proposal(number: int, error: DomainError | None = None) -> ResponseReturnValue:
    call = current_call()
    with call.read() as session:
        row = queries.proposal(session, TreatyProposal, number)
        seen(row.id)
        return render_template(
            "rulebook/treaty_proposal.html",
            row=row,
            changes=_changed_terms(row.before, row.terms),
            own=row.proposed_by_id == call.actor.account_id,
            error=error,
        )


@bp.post("/treaties/proposals/<int:number>")
@policy(Permission.RULES_KEEP)
@redisplay(treaty_proposal)
def settle_treaty(number: int) -> ResponseReturnValue:
    cmd = load(SettleSchema, number=number, version=form_version())
    return perform(service_treaties.settle, cmd, then=lambda _row: url_for(".treaty_proposal", number=number))


def _changed_terms(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Each term that changes: what it is called, and both values in words."""
    words: dict[str, Mapping[Any, str]] = {
        "basis": BASIS_LABELS,
        "counting": COUNTING_LABELS,
        "confidence": CONFIDENCE_LABELS,
    }

    def shown(name: str, value: Any) -> str:
        if value is None or value == "":
            return "—"
        if isinstance(value, bool):
            return gettext(N_("是")) if value else gettext(N_("否"))
        return gettext(words[name][value]) if name in words else str(value)

    changed = [name for name in TERMS if before[name] != after[name]]
    return [
        (gettext(TERM_LABELS[name]), shown(name, before[name]), shown(name, after[name])) for name in changed
    ]

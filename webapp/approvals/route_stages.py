"""Stages and seats of a route's text."""

from collections.abc import Mapping, Sequence

from webapp.approvals.route import Approver, IfNobody, Reach, Seat, Sign, Stage, StageKind
from webapp.approvals.route_facts import TEXT, Fact
from webapp.approvals.route_reader import Reader
from webapp.core.i18n import N_
from webapp.core.permissions import Role

_MOST_SEATS = 30
_ASKED = ("role", "post", "person", "fact")
# How many seats each way of signing has, at least and at most.
_SEATS = {
    Sign.ONE: (1, 1),
    Sign.ANY: (1, _MOST_SEATS),
    Sign.ALL: (1, _MOST_SEATS),
    Sign.ORDERED: (2, _MOST_SEATS),
    Sign.QUORUM: (2, _MOST_SEATS),
    Sign.FOUR_EYES: (2, 2),
}


def read_stage(raw: Reader, before: Sequence[Stage], facts: Mapping[str, Fact], *, is_strict: bool) -> Stage:
    """One stage; `before` are those written above it, which alone it may wait for."""
    code = raw.word("code")
    kind = raw.enum("kind", StageKind, StageKind.SIGN_OFF)
    sign = raw.enum("sign", Sign, Sign.ALL if kind is StageKind.NOTICE else Sign.ONE)
    after = _after(raw, before)
    places = raw.items("seats")
    seats = tuple(
        _seat(Reader(item, (*raw.path, "seats", place), raw.log), facts, is_strict=is_strict)
        for place, item in places
    )
    seat_codes = [seat.code for seat in seats]
    raw.check("seats", len(set(seat_codes)) == len(seat_codes), N_("两个席位用了同一个代码。"))
    steps = [stage.step for stage in before if stage.code in after]
    stage = Stage(
        code=code,
        title=raw.title("title"),
        title_en=raw.title("title_en") if is_strict else raw.take("title_en", str, ""),
        kind=kind,
        sign=sign,
        step=max(steps, default=0) + 1,
        after=after,
        seats=seats,
        sections=raw.words("sections"),
        limit=raw.take("limit", int, None),
        wait=raw.take("wait", int, 0),
        counted=raw.take("counted", bool, default=True),
        kept_while_unchanged=raw.take("kept_while_unchanged", bool, default=False),
        when=raw.condition("when", facts),
        needs=raw.take("needs", int, 0),
        groups=_groups(raw, seats),
        votes=raw.take("votes", bool, default=False),
    )
    _check(raw, stage, is_first=not before)
    raw.done()
    return stage


def _after(raw: Reader, before: Sequence[Stage]) -> tuple[str, ...]:
    """What a stage waits for: what it names, what its neighbour waits for, or simply all that lies above it."""
    above = {stage.code: stage for stage in before}
    beside = raw.take("beside", str, "")
    if "after" in raw.data:
        raw.check("beside", not beside, N_("after 和 beside 只能写一个。"))
        named = raw.words("after")
        for place, code in enumerate(named):
            path = (*raw.path, "after", place)
            raw.log.check(path, code in above, N_("上面没有这个环节：%(code)s"), code=code)
        return tuple(code for code in named if code in above)
    if beside:
        raw.check("beside", beside in above, N_("上面没有这个环节：%(code)s"), code=beside)
        return above[beside].after if beside in above else ()
    waited_for = {code for stage in before for code in stage.after}
    return tuple(code for code in above if code not in waited_for)


def _groups(raw: Reader, seats: Sequence[Seat]) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    for name, number in raw.take("groups", dict, {}).items():
        path = (*raw.path, "groups", name)
        members = sum(seat.group == name for seat in seats)
        fits = isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= members
        raw.log.check(
            path,
            fits,
            N_("“%(name)s” 一方有 %(members)s 席，要写 1 到 %(members)s。"),
            name=name,
            members=members,
        )
        if fits:
            found.append((name, number))
    return tuple(found)


def _check(raw: Reader, stage: Stage, *, is_first: bool) -> None:
    if stage.kind is StageKind.SUBMISSION:
        raw.check("kind", is_first and not stage.seats, N_("起草环节只能在最前，没有席位。"))
    else:
        least, most = _SEATS[stage.sign]
        fits = least <= len(stage.seats) <= most
        raw.check(
            "seats",
            fits,
            N_("这样签批要 %(least)s 到 %(most)s 个席位，写了 %(n)s 个。"),
            least=least,
            most=most,
            n=len(stage.seats),
        )
    raw.check("limit", stage.limit is None or stage.limit >= 1, N_("时限至少一个工作日。"))
    raw.check(
        "wait",
        stage.wait >= 0 and (stage.wait == 0 or stage.kind is StageKind.NOTICE),
        N_("只有公示要等待工作日。"),
    )
    is_quorum = stage.sign is Sign.QUORUM
    wanted = is_quorum and not stage.groups
    raw.check(
        "needs",
        (stage.needs == 0 and not wanted) or (is_quorum and 1 <= stage.needs <= max(1, len(stage.seats))),
        N_("票签要写几票通过（needs），不超过席位数；其他签法不写。"),
    )
    raw.check("groups", is_quorum or not stage.groups, N_("只有票签分组。"))
    raw.check("votes", is_quorum or not stage.votes, N_("只有票签可以把不同意算作一票。"))
    raw.check(
        "sign",
        stage.kind is not StageKind.EXTERNAL or stage.sign in (Sign.ONE, Sign.ANY),
        N_("外部环节由一个席位登记结果。"),
    )
    named = {name for name, _number in stage.groups}
    for place, seat in enumerate(stage.seats):
        path = (*raw.path, "seats", place, "group")
        raw.log.check(
            path, not seat.group or seat.group in named, N_("groups 里没有“%(name)s”。"), name=seat.group
        )


def _seat(raw: Reader, facts: Mapping[str, Fact], *, is_strict: bool) -> Seat:
    if_nobody, fallback = _if_nobody(raw, facts)
    seat = Seat(
        code=raw.word("code"),
        title=raw.title("title"),
        title_en=raw.title("title_en") if is_strict else raw.take("title_en", str, ""),
        who=_approver(raw, facts, is_needed=is_strict),
        reach=raw.enum("reach", Reach, Reach.UNIT),
        passes_to=raw.enum("passes_to", Role),
        when=raw.condition("when", facts),
        group=raw.take("group", str, ""),
        if_nobody=if_nobody,
        fallback=fallback,
    )
    own_unit = not seat.who.unit and not seat.who.up
    raw.check("reach", seat.reach is Reach.UNIT or own_unit, N_("每个单位一席时不能再写 unit 或 up。"))
    raw.done()
    return seat


def _if_nobody(raw: Reader, facts: Mapping[str, Fact]) -> tuple[IfNobody | None, Approver | None]:
    """A word, or who takes the seat instead."""
    value = raw.data.get("if_nobody")
    if isinstance(value, dict):
        raw.data.pop("if_nobody")
        inner = Reader(value, (*raw.path, "if_nobody"), raw.log)
        fallback = _approver(inner, facts, is_needed=True)
        inner.done()
        return IfNobody.NAMED, fallback
    word = raw.enum("if_nobody", IfNobody)
    raw.check("if_nobody", word is not IfNobody.NAMED, N_("直接写由谁办理，如 {role: fao_director}。"))
    return word, None


def _approver(raw: Reader, facts: Mapping[str, Fact], *, is_needed: bool) -> Approver:
    given = [key for key in _ASKED if key in raw.data]
    raw.log.check(
        raw.path,
        len(given) == 1 or (not given and not is_needed),
        N_("席位要写明由谁签：role、post、person、fact 之一。"),
    )
    who = Approver(
        role=raw.enum("role", Role),
        post=raw.take("post", str, ""),
        person=raw.take("person", str, ""),
        fact=raw.take("fact", str, ""),
        unit=raw.take("unit", str, ""),
        up=raw.take("up", int, 0),
    )
    named = facts.get(who.fact)
    raw.check(
        "fact",
        not who.fact or (named is not None and named.kind == TEXT),
        N_("没有声明这项事实，或它不是文字：%(name)s"),
        name=who.fact,
    )
    raw.check("up", who.up >= 0 and not (who.up and who.unit), N_("up 是往上几级，不能和 unit 同写。"))
    raw.check("up", not who.up or who.role is not None, N_("up 只和 role 同写。"))
    return who

"""Units and people of 江海市. Every name is invented; every account is entered with a one-time link."""

from uuid import UUID

from webapp.accounts import queries
from webapp.accounts.commands import CreateAccount, GrantRole, KeepUnit
from webapp.accounts.service_setup import create_account, grant_role, keep_unit
from webapp.accounts.service_sign_in import enter, issue_link
from webapp.accounts.states import UnitKind, family_of
from webapp.core.errors import NotFound
from webapp.core.permissions import ROLE_LABELS, Role
from webapp.core.tx import Call
from webapp.runtime import Runtime

# code, name, English name, kind, parent, delegated power
UNITS: tuple[tuple[str, str, str, UnitKind, str, bool], ...] = (
    ("jh", "江海市", "Jianghai City", UnitKind.CITY, "", False),
    ("wb", "江海市外办", "Jianghai Foreign Affairs Office", UnitKind.FAO, "jh", False),
    ("swj", "江海市商务局", "Commerce Bureau", UnitKind.DEPARTMENT, "jh", False),
    ("jyj", "江海市教育局", "Education Bureau", UnitKind.DEPARTMENT, "jh", False),
    ("wlj", "江海市文化和旅游局", "Culture and Tourism Bureau", UnitKind.DEPARTMENT, "jh", False),
    ("gaj", "江海市公安局", "Public Security Bureau", UnitKind.DEPARTMENT, "jh", False),
    ("dhx", "东湖县", "Donghu County", UnitKind.COUNTY, "jh", False),
    ("dhxwb", "东湖县外办", "Donghu Foreign Affairs Office", UnitKind.FAO, "dhx", False),
    ("jgjt", "江海港务集团", "Jianghai Port Group", UnitKind.ENTERPRISE, "jh", True),
    ("jhdx", "江海大学", "Jianghai University", UnitKind.UNIVERSITY, "jh", True),
)

# login, name, post, unit, roles, unit the roles reach over ('' = the person's own)
PEOPLE: tuple[tuple[str, str, str, str, tuple[Role, ...], str], ...] = (
    ("linyue", "林悦", "商务局办公室科员", "swj", (Role.CLERK,), ""),
    ("heqing", "何清", "教育局国际交流科科员", "jyj", (Role.CLERK,), ""),
    ("luoyan", "罗燕", "文化和旅游局办公室科员", "wlj", (Role.CLERK,), ""),
    ("zhengkai", "郑凯", "商务局外事专员", "swj", (Role.UNIT_FA_LEAD,), ""),
    ("sunmin", "孙敏", "商务局财务科科长", "swj", (Role.FINANCE,), ""),
    ("tangwei", "唐薇", "商务局人事科科长", "swj", (Role.PERSONNEL,), ""),
    ("tianlu", "田露", "商务局保密干部", "swj", (Role.SECRECY,), ""),
    ("caojian", "曹健", "商务局局长", "swj", (Role.UNIT_HEAD,), ""),
    ("fengyu", "冯雨", "教育局外事专员", "jyj", (Role.UNIT_FA_LEAD,), ""),
    ("dengli", "邓丽", "教育局财务科科长", "jyj", (Role.FINANCE,), ""),
    ("pengbo", "彭博", "教育局人事科科长", "jyj", (Role.PERSONNEL,), ""),
    ("shifan", "石帆", "教育局保密干部", "jyj", (Role.SECRECY,), ""),
    ("yujun", "于军", "教育局局长", "jyj", (Role.UNIT_HEAD,), ""),
    ("songke", "宋可", "文化和旅游局外事专员", "wlj", (Role.UNIT_FA_LEAD,), ""),
    ("baijie", "白洁", "文化和旅游局财务科科长", "wlj", (Role.FINANCE,), ""),
    ("mengfei", "孟飞", "文化和旅游局人事科科长", "wlj", (Role.PERSONNEL,), ""),
    ("liaoqi", "廖琪", "文化和旅游局保密干部", "wlj", (Role.SECRECY,), ""),
    ("hanlei", "韩磊", "文化和旅游局局长", "wlj", (Role.UNIT_HEAD,), ""),
    ("xuning", "许宁", "外办窗口工作人员", "wb", (Role.COUNTER_CLERK,), "jh"),
    ("shenjie", "沈洁", "外办出国管理处承办人", "wb", (Role.CASE_OFFICER,), "jh"),
    ("gaoyuan", "高远", "外办出国管理处处长", "wb", (Role.SECTION_CHIEF,), "jh"),
    ("weihong", "魏宏", "外办主任", "wb", (Role.FAO_DIRECTOR,), "jh"),
    ("jiangtao", "江涛", "副市长", "jh", (Role.CITY_LEADER,), "jh"),
    ("duanqi", "段琪", "外办值班员", "wb", (Role.DUTY_OFFICER,), "jh"),
    ("lupeng", "陆鹏", "外办领事处承办人", "wb", (Role.INCIDENT_OFFICER,), "jh"),
    ("yinhua", "尹华", "外办领事处处长", "wb", (Role.INCIDENT_LEAD,), "jh"),
    ("qinlan", "秦岚", "证照专管员", "wb", (Role.PASSPORT_CUSTODIAN,), "jh"),
    ("fanghui", "方慧", "市审计局派驻督查员", "jh", (Role.AUDITOR,), "jh"),
    ("xitong", "任强", "系统管理员", "wb", (Role.SYSTEM_ADMIN,), "jh"),
    ("anquan", "柳青", "安全管理员", "wb", (Role.SECURITY_ADMIN,), "jh"),
    ("shenji", "顾诚", "审计管理员", "wb", (Role.AUDIT_ADMIN,), "jh"),
)
# Whose links are printed, one per role, in the order a first visitor would try them.
SHOWN = (
    *(
        "linyue",
        "zhengkai",
        "sunmin",
        "tangwei",
        "tianlu",
        "caojian",
        "xuning",
        "shenjie",
        "gaoyuan",
        "weihong",
        "jiangtao",
    ),
    *("duanqi", "lupeng", "yinhua", "qinlan", "fanghui", "xitong", "anquan", "shenji"),
)


def settle(call: Call) -> None:
    """Create the units and the people with their roles."""
    units: dict[str, UUID] = {}
    for code, name, name_en, kind, parent, delegated in UNITS:
        wanted = KeepUnit(
            code=code,
            name=name,
            name_en=name_en,
            kind=kind,
            parent_id=units.get(parent),
            has_delegated_power=delegated,
        )
        units[code] = keep_unit(call, wanted).id
    for login, name, post, unit, roles, scope in PEOPLE:
        account = create_account(
            call,
            CreateAccount(
                login=login,
                name=name,
                post=post,
                unit_id=units[unit],
                family=family_of(roles[0]),
                email=f"{login}@example.invalid",
            ),
        )
        for role in roles:
            reach = units[scope or unit]
            grant_role(call, GrantRole(account_id=account.id, role=role, unit_id=reach, reason="演示"))
        enter(
            call, issue_link(call, account.id, "sign_in")
        )  # everybody has been in once; nobody signs unseen


def links(runtime: Runtime, base: str) -> list[tuple[str, str]]:
    """Who may enter with which one-time link (12 hours); new ones at every start."""
    call = runtime.call()
    found = []
    roles = {login: roles[0] for login, _, _, _, roles, _ in PEOPLE}
    for login in SHOWN:
        try:
            with call.read() as session:
                account = queries.account_by_login(session, login)
        except NotFound:
            continue  # somebody renamed or removed the account; the others still enter
        token = issue_link(call, account.id, "sign_in")
        found.append((f"{ROLE_LABELS[roles[login]]} {account.name}", f"{base}/enter/{token}"))
    return found

"""Setting up an empty office by hand: units, accounts, roles, plan, people, calendar, standards, treaties, digests."""

from datetime import datetime, timedelta

from tests.journey.person import Person
from webapp.core.clock import SHANGHAI
from webapp.core.permissions import Role

PASSWORD = "Qiaoliang-Tulu-58"
# Login, name, unit, post, and the roles with the unit they hold in, as the office's list of posts says.
PEOPLE = [
    ("dingyf", "丁一帆", "江海市商务局", "科员", [("经办人", "江海市商务局")]),
    ("liumz", "柳明哲", "江海市商务局", "外事科长", [("单位外事负责人", "江海市商务局")]),
    ("caiwu", "蔡雯", "江海市商务局", "财务科长", [("财务审核", "江海市商务局")]),
    ("renshi", "任诗", "江海市商务局", "人事科长", [("人事审核", "江海市商务局")]),
    ("baomi", "包宓", "江海市商务局", "保密员", [("保密审核", "江海市商务局")]),
    ("juzhang", "鞠章", "江海市商务局", "局长", [("单位负责人", "江海市商务局")]),
    ("chuangkou", "窗念", "江海市外办", "窗口", [("外办窗口", "江海市")]),
    ("chengban", "成伴", "江海市外办", "主任科员", [("外办承办人", "江海市")]),
    ("chuzhang", "楚章", "江海市外办", "处长", [("外办处长", "江海市")]),
    ("zhuren", "朱仁", "江海市外办", "主任", [("外办主任", "江海市")]),
    ("shizhang", "石璋", "江海市", "副市长", [("审批领导", "江海市")]),
    ("zhiban", "支班", "江海市外办", "值班员", [("值班员", "江海市外办")]),
    ("fuze", "傅泽", "江海市外办", "副处长", [("案事件负责人", "江海市外办")]),
    ("zhengzhao", "郑昭", "江海市外办", "专管员", [("证照专管员", "江海市")]),
]


class Office:
    """The people who were set up, each with a browser; who was away long signs in again."""

    def __init__(self, app, clock):
        self.app, self.clock = app, clock
        self.people = {}
        self.seen = {}

    def activate(self, login, address):
        person = Person(self.app, login)
        person.open(address)
        person.press("设密码并登录", {"新密码": PASSWORD})
        self.people[login] = person
        self.seen[login] = self.clock.now()
        return person

    def __getitem__(self, login):
        person = self.people[login]
        if self.clock.now() - self.seen[login] > timedelta(minutes=20):
            person.open("/sign-in").press("登录", {"账号": login, "密码": PASSWORD})
        self.seen[login] = self.clock.now()
        return person

    def at(self, text):
        self.clock.set(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def set_up_people(office, links):
    system = office.activate(links[Role.SYSTEM_ADMIN].login, f"/activate/{links[Role.SYSTEM_ADMIN].token}")
    security = office.activate(
        links[Role.SECURITY_ADMIN].login, f"/activate/{links[Role.SECURITY_ADMIN].token}"
    )
    office.activate(links[Role.AUDIT_ADMIN].login, f"/activate/{links[Role.AUDIT_ADMIN].token}")
    system.follow("单位设置")
    system.press(
        "新建单位",
        {"代码": "SWJ", "名称": "江海市商务局", "类别": "市级部门", "上级单位": "江海市"},
    )
    system.sees("江海市商务局")
    for login, name, unit, post, roles in PEOPLE:
        system.follow("账号与角色")
        system.press(
            "新建账号",
            {"姓名": name, "账号": login, "单位": unit, "职务": post, "邮箱": f"{login}@example.invalid"},
        )
        system.press("发激活链接").sees("只显示这一次")
        link = next(node.text for node in system.page.all("code"))
        security.follow("账号与角色").follow(name)
        for role, where in roles:
            security.press("授予角色", {"授予角色": role, "在哪个单位": where, "依据": "江海编〔2026〕1号"})
            security.sees(role)
        office.activate(login, link)
    # What nobody holds yet is said; the office of this story has no auditor, travellers or discipline.
    system.follow("账号与角色").sees("还没有人担任的角色", "审计督查")
    card = next(node for node in system.page.all("section") if "还没有人担任的角色" in node.text)
    assert "经办人" not in card.text
    assert "外办窗口" not in card.text


def set_up_rules(office):
    """Plan, quota and budget, people and passports, calendar, fee standards, treaty, rate, digest subscription."""
    chief, director = office["chuzhang"], office["zhuren"]
    chief.follow("年度计划").follow("江海市商务局")
    chief.press(
        "保存指标和预算", {"指标（人次）": "1", "预算（元）": "500000", "依据的文件": "江财外〔2026〕2号"}
    )
    chief.press(
        "保存计划项目",
        {
            "编号": "SWJ-01",
            "任务": "赴德国经贸洽谈",
            "国家或地区": "德国",
            "人数": "2",
            "天数": "5",
            "状态": "已批",
        },
    )
    custodian = office["zhengzhao"]
    for name, post, rank in (("成员甲", "副局长", "处"), ("成员乙", "科长", "科")):
        custodian.follow("人员与证照")
        custodian.press(
            "登记人员", {"姓名": name, "单位": "江海市商务局", "职务": post, "级别": rank, "任职情况": "在职"}
        )
    chief.follow("规定与标准").follow("工作日历").follow("2027")
    notice = {"通知名称和文号": "国办发明电〔2026〕0号", "通知正文": "一、元旦：1月1日至3日放假，共3天。"}
    chief.press("先看会改哪些天", notice).sees("还没有保存")
    chief.press("保存通知").sees("已公布")
    chief.follow("规定与标准").follow("经费标准")
    table = (
        "country_zh,cities_zh,currency,lodging,meals,incidentals\n"
        "德国,柏林,EUR,160,60,38\n德国,其他城市,EUR,120,60,38\n"
    )
    chief.press(
        "读入并看变化",
        {
            "文件名称和文号": "财行〔2026〕9号",
            "标准表": ("标准.csv", table.encode("gb18030")),
            "理由": "财政部调整",
        },
    )
    chief.sees("等另一人复核", "160.00")
    director.follow("规定与标准").follow("经费标准").follow("财行〔2026〕9号")
    director.press("已核对，启用").sees("已启用")
    chief.follow("规定与标准").follow("汇率")
    chief.press(
        "录入",
        {"币种": "EUR", "日期": "2026-03-02", "100 外币折人民币": "819.50", "来源": "中国外汇交易中心"},
    )
    chief.follow("规定与标准").follow("领事条约").follow("俄罗斯")
    chief.press(
        "提出修改", {"几天内通知": "4", "可靠程度": "已核实", "条款已核实": True, "理由": "省外办复函"}
    )
    chief.sees("等另一人复核", "已核实")
    director.follow("规定与标准").follow("领事条约").follow("修改 1")
    director.press("已核对，启用").sees("已启用")
    director.follow("审计摘要").follow("订阅")
    director.press("订阅", {"订阅人": "朱仁", "范围": "全办"})
    director.sees("朱仁")

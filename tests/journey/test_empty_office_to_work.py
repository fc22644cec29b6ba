"""From `up --empty` to a working office through pages alone: set up, file, sign, permit, return; an incident closed.

Everybody here has never seen the product: they follow links by their words and fill fields by their labels.
"""

import pytest

from tests.journey.setting_up import Office, set_up_people, set_up_rules
from webapp import reference
from webapp.accounts.service_founding import found_office

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def office(app, call, clock):
    """What `up --empty` leaves: the shipped rules, city and office, three links on paper."""
    reference.install(call)
    links = {link.role: link for link in found_office(call, "江海市", "江海市外办")}
    return Office(app, clock), links


def test_an_office_is_set_up_files_a_trip_and_closes_an_incident_by_hand(office):
    office, links = office
    set_up_people(office, links)
    set_up_rules(office)
    file_a_trip(office)
    number = carry_it_to_the_permit(office)
    travel_and_return(office, number)
    handle_an_incident(office)


def row(number, **cells):
    return {f"第 {number} 行，{label}": value for label, value in cells.items()}


def file_a_trip(office):
    """A clerk fills the nine sections, checks the answers and submits; returns to the sheet of the trip."""
    clerk = office["dingyf"]
    clerk.follow("出访团组").follow("新建出访申请")
    clerk.press("开始填写", {"团组名称": "市商务局赴德国经贸洽谈团"})
    clerk.press(
        "保存，做下一件",
        {
            "出访任务": "洽谈投资项目，签署合作备忘录一份。",
            "年度计划编号": "SWJ-01",
            "经费来源": "单位因公出国经费",
            "联系人和电话": "丁一帆 0000-0000",
        },
    )
    clerk.press(
        "保存，做下一件",
        row(
            1,
            出发日期="2026-05-18",
            从="上海",
            到哪个国家或地区="德国",
            到哪个城市="柏林",
            到达日期="2026-05-18",
        )
        | row(
            2,
            出发日期="2026-05-22",
            从="柏林",
            到哪个国家或地区="中国",
            到哪个城市="上海",
            到达日期="2026-05-22",
        )
        | row(2, 到达是为了="回国"),
    )
    halves = [(day, half) for day in range(18, 23) for half in ("上午", "下午")]
    for number, (day, half) in enumerate(halves, start=1):
        away = (day, half) in ((18, "上午"), (22, "上午"))
        cells = row(number, 日期=f"2026-05-{day}", 时段=half, 安排="路途" if away else "会谈", 公务=not away)
        clerk.press("保存并加行", cells)
    clerk.press("保存，做下一件")
    clerk.press(
        "保存，做下一件",
        {
            "邀请单位": "柏林工商会",
            "覆盖的国家或地区": "德国",
            "签发人": "M. Beispiel",
            "签发日期": "2026-02-20",
            "邀请开始日期": "2026-05-18",
            "邀请结束日期": "2026-05-22",
            "邀请事由": "经贸洽谈",
            "邀请单位情况": "当地最大的工商团体。",
        },
    )
    clerk.press(
        "保存，做下一件",
        row(1, 登记册里的人="成员甲", 团内分工="团长") | row(2, 登记册里的人="成员乙"),
    )
    clerk.press("按行程和标准重算各行")
    clerk.press("保存，做下一件")
    for kind, name in (("邀请函", "邀请函.pdf"), ("译文", "译文.pdf")):
        clerk.press("上传这份材料", {"这是什么材料": kind, "文件": (name, PDF + name.encode())})
    clerk.follow("做下一件")
    boxes = [node for node in clerk.page.all("input") if node.get("type") == "checkbox"]
    clerk.press("保存，做下一件", {clerk.label_of(box): True for box in boxes})
    clerk.press("保存，做下一件")
    # One place of the quota for two people: the exception is asked for with its file and travels with the request.
    clerk.follow("申请例外", near="人次指标")
    clerk.press("申请例外", {"理由": "市里追加的招商任务，指标另行核定。", "依据材料": "邀请函.pdf"})
    clerk.press("提交申请")
    clerk.sees("登记事前公示")


TITLE = "市商务局赴德国经贸洽谈团"
SIGNERS = (
    "liumz",
    "caiwu",
    "renshi",
    "baomi",
    "juzhang",
    "chuangkou",
    "chengban",
    "chuzhang",
    "zhuren",
    "shizhang",
)


def carry_it_to_the_permit(office):
    """The notice runs its days, the unit signs, then the office; the last signature grants the exception first."""
    clerk = office["dingyf"]
    clerk.follow("登记事前公示")
    clerk.press("登记公示", {"公示开始日期": "2026-03-02", "公示地点": "一楼公示栏"})
    office.at("2026-03-10T08:30")
    clerk = office["dingyf"]
    clerk.follow("出访团组").follow(TITLE)
    clerk.press("确认：公示期满，无异议")
    office.at("2026-03-10T09:00")
    for login in SIGNERS:
        signer = office[login]
        signer.follow("待办").follow(TITLE)
        if login == "shizhang":
            signer.press("提交决定", {"决定": "同意例外", "理由": "指标由市里追加。"})
        findings = next((n for n in signer.page.all("input") if n.get("name") == "findings_seen"), None)
        seen = {signer.label_of(findings): True} if findings else {}
        signer.press("签批", {"结论": "同意", **seen})
    clerk = office["dingyf"]
    clerk.follow("出访团组").follow(TITLE)
    clerk.sees("已批准").follow("看批件")
    clerk.sees("2026")
    return clerk


def travel_and_return(office, clerk):
    """Passports handed out and taken back by the custodian; crossings, report, publication, claim, the file closed."""
    office.at("2026-05-15T10:00")
    custodian = office["zhengzhao"]
    for name, number in (("成员甲", "PE0000001"), ("成员乙", "PE0000002")):
        custodian.follow("证照领还")
        custodian.press(
            "登记领出", {"证照号码": number, "有效期至": "2030-01-01", "领出日期": "2026-05-15"}, near=name
        )
    office.at("2026-05-18T12:00")
    clerk = office["dingyf"]
    clerk.follow("出访团组").follow(TITLE).follow("出境与回国")
    clerk.press("登记出境", {"实际出境日期": "2026-05-18"})
    office.at("2026-05-25T09:00")
    clerk = office["dingyf"]
    clerk.follow("出访团组").follow(TITLE).follow("出境与回国")
    clerk.press("登记入境", {"实际入境日期": "2026-05-22"})
    clerk.sees("归还因公证照", "前")
    custodian = office["zhengzhao"]
    for name in ("成员甲", "成员乙"):
        custodian.follow("证照领还")
        custodian.press("登记归还", {"归还日期": "2026-05-25"}, near=name)
    texts = {
        "实际行程": "按批准行程。",
        "出访成果": "签备忘录一份。",
        "体会和影响": "良好。",
        "下一步落实": "回访。",
    }
    clerk.follow("出访团组").follow(TITLE).follow("出境与回国")
    clerk.press("提交出访报告", texts)
    clerk.press("登记事后公示", {"公示日期": "2026-05-25", "公示地点": "一楼公示栏"})
    clerk.press("确认回国事项")
    clerk.press(
        "登记报销核销",
        {
            "报销日期": "2026-05-25",
            "金额（元）": "32000",
            "附有出入境记录": True,
            "外文票据已用中文注明": True,
            "团长已签字": True,
            "用公务卡或银行转账结算": True,
        },
    )
    clerk.press("办结这个团组")
    clerk.sees("已办结")


def handle_an_incident(office):
    """A night on duty: registered, level set, reported, police and consulate notified by others, ended, closed."""
    office.at("2026-09-30T17:00")
    duty = office["zhiban"]
    duty.follow("涉外案事件").follow("登记案事件")
    duty.press(
        "登记并通知",
        {
            "出了什么事": "被拘留、逮捕",
            "采取了什么措施": "刑事拘留",
            "当事人国籍": "日本",
            "措施或事情从什么时候开始": "2026-09-30T16:00",
            "地点": "江海市云台区滨河路派出所",
            "谁报告的": "滨河路派出所 王警官",
            "电话": "0000-110",
        },
    )
    duty.sees("10-04 24:00", "10-02 16:00")
    office.at("2026-09-30T18:30")
    lead = office["fuze"]
    lead.follow("涉外案事件").choose("日本籍人员 1 名")
    lead.follow("定级别")
    lead.press("定级别", {"级别": "Ⅲ", "谁能看": "一般", "依据": "单人，无伤亡。"})
    lead.follow("登记报告")
    lead.press(
        "登记报告",
        {
            "什么时候报的": "2026-09-30T18:25",
            "报给谁": "省外办涉外处",
            "用什么方式": "传真",
            "文号": "江外报1号",
        },
    )
    office.at("2026-10-01T09:00")
    lead = office["fuze"]
    lead.follow("涉外案事件").choose("日本籍人员 1 名")
    # Police and consulate have no accounts: what they did is entered for them, with who told us.
    for duty_name, when, told in (
        ("48 小时层报", "2026-09-30T20:00", "省公安厅"),
        ("领事通报", "2026-10-01T08:30", "日本国总领事馆"),
    ):
        lead.follow("登记已通报", near=duty_name)
        lead.press(
            "登记已通报",
            {
                "哪一项": duty_name,
                "什么时候通报的": when,
                "通报给谁": told,
                "用什么方式": "传真",
                "谁通报的": "市公安局",
                "谁告诉我们的": "滨河路派出所 王警官 电话",
            },
        )
    lead.follow("处置结束")
    lead.press("处置结束", {"什么时候结束的": "2026-10-01T08:50", "结果": "已取保候审，家属到场。"})
    lead.follow("结案")
    lead.press("结案", {"说明": "办结"}, refused=True)
    lead.sees("还有没办的时限")
    for report in ("终报", "总结"):
        lead.follow("涉外案事件").choose("日本籍人员 1 名").follow("登记报告", near=report)
        lead.press(
            "登记报告", {"哪一份": report, "什么时候报的": "2026-10-01T09:00", "报给谁": "省外办涉外处"}
        )
    lead.follow("结案")
    lead.press("结案", {"说明": "全部办结"})
    lead.sees("已结案")

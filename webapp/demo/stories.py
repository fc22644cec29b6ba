"""What happened in 江海市 in the hundred days before the demo was built."""

from webapp.approvals.states import Verdict
from webapp.demo.application import Journey
from webapp.demo.diary import Diary
from webapp.demo.trips import SIGNERS, Delegation

ALL = len(SIGNERS)
_J = Journey


def trips(diary: Diary) -> None:
    """Delegations from the draft on the desk to the closed file."""
    berlin = _J(
        "市商务局赴德国经贸洽谈团",
        "洽谈装备制造投资项目，签署合作备忘录一份。",
        "DE",
        "柏林",
        "柏林工商会",
        5,
        4,
        "8.195",
        9600,
    )
    Delegation(diary, "swj", berlin, filed_ago=97, exit_in=-32).goes(ALL).travels().settles()
    tokyo = _J(
        "市教育局赴日本职业教育考察团",
        "考察职业教育校企合作，商定教师互访安排。",
        "JP",
        "东京",
        "东京职业教育协会",
        5,
        4,
        "0.049",
        5200,
    )
    Delegation(diary, "jyj", tokyo, filed_ago=95, exit_in=-40).goes(ALL).travels()
    seoul = _J(
        "市文化和旅游局赴韩国旅游推介团",
        "参加旅游交易会，推介本市线路。",
        "KR",
        "首尔",
        "首尔旅游财团",
        4,
        3,
        "0.0052",
        3600,
    )
    Delegation(diary, "wlj", seoul, filed_ago=80, exit_in=-2).goes(ALL).travels()
    paris = _J(
        "市文化和旅游局赴法国文物展览团",
        "落实文物展览协议与布展安排。",
        "FR",
        "巴黎",
        "巴黎文化中心",
        5,
        3,
        "8.195",
        9800,
    )
    Delegation(diary, "wlj", paris, filed_ago=60, exit_in=12).goes(ALL)
    milan = _J(
        "市商务局赴意大利参展团", "组织企业参加机械展览会。", "IT", "米兰", "米兰工商会", 5, 5, "8.195", 9200
    )
    Delegation(diary, "swj", milan, filed_ago=45, exit_in=30).goes(ALL)
    london = _J(
        "市教育局赴英国合作办学洽谈团", "洽谈合作办学协议。", "GB", "伦敦", "伦敦教育学院", 5, 3, "9.5", 8800
    )
    Delegation(diary, "jyj", london, filed_ago=30, exit_in=45).goes(
        ALL, ends=Verdict.REJECT, opinion="任务不够具体，建议改为视频会谈。"
    )
    hague = _J(
        "市商务局赴荷兰港口合作团", "洽谈港口物流合作。", "NL", "鹿特丹", "鹿特丹港务局", 5, 4, "8.195", 9300
    )
    Delegation(diary, "swj", hague, filed_ago=18, exit_in=55).goes(9)
    vienna = _J(
        "市文化和旅游局赴奥地利演出团",
        "参加友好城市音乐节演出。",
        "AT",
        "维也纳",
        "维也纳音乐协会",
        5,
        5,
        "8.195",
        9500,
    )
    Delegation(diary, "wlj", vienna, filed_ago=16, exit_in=58).goes(7)
    singapore = _J(
        "市教育局赴新加坡校长研修团", "参加校长研修班。", "SG", "新加坡", "新加坡教育学院", 5, 4, "5.3", 4200
    )
    Delegation(diary, "jyj", singapore, filed_ago=14, exit_in=60).goes(5)
    bangkok = _J(
        "市商务局赴泰国投资促进团", "举办投资说明会。", "TH", "曼谷", "曼谷投资促进协会", 4, 4, "7.12", 3800
    )
    Delegation(diary, "swj", bangkok, filed_ago=12, exit_in=62).goes(
        2, ends=Verdict.RETURN, opinion="请补充询价单，机票金额偏高。"
    )
    helsinki = _J(
        "市商务局赴芬兰数字产业考察团",
        "考察数字产业园区，对接两家企业。",
        "FI",
        "赫尔辛基",
        "赫尔辛基商会",
        5,
        3,
        "8.195",
        9900,
    )
    Delegation(diary, "swj", helsinki, filed_ago=11, exit_in=64).goes(3)
    madrid = _J(
        "市文化和旅游局赴西班牙旅游推介团",
        "参加国际旅游展。",
        "ES",
        "马德里",
        "马德里旅游局",
        5,
        4,
        "8.195",
        9700,
    )
    Delegation(diary, "wlj", madrid, filed_ago=2, exit_in=70).files()
    canberra = _J(
        "市教育局赴澳大利亚教育合作团",
        "续签教师培训协议。",
        "AU",
        "墨尔本",
        "墨尔本教育基金会",
        5,
        3,
        "4.7",
        9900,
    )
    Delegation(diary, "jyj", canberra, filed_ago=1, exit_in=75).stays_a_draft()

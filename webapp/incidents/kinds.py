"""Code lists of incidents: what happened, what was done to a person, what is owed, by whom, by which means."""

from enum import StrEnum
from typing import Final

from webapp.core.i18n import N_


class Category(StrEnum):
    CRIMINAL_SUSPECT = "criminal_suspect"
    CRIMINAL_VICTIM = "criminal_victim"
    PUBLIC_SECURITY = "public_security"
    EXIT_ENTRY = "exit_entry"
    TRAFFIC = "traffic"
    ACCIDENT_DISASTER = "accident_disaster"
    PUBLIC_HEALTH = "public_health"
    DEATH_NATURAL = "death_natural"
    DEATH_UNNATURAL = "death_unnatural"
    MISSING = "missing"
    MINOR_GUARDIANSHIP = "minor_guardianship"
    LABOUR_OR_CIVIL_DISPUTE = "labour_or_civil_dispute"
    MEDIA_OR_NGO = "media_or_ngo"
    RELIGIOUS = "religious"
    MISSION_OR_DIPLOMAT = "mission_or_diplomat"
    VESSEL_AIRCRAFT = "vessel_aircraft"
    PROTEST_OR_MASS = "protest_or_mass"
    CYBER_OR_OPINION = "cyber_or_opinion"
    LOST_DOCUMENT = "lost_document"
    OWN_CITIZENS_ABROAD = "own_citizens_abroad"
    OWN_DELEGATION_ABROAD = "own_delegation_abroad"


CATEGORY_LABELS: Final[dict[Category, str]] = {
    Category.CRIMINAL_SUSPECT: N_("涉嫌犯罪"),
    Category.CRIMINAL_VICTIM: N_("受到侵害"),
    Category.PUBLIC_SECURITY: N_("治安"),
    Category.EXIT_ENTRY: N_("非法入境、居留、就业"),
    Category.TRAFFIC: N_("交通事故"),
    Category.ACCIDENT_DISASTER: N_("事故灾难"),
    Category.PUBLIC_HEALTH: N_("公共卫生"),
    Category.DEATH_NATURAL: N_("正常死亡"),
    Category.DEATH_UNNATURAL: N_("非正常死亡"),
    Category.MISSING: N_("失踪"),
    Category.MINOR_GUARDIANSHIP: N_("未成年人监护"),
    Category.LABOUR_OR_CIVIL_DISPUTE: N_("劳资、民事纠纷"),
    Category.MEDIA_OR_NGO: N_("媒体、境外非政府组织"),
    Category.RELIGIOUS: N_("宗教"),
    Category.MISSION_OR_DIPLOMAT: N_("使领馆、外交人员"),
    Category.VESSEL_AIRCRAFT: N_("船舶、航空器"),
    Category.PROTEST_OR_MASS: N_("聚集、上访"),
    Category.CYBER_OR_OPINION: N_("网络、舆情"),
    Category.LOST_DOCUMENT: N_("证件遗失"),
    Category.OWN_CITIZENS_ABROAD: N_("我在外公民"),
    Category.OWN_DELEGATION_ABROAD: N_("我在外团组"),
}

OWN_PEOPLE_ABROAD: Final = frozenset({Category.OWN_CITIZENS_ABROAD, Category.OWN_DELEGATION_ABROAD})


class Tile(StrEnum):
    """The six large choices of the registration page; the exact category may follow later."""

    CASUALTY = "casualty"
    DETAINED = "detained"
    VICTIM = "victim"
    LOST_DOCUMENT = "lost_document"
    DISPUTE = "dispute"
    OWN_ABROAD = "own_abroad"


TILE_LABELS: Final[dict[Tile, tuple[str, str]]] = {
    Tile.CASUALTY: (N_("伤亡、失踪"), N_("意外、疾病、溺水")),
    Tile.DETAINED: (N_("被拘留、逮捕"), N_("行政、刑事")),
    Tile.VICTIM: (N_("受到侵害"), N_("被盗、被打、诈骗")),
    Tile.LOST_DOCUMENT: (N_("证件遗失"), N_("护照、签证")),
    Tile.DISPUTE: (N_("纠纷、聚集"), N_("劳资、上访")),
    Tile.OWN_ABROAD: (N_("我在外人员"), N_("团组、企业员工")),
}

TILE_CATEGORIES: Final[dict[Tile, Category]] = {
    Tile.CASUALTY: Category.ACCIDENT_DISASTER,
    Tile.DETAINED: Category.CRIMINAL_SUSPECT,
    Tile.VICTIM: Category.CRIMINAL_VICTIM,
    Tile.LOST_DOCUMENT: Category.LOST_DOCUMENT,
    Tile.DISPUTE: Category.LABOUR_OR_CIVIL_DISPUTE,
    Tile.OWN_ABROAD: Category.OWN_CITIZENS_ABROAD,
}


class Family(StrEnum):
    CRIMINAL = "criminal"
    ADMINISTRATIVE = "administrative"
    EVENT = "event"


class MeasureKind(StrEnum):
    """What is done to a person, or befalls them, that starts clocks."""

    BAIL = "bail"
    RESIDENTIAL_SURVEILLANCE = "residential_surveillance"
    CRIMINAL_DETENTION = "criminal_detention"
    ARREST = "arrest"
    ADMINISTRATIVE_DETENTION = "administrative_detention"
    DETENTION_FOR_REVIEW = "detention_for_review"
    RESTRICTED_MOVEMENT = "restricted_movement"
    OTHER_RESTRICTION = "other_restriction"
    DEATH = "death"


MEASURE_LABELS: Final[dict[MeasureKind, str]] = {
    MeasureKind.CRIMINAL_DETENTION: N_("刑事拘留"),
    MeasureKind.ARREST: N_("逮捕"),
    MeasureKind.BAIL: N_("取保候审"),
    MeasureKind.RESIDENTIAL_SURVEILLANCE: N_("监视居住"),
    MeasureKind.ADMINISTRATIVE_DETENTION: N_("行政拘留"),
    MeasureKind.DETENTION_FOR_REVIEW: N_("拘留审查"),
    MeasureKind.RESTRICTED_MOVEMENT: N_("限制活动范围"),
    MeasureKind.OTHER_RESTRICTION: N_("其他限制人身自由"),
    MeasureKind.DEATH: N_("死亡"),
}

# 公安机关办理刑事案件程序规定 (2020) 第三百六十七条 names the four criminal measures,
# 公安机关办理行政案件程序规定 (2019) 第二百五十四条 the administrative ones.
FAMILIES: Final[dict[MeasureKind, Family]] = {
    MeasureKind.BAIL: Family.CRIMINAL,
    MeasureKind.RESIDENTIAL_SURVEILLANCE: Family.CRIMINAL,
    MeasureKind.CRIMINAL_DETENTION: Family.CRIMINAL,
    MeasureKind.ARREST: Family.CRIMINAL,
    MeasureKind.ADMINISTRATIVE_DETENTION: Family.ADMINISTRATIVE,
    MeasureKind.DETENTION_FOR_REVIEW: Family.ADMINISTRATIVE,
    MeasureKind.RESTRICTED_MOVEMENT: Family.ADMINISTRATIVE,
    MeasureKind.OTHER_RESTRICTION: Family.ADMINISTRATIVE,
    MeasureKind.DEATH: Family.EVENT,
}


class DutyKind(StrEnum):
    FIRST_REPORT = "first_report"
    FOLLOW_UP = "follow_up"
    FINAL_REPORT = "final_report"
    LESSONS = "lessons"
    POLICE_REPORT = "police_report"
    CONSULAR_NOTICE = "consular_notice"
    DEATH_NOTICE = "death_notice"
    CONSULAR_VISIT = "consular_visit"


DUTY_LABELS: Final[dict[DutyKind, str]] = {
    DutyKind.FIRST_REPORT: N_("首报"),
    DutyKind.FOLLOW_UP: N_("续报"),
    DutyKind.FINAL_REPORT: N_("终报"),
    DutyKind.LESSONS: N_("总结"),
    DutyKind.POLICE_REPORT: N_("48 小时层报"),
    DutyKind.CONSULAR_NOTICE: N_("领事通报"),
    DutyKind.DEATH_NOTICE: N_("死亡通知"),
    DutyKind.CONSULAR_VISIT: N_("领事探视"),
}

REPORTS: Final = (DutyKind.FIRST_REPORT, DutyKind.FOLLOW_UP, DutyKind.FINAL_REPORT, DutyKind.LESSONS)
NOTICES: Final = (
    DutyKind.POLICE_REPORT,
    DutyKind.CONSULAR_NOTICE,
    DutyKind.DEATH_NOTICE,
    DutyKind.CONSULAR_VISIT,
)


class Performer(StrEnum):
    """Who acts; the office often only watches and collects the receipt."""

    OFFICE = "office"
    CITY_POLICE = "city_police"
    DECIDING_ORGAN = "deciding_organ"
    PROVINCIAL_POLICE = "provincial_police"
    COURT = "court"
    HOST_UNIT = "host_unit"


PERFORMER_LABELS: Final[dict[Performer, str]] = {
    Performer.OFFICE: N_("市外办"),
    Performer.CITY_POLICE: N_("市公安局"),
    Performer.DECIDING_ORGAN: N_("决定机关"),
    Performer.PROVINCIAL_POLICE: N_("省公安厅"),
    Performer.COURT: N_("高级人民法院"),
    Performer.HOST_UNIT: N_("接待或聘用单位"),
}


class Means(StrEnum):
    """How somebody was told."""

    PHONE = "phone"
    FAX = "fax"
    LETTER = "letter"
    IN_PERSON = "in_person"
    NETWORK = "network"


MEANS_LABELS: Final[dict[Means, str]] = {
    Means.PHONE: N_("电话"),
    Means.FAX: N_("传真"),
    Means.LETTER: N_("书面公函"),
    Means.IN_PERSON: N_("当面"),
    Means.NETWORK: N_("专网"),
}

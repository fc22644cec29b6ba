"""Six cases of 江海市: clocks running, one overdue, one handled to the end. Persons, places, numbers are invented."""

from datetime import timedelta

from webapp.demo.diary import Diary
from webapp.incidents import queries, queries_duties, service_close, service_handle, service_report
from webapp.incidents.commands import EndHandling, FileReport, RecordNotice, Register, SetLevel
from webapp.incidents.kinds import Category, DutyKind, Means, MeasureKind, Tile
from webapp.incidents.states import Level, Secrecy

DUTY, LEAD = "duanqi", "yinhua"


class Case:
    """One case; its number is known once it is registered."""

    def __init__(self, diary: Diary, asked: Register, *, hours_ago: float) -> None:
        self._diary = diary
        self._asked = asked
        self._began = diary.now - timedelta(hours=hours_ago)
        self._number = ""
        diary.write(self._began, self._register)

    def reported(self, after_hours: float = 1) -> "Case":
        return self._then(after_hours, lambda: self._report(DutyKind.FIRST_REPORT))

    def judged(self, level: Level, category: Category, after_hours: float = 2) -> "Case":
        cmd = {"level": level, "category": category, "is_sensitive": False, "secrecy": Secrecy.NORMAL}
        return self._then(
            after_hours,
            lambda: service_handle.set_level(
                self._diary.person(LEAD),
                SetLevel(number=self._number, version=None, reason="核实", **cmd),  # type: ignore[arg-type]
            ),
        )

    def followed(self, *after_hours: float) -> "Case":
        for hours in after_hours:
            self._then(hours, lambda: self._report(DutyKind.FOLLOW_UP))
        return self

    def consulate_told(self, after_hours: float) -> "Case":
        return self._then(after_hours, self._tell_consulate)

    def finished(self, after_hours: float) -> "Case":
        """Handling ends and the final report goes out; an ordinary case without a missed clock owes no lessons."""
        self._then(after_hours, self._end)
        return self._then(after_hours + 24, lambda: self._report(DutyKind.FINAL_REPORT))

    def _then(self, hours: float, act: object) -> "Case":
        self._diary.write(self._began + timedelta(hours=hours), act)  # type: ignore[arg-type]
        return self

    def _register(self) -> None:
        self._number = service_report.register(self._diary.person(DUTY), self._asked).number

    def _report(self, duty: DutyKind) -> None:
        call = self._diary.person(LEAD)
        service_handle.file_report(
            call,
            FileReport(
                number=self._number,
                version=None,
                duty=duty,
                sent_at=self._diary.clock.now(),
                told="省外办涉外安全处",
                means=Means.PHONE,
            ),
        )

    def _tell_consulate(self) -> None:
        call = self._diary.person(LEAD)
        with call.read() as session:
            incident_id = queries.id_of(session, call.actor, call.clock.now(), self._number)
            owed = [duty for duty in queries_duties.of_incident(session, incident_id) if duty.is_open]
        for duty in owed:
            if duty.kind in {DutyKind.CONSULAR_NOTICE, DutyKind.POLICE_REPORT, DutyKind.DEATH_NOTICE}:
                service_handle.record_notice(
                    call,
                    RecordNotice(
                        number=self._number,
                        version=None,
                        deadline_id=duty.id,
                        done_at=self._diary.clock.now(),
                        told="驻华领事馆领事部",
                        means=Means.FAX,
                        performer="市公安局出入境管理支队",
                        source="电话反馈",
                    ),
                )

    def _end(self) -> None:
        cmd = EndHandling(number=self._number, version=None, ended_at=self._diary.clock.now())
        service_close.end_handling(self._diary.person(LEAD), cmd)


def incidents(diary: Diary) -> None:
    """The last two weeks on duty."""

    def asked(
        tile: Tile, country: str, place: str, reporter: str, hours_before: float, **more: object
    ) -> Register:
        started = diary.now - timedelta(hours=hours_before)
        return Register(
            tile=tile,
            country=country,
            started_at=started,
            place=place,
            reporter=reporter,
            reporter_phone="0000-110",
            **more,  # type: ignore[arg-type]
        )

    detained = {"measure": MeasureKind.CRIMINAL_DETENTION}
    Case(
        diary, asked(Tile.DETAINED, "JP", "云台区滨河路派出所", "派出所值班民警", 6, **detained), hours_ago=5
    ).reported(1).followed(3.5)
    Case(
        diary, asked(Tile.DETAINED, "AU", "开发区分局", "分局法制科", 50, **detained), hours_ago=49
    ).reported().judged(Level.L3, Category.CRIMINAL_SUSPECT).followed(22, 44).consulate_told(24)
    # The one whose next report nobody has sent yet.
    Case(
        diary, asked(Tile.CASUALTY, "FR", "滨海大道", "市交警支队", 30, person_count=2), hours_ago=29
    ).reported().judged(Level.L3, Category.TRAFFIC)
    Case(diary, asked(Tile.LOST_DOCUMENT, "DE", "火车站", "车站派出所", 20), hours_ago=19).reported().judged(
        Level.L4, Category.LOST_DOCUMENT
    )
    Case(diary, asked(Tile.DISPUTE, "KR", "高新区某企业", "高新区管委会", 74), hours_ago=73).reported(
        1
    ).judged(Level.L4, Category.LABOUR_OR_CIVIL_DISPUTE).followed(24, 47, 70)
    Case(diary, asked(Tile.VICTIM, "GB", "老城步行街", "步行街派出所", 400), hours_ago=399).reported().judged(
        Level.L4, Category.CRIMINAL_VICTIM
    ).followed(24).finished(30)

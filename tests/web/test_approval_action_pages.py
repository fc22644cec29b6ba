"""Everything besides verdicts, as a person does it on pages: links on the sheet, one plain form for each."""

import re

import pytest

from tests import factories
from tests.web.test_approval_pages import (
    ADDRESS,
    FINANCE,
    LEAD,
    at_review,
    browse,
    form_of,
    hidden,
    office,
    ports,
    subject,
)
from webapp.approvals.states import RequestState
from webapp.core.permissions import Role

__all__ = ["at_review", "browse", "office", "ports", "subject"]
# What pages say does not hang on the kind of database; the actions themselves are tested on both.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
DIRECTOR = "office_sign_off.director"


def links(page):
    """The moves a page offers, with their addresses."""
    found = re.findall(r'href="([^"]*/do/([a-z_]+)[^"]*)"', page)
    return {move: address.replace("&amp;", "&") for address, move in found}


def do(client, page, move, **values):
    """Follow the link, fill in the form, send it; the answer."""
    form = client.get(links(page)[move]).text
    data = {"slot": hidden(form, "slot"), "_version": hidden(form, "_version")} | values
    return client.post(f"{ADDRESS}/do/{move}", data=data)


def chosen(page, name):
    """The id of the person of that name in the list of a form."""
    return re.search(rf'<option value="([^"]+)">{name}', page).group(1)


def test_a_signature_is_taken_back_from_the_page_until_the_next_has_opened_it(office, at_review, browse):
    lead, finance = browse(LEAD), browse(FINANCE)
    lead.post(f"{ADDRESS}/decision", data=form_of(lead.get(ADDRESS).text, verdict="approve"))
    finance.post(f"{ADDRESS}/decision", data=form_of(finance.get(ADDRESS).text, verdict="approve"))
    page = finance.get(ADDRESS).text
    answer = do(finance, page, "take_back", reason="金额看错了")
    assert answer.status_code == 303
    assert office.open_keys(at_review) == [FINANCE]
    after = finance.get(ADDRESS).text
    assert "已拿回，不作数" in after
    finance.post(f"{ADDRESS}/decision", data=form_of(after, verdict="approve"))
    personnel = browse("background.personnel")
    personnel.get(ADDRESS)
    assert "take_back" not in links(finance.get(ADDRESS).text)
    late = finance.post(f"{ADDRESS}/do/take_back", data={"slot": FINANCE, "reason": "又看错了"})
    assert late.status_code == 409
    for words in ("后面的环节已经有人打开查看", "又看错了", "现在可以做", "评论"):
        assert words in late.text


def test_a_slot_is_forwarded_to_a_colleague_chosen_from_those_whose_post_fits(
    office, at_review, browse, call
):
    other = factories.actor(call, Role.UNIT_FA_LEAD, unit="swj", login="second", name="欧阳明")
    lead = browse(LEAD)
    page = lead.get(ADDRESS).text
    form = lead.get(links(page)["forward"]).text
    assert office.clerk.name not in re.findall(r"<option[^>]*>([^，<]+)", form), "a drafter may not handle it"
    nobody = do(lead, page, "forward")
    assert nobody.status_code == 422
    assert do(lead, page, "forward", to=chosen(form, "欧阳明")).status_code == 303
    assert "没有待你签批的事项" in lead.get("/inbox").text
    assert "赴日本经贸洽谈团" in browse("second").get("/inbox").text
    assert other.account_id


def test_the_applicant_answers_a_question_and_the_panel_comes_back(office, at_review, browse):
    lead, clerk = browse(LEAD), browse("clerk")
    assert do(lead, lead.get(ADDRESS).text, "ask", reason="").status_code == 422
    assert do(lead, lead.get(ADDRESS).text, "ask", reason="费用由谁出？").status_code == 303
    waiting = lead.get(ADDRESS).text
    assert 'value="approve"' not in waiting
    assert "等补充说明" in waiting
    page = clerk.get(ADDRESS).text
    assert "费用由谁出？" in page
    assert do(clerk, page, "answer", reason="对方负担食宿").status_code == 303
    assert "对方负担食宿" in lead.get(ADDRESS).text
    assert LEAD in office.open_keys(at_review)


def test_a_suspended_request_says_so_and_is_gone_from_inboxes(office, at_review, browse):
    director = browse(DIRECTOR)
    assert do(director, director.get(ADDRESS).text, "suspend", reason="等上级意见").status_code == 303
    assert office.state(at_review) is RequestState.SUSPENDED
    lead = browse(LEAD)
    assert "没有待你签批的事项" in lead.get("/inbox").text
    assert "已挂起" in lead.get(ADDRESS).text
    assert do(director, director.get(ADDRESS).text, "continue").status_code == 303
    assert "赴日本经贸洽谈团" in lead.get("/inbox").text


def test_a_delegate_sees_a_form_for_advice_and_a_copy_can_only_be_read(office, at_review, browse, call):
    factories.actor(call, Role.UNIT_FA_LEAD, unit="swj", login="second", name="欧阳明")
    lead, second = browse(LEAD), browse("second")
    form = lead.get(links(lead.get(ADDRESS).text)["delegate"]).text
    assert do(lead, lead.get(ADDRESS).text, "delegate", to=chosen(form, "欧阳明")).status_code == 303
    page = second.get(ADDRESS).text
    assert 'name="verdict" value="advise"' in page
    given = second.post(f"{ADDRESS}/decision", data=form_of(page, verdict="advise", opinion="可以"))
    assert given.status_code == 303
    assert LEAD in office.open_keys(at_review)
    factories.actor(call, Role.PASSPORT_CUSTODIAN, unit="wb", scope="jh", login="keeper", name="上官文")
    keeper = browse("keeper")
    assert keeper.get(ADDRESS).status_code == 404
    form = lead.get(links(lead.get(ADDRESS).text)["copy"]).text
    assert do(lead, lead.get(ADDRESS).text, "copy", to=chosen(form, "上官文")).status_code == 303
    assert "抄送" in keeper.get("/inbox?tab=copies").text
    shown = keeper.get(ADDRESS).text
    assert "赴日本经贸洽谈团" in shown
    assert links(shown) == {}


def test_sent_back_to_a_stage_chosen_from_those_that_signed(office, at_review, browse):
    for seat in (LEAD, FINANCE):
        client = browse(seat)
        client.post(f"{ADDRESS}/decision", data=form_of(client.get(ADDRESS).text, verdict="approve"))
    personnel = browse("background.personnel")
    page = personnel.get(ADDRESS).text
    form = personnel.get(links(page)["send_back"]).text
    assert re.findall(r'<option value="(unit_[a-z]+)"', form) == ["unit_finance", "unit_opinion"]
    answer = do(personnel, page, "send_back", stage="unit_opinion", comeback="to_me", reason="请核对人数")
    assert answer.status_code == 303
    assert office.open_keys(at_review) == [LEAD]


def test_what_no_page_offers_is_nowhere(office, at_review, browse):
    lead = browse(LEAD)
    assert lead.get(f"{ADDRESS}/do/sign").status_code == 404
    assert lead.get(f"{ADDRESS}/do/nonsense").status_code == 404
    page = lead.get(f"{ADDRESS}/do/suspend").text
    assert "现在不能这样做" in page
    assert lead.post(f"{ADDRESS}/do/suspend", data={"reason": "x"}).status_code == 403

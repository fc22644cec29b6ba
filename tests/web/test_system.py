"""What says that the office works, and the page where its administrator sees why it does not."""

from dataclasses import replace
from datetime import timedelta

from webapp import revision
from webapp.core import heartbeat
from webapp.core.db import Database
from webapp.core.i18n import DEFAULT_LOCALE, current_locale
from webapp.core.permissions import Role
from webapp.demo.build import _begin as begin_demo
from webapp.factory import create_app


def sign(database, clock, *names):
    with database.write() as session:
        for name in names:
            heartbeat.beat(session, name, clock.now())
        session.commit()


def test_health_is_200_only_while_worker_and_clock_have_signed_lately(app, database, clock):
    browser = app.test_client()
    answer = browser.get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"web": "ok", "database": "ok", "worker": "down", "clock": "down"}

    sign(database, clock, "worker", "clock")
    assert browser.get("/healthz").status_code == 200

    clock.advance(timedelta(seconds=31))
    sign(database, clock, "clock")
    answer = browser.get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"web": "ok", "database": "ok", "worker": "down", "clock": "ok"}


def test_a_run_begins_without_the_signs_of_life_of_the_one_before(app, database, clock, call):
    sign(database, clock, "worker", "clock", "digests.plan")
    address = database.url.render_as_string(hide_password=False)
    assert revision.begin_run(address) is False, "no invented office"
    assert app.test_client().get("/healthz").json["worker"] == "down"
    with database.read() as session:
        assert set(heartbeat.latest(session)) == {"digests.plan"}
    begin_demo(call)
    assert revision.begin_run(address) is True


def test_health_says_so_when_the_database_is_away(runtime):
    nobody_there = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    app = create_app(runtime=replace(runtime, db=nobody_there))
    answer = app.test_client().get("/healthz", base_url=runtime.settings.public_url)
    assert answer.status_code == 503
    assert answer.json["database"] == "down"


def test_the_system_page_is_the_system_administrators_alone(client):
    assert client(Role.SYSTEM_ADMIN, unit="wb").get("/system").status_code == 200
    for role in (Role.CLERK, Role.AUDITOR, Role.SECURITY_ADMIN, Role.FAO_DIRECTOR):
        assert client(role).get("/system").status_code == 403


def test_the_system_page_names_what_is_broken_and_how_the_keys_lie(client, ports, runtime):
    key = runtime.settings.key_dir / "fields.json"
    page = client(Role.SYSTEM_ADMIN, unit="wb").get("/system").text
    assert "时钟进程" in page
    assert "还没有运行过" in page
    assert ports.need_vault().ring.current == "k1"  # the ring is made at its first use
    key.chmod(0o644)
    assert (
        "fields.json，请改为 0600" in client(Role.SYSTEM_ADMIN, unit="wb", login="other").get("/system").text
    )


def test_the_system_page_speaks_english_too(client):
    browser = client(Role.SYSTEM_ADMIN, unit="wb")
    browser.set_cookie("lang", "en", domain="127.0.0.1")
    page = browser.get("/system").text
    assert "Never ran yet." in page


def test_a_page_in_english_leaves_the_thread_that_served_it_in_the_source_language(app):
    app.test_client().get("/sign-in", headers={"Accept-Language": "en"})

    assert current_locale() == DEFAULT_LOCALE

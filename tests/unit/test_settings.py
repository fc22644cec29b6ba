"""What is wrong with the environment is said at the start, in one sentence that names the variable."""

from pathlib import Path

import pytest

import config

GOOD = {"SECRET_KEY": "0" * 64, "WAISHI_DATA": "/tmp/nowhere"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://db/waishi"),
        ("PUBLIC_URL", "waishi.example.gov"),
        ("PUBLIC_URL", "http://[::1"),
        ("PUBLIC_URL", "https://waishi.example.gov:port"),
        ("REDIS_URL", "http://broker"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "sentinel://a:26379;sentinel://b:26379"),
        ("SCAN_COMMAND", "/nowhere/clamdscan -"),
        ("SCAN_COMMAND", "sh -c 'exit"),
        ("SMTP_URL", "mail.example.gov:25"),
        ("SMTP_URL", "smtp://mail.example.gov:99999"),
        ("MAIL_FROM", "外办 <waishi@example.gov>"),
        ("MAIL_FROM", "waishi"),
        ("MAIL_FROM", "a@b.example\nBcc: c@d.example"),
        ("SECRET_KEY", "short"),
        ("PROXY_COUNT", "one"),
        ("PROXY_COUNT", "-1"),
        ("SESSION_HOURS", "0"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("READ_ONLY", "maybe"),
        ("WAISHI_DEMO", "perhaps"),
    ],
)
def test_a_setting_nobody_can_work_with_is_named(variable, value):
    with pytest.raises(config.SettingsError) as caught:
        config.from_env({**GOOD, variable: value})
    sentence = str(caught.value)
    assert variable in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"REDIS_URL": "redis://:secret@broker.internal:6380/1"},
        {"SCAN_COMMAND": "sh -c 'exit 0'"},
        {
            "SMTP_URL": "smtp+starttls://waishi:pass%40word@mail.internal:587",
            "MAIL_FROM": "waishi@example.gov",
        },
        {"PROXY_COUNT": "0", "SESSION_HOURS": "1", "READ_ONLY": "yes", "REQUIRE_TOTP": "on"},
    ],
)
def test_a_process_that_is_started_reads_the_same_settings_back(more):
    settings = config.from_env({**GOOD, **more})
    again = config.from_env({"SECRET_KEY": GOOD["SECRET_KEY"], **config.as_environment(settings)})
    assert again == settings
    assert again.data_dir == Path("/tmp/nowhere")


def test_settings_are_shown_without_their_passwords():
    assert config.without_password("redis://:secret@broker/0") == "redis://***@broker/0"
    assert config.without_password("smtp://mail.internal") == "smtp://mail.internal"

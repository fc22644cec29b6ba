"""A request in the name of a host that is not this office's."""

import pytest


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost:1"])
@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/healthz", "/api/v1/trips", "/static/css/base.css", "/nowhere"]
)
def test_a_foreign_host_name_is_refused_in_words_and_is_no_fault(app, host, path):
    answer = app.test_client().get(path, base_url=f"http://{host}")
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert "不是本系统的地址" in answer.text
    assert host not in answer.text

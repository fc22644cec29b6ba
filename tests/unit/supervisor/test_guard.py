import socket

import pytest

from webapp.supervisor import guard


def test_a_taken_port_is_said_in_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(guard.CannotStart, match=f"Port {port} is taken") as caught:
            guard.free_port("127.0.0.1", port)
    assert str(caught.value).count(".") == 1


def test_a_port_that_does_not_exist_is_refused():
    with pytest.raises(guard.CannotStart, match="There is no port 70000"):
        guard.free_port("127.0.0.1", 70000)


def test_a_second_office_on_the_same_folder_is_refused_until_the_first_is_gone(tmp_path):
    first = guard.only_one(tmp_path)
    with pytest.raises(guard.CannotStart, match="already runs"):
        guard.only_one(tmp_path)
    first.close()
    guard.only_one(tmp_path).close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(guard.CannotStart, match="cannot be written"):
        guard.writable_folder(tmp_path / "file" / "data")

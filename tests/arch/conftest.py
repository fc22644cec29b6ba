"""The application built once, for tests that look at what it is made of."""

import pytest

from config import Settings
from webapp.factory import create_app
from webapp.runtime import make_runtime


def build(folder):
    """The application over an empty database in this folder."""
    settings = Settings(
        data_dir=folder, database_url=f"sqlite:///{folder / 'office.db'}", secret_key="0" * 64
    )
    return create_app(runtime=make_runtime(settings))


@pytest.fixture(scope="session")
def office_app(tmp_path_factory):
    app = build(tmp_path_factory.mktemp("arch"))
    yield app
    app.extensions["waishi.runtime"].db.dispose()

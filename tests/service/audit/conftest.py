"""The office of a few cases, shared by the tests of the log."""

from tests.service.audit.test_mutations import office  # noqa: F401 - a fixture

"""Every text field of every form and of the API against strings made to break systems: kept as typed, or refused.

The fields are found from the schemas, so that a new one is covered the day it is written.
"""

import inspect
import json
import re
import unicodedata

import pytest
from marshmallow import ValidationError, fields

from tests.conftest import real_data
from webapp.core.fields import Given, Secret, StrictSchema
from webapp.runtime import feature_modules
from webapp.trips.schemas import Countries

MEGABYTE = "外" * 350_000
CONTROL = {
    "NUL": "a\x00b",
    "a backspace": "a\x08b",
    "an escape sequence": "\x1b[31mred",
    "a bidirectional override": "admin\u202egpj.exe",
    "an isolate": "a\u2066b\u2069",
    "a lone surrogate": "a\ud800b",
    "a mark of byte order": "a\ufeffb",
}
WRONG_TYPES = (1, 1.5, True, [], ["a"], {}, {"a": "b"}, object(), float("nan"), float("inf"), 10**400)
TWELVE = [
    "id", "state", "role", "is_admin", "version_id", "owner_id", "created_at", "file_local_name", "sha256",
    "__class__", "constructor", "$where",
]  # fmt: skip


def schemas():
    """Every schema input is loaded with; what only writes answers is not among them."""
    found = []
    for module in feature_modules("schemas"):
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if (
                issubclass(cls, StrictSchema)
                and not cls.__name__.startswith("_")
                and cls is not StrictSchema
                and cls.__module__ == module.__name__
            ):
                found.append(cls)
    return found


def made(cls):
    """An instance; a schema that needs to know something gets nothing to go by."""
    try:
        return cls()
    except TypeError:
        names = list(inspect.signature(cls.__init__).parameters)[1:]
        return cls(**{name: {} for name in names if name not in ("args", "kwargs")})


def text_fields():
    for cls in schemas():
        for name, field in made(cls).fields.items():
            if field.dump_only:
                continue
            inner = field.inner if isinstance(field, fields.List) else field
            if isinstance(inner, fields.String) and not isinstance(inner, Given):
                yield pytest.param(inner, id=f"{cls.__module__.split('.')[1]}.{cls.__name__}.{name}")


TEXTS = list(text_fields())


def outcome(field, value):
    """What a field makes of a value: the text, or the sentences by which it refuses. Anything else is a fault."""
    try:
        return field.deserialize(value, "f", {"f": value}), ()
    except ValidationError as refusal:
        return None, refusal.messages or pytest.fail(f"refused without a word: {value!r}")


def test_there_are_fields_to_try():
    assert len(TEXTS) > 60


@pytest.mark.real_data
@pytest.mark.parametrize("field", TEXTS)
def test_a_hostile_string_is_kept_as_typed_or_refused_in_words(field):
    for text in json.loads(real_data("strings/blns.json").read_text(encoding="utf-8")):
        kept, refused = outcome(field, text)
        if not refused and type(kept) is str:  # codes of enums are choices, not texts
            if isinstance(field, Countries):
                assert re.fullmatch("[A-Z ]*", kept), text
                continue
            typed = text if isinstance(field, Secret) else text.strip()
            assert kept == unicodedata.normalize("NFC", typed), text


@pytest.mark.parametrize("field", TEXTS)
def test_control_characters_and_a_megabyte_are_refused(field):
    for what, text in CONTROL.items():
        assert outcome(field, text)[1], f"{what} was kept"
    assert outcome(field, MEGABYTE)[1], "a text without end was kept"


@pytest.mark.parametrize("field", TEXTS)
def test_a_value_of_another_type_is_refused_and_breaks_nothing(field):
    for value in WRONG_TYPES:
        assert outcome(field, value)[1], f"{value!r} was taken for a text"


@pytest.mark.parametrize("cls", schemas(), ids=lambda cls: cls.__name__)
def test_a_schema_takes_no_field_it_does_not_know(cls):
    extra = [name for name in TWELVE if name not in made(cls).fields]
    with pytest.raises(ValidationError) as refusal:
        made(cls).load(dict.fromkeys(extra, "x"))
    assert set(extra) <= set(refusal.value.messages)


@pytest.mark.parametrize("cls", schemas(), ids=lambda cls: cls.__name__)
def test_every_field_that_is_no_text_survives_hostile_values_too(cls):
    for field in made(cls).fields.values():
        for value in (
            *WRONG_TYPES[:-2],
            *CONTROL.values(),
            "9" * 5000,
            "١٢",
            "1e9999",
            "-0",
            "2026-02-30",
            "０１",
        ):
            kept, refused = outcome(field, value)
            assert refused or not isinstance(field, fields.Number) or abs(kept) < 2**63, value

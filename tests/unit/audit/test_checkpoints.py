"""Signed checkpoints: what is accepted, what is refused, and the published example of the format."""

import pytest

from webapp.audit.checkpoints import BadNoteError, Checkpoint, SignerKey, VerifierKey, open_checkpoint, sign
from webapp.core.tree import EMPTY_ROOT

KEY = SignerKey("waishi.example/log", bytes(range(32)))
HEAD = Checkpoint("waishi.example/log", 42, b"\x07" * 32)


def test_what_was_signed_is_read_back():
    note = sign(HEAD, [KEY])
    assert open_checkpoint(note, [KEY.verifier]) == (HEAD, [KEY.verifier])
    assert note == sign(HEAD, [KEY])
    assert note.startswith("waishi.example/log\n42\n")


def test_keys_are_written_and_read():
    assert SignerKey.parse(KEY.dump() + "\n") == KEY
    assert VerifierKey.parse(str(KEY.verifier)) == KEY.verifier
    assert KEY.seed.hex() not in repr(KEY)
    other = SignerKey.generate("waishi.example/log")
    assert other.seed != KEY.seed


def test_the_key_of_the_format_description_is_read():
    # The example key of the signed-note description (golang.org/x/mod/sumdb/note).
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = VerifierKey.parse(text)
    assert str(key) == text
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    with pytest.raises(
        BadNoteError, match="not a checkpoint"
    ):  # the signature is right, the text is no checkpoint
        open_checkpoint(note, [key])
    with pytest.raises(BadNoteError, match="is wrong"):
        open_checkpoint(note.replace("answer", "question"), [key])


def test_signatures_by_others_are_ignored_but_one_must_be_known():
    stranger = SignerKey.generate("witness.example")
    line = sign(HEAD, [stranger]).rsplit("\n\n", 1)[1]
    assert open_checkpoint(sign(HEAD, [KEY]) + line, [KEY.verifier]) == (HEAD, [KEY.verifier])
    with pytest.raises(BadNoteError, match="no signature by a known key"):
        open_checkpoint(sign(HEAD, [stranger]), [KEY.verifier])
    namesake = SignerKey.generate(KEY.name)
    with pytest.raises(BadNoteError, match="no signature by a known key"):
        open_checkpoint(sign(HEAD, [namesake]), [KEY.verifier])


@pytest.mark.parametrize(
    "damage",
    [
        lambda note: note.replace("\n42\n", "\n43\n"),
        lambda note: note.replace("\n42\n", "\n042\n"),
        lambda note: note.replace("\n42\n", "\n-42\n"),
        lambda note: note.removesuffix("\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("— ", "- "),
        lambda note: note.replace("— ", "— x"),
        lambda note: note.replace("BwcH", "B*cH"),
        lambda note: "",
    ],
)
def test_a_damaged_note_is_refused(damage):
    with pytest.raises(BadNoteError):
        open_checkpoint(damage(sign(HEAD, [KEY])), [KEY.verifier])


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+AA==", "a+00000000+" + "A" * 44, "PRIVATE+KEY+a+b"])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(BadNoteError):
        VerifierKey.parse(text)
    with pytest.raises(BadNoteError):
        SignerKey.parse(text)
    with pytest.raises(BadNoteError):
        SignerKey.parse("PRIVATE+KEY+" + text)


def test_the_head_of_an_empty_log_can_be_signed():
    head = Checkpoint("waishi.example/log", 0, EMPTY_ROOT)
    assert open_checkpoint(sign(head, [KEY]), [KEY.verifier])[0] == head

"""The change of the log's signing key: a new one is added, both sign for a while, the old one is retired."""

from uuid import UUID

from webapp.audit.checkpoints import SignerKey, VerifierKey
from webapp.audit.events import LogKeyAdded, LogKeyRetired
from webapp.audit.keys import LogKeys
from webapp.audit.queries import may_write_tree
from webapp.audit.sequencer import sequence
from webapp.audit.service import sign_head
from webapp.core.errors import NotAllowedNow, sentences
from webapp.core.events import Event, Subject
from webapp.core.i18n import N_
from webapp.core.tx import Call, Tx, command

#: The log as an object of its own entries: there is one, and it has no row.
THE_LOG = Subject(kind="system", id=UUID(int=1), number="log")

sentences(
    {
        "key_change_under_way": N_("新旧密钥正同时签名；请先停用旧密钥。"),
        "no_key_change_under_way": N_("现在只有一把密钥在签名；请先新增密钥。"),
        "not_the_sequencer": N_(
            "这个账号不能写日志树或读签名密钥；请用定序账号（LOG_DATABASE_URL、LOG_KEY_DIR）运行。"
        ),
    }
)


def add_key(call: Call) -> VerifierKey:
    """Let a new key sign beside the old one, under the log's one name; the event is a leaf of the log.

    Raises NotAllowedNow while a change is under way, or for an account that is not the sequencer's.
    """
    keys = _keys(call)
    signing = keys.signers()
    if len(signing) > 1:
        raise NotAllowedNow("key_change_under_way")
    new = SignerKey.generate(signing[0].name)
    _record(call, LogKeyAdded(about=THE_LOG, key=str(new.verifier)))
    keys.add(new)
    sequence(call)
    sign_head(call, at_once=True)
    return new.verifier


def retire_key(call: Call) -> VerifierKey:
    """Let the newest key sign alone, after a last checkpoint of both.

    Raises NotAllowedNow when only one key signs, or for an account that is not the sequencer's.
    """
    keys = _keys(call)
    signing = [key.verifier for key in keys.signers()]
    if len(signing) == 1:
        raise NotAllowedNow("no_key_change_under_way")
    _record(call, LogKeyRetired(about=THE_LOG, key=str(signing[0])))
    sequence(call)
    sign_head(call, at_once=True)
    keys.retire()
    return signing[-1]


def _keys(call: Call) -> LogKeys:
    keys = LogKeys(call.ports.need_key_dir())
    with call.read() as session:
        writes = may_write_tree(session)
    if not (writes and keys.may_sign()):
        raise NotAllowedNow("not_the_sequencer")
    return keys


@command
def _record(tx: Tx, event: Event) -> None:
    tx.record(event)

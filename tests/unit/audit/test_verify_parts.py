"""The parts of the offline verification program, each against the program's other half."""

from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.audit import verify
from webapp.audit.checkpoints import Checkpoint, SignerKey, sign
from webapp.core import tree
from webapp.core.tree import canonical
from webapp.digests.figures import Population, evaluate


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.data())
@settings(max_examples=15, deadline=None)
def test_signatures_are_checked_as_the_library_checks_them(seed, message, data):
    key = SignerKey("log", seed)
    head = Checkpoint("log", len(message), tree.leaf_hash(message))
    raw = verify.base64.b64decode(sign(head, [key]).rsplit(" ", 1)[1])[4:]
    body = head.body().encode()
    assert verify.signed(key.verifier.public, body, raw)
    bit = data.draw(st.integers(0, 511))
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << (bit % 8)
    assert not verify.signed(key.verifier.public, body, bytes(changed))
    assert not verify.signed(key.verifier.public, body + b"x", raw)


def test_what_is_no_signature_is_refused():
    key = SignerKey("log", b"\x05" * 32)
    assert not verify.signed(key.verifier.public, b"", b"")
    assert not verify.signed(key.verifier.public, b"", b"\xff" * 64)
    assert not verify.signed(b"\x02" + b"\x00" * 31, b"", b"\x00" * 64)


@given(st.integers(0, 70), st.data())
@settings(deadline=None)
def test_roots_and_consistency_agree_with_the_tree(size, data):
    full = tree.MemoryTree(tree.leaf_hash(str(number).encode()) for number in range(size))
    leaves = [full.node(0, index) for index in range(size)]
    old = data.draw(st.integers(0, size))
    proof = tree.consistency_proof(full.node, old, size)
    assert verify.root_of(leaves) == full.root()
    assert verify.consistent(old, size, full.root(old), full.root(), proof)
    assert not verify.consistent(old, size, full.root(old), full.root(), [*proof, b"\x00" * 32])
    if 0 < old < size:
        assert not verify.consistent(old, size, b"\x00" * 32, full.root(), proof)


ACTIONS = ["trip.submitted", "approval.decided", "duty.met"]
FIELDS = ["action", "actor", "object", "unit", "figures.round", "figures.code"]

entries = st.lists(
    st.fixed_dictionaries(
        {
            "action": st.sampled_from(ACTIONS),
            "actor": st.sampled_from(["a", "b", None]),
            "object": st.sampled_from(["1", "2", "3"]),
            "unit": st.sampled_from(["U1", "U2", ""]),
            "origin": st.sampled_from(["native", "imported:ff"]),
            "occurred_at": st.integers(1, 9).map(lambda day: f"2026-05-0{day}T00:00:00.000000Z"),
            "figures": st.dictionaries(
                st.sampled_from(["round", "code"]), st.integers(0, 5) | st.sampled_from(["x", "y"])
            ),
        }
    ),
    max_size=40,
)
conditions = st.dictionaries(
    st.sampled_from(["figures.round", "actor", "unit"]),
    st.lists(st.sampled_from(["a", "b", "U1", 1, 2, "x", None]), max_size=3)
    | st.fixed_dictionaries({}, optional={"min": st.integers(0, 3), "max": st.integers(2, 5)}),
    max_size=2,
).flatmap(
    lambda some: st.lists(st.sampled_from(ACTIONS), unique=True).map(
        lambda actions: {"action": actions, **some} if actions else some
    )
)
partners = st.fixed_dictionaries(
    {"where": conditions, "on": st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3)}
)
definitions = st.lists(
    st.fixed_dictionaries(
        {
            "where": conditions,
            "measure": st.sampled_from(["count", "sum", "distinct", "share", "spread", "list"]),
            "of": st.sampled_from(FIELDS),
            "part": conditions,
        },
        optional={
            "unless": conditions,
            "by": st.lists(st.sampled_from(FIELDS), min_size=1, max_size=2),
            "late": st.booleans(),
            "with": partners,
            "without": partners,
        },
    ),
    max_size=5,
)


def packed(entries):
    """The entries as the verifier holds them: their bytes, and which numbers an action has."""
    log = verify.Log()
    for number, entry in enumerate(entries):
        log.parts.append(canonical(entry))
        log.places[entry["action"]].append(number)
    return log


@given(entries, definitions, st.integers(0, 40), st.integers(0, 40), st.sampled_from([None, {"U1"}]))
@settings(deadline=None)
def test_the_verifier_and_the_builder_compute_the_same_figures(log, figures, size, before, units):
    figures = [{"id": f"f{number}", **figure} for number, figure in enumerate(figures)]
    start, end = "2026-05-03T00:00:00.000000Z", "2026-05-07T00:00:00.000000Z"
    built = evaluate(
        figures,
        list(enumerate(log)),
        Population(start, end, size, before, units and frozenset(units)),
    )
    digest = {
        "start": start,
        "end": end,
        "size": size,
        "previous": {"size": before},
        "units": units and list(units),
    }
    assert verify.recompute(figures, packed(log), digest) == built

"""The log's tree against published vectors and against its own definition."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import REAL_DATA
from webapp.core import tree

VECTORS = REAL_DATA / "merkle"


def vectors(kind):
    return sorted((VECTORS / kind).rglob("*.json")) or [None]


def load(path):
    if path is None:
        pytest.skip("real data absent: merkle")
    return json.loads(path.read_text())


def bytes_of(text):
    return base64.b64decode(text or "")


def defined_root(leaves):
    """MTH exactly as RFC 6962 writes it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


def leaves(count):
    return [tree.leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.real_data
@pytest.mark.parametrize(
    "path", vectors("inclusion"), ids=lambda path: path and f"{path.parent.name}-{path.stem}"
)
def test_published_inclusion_vectors(path):
    case = load(path)
    proof = [bytes_of(item) for item in case["proof"] or []]
    holds = tree.verify_inclusion(
        bytes_of(case["leafHash"]), case["leafIdx"], case["treeSize"], proof, bytes_of(case["root"])
    )
    assert holds is not case["wantErr"], case["desc"]


@pytest.mark.real_data
@pytest.mark.parametrize(
    "path", vectors("consistency"), ids=lambda path: path and f"{path.parent.name}-{path.stem}"
)
def test_published_consistency_vectors(path):
    case = load(path)
    proof = [bytes_of(item) for item in case["proof"] or []]
    holds = tree.verify_consistency(
        case["size1"], case["size2"], bytes_of(case["root1"]), bytes_of(case["root2"]), proof
    )
    assert holds is not case["wantErr"], case["desc"]


@pytest.mark.parametrize("size", range(66))
def test_the_root_is_the_one_the_rfc_defines(size):
    assert tree.MemoryTree(leaves(size)).root() == defined_root(leaves(size))


def test_the_right_edge_gives_the_root_after_every_leaf():
    edge = tree.Frontier()
    for size, leaf in enumerate(leaves(70)):
        assert edge.root() == defined_root(leaves(size))
        edge.append(leaf)
        assert edge.size == size + 1


def test_every_proof_in_small_trees_verifies():
    full = tree.MemoryTree(leaves(40))
    for size in range(1, 41):
        for index in range(size):
            proof = tree.inclusion_proof(full.node, index, size)
            assert tree.verify_inclusion(leaves(40)[index], index, size, proof, full.root(size))
        for old in range(size + 1):
            proof = tree.consistency_proof(full.node, old, size)
            assert tree.verify_consistency(old, size, full.root(old), full.root(size), proof)


@given(st.integers(2, 300), st.data())
def test_a_changed_leaf_breaks_its_inclusion_and_the_consistency(size, data):
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(index + 1, size))
    good, changed = leaves(size), leaves(size)
    changed[index] = tree.leaf_hash(b"changed")
    before, after = tree.MemoryTree(good), tree.MemoryTree(changed)
    proof = tree.inclusion_proof(after.node, index, size)
    assert not tree.verify_inclusion(good[index], index, size, proof, after.root())
    proof = tree.consistency_proof(after.node, old, size)
    assert not tree.verify_consistency(old, size, before.root(old), after.root(), proof)


@given(st.integers(1, 2000), st.data())
def test_a_proof_reads_a_logarithmic_number_of_hashes(size, data):
    full, reads = tree.MemoryTree(leaves(size)), []

    def counting(level, index):
        reads.append((level, index))
        return full.node(level, index)

    tree.inclusion_proof(counting, data.draw(st.integers(0, size - 1)), size)
    tree.consistency_proof(counting, data.draw(st.integers(0, size)), size)
    assert len(reads) <= 4 * size.bit_length()


def test_proofs_of_what_is_not_there_are_refused():
    full = tree.MemoryTree(leaves(5))
    with pytest.raises(ValueError, match="no leaf 5"):
        tree.inclusion_proof(full.node, 5, 5)
    with pytest.raises(ValueError, match="no proof from 6"):
        tree.consistency_proof(full.node, 6, 5)
    with pytest.raises(IndexError):
        full.node(9, 0)
    assert not tree.verify_consistency(3, 2, b"", b"", [])
    assert not tree.verify_consistency(3, 5, full.root(3), full.root(5), [])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(json_values)
def test_canonical_form_is_read_back_and_is_one_for_equal_values(value):
    written = tree.canonical(value)
    assert json.loads(written) == value
    assert tree.canonical(json.loads(written)) == written


def test_canonical_form_by_example():
    assert tree.canonical({"b": 1, "a": ["外事", None, True], "B": ()}) == (
        '{"B":[],"a":["外事",null,true],"b":1}'.encode()
    )


@pytest.mark.parametrize("value", [1.0, float("nan"), 2**53, {1: 2}, "\ud800", {"a": {3.5}}, b"bytes"])
def test_what_readers_disagree_on_has_no_canonical_form(value):
    with pytest.raises(tree.NotCanonicalError):
        tree.canonical(value)


def test_a_commitment_depends_on_salt_and_data():
    assert tree.salted_hash(b"s" * 16, b"x") == hashlib.sha256(b"s" * 16 + b"x").digest()
    assert tree.salted_hash(b"s" * 16, b"x") != tree.salted_hash(b"t" * 16, b"x")

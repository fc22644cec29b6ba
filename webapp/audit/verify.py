"""Check an evidence package offline: python3 verify.py digest.zip --trusted old-checkpoint.txt

Needs Python 3.8 or newer and nothing else: no network, no database, no file of the system that made it.
Checks every entry's hash and number, tree, checkpoint and signature, that the log only grew since the checkpoint
you trust, every figure, recomputed from the entries by its definition, the CSV file, and the bodies there are.
Exit code 0: everything holds. 1: something does not; the lines marked FAIL say what. 2: cannot be read.
核对证据包（离线，只需 Python）。退出码 0：全部一致；1：有不一致，见 FAIL 行；2：无法读取。
"""

from __future__ import annotations

import base64
import csv
import functools
import gc
import hashlib
import io
import json
import re
import sys
import zipfile
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the names below exist for type checkers; older Pythons could not evaluate them
    Entry = dict[str, Any]
    Pair = tuple[int, Entry]
    Point = tuple[int, int, int, int]


class BadError(Exception):
    """Something does not hold; the text says what."""


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """Root over leaf hashes (RFC 6962), level by level; an odd last node moves up unchanged."""
    level, sha256 = leaves, hashlib.sha256
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2])
        level = [sha256(b"\x01" + a + b).digest() for a, b in pairs] + level[len(level) & ~1 :]
    return level[0] if level else sha(b"")


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """Check a consistency proof (RFC 9162, section 2.1.4.2)."""
    if old in (0, new):
        return not proof and (old == 0 or old_root == new_root)
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0] if path else b""
    for item in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = sha(b"\x01" + item + first), sha(b"\x01" + item + second)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = sha(b"\x01" + second + item)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == new_root


P = 2**255 - 19  # Ed25519 (RFC 8032, section 5.1.7)
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a: Point, b: Point) -> Point:
    s, t = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = t - s, d - c, d + c, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def decompress(data: bytes) -> Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x * pow(2, (P - 1) // 4, P) % P if (x * x - square) % P else x
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise BadError("not a point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= L:
        return False
    try:
        key, r = decompress(public), decompress(signature[:32])
    except BadError:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(int.from_bytes(signature[32:], "little"), BASE), add(r, times(h, key))
    return not any((left[i] * right[2] - right[i] * left[2]) % P for i in (0, 1))


# --- checkpoints (C2SP signed-note, tlog-checkpoint) -------------------------------------------------------
def read_keys(text: str) -> dict[Any, bytes]:
    """Read verifier keys, one a line; lines of other kinds of key are ignored."""
    keys = {}
    for line in text.split():
        parts = line.split("+", 2)
        raw = base64.b64decode(parts[2]) if len(parts) == 3 else b""
        if raw[:1] == b"\x01" and len(raw) == 33:
            key_id = sha(parts[0].encode() + b"\n" + raw)[:4]
            if key_id.hex() != parts[1]:
                raise BadError("keys.txt: a key's id does not fit the key")
            keys[parts[0], key_id] = raw[1:]
    return keys


def open_note(what: str, note: str, keys: dict[Any, bytes]) -> tuple[list[str], set[bytes]]:
    """Return (lines, public keys that signed them); signatures by unknown keys are ignored."""
    body, _, tail = note.replace("\r\n", "\n").rpartition("\n\n")
    by = set()
    for line in tail.strip("\n").split("\n"):
        name, _, encoded = line[2:].partition(" ")
        raw = base64.b64decode(encoded)
        public = keys.get((name, raw[:4]))
        if public is not None:
            if not signed(public, (body + "\n").encode(), raw[4:]):
                raise BadError(f"{what}: the signature by {name} is wrong 签名不对")
            by.add(public)
    if not by:
        raise BadError(f"{what}: not signed by a known key 没有已知密钥的签名")
    return body.split("\n"), by


def open_head(what: str, note: str, keys: dict[Any, bytes]) -> tuple[str, int, bytes, set[bytes]]:
    """Return a checkpoint's (origin, size, root, public keys that signed it)."""
    lines, by = open_note(what, note, keys)
    if len(lines) < 3 or not lines[1].isdigit():
        raise BadError(f"{what}: not a checkpoint")
    return lines[0], int(lines[1]), base64.b64decode(lines[2]), by


def get(entry: Entry, path: str) -> Any:
    return entry["figures"].get(path[8:]) if path.startswith("figures.") else entry.get(path)


def key_of(entry: Entry, paths: list[str]) -> tuple[Any, ...]:
    return tuple(get(entry, path) for path in paths)


def meets(entry: Entry, conditions: dict[str, Any]) -> bool:
    for path, wanted in conditions.items():
        value = get(entry, path)
        if isinstance(wanted, list):
            if value not in wanted:
                return False
        elif not isinstance(value, int) or not wanted.get("min", value) <= value <= wanted.get("max", value):
            return False
    return True


def measure(figure: dict[str, Any], chosen: list[Pair]) -> Any:
    kind = figure["measure"]
    if kind == "count":
        return len(chosen)
    if kind == "list":
        return [number for number, _ in chosen]
    if kind == "share":
        return [sum(meets(entry, figure["part"]) for _, entry in chosen), len(chosen)]
    values = [get(entry, figure["of"]) for _, entry in chosen]
    if kind == "distinct":
        return len(set(values))
    ints = sorted(value for value in values if isinstance(value, int))
    if kind == "sum":
        return sum(ints)
    if kind != "spread":
        raise BadError(f"figures.json: unknown measure {kind}")
    median, p90 = (ints[(percent * len(ints) + 99) // 100 - 1] if ints else None for percent in (50, 90))
    return {"n": len(ints), "median": median, "p90": p90}


class Log:
    """Public parts by number, and the numbers of each action; parsed only where a figure asks for them."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.places: dict[str, list[int]] = defaultdict(list)
        self.parsed: dict[int, Entry] = {}
        self.pairs = functools.lru_cache(None)(self.parse)

    def parse(self, action: str, since: int = 0, size: int = 1 << 62, *when: bytes) -> list[Pair]:
        """Parse an action's entries numbered in [since, size) that occurred within two times."""
        low, high = when or (b"", b"~")
        numbers = [number for number in self.places[action] if since <= number < size]
        ats = (self.parts[number].rpartition(b',"occurred_at":"')[2] for number in numbers)
        numbers = [number for number, at in zip(numbers, ats) if low <= at < high]
        new = [number for number in numbers if number not in self.parsed]
        for place in range(0, len(new), 1000):  # together: three times faster than one by one
            some = new[place : place + 1000]
            entries = json.loads(b"[%s]" % b",".join([self.parts[number] for number in some]))
            if len(entries) != len(some):
                raise BadError("entries.jsonl: more than one entry in a line 一行多条")
            self.parsed.update(zip(some, entries))
        return [(number, self.parsed[number]) for number in numbers]

    def choose(self, where: dict[str, Any], *span: Any) -> list[Pair]:
        rest = {path: wanted for path, wanted in where.items() if path != "action"}
        pairs = (p for name in where.get("action", list(self.places)) for p in self.pairs(name, *span))
        return sorted((pair for pair in pairs if meets(pair[1], rest)), key=lambda pair: pair[0])


def recompute(figures: list[Any], log: Log, digest: Any) -> dict[str, dict[str, Any]]:
    """Recompute all figures from the entries that were in the log at the digest's size."""
    size, units, since = digest["size"], digest["units"], digest["previous"]["size"]
    start, end = digest["start"].encode(), digest["end"].encode()
    inside, late = (0, size, start, end), (since, size, b"", start)
    result: dict[str, dict[str, Any]] = {"native": {}, "imported": {}}
    for figure in figures:
        chosen = log.choose(figure["where"], *(late if figure.get("late") else inside))
        chosen = [p for p in chosen if units is None or p[1]["unit"] in units]
        if "unless" in figure:
            chosen = [pair for pair in chosen if not meets(pair[1], figure["unless"])]
        for word in ("with", "without"):
            if word in figure:
                partners: Any = defaultdict(set)
                on, wanted = figure[word]["on"], word == "with"
                for number, entry in log.choose(figure[word]["where"], 0, size):
                    partners[key_of(entry, on)].add(number)
                chosen = [p for p in chosen if bool(partners[key_of(p[1], on)] - {p[0]}) == wanted]
        for origin, values in result.items():
            mine = [pair for pair in chosen if (pair[1]["origin"] == "native") == (origin == "native")]
            groups: Any = defaultdict(list)
            for pair in mine if "by" in figure else []:
                parts = ("none" if part is None else str(part) for part in key_of(pair[1], figure["by"]))
                groups["|".join(parts)].append(pair)
            grouped = {key: measure(figure, groups[key]) for key in groups}
            values[figure["id"]] = grouped if "by" in figure else measure(figure, mine)
    return result


def flatten(figures: dict[str, Any]) -> Any:  # (figure, group, value), a row a number
    for figure, value in figures.items():
        grouped = isinstance(value, dict) and set(value) != {"n", "median", "p90"}
        for key, item in value.items() if grouped else [("", value)]:
            text = json.dumps(item, sort_keys=True) if isinstance(item, (dict, list)) else str(item)
            yield figure, key, text


class Package:
    """One evidence package and what was found wrong in it."""

    # (hash, number, public part, action): canonical JSON begins with who is acted for and the action.
    line = re.compile(
        rb'(?m)^{"h":"(\w{64})","i":(\d+),"p":({"acting_for":[^,]+,"action":"([a-z_.]+)",.*})}$'
    )

    def __init__(self, path: str, trusted: str | None, key: str | None) -> None:
        self.zip = zipfile.ZipFile(path)
        self.names = self.zip.namelist()
        self.trusted, self.keys, self.bad = trusted, key, 0
        self.log = Log()
        self.leaves: list[bytes] = []
        self.root = functools.lru_cache(None)(lambda size: root_of(self.leaves[:size]))

    def text(self, name: str) -> str:
        return self.zip.read(name).decode("utf-8")

    def report(self, holds: bool, text: str) -> None:
        self.bad += not holds
        print(("ok    " if holds else "FAIL  ") + text)

    def check_entries(self) -> None:
        wrong, rest, lines, sha256 = [], b"", self.zip.open("entries.jsonl"), hashlib.sha256
        while block := lines.read(1 << 20):
            whole, end, rest = (rest + block).rpartition(b"\n")
            rows, start = self.line.findall(whole), len(self.leaves)
            numbers = [int(row[1]) for row in rows]
            if numbers != list(range(start, start + (whole + end).count(b"\n"))):
                raise BadError(f"entries from {start} on: missing or out of order 缺号或次序不对")
            self.log.parts += [row[2] for row in rows]
            self.leaves += [sha256(b"\x00" + row[2]).digest() for row in rows]
            for number, row in zip(numbers, rows):
                self.log.places[row[3].decode()].append(number)
                if self.leaves[number].hex().encode() != row[0]:
                    wrong.append(number)
        if wrong:
            raise BadError(f"entry {wrong[0]} does not fit its hash 第 {wrong[0]} 号条目被改动")
        self.report(True, f"entries 条目: {len(self.leaves)}")

    def check_checkpoints(self) -> None:
        keys = read_keys(self.text("keys.txt") if self.keys is None else self.keys)
        origin, size, root, by = open_head("checkpoint.txt", self.text("checkpoint.txt"), keys)
        self.report(True, f"signature 签名: {origin}, size 大小 {size}")
        same = size == len(self.leaves) and self.root(size) == root
        self.report(same, f"the {len(self.leaves)} entries are those of the checkpoint 条目与检查点一致")
        if (previous := "checkpoint-previous.txt") in self.names:
            old = open_head(previous, self.text(previous), keys)
            proof = [bytes.fromhex(item) for item in json.loads(self.text("consistency.json"))["proof"]]
            fits = old[1] <= size and consistent(old[1], size, old[2], root, proof)
            self.report(fits, f"consistency proof 一致性证明: {old[1]} -> {size}")
        if self.trusted is None:
            print("note  no trusted checkpoint given: earlier history is not compared 未提供可信检查点")
            return
        old = open_head("trusted checkpoint", self.trusted, keys)
        known = old[0] == origin and bool(self.follow(old[3], keys) & by)
        self.report(known, "same log, same key as trusted or one it vouches for 同一日志与密钥")
        if old[1] > size or self.root(old[1]) != old[2]:
            raise BadError(f"changed, cut off or rolled back before entry {old[1]} 与可信检查点不一致")
        self.report(True, f"the first {old[1]} entries are those you knew 与可信检查点一致")

    def follow(self, trusted: set[bytes], keys: dict[Any, bytes]) -> set[bytes]:
        """Add the keys that trusted ones vouch for; each such change is also an entry of the log."""
        for name in sorted(name for name in self.names if name.startswith("key-change-")):
            lines, by = open_note(name, self.text(name), keys)
            if by & trusted:
                trusted = trusted | set(read_keys(lines[1]).values())
                changes = self.log.pairs("log.key_added")
                told = any(entry["figures"].get("key") == lines[1] for _, entry in changes)
                self.report(told, f"{name}: an old key vouches for a new one, as logged 密钥更换")
        return trusted

    def check_digest(self) -> None:
        digest, definitions = json.loads(self.zip.read("digest.json")), self.zip.read("figures.json")
        self.report(sha(definitions).hex() == digest["definitions"], "figure definitions 指标定义")
        for name, head in (("digest", digest), ("previous digest", digest["previous"])):
            fits = head["size"] <= len(self.leaves) and self.root(head["size"]).hex() == head["root"]
            self.report(fits, f"{name} was built from the tree of size {head['size']} 摘要所据的树")
        figures = json.loads(definitions)["figures"]
        mine, bad = recompute(figures, self.log, digest), self.bad
        for origin, values in mine.items():
            claimed = digest["figures"][origin]
            for figure in sorted({*values, *claimed}):
                told, value = claimed.get(figure), values.get(figure)
                if told != value:
                    self.report(False, f"figure 指标 {figure} ({origin}): digest {told}, recomputed {value}")
        self.report(bad == self.bad, f"figures recomputed 指标重算: {2 * len(figures)}")
        rows = list(csv.reader(io.StringIO(self.text("digest.csv"))))[1:]
        flat = {(origin, row[0], row[1]): row[2] for origin in mine for row in flatten(mine[origin])}
        self.report({tuple(row[:3]): row[3] for row in rows} == flat, f"digest.csv: {len(rows)} rows 行")
        about = {key: digest[key] for key in ("kind", "period", "scope", "edition")}
        for number, told in ((n, e["figures"]) for n, e in self.log.pairs("digest.built")):
            if about.items() <= told.items():
                for name in ("json", "csv", "html"):
                    same = sha(self.zip.read(f"digest.{name}")).hex() == told[name]
                    self.report(same, f"digest.{name} is the one entry {number} tells of 与所记一致")

    def check_bodies(self) -> None:
        lines = self.text("bodies.jsonl").splitlines() if "bodies.jsonl" in self.names else []
        for item in map(json.loads, lines):
            body = json.dumps(item["b"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            if sha(bytes.fromhex(item["s"]) + body).hex() != json.loads(self.log.parts[item["i"]])["body"]:
                self.report(False, f"entry {item['i']}: the body is not the one logged 正文被改动")
        print(f"note  bodies 正文: {len(lines)} present 所含, the others left out or erased 余者未含或已清除")


def main(arguments: list[str] | None = None) -> int:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("package")
    parser.add_argument("--trusted", help="a checkpoint you kept from an earlier digest 以前留存的检查点")
    parser.add_argument("--key", help="the public key you were given, instead of keys.txt 公钥文件")
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console that lacks a character must not stop the check
    try:
        kept = [path and Path(path).read_text("utf-8") for path in (options.trusted, options.key)]
        package = Package(options.package, *kept)
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        print(f"cannot read 无法读取: {error}")
        return 2
    for part in ("entries", "checkpoints", "digest", "bodies"):
        try:
            getattr(package, f"check_{part}")()
        except BadError as error:
            package.report(False, str(error))
        except (KeyError, ValueError, TypeError, IndexError, AttributeError, zipfile.BadZipFile) as error:
            package.report(False, f"the package is damaged 证据包已损坏: {error!r}")
    print("RESULT 结果:", f"{package.bad} wrong 处不一致" if package.bad else "everything holds 全部一致")
    return 1 if package.bad else 0


if __name__ == "__main__":
    gc.disable()  # millions of objects that all stay: searching them for garbage took most of the time
    sys.exit(main())

"""The house's virus scanner: a command of the administrator's choosing that is shown every upload before it is kept."""

import logging
import shlex
import subprocess
import tempfile
from enum import StrEnum
from typing import Final

log = logging.getLogger(__name__)

SCAN_SECONDS: Final = 30.0
FILE_WORD: Final = "{file}"
"""Where the command names it, the path of a copy stands there; elsewhere the content comes by standard input."""
INFECTED_CODE: Final = 1
"""As clamscan and clamdscan end: 0 nothing found, 1 something found, anything else is a failure of the scanner."""
# The EICAR test string, which every scanner takes for a virus; in parts, or scanners would take this file for one.
_EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE", "!$H+H*")


class Scan(StrEnum):
    """What the scanner said. FAILED: nothing that can be relied on."""

    CLEAN = "clean"
    INFECTED = "infected"
    FAILED = "failed"


class Probe(StrEnum):
    """How the scanner stands its test. BLIND: it lets the test virus pass."""

    UNSET = "unset"
    WORKS = "works"
    BLIND = "blind"
    FAILING = "failing"


class CommandScanner:
    def __init__(self, command: str, seconds: float = SCAN_SECONDS) -> None:
        self._words = shlex.split(command)
        self._seconds = seconds

    def scan(self, content: bytes) -> Scan:
        """Ask about one file. Never raises: what goes wrong is FAILED, and its caller keeps the file out."""
        if not any(FILE_WORD in word for word in self._words):
            return self._asked(self._words, content)
        try:
            with tempfile.NamedTemporaryFile(prefix="waishi-scan-") as copy:
                copy.write(content)
                copy.flush()
                return self._asked([word.replace(FILE_WORD, copy.name) for word in self._words], b"")
        except OSError as error:
            log.warning("nothing could be laid before the scanner: %s", error)
            return Scan.FAILED

    def _asked(self, words: list[str], content: bytes) -> Scan:
        try:
            done = subprocess.run(  # noqa: S603 - the administrator's own command, without a shell
                words,
                input=content,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            log.warning("the scanner gave no answer within %g s", self._seconds)
            return Scan.FAILED
        except OSError as error:
            log.warning("the scanner could not be started: %s", error)
            return Scan.FAILED
        if done.returncode not in {0, INFECTED_CODE}:
            log.warning("the scanner failed with exit code %s", done.returncode)
            return Scan.FAILED
        return Scan.INFECTED if done.returncode == INFECTED_CODE else Scan.CLEAN


def probe(scanner: CommandScanner | None) -> Probe:
    """Show the scanner the harmless test virus, and an empty office paper it must let pass."""
    if scanner is None:
        return Probe.UNSET
    found = scanner.scan("".join(_EICAR).encode())
    if found is Scan.CLEAN:
        return Probe.BLIND
    passed = scanner.scan(b"%PDF-1.7\n%%EOF\n")
    return Probe.WORKS if (found, passed) == (Scan.INFECTED, Scan.CLEAN) else Probe.FAILING

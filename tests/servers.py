"""The real servers a test run needs: a throw-away PostgreSQL, a Chromium, a Valkey; found, or installed on Debian."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# Losing this cluster loses nothing, so it need not wait for the disk.
SPEED = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=200",
)


def works(*command: str) -> bool:
    """Whether a command not only lies on PATH but runs; a version manager's shim may only complain."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def find_postgres() -> Path | None:
    """The folder with initdb and postgres: PATH, else Debian's places, newest first."""
    found = shutil.which("initdb")
    if found and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    places = [place for place in Path("/usr/lib/postgresql").glob("*/bin") if (place / "initdb").exists()]
    return max(places, key=lambda place: float(place.parent.name), default=None)


def find_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def find_valkey() -> str | None:
    from webapp.supervisor.broker import find_binary  # noqa: PLC0415 - needs the installed packages

    binary = find_binary()
    return str(binary) if binary else None


class Servers:
    """Everything found or started for one run; `environment` tells the suite, `left_out` the person."""

    def __init__(self, *, install: bool) -> None:
        self.environment: dict[str, str] = {}
        self.left_out: list[str] = []
        self._install = install
        self._cluster: Cluster | None = None

    def __enter__(self) -> Self:
        if self._install:
            self._install_missing()
        binaries = find_postgres()
        if binaries:
            self._cluster = Cluster(binaries)
            self.environment["TEST_DATABASE_URL"] = self._cluster.start()
        else:
            self.left_out.append(
                "PostgreSQL (no initdb on PATH or in /usr/lib/postgresql; --all installs it)"
            )
        browser = find_browser()
        if browser:
            self.environment["TEST_BROWSER"] = browser
        else:
            self.left_out.append("the browser tests (no Chromium on PATH; --all installs it)")
        if not find_valkey():
            self.left_out.append("the tests with a broker (no Valkey in the wheel or on PATH)")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._cluster:
            self._cluster.stop()

    def _install_missing(self) -> None:
        wanted = []
        if not find_postgres():
            wanted.append("postgresql")
        if not find_browser():
            wanted.append("chromium")
        if not find_valkey():
            wanted.append("redis-server")
        if not wanted or os.geteuid() != 0 or not shutil.which("apt-get"):
            return
        print(f"installing {', '.join(wanted)} (Debian packages)", flush=True)
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        for command in (["update"], ["install", "-y", "--no-install-recommends", *wanted]):
            done = subprocess.run(
                ["apt-get", "-qq", *command], env=quiet, capture_output=True, text=True, check=False
            )
            if done.returncode:
                print(done.stdout[-2000:] + done.stderr[-2000:], flush=True)


class Cluster:
    """A PostgreSQL of its own in a temporary folder, reachable only through a socket in it."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="waishi-pg-"))
        self._server: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root; Debian's package brings the account it runs under.
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def start(self) -> str:
        """Make and start the cluster; the address of its maintenance database."""
        if self._as:
            shutil.chown(self._folder, "postgres", "postgres")
        data = self._folder / "data"
        make = [
            self._binaries / "initdb",
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        done = subprocess.run(
            [*self._as, *make, "--no-sync"], capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr[-2000:]}")
        options = [word for setting in SPEED for word in ("-c", setting)]
        command = [
            self._binaries / "postgres",
            "-D",
            data,
            "-k",
            self._folder,
            "-c",
            "listen_addresses=",
            *options,
        ]
        with (self._folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [*self._as, *command], stdout=log, stderr=log, cwd="/", start_new_session=True
            )
        for _ in range(300):
            ready = [self._binaries / "pg_isready", "-q", "-h", self._folder, "-U", "postgres"]
            if subprocess.run(ready, check=False).returncode == 0:
                return f"postgresql+psycopg://postgres@/postgres?host={self._folder}"
            time.sleep(0.1)
        raise RuntimeError((self._folder / "log").read_text()[-2000:])

    def stop(self) -> None:
        """Stop at once and leave nothing behind."""
        if self._server:
            control = [
                self._binaries / "pg_ctl",
                "stop",
                "-m",
                "immediate",
                "-s",
                "-D",
                self._folder / "data",
            ]
            subprocess.run([*self._as, *control], check=False, cwd="/", capture_output=True)
            self._server.wait(timeout=20)
        shutil.rmtree(self._folder, ignore_errors=True)

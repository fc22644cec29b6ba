"""Settings of one office. The only module that reads the environment; it says what is wrong at the start."""

import errno
import os
import re
import secrets
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

# Which variable each setting is read from; the README's table is held equal to this by a test.
SOURCES = {
    "data_dir": "WAISHI_DATA",
    "database_url": "DATABASE_URL",
    "database_roles": "DATABASE_ROLES",
    "log_database_url": "LOG_DATABASE_URL",
    "log_key_dir": "LOG_KEY_DIR",
    "public_url": "PUBLIC_URL",
    "redis_url": "REDIS_URL",
    "smtp_url": "SMTP_URL",
    "mail_from": "MAIL_FROM",
    "office_name": "OFFICE_NAME",
    "secret_key": "SECRET_KEY",
    "demo": "WAISHI_DEMO",
    "require_totp": "REQUIRE_TOTP",
    "proxy_count": "PROXY_COUNT",
    "session_idle_minutes": "SESSION_IDLE_MINUTES",
    "session_hours": "SESSION_HOURS",
    "read_only": "READ_ONLY",
    "scan_command": "SCAN_COMMAND",
}
NAMES = tuple(SOURCES.values())
DEMO_MARK = "demo-office"
# Stands where no process that serves anybody will use it.
UNMADE_SECRET = "not-made-" * 4


class SettingsError(Exception):
    """The environment cannot be worked with; the text is one sentence for the person at the shell."""


@dataclass(frozen=True)
class Settings:
    data_dir: Path
    database_url: str
    public_url: str = "http://127.0.0.1:8000"
    redis_url: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    office_name: str = "江海市人民政府外事办公室"
    secret_key: str = field(default="", repr=False)
    demo: bool = False
    require_totp: bool = False
    proxy_count: int = 0
    session_idle_minutes: int = 30
    session_hours: int = 12
    read_only: bool = False
    database_roles: str = ""
    log_database_url: str = field(default="", repr=False)
    log_key_dir: Path | None = None
    scan_command: str = ""

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.public_url).netloc

    @property
    def mail_dir(self) -> Path:
        """Where mails are laid as files until SMTP is set."""
        return self.data_dir / "mail"

    @property
    def key_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def log_keys(self) -> Path:
        """Where the log's signing key and its public files lie: of its own account, where accounts are separate."""
        return self.log_key_dir or self.key_dir

    @property
    def demo_mark(self) -> Path:
        """Lies in the data folder of an invented office, so that it stays one however it is started."""
        return self.data_dir / DEMO_MARK

    @property
    def file_dir(self) -> Path:
        return self.data_dir / "files"


def from_env(environ: Mapping[str, str] | None = None, *, make_secret: bool = True) -> Settings:
    """Read and check the environment. Raises `SettingsError` with one sentence.

    `make_secret=False` leaves the data folder untouched (restoring a backup brings the key along).
    """
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("WAISHI_DATA") or Path.cwd() / "instance").resolve()
    settings = Settings(
        data_dir=data_dir,
        database_url=_sqlalchemy_url(env.get("DATABASE_URL", ""), data_dir),
        public_url=env.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        redis_url=env.get("REDIS_URL", ""),
        smtp_url=env.get("SMTP_URL", ""),
        mail_from=env.get("MAIL_FROM", ""),
        office_name=env.get("OFFICE_NAME", Settings.office_name),
        secret_key=env.get("SECRET_KEY", "") or (_kept_secret(data_dir) if make_secret else UNMADE_SECRET),
        demo=_flag(env, "WAISHI_DEMO") or (data_dir / DEMO_MARK).exists(),
        require_totp=_flag(env, "REQUIRE_TOTP"),
        proxy_count=_number(env, "PROXY_COUNT", 0),
        session_idle_minutes=_number(env, "SESSION_IDLE_MINUTES", 30),
        session_hours=_number(env, "SESSION_HOURS", 12),
        read_only=_flag(env, "READ_ONLY"),
        database_roles=env.get("DATABASE_ROLES", ""),
        log_database_url=_sqlalchemy_url(env["LOG_DATABASE_URL"], data_dir)
        if env.get("LOG_DATABASE_URL")
        else "",
        scan_command=env.get("SCAN_COMMAND", ""),
        log_key_dir=Path(env["LOG_KEY_DIR"]).resolve() if env.get("LOG_KEY_DIR") else None,
    )
    validate(settings)
    return settings


def inherited() -> dict[str, str]:
    """The environment this process was started with, for the processes it starts."""
    return dict(os.environ)


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings as variables: what a started process reads back to the same settings.

    The secret key is not among them, since a process list may show it; it is read from its file.
    """
    texts = {}
    for name, variable in SOURCES.items():
        value = getattr(settings, name)
        if name != "secret_key":
            texts[variable] = (
                ("yes" if value else "") if isinstance(value, bool) else str("" if value is None else value)
            )
    return texts


def without_password(url: str) -> str:
    """An address as it may be shown: user and password left out."""
    parts = urlsplit(url)
    return url.replace(f"{parts.netloc.rpartition('@')[0]}@", "***@", 1) if "@" in parts.netloc else url


def validate(settings: Settings) -> None:
    """Raise `SettingsError` for the first thing that cannot work."""
    if not settings.public_url or not _is_address(settings.public_url, ("http", "https")):
        msg = f"PUBLIC_URL must be an http or https address, not {settings.public_url!r}."
        raise SettingsError(msg)
    if len(settings.secret_key) < 32:  # noqa: PLR2004 - 256 bits as hex or more
        msg = "SECRET_KEY must have at least 32 characters; leave it out and one is made and kept."
        raise SettingsError(msg)
    loopback = urlsplit(settings.public_url).hostname in {"127.0.0.1", "localhost", "::1"}
    if settings.demo and not loopback:
        msg = "Demo data is served on this machine only; start with --empty for a real office."
        raise SettingsError(msg)
    if settings.log_database_url and not (
        settings.log_database_url.startswith("postgresql") and settings.database_url.startswith("postgresql")
    ):
        msg = "LOG_DATABASE_URL names a second account of a PostgreSQL database; DATABASE_URL must name one too."
        raise SettingsError(msg)
    if settings.database_roles and not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", settings.database_roles):
        msg = "DATABASE_ROLES is what the database accounts begin with: lower case letters, digits, underscores."
        raise SettingsError(msg)
    _validate_servers(settings)
    _validate_scanner(settings.scan_command)
    if settings.session_idle_minutes < 1 or settings.session_hours < 1:
        msg = "SESSION_IDLE_MINUTES and SESSION_HOURS must be at least 1."
        raise SettingsError(msg)


def _validate_scanner(command: str) -> None:
    try:
        words = shlex.split(command)
    except ValueError as error:  # quotes that do not close
        msg = f"SCAN_COMMAND cannot be read as a command: {error}."
        raise SettingsError(msg) from error
    if words and shutil.which(words[0]) is None:
        msg = f"SCAN_COMMAND names a program that is not there or not executable: {words[0]}."
        raise SettingsError(msg)


def _validate_servers(settings: Settings) -> None:
    if not _is_address(settings.smtp_url, ("smtp", "smtps", "smtp+starttls")):
        msg = "SMTP_URL must be smtp://host, smtps://host or smtp+starttls://host, with a port where it is unusual."
        raise SettingsError(msg)
    if settings.redis_url.startswith("sentinel"):
        msg = (
            "REDIS_URL cannot name Sentinels: the broker only carries doorbells, and losing it costs seconds; "
            "name one server, or an address that always leads to the present master."
        )
        raise SettingsError(msg)
    if not _is_address(settings.redis_url, ("redis", "rediss")):
        msg = "REDIS_URL must be redis://host or rediss://host, with a port where it is unusual."
        raise SettingsError(msg)
    if settings.mail_from and not re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+", settings.mail_from):
        msg = f"MAIL_FROM must be a mail address alone, like waishi@example.gov, not {settings.mail_from!r}."
        raise SettingsError(msg)


def _is_address(url: str, schemes: tuple[str, ...]) -> bool:
    """Whether a server can be looked for there; an empty one is not asked for."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # brackets that do not close, a port that is no number
        return False
    return not url or (parts.scheme in schemes and bool(parts.hostname) and port != 0)


def _sqlalchemy_url(url: str, data_dir: Path) -> str:
    if not url:
        return f"sqlite:///{data_dir / 'waishi.db'}"
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if url.startswith(("postgresql+psycopg://", "sqlite:///")):
        return url
    msg = "DATABASE_URL must begin with postgresql:// or sqlite:///."
    raise SettingsError(msg)


def _kept_secret(data_dir: Path) -> str:
    path = data_dir / "keys" / "secret"
    try:
        if path.exists():
            return path.read_text().strip()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = secrets.token_hex(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        why = "its disk is full" if error.errno == errno.ENOSPC else error.strerror
        msg = f"The folder {data_dir} cannot be written: {why}."
        raise SettingsError(msg) from error
    return secret


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "").strip().lower()
    if value in {"", "0", "no", "false", "off"}:
        return False
    if value in {"1", "yes", "true", "on"}:
        return True
    msg = f"{name} must be yes or no, not {value!r}."
    raise SettingsError(msg)


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.isdigit():
        msg = f"{name} must be a whole number, not {value!r}."
        raise SettingsError(msg)
    return int(value)

"""Back up a whole office and bring it back: database, attachments, keys; the log's proofs stay checkable."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from webapp.operations import archive, dumps

# Made anew at every start, or the database itself, which is copied by its own means.
LEFT_OUT = {"broker", "logs", "up.lock", ".write-probe", "restore"}
DATA, KEYS = "data", "keys"
LOG_KEYS = "log-keys"


def backup(
    target: Path,
    *,
    database_url: str,
    data_dir: Path,
    now: datetime,
    environment: Mapping[str, str],
    log_key_dir: Path | None = None,
) -> archive.Manifest:
    """Write a backup file while the office runs; the caller chooses a path that does not exist yet.

    The keys are copied before the database, which then is never older than the checkpoint kept beside them: else the
    check of the restored log would take it for cut off. The attachments are copied after it: they are written once and
    never changed, so every file its rows name is there.
    `log_key_dir`: the log's own folder of keys, where it has one; the account that backs up must read it.
    Raises `DumpFailed`, `OSError`.
    """
    with tempfile.TemporaryDirectory(prefix="backup-", dir=target.parent) as folder:
        keys = _copied(data_dir / KEYS, Path(folder), f"{DATA}/{KEYS}")
        if log_key_dir is not None:
            keys += _copied(log_key_dir, Path(folder), LOG_KEYS)
        dump = dumps.dump(database_url, Path(folder), environment)
        others = [
            (name, path)
            for name, path in _data_files(data_dir, database_url)
            if not name.startswith(f"{DATA}/{KEYS}/")
        ]
        members = [(dump.name, dump), *keys, *others]
        return archive.write(
            target,
            members,
            made_at=now.isoformat(),
            database=sa.make_url(database_url).get_backend_name(),
            revision=_revision(database_url),
        )


def _copied(source: Path, folder: Path, name: str) -> list[tuple[str, Path]]:
    """The files of `source` as they are now, under their names in the archive."""
    if not source.exists():
        return []
    copy = folder / name.replace("/", "-")
    shutil.copytree(source, copy)
    files = [path for path in sorted(copy.rglob("*")) if path.is_file()]
    return [(f"{name}/{path.relative_to(copy).as_posix()}", path) for path in files]


def restore(
    source: Path,
    *,
    database_url: str,
    data_dir: Path,
    environment: Mapping[str, str],
    log_key_dir: Path | None = None,
) -> archive.Manifest:
    """Bring a backup back into an empty office; the log's keys into their own folder, where it has one.

    Raises `BadArchive` or `DumpFailed` before anything is overwritten.
    """
    kept = [path for path in _kept(data_dir) if path.name != KEYS or any(path.iterdir())]
    if log_key_dir is not None and log_key_dir.exists():
        kept += log_key_dir.iterdir()
    if kept or not dumps.is_empty(database_url):
        raise archive.BadArchive(
            f"{data_dir} or its database already holds an office; restore into an empty one."
        )
    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=data_dir) as name:
        folder = Path(name)
        manifest = archive.unpack(source, folder)
        kind = sa.make_url(database_url).get_backend_name()
        if manifest.database != kind:
            raise archive.BadArchive(
                f"{source.name} is of a {manifest.database} office; DATABASE_URL names {kind}."
            )
        copy = folder / (dumps.SQLITE_NAME if kind == "sqlite" else dumps.POSTGRES_NAME)
        dumps.fill(database_url, copy, environment)
        for path in sorted((folder / DATA).glob("*")):
            _put(path, data_dir / path.name)
        home = log_key_dir or data_dir / "keys"
        for path in sorted((folder / LOG_KEYS).glob("*")):
            home.mkdir(parents=True, exist_ok=True)
            _put(path, home / path.name)
    return manifest


def _put(path: Path, target: Path) -> None:
    if target.is_dir():
        target.rmdir()  # made empty by the settings; `restore` has seen that it holds nothing
    shutil.move(path, target)


def _kept(data_dir: Path) -> list[Path]:
    if not data_dir.exists():
        return []
    return [
        path
        for path in data_dir.iterdir()
        if path.name not in LEFT_OUT and not path.name.startswith("restore-")
    ]


def _data_files(data_dir: Path, database_url: str) -> Iterator[tuple[str, Path]]:
    address = sa.make_url(database_url)
    database = (
        Path(address.database).resolve()
        if address.get_backend_name() == "sqlite" and address.database
        else None
    )
    for top in sorted(_kept(data_dir)):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if not path.is_file() or path.is_symlink():
                continue
            if (
                database
                and path.resolve().name.startswith(database.name)
                and path.resolve().parent == database.parent
            ):
                continue  # the database and its -wal and -shm
            yield f"{DATA}/{path.relative_to(data_dir).as_posix()}", path


def _revision(database_url: str) -> str:
    engine = sa.create_engine(database_url)
    try:
        with engine.connect() as connection:
            return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())
    finally:
        engine.dispose()

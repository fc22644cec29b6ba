"""What every shell command is handed: `@click.pass_obj` gives a feature's command its `Shell`."""

from collections.abc import Mapping
from typing import Any, NoReturn, Protocol

import click


class Shell(Protocol):
    """Settings and runtime of this process, each built when a command first asks for it."""

    @property
    def settings(self) -> Any:
        """`config.Settings`; ends the program with one sentence where they are wrong."""
        ...

    @property
    def runtime(self) -> Any:
        """`webapp.runtime.Runtime`."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment for processes this command starts."""
        ...


def stop(sentence: str, code: int = 2) -> NoReturn:
    """End the program with one sentence for the person at the shell."""
    click.echo(sentence, err=True)
    raise SystemExit(code)

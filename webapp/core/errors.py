"""What can go wrong for a user, as a small family with stable codes; anything else is a bug."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from webapp.core.i18n import N_


class DomainError(Exception):
    """An answer the user can act on. `code` is stable and translated; `details` fill its sentence."""

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "bad_request"

    def __init__(self, code: str | None = None, **details: Any) -> None:
        self.code = code or self.default_code
        self.details = details
        super().__init__(f"{self.code} {details}" if details else self.code)


class NotFound(DomainError):
    """Nothing there, or nothing the actor may know of: the two are not told apart."""

    status = 404
    default_code = "not_found"


class SignInNeeded(DomainError):
    status = 401
    default_code = "sign_in_needed"


class Forbidden(DomainError):
    status = 403
    default_code = "forbidden"


class OutOfDate(DomainError):
    """The page was older than the row; nothing was done."""

    status = 409
    default_code = "out_of_date"


class NotAllowedNow(DomainError):
    """The state does not allow the action; `code` says why."""

    status = 409
    default_code = "not_allowed_now"


class FoundLine(Protocol):
    """One finding as a page lists it: the rule, what it says of this case, where it is written, how sure we are,
    and the ways out (words and address).
    """

    @property
    def rule(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def citation(self) -> str: ...
    @property
    def confidence(self) -> str: ...
    @property
    def ways(self) -> Sequence[tuple[str, str]]: ...


@dataclass(frozen=True)
class Owed:
    """Something still to be done, as a finding: for steps that wait for duties instead of checks."""

    title: str
    text: str
    citation: str
    confidence: str
    ways: tuple[tuple[str, str], ...] = ()
    rule: str = ""
    verdict: str = "bad"


class RuleBroken(DomainError):
    """Rules of the office forbid it; `findings` are what they found, for the page to list."""

    status = 422
    default_code = "rule_broken"

    def __init__(
        self, code: str | None = None, *, findings: Sequence[FoundLine] = (), **details: Any
    ) -> None:
        super().__init__(code, **details)
        self.findings = tuple(findings)


class Invalid(DomainError):
    """Input that cannot be accepted: `fields` maps a field's name to its messages."""

    status = 422
    default_code = "invalid"

    def __init__(
        self, code: str | None = None, *, fields: Mapping[str, Sequence[str]] | None = None, **details: Any
    ) -> None:
        super().__init__(code, **details)
        self.fields: dict[str, list[str]] = {name: list(texts) for name, texts in (fields or {}).items()}


class TooManyTries(DomainError):
    status = 429
    default_code = "too_many_tries"


class Unavailable(DomainError):
    """The system cannot take the action now (read-only, outcome of a commit unknown, disk full)."""

    status = 503
    default_code = "unavailable"


class DiskFull(DomainError):
    """Nothing more can be written; what was saved before is whole, and reading goes on."""

    status = 507
    default_code = "disk_full"


class AlreadyDone(Exception):
    """The idempotency key was used before; `location` is where the first answer led."""

    def __init__(self, location: str | None) -> None:
        self.location = location
        super().__init__(location)


# A feature adds its own sentences with `sentences(...)` beside the errors it raises.
SENTENCES: dict[str, str] = {
    "bad_request": N_("这次请求的内容看不懂，没有保存任何东西。"),
    "not_found": N_("没有找到，或者你不能查看。"),
    "sign_in_needed": N_("请先登录。"),
    "forbidden": N_("你没有做这件事的权限。"),
    "out_of_date": N_("你看到的页面已经不是最新的，你的操作没有提交。请核对后再试。"),
    "not_allowed_now": N_("现在的状态不能做这件事。"),
    "rule_broken": N_("不符合规定，没有提交。"),
    "invalid": N_("有内容需要修改，没有保存。"),
    "too_many_tries": N_("尝试次数太多，请过一会儿再试。"),
    "disk_full": N_("磁盘已满，没有保存。请告诉系统管理员。"),
    "unavailable": N_("现在不能保存。请 1 分钟后再试，不会重复提交。"),
}


#: What is said of a request that met no error of a feature's own, by its HTTP status.
HTTP_SENTENCES: dict[int, str] = {
    400: N_("这次请求的内容看不懂，没有保存任何东西。"),
    401: N_("请先登录。"),
    403: N_("你没有做这件事的权限。"),
    404: N_("没有找到，或者你不能查看。"),
    405: N_("这个地址不能这样用。"),
    413: N_("内容太大，没有保存。请缩小后再试。"),
    415: N_("不支持这种格式。"),
    429: N_("尝试次数太多，请过一会儿再试。"),
    500: N_("没有保存成功，不是你的问题。请 1 分钟后再试；如果还不行，把编号告诉管理员。"),
    503: N_("现在不能保存。请 1 分钟后再试，不会重复提交。"),
    507: N_("磁盘已满，没有保存。请告诉系统管理员。"),
}


def sentence_of(code: str) -> str:
    """The sentence of a code the log keeps of a refusal, `http_404` included; empty for one without words."""
    status = code.removeprefix("http_")
    if status.isascii() and status.isdigit():
        return HTTP_SENTENCES.get(int(status), HTTP_SENTENCES[400])
    return SENTENCES.get(code, "")


def sentences(texts: Mapping[str, str]) -> None:
    """Register the sentences of a feature's error codes (at import of its service).

    Raises RuntimeError, so that the program does not start, when a code has another sentence already: whoever
    reads it would be told the words of the feature that happened to be imported last.
    """
    doubled = sorted(code for code, text in texts.items() if SENTENCES.get(code, text) != text)
    if doubled:
        msg = f"error codes with two sentences: {', '.join(doubled)}"
        raise RuntimeError(msg)
    SENTENCES.update(texts)

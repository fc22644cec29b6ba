"""The machine's entrance: bearer tokens, one OpenAPI description, and a page that shows it without outside help."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Request, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import missing
from webargs.core import is_json
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from webapp.core import strict_json
from webapp.core.http import public
from webapp.core.i18n import N_
from webapp.core.tx import Actor

VERSION = "v1"
ResolveToken = Callable[[str], Actor | None]

bp = Blueprint("openapi", __name__)


class StrictParser(FlaskParser):
    """Reads a body only as strict JSON; anything else is 400."""

    def _raw_load_json(self, req: Request) -> Any:
        if not is_json(req.mimetype):
            return missing
        try:
            return strict_json.loads(req.get_data(cache=True))
        except ValueError as error:
            raise BadRequest from error


class Resource(SmorestBlueprint):
    """A resource of the API: arguments by schema, read strictly."""

    ARGUMENTS_PARSER = StrictParser()


class OfficeApi(Api):
    """Keeps the application's own error answers instead of the library's."""

    def _register_error_handlers(self) -> None:
        """Problems are answered by `core.problems`, as JSON under /api/."""


def install(app: Flask, resolve: ResolveToken) -> OfficeApi:
    """Prepare the API: only a bearer token counts there, never a browser's cookie."""
    app.config.update(
        API_TITLE="Waishi",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX=None,  # the description is served below, with the office's own policy and page
    )
    app.extensions["waishi.api_token"] = resolve
    api = OfficeApi(app)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"token": []}]
    app.extensions["waishi.api"] = api
    app.register_blueprint(bp)
    return api


def with_token(resource: Resource) -> Resource:
    """Have every request to the resource answered for the token's person.

    Runs before the application asks for the endpoint's policy, so that a cookie can neither read nor act here;
    that is also why the resource needs no CSRF token.
    """

    @resource.url_value_preprocessor
    def _identify(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        g.signed_in = None
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and 0 < len(token) <= 200  # noqa: PLR2004 - ours are far shorter
        g.api_actor = current_app.extensions["waishi.api_token"](token.strip()) if known else None

    return resource


@bp.get("/openapi.json")
@public
def description() -> ResponseReturnValue:
    """The OpenAPI 3 description of all resources."""
    return jsonify(_spec())


@bp.get("/api/docs")
@public
def page() -> ResponseReturnValue:
    """The same description as a page: no script, nothing fetched from elsewhere."""
    spec = _spec()
    operations = [
        {"path": path, "method": method.upper(), **details}
        for path, item in spec["paths"].items()
        for method, details in item.items()
        if isinstance(details, dict)
    ]
    return render_template(
        "api_docs.html",
        spec=spec,
        operations=operations,
        schemas=spec.get("components", {}).get("schemas", {}),
        places={"query": N_("查询参数"), "path": N_("地址中"), "header": N_("请求头")},
    )


def _spec() -> dict[str, Any]:
    api: OfficeApi = current_app.extensions["waishi.api"]
    made: dict[str, Any] = api.spec.to_dict()
    return made

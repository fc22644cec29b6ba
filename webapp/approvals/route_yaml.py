"""A YAML text as plain data in which every value knows its line. Only scalars, lists and mappings; nothing is built."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from webapp.approvals.route_problem import Problem, RouteTextError
from webapp.core.i18n import N_

Path: TypeAlias = tuple[str | int, ...]
LONGEST = 200_000
_DEEPEST = 12


@dataclass
class Document:
    """Data with the line (from 1) of every value, by its path; the empty path is the whole text."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read(text: str, source: str) -> Document:
    """Raises `RouteTextError` for what is no such text: not YAML, too long, anchors, keys given twice."""
    if len(text) > LONGEST:
        raise RouteTextError(
            source, [Problem(1, "", N_("文件太长，最多 %(most)s 个字。"), {"most": LONGEST})]
        )
    try:
        _refuse_aliases(text, source)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = Document(None)
        if node is not None:
            document.data = _Unfolder(document, source).unfold(node, ())
    except RouteTextError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        told = Problem(
            mark.line + 1 if mark else 1, "", N_("不是 YAML：%(what)s"), {"what": error.problem or ""}
        )
        raise RouteTextError(source, [told]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise RouteTextError(
            source, [Problem(1, "", N_("不是 YAML：%(what)s"), {"what": str(error)})]
        ) from error
    return document


def _refuse_aliases(text: str, source: str) -> None:
    """An alias of an alias of an alias grows without end when it is unfolded."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise RouteTextError(source, [Problem(line, "", N_("不能用锚点和引用（& 和 *）。"))])


class _Unfolder:
    def __init__(self, document: Document, source: str) -> None:
        self._document, self._source = document, source
        self._scalars = SafeConstructor()

    def unfold(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self._document.lines[path] = line
        if len(path) > _DEEPEST:
            raise RouteTextError(self._source, [Problem(line, "", N_("套得太深。"))])
        if isinstance(node, yaml.SequenceNode):
            return [self.unfold(item, (*path, place)) for place, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        try:
            return self._scalars.construct_object(node, deep=True)
        except ConstructorError as error:
            raise RouteTextError(
                self._source, [Problem(line, "", N_("这里只能写文字、数字或日期。"))]
            ) from error

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or not isinstance(key, str):
                raise RouteTextError(self._source, [Problem(line, "", N_("键只能是一个词。"))])
            if key in found:
                raise RouteTextError(self._source, [Problem(line, "", N_("写了两次：%(key)s"), {"key": key})])
            found[key] = self.unfold(value_node, (*path, key))
            self._document.lines[(*path, key)] = line
        return found

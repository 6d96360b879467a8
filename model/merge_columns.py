"""New columns into the text of a design; everything else stays as people wrote it, comments too."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from model.errors import ConfigError


def with_columns(text: str, lines: Sequence[str], shown: str) -> str:
    """The design's text with `lines` behind its last column; `shown` names the file in errors.

    >>> print(with_columns("columns:\\n  a: BIGINT   # first\\nload: append\\n", ["  b: DATE"], "a.yaml"), end="")
    columns:
      a: BIGINT   # first
      b: DATE
    load: append

    Raises: ConfigError where the columns stand in braces.
    """
    tree = yaml.compose(text, Loader=yaml.BaseLoader)
    assert isinstance(tree, yaml.MappingNode)
    columns = next(value for key, value in tree.value if key.value == "columns")
    if columns.flow_style:
        raise ConfigError(
            f"Cannot update '{shown}': its columns stand in braces (expected a line each). Add these by hand: "
            + "; ".join(line.strip() for line in lines)
        )
    indent = " " * columns.start_mark.column
    place = _last_line(columns) + 1
    written = text.splitlines(keepends=True)
    return "".join([*written[:place], *(f"{indent}{line.strip()}\n" for line in lines), *written[place:]])


def _last_line(node: yaml.Node) -> int:
    """The line of the last word in a node; the end mark of a block lies in a line behind it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return max(_last_line(value) for _, value in node.value)
    return node.end_mark.line

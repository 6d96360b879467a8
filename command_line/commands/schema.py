"""Print the JSON Schema of design files, by which editors complete and check them.

    python -m flows schema > warehouse/design.schema.json

Editors with a YAML language server follow the first line of a design:

    # yaml-language-server: $schema=../design.schema.json
"""

from __future__ import annotations

import json

from command_line.arguments import Parser
from model.design_schema import design_schema


def main(arguments: list[str]) -> int:
    Parser(
        prog="python -m flows schema", description="Print the JSON Schema of design files.", allow_abbrev=False
    ).parse_args(arguments)
    print(json.dumps(design_schema(), indent=2))
    return 0

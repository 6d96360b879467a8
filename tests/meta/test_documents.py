"""What README and docs/ tell people to type is there, with the parameters they name; their links lead somewhere."""

import argparse
import re
import shlex
from contextlib import suppress
from pathlib import Path

import pytest

from command_line.arguments import Parser
from command_line.main import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TYPED = re.compile(r"(?:^ {4,}.*?|`)python -m flows( [^#`|>\n]+)", re.MULTILINE)


def typed():
    return sorted({match[1].strip(" '") for file in DOCUMENTS for match in TYPED.finditer(file.read_text())})


class Understood(Exception):
    pass


@pytest.mark.parametrize("arguments", typed())
def test_command_of_the_documents_is_understood(arguments, monkeypatch, capsys):
    def only_parse(parser, given):
        argparse.ArgumentParser.parse_args(parser, given)
        raise Understood

    monkeypatch.setattr(Parser, "parse_args", only_parse)
    code = 0  # what is understood, or was --help
    with suppress(Understood, SystemExit):
        code = main(shlex.split(arguments))
    assert code == 0, capsys.readouterr().err


def test_run_knows_every_command_of_the_documents():
    known = set(re.findall(r"^    ([a-z-]+)\)", (ROOT / "run").read_text(), re.MULTILINE))
    told = {name for file in DOCUMENTS for name in re.findall(r"\./run ([a-z-]+)", file.read_text())}
    assert {"demo", "test", "check"} <= told <= known


def test_links_of_the_documents_lead_somewhere():
    for file in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", file.read_text()):
            assert (file.parent / target).exists(), f"{file.name}: {target}"

"""The examples of docs/python.md are code that this package runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from conftest import Finished

import isoshape


def blocks(root: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (root / "docs/python.md").read_text(), re.S)


def test_examples_can_be_read(root: Path) -> None:
    assert len(blocks(root)) >= 4
    for block in blocks(root):
        ast.parse(block)


def test_names_in_examples_are_there(root: Path, finished: Finished) -> None:
    things = {
        "isoshape": isoshape,
        "iso": finished.iso,
        "c": finished.campaign,
        "t": isoshape._ask.Lease,
    }
    for block in blocks(root):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                thing = things.get(node.value.id)
                assert thing is None or hasattr(thing, node.attr), ast.unparse(node)


def test_errors_in_the_docs_are_all_that_there_are(root: Path) -> None:
    page = (root / "docs/python.md").read_text()
    section = page[page.index("## Errors") : page.index("## Working on it")]
    for name, member in vars(isoshape.errors).items():
        if isinstance(member, type) and issubclass(member, isoshape.errors.IsoshapeError):
            assert f"{name}`" in section, name

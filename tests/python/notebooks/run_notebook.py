"""Runs the code of a notebook as Jupyter does, and shows the last value of each cell as text:

usage: run_notebook.py NOTEBOOK
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any


def run_cell(source: str, names: dict[str, Any]) -> None:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        picture = getattr(value, "_repr_svg_", lambda: None)()
        if value is not None:
            print(f"svg of {len(picture)} characters" if picture else repr(value))


def main() -> None:
    notebook = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["cell_type"] == "code":
            print(f"--- cell {number}")
            run_cell("".join(cell["source"]), names)


main()

"""Work in a process of its own: ``python benchmarks/fresh.py MODULE FUNCTION ARGUMENTS`` prints its result as JSON."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any


def in_fresh_process(function: Callable[..., Any], environment: dict[str, str] | None = None, **arguments: Any) -> Any:
    """Call a function of a module of this folder in a new process.

    Parameters
    ----------
    function : callable
        Takes and returns what JSON can write, and prints nothing.
    environment : variables that the process has besides ours, optional
    arguments : of the function
    """
    command = [sys.executable, __file__, function.__module__, function.__name__, json.dumps(arguments)]
    variables = {**os.environ, **(environment or {})}
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=variables).stdout
    return json.loads(output)


if __name__ == "__main__":
    work = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
    print(json.dumps(work(**json.loads(sys.argv[3]))))

"""The command ``crystal-lfa``: parse and print; the work is done beside its subject."""

from crystal_lfa.cli.main import main

__all__ = ["main"]

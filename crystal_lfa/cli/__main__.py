"""``python -m crystal_lfa.cli`` is ``crystal-lfa``."""

import sys

from crystal_lfa.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

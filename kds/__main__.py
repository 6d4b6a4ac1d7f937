"""`python -m kds` is the `kds` command."""

import sys

from kds.commands import main

if __name__ == "__main__":
    sys.exit(main())

"""``python -m mddl_lib.mri``: the commands of ``python -m mddl_lib``."""

import sys

from mddl_lib.__main__ import main

if __name__ == "__main__":
    sys.exit(main())

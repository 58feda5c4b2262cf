"""What the Makefile calls between a bare notebook and a built page. No part of the installed packages.

Every command prints on any console: a sign that it does not know is written as its number, and no run dies of one.
"""

import contextlib
import sys

for stream in (sys.stdout, sys.stderr):
    with contextlib.suppress(AttributeError, ValueError):  # not every stream is a console's
        stream.reconfigure(errors="backslashreplace")

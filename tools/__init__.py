"""What the Makefile calls between a bare notebook and a built page. No part of the installed packages."""

"""Tests of the commands of ``python -m mddl_lib``."""

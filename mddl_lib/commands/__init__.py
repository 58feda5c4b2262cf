"""The commands of ``python -m mddl_lib``, one a file."""

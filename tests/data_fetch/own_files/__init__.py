"""Tests of a user's own files: what they may be, what they are taken for, what is refused."""

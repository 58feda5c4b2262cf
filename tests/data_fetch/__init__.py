"""Tests of data_fetch, against a real HTTP server on this machine."""

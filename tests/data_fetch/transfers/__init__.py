"""Tests of transfers, against a real HTTP server on this machine."""

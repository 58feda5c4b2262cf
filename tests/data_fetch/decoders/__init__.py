"""Tests of the decoders, on files made here."""

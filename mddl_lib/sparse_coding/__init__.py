"""Sparse coding: ISTA, and the networks that it became."""

"""Forward operators with orthonormal rows, and some without: what Proposition 2 of the talk is about."""

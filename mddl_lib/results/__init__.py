"""How numbers are kept: scores, tables, claims, the store, freshness, provenance."""

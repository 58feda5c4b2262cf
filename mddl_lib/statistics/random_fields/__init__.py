"""The dense conditional random field: its energy, mean field, and mean field as a network (CRF-RNN)."""

"""The talk as pictures: its rows, and its taxonomy."""

"""The game: who plays, which slices meet, at what size, and what is cut away before."""

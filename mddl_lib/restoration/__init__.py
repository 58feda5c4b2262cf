"""Image restoration: learned descent on an energy of local and non-local range cliques, and denoisers to plug in."""

"""Classical energies and the algorithms that solve them, where several chapters start from them."""

"""A package, so that pytest puts the repository on the path, not this folder: its folders bear the packages' names."""

"""What a learned metric needs, and where it ends: fewer training subjects, fewer atlases, another disease."""

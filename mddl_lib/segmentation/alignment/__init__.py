"""Where the organ lies in a target, which atlases resemble it there, and the best of them, registered and kept."""

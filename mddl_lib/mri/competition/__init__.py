"""The classical methods of the CS-MRI tables, each tuned on training images."""

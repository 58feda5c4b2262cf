"""Second-order statistics of a shape's descriptors, and the curved space that they live in."""

"""Deep Fusion Net: the layers of the slide, the fused operator, the network."""

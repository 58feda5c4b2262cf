"""Shapes: spectra of surfaces, signatures, second-order pooling, a spectral network (ST-Net) and retrieval."""

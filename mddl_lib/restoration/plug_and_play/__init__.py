"""A denoiser in the place of a proximal operator: blur and mosaic, four algorithms, and a denoiser that is a proximal operator."""

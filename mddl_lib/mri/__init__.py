"""Compressive-sensing MRI: Deep ADMM-Net, its data, its authors' files, and the methods it competes with."""

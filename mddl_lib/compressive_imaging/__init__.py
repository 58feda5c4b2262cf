"""Compressive imaging: ADMM-CSNet and ISTA-Net+."""

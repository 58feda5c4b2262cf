"""Amortised inference that takes turns: an encoder that looks at the gradient of the bound and corrects itself."""

"""Weights of the learned optimizers, as safetensors with a header that says how they were trained."""

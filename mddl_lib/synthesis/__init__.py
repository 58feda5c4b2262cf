"""Synthesis: CT from MR by an adversarial game whose constraint is a model, the structure that both images share."""

"""Dehazing: the haze model, its dark channel, an energy with two unknown priors, and a network that learns their proximal operators."""

"""What an optimizer does beyond its hundred steps of one small network: longer, deeper, convolutional, and with parts left out."""

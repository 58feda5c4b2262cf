"""Multi-atlas segmentation: registration, atlas selection, label fusion by rules and by a network (Deep Fusion Net)."""

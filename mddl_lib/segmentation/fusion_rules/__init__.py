"""The classical rules of label fusion, one module each: ``rule(target, atlases, labels) -> votes``.

Tensors throughout: target (H, W), standardised; atlases (K, H, W), on its grid; labels (K, P, H, W); votes (P, H, W) in [0, 1].
"""

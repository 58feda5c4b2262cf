"""Cases of the laws for shapes: see tests/laws/kinds.py."""

from __future__ import annotations

import torch

from mddl_lib.shapes.mesh import repaired
from mddl_lib.shapes.spectra.laplacian import cotangent_laplacian

from .pieces import body, cube, heard

MESH = repaired(body())
STIFFNESS, AREAS = cotangent_laplacian(MESH)
MATRICES = torch.diag_embed(torch.tensor([[1.0, 2.0], [0.5, 0.1]]))
H, A = torch.rand(5, 3, generator=torch.Generator().manual_seed(0)), torch.ones(5)
LABELS = torch.tensor([0, 0, 1, 1, 1])
POOL = {"descriptors": H, "areas": A}
HERE = "tests/shapes/test_"

CALLS = {
    "shapes.changes.rotated": {"mesh": MESH, "degrees": 20.0},
    "shapes.changes.scaled": {"mesh": MESH, "factor": 2.0},
    "shapes.changes.bent": {"mesh": MESH, "degrees": 20.0},
    "shapes.changes.with_hole": {"mesh": MESH, "share": 0.1},
    "shapes.changes.jittered": {"mesh": MESH, "strength": 0.1},
    "shapes.learned.graph_convolution.scaled_laplacian": {"mesh": MESH},
    "shapes.learned.graph_convolution.spectral_convolution": {"signal": H, "functions": torch.eye(5), "response": A},
    "shapes.learned.graph_convolution.chebyshev_terms": {"signal": H, "laplacian": torch.eye(5), "order": 2},
    "shapes.learned.graph_convolution.ChebyshevConvolution": {"before": 2, "after": 2, "order": 2},
    "shapes.learned.graph_convolution.ChebNet": {},
    "shapes.learned.losses.squared_distances": {"embeddings": H},
    "shapes.learned.losses.pair_hinge": {"embeddings": H, "labels": LABELS},
    "shapes.learned.losses.large_margin": {"embeddings": H, "labels": LABELS},
    "shapes.learned.st_net.MixtureOfPowers": {},
    "shapes.learned.st_net.STNet": {},
    "shapes.learned.st_net.SurfMLNet": {},
    "shapes.mesh.repaired": {"mesh": cube()},
    "shapes.second_order.manifold.mixture_of_powers": {
        "matrices": MATRICES, "powers": torch.ones(1), "coefficients": torch.ones(1)
    },
    "shapes.second_order.manifold.matrix_logarithm": {"matrices": MATRICES},
    "shapes.second_order.manifold.log_euclidean_distances": {"matrices": MATRICES},
    "shapes.second_order.pooling.mean_pooling": POOL,
    "shapes.second_order.pooling.second_order_pooling": POOL,
    "shapes.second_order.pooling.upper_triangle": {"matrices": MATRICES},
    "shapes.spectra.eigenpairs.spectrum": {"mesh": MESH, "count": 5},
    "shapes.spectra.laplacian.cotangent_laplacian": {"mesh": MESH},
    "shapes.spectra.laplacian.robust_laplacian": {"mesh": MESH},
    "shapes.spectra.signatures.heat_kernel_signature": {"spectrum": heard(), "times": (0.1,)},
    "shapes.spectra.signatures.wave_kernel_signature": {"spectrum": heard()},
    "shapes.spectra.signatures.scale_invariant_signature": {"spectrum": heard()},
}  # fmt: skip

REFUSED = f"what it refuses stands in {HERE}"
NO_CASE = {
    "shapes.collections": f"{REFUSED}training.py",
    "shapes.evaluation": f"{REFUSED}training.py and retrieval.py",
    "shapes.mesh.Mesh": f"{REFUSED}mesh.py",
    "shapes.mesh.read_mesh": f"{REFUSED}mesh.py, with files that are wrong",
    "shapes.plans": f"{REFUSED}training.py",
    "shapes.problems": f"{REFUSED}training.py",
    "shapes.retrieval": f"{REFUSED}retrieval.py",
    "shapes.rows": f"{REFUSED}training.py",
    "shapes.spectra.eigenpairs.Spectrum": f"{REFUSED}spectra.py",
    "shapes.spectra.eigenpairs.eigenpairs": f"{REFUSED}spectra.py",
    "shapes.spectra.keeping": f"{REFUSED}spectra.py, with files that are wrong",
    "shapes.surfaces": f"a mesh and what is computed of it: {HERE}networks.py",
}

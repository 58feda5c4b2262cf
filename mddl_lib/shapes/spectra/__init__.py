"""From a mesh to functions on it: Laplacian, eigenpairs, signatures."""

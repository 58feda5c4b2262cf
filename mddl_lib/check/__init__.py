"""Checks for an operator, a proximal operator or a network of your own: the laws that this book's parts obey."""

from mddl_lib.check.adjointness import adjoint
from mddl_lib.check.algorithms import is_algorithm
from mddl_lib.check.errors import CheckError
from mddl_lib.check.moreau import convex_proximal, jacobian_laws
from mddl_lib.check.proximal import proximal_operator

__all__ = ["CheckError", "adjoint", "convex_proximal", "is_algorithm", "jacobian_laws", "proximal_operator"]

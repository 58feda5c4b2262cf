"""A user's own files: images and masks in the formats that people have, each read as what it says it is, or refused."""

from .images import ImageFiles
from .masks import read_mask
from .opening import beginning
from .reading import read_array

__all__ = ["ImageFiles", "beginning", "read_array", "read_mask"]

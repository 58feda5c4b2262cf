"""Data sets by name: fetched with their hashes checked, decoded to arrays, with what the papers used instead.

``data_fetch.load("brain_mr_test")[0].array`` is a float32 (256, 256) image in [0, 1]; a volume and its label, a mesh, a
digit are samples with named parts: ``data_fetch.load("hippocampus")[0]["label"]``. Files lie in ``$MDDL_DATA`` or
the user's cache folder; ``python -m data_fetch list`` shows what there is.
"""

from .cache import cache_folder
from .dataset import DataSet, load, load_or_embedded
from .errors import (
    CannotDecode,
    DataError,
    DiskFull,
    HashMismatch,
    HttpRefusal,
    NoNetwork,
    ReadOnlyCache,
    TruncatedFile,
    UnknownName,
    WrongSetup,
)
from .fetching import available, fetch
from .sample import Sample

__all__ = [
    "CannotDecode",
    "DataError",
    "DataSet",
    "DiskFull",
    "HashMismatch",
    "HttpRefusal",
    "NoNetwork",
    "ReadOnlyCache",
    "Sample",
    "TruncatedFile",
    "UnknownName",
    "WrongSetup",
    "available",
    "cache_folder",
    "fetch",
    "load",
    "load_or_embedded",
]

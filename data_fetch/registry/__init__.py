"""What data sets there are: a card each, written by hand, and for those that are fetched the list of their files."""

from .entry import Embedded, Entry
from .group import Group, Kind, RegisteredFile
from .lookup import entries, find, names

__all__ = ["Embedded", "Entry", "Group", "Kind", "RegisteredFile", "entries", "find", "names"]

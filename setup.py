"""Which packages there are: those that lie here, and the book's tables, cards and results as a package of its own."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["mddl_lib*", "data_fetch*"]), "mddl_book"])

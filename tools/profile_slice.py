"""Cut book/profiles.yaml into one small file a notebook, each written only when its content changed.

    python -m tools.profile_slice read _build/profiles/read

make compares times: were notebooks to depend on profiles.yaml itself, one changed number would rerun them all.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from tools.notebook_parameters import ParameterError, Scalar

ROOT = Path(__file__).resolve().parent.parent
PROFILES = ("smoke", "read", "paper")


def read_profiles(path: Path) -> dict[str, dict[str, dict[str, Scalar]]]:
    """Profile → notebook → parameters; raises ParameterError when the file's shape is not that."""
    content = yaml.safe_load(path.read_text()) or {}
    if set(content) != set(PROFILES):
        raise ParameterError(f"{path}: has the profiles {sorted(content)}, wanted are {sorted(PROFILES)}")
    for profile, notebooks in content.items():
        for name, parameters in notebooks.items():
            if not isinstance(parameters, dict):
                raise ParameterError(f"{path}: {profile}, {name}: {parameters!r} is no mapping of parameters")
            for parameter, value in parameters.items():
                if not isinstance(value, Scalar):
                    raise ParameterError(f"{path}: {profile}, {name}, {parameter}: {value!r} is no scalar")
            if parameters.get("profile", profile) != profile:
                raise ParameterError(f"{path}: {profile}, {name}: says profile {parameters['profile']!r}")
    return content


def parameters_for(path: Path, profile: str, name: str) -> dict[str, Scalar]:
    """What one notebook gets: its entry, and always the profile's name."""
    return {**read_profiles(path)[profile].get(name, {}), "profile": profile}


def write_if_changed(path: Path, content: str) -> bool:
    """Write a file unless it says so already; True when it was written."""
    if path.exists() and path.read_text() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return True


def write_slices(book: Path, profile: str, folder: Path) -> list[str]:
    """One file a notebook; returns the names whose parameters changed. Raises on an entry without a notebook."""
    names = {
        str(path.relative_to(book).with_suffix(""))
        for path in book.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    }
    for given, entries in read_profiles(book / "profiles.yaml").items():
        if homeless := sorted(set(entries) - names):
            raise ParameterError(f"profiles.yaml: {given} names {', '.join(homeless)}, and there is no such notebook")
    changed = []
    for name in sorted(names):
        text = yaml.safe_dump(parameters_for(book / "profiles.yaml", profile, name))
        if write_if_changed(folder / f"{name}.yaml", text):
            changed.append(name)
    return changed


if __name__ == "__main__":
    try:
        write_slices(ROOT / "book", sys.argv[1], Path(sys.argv[2]))
    except ParameterError as error:
        sys.exit(str(error))

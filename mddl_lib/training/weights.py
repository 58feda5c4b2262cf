"""Trained weights and training checkpoints: safetensors with a header that says where they come from. Never a pickle."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors
from torch import Tensor, nn

FORMAT = "mddl-1"
HASHES = ("tensors_sha256", "header_sha256")
LARGEST = 1e9
"""no constant of a trained network comes near it"""


class WeightsError(ValueError):
    """A weights file that is no safetensors file, is cut or altered, or does not fit its network."""


def save(path: Path | str, tensors: Mapping[str, Tensor], header: Mapping[str, object]) -> None:
    """Write tensors and a header of JSON values, atomically: a cut leaves the old file, never half of a new one.

    :raises OSError: when the disk is full, or the file cannot be written; the old one stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    record = {"format": FORMAT, **header, "tensors_sha256": tensors_sha256(tensors)}
    record = as_json(f"the header of {path}", record)
    record["header_sha256"] = _header_sha256(record)
    content = safetensors.save(tensors, {"header": json.dumps(record, sort_keys=True)})
    # two processes may write one file: the last one wins
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex}.part")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        kept = "the file that was there stays as it was" if path.exists() else "nothing is left of it"
        raise OSError(error.errno, f"{error.strerror}: the weights are not written, {kept}", str(path)) from None
    finally:
        temporary.unlink(missing_ok=True)


def as_json(what: str, value: Any) -> Any:
    """A value as JSON will give it back.

    :raises ValueError: naming what it is of, for NaN, infinity, tensors and other objects.
    """
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{what} cannot be written: {error}; expected finite numbers, texts, lists and dicts"
        ) from None


def read(path: Path | str) -> tuple[dict[str, Tensor], dict]:
    """Tensors and header of a file that :func:`save` wrote.

    :raises WeightsError: for a pickle, a cut or altered file, a file without our header.
    :raises FileNotFoundError: when there is no such file.
    """
    path = Path(path)
    content = path.read_bytes()  # once: another process may put a new file in its place at any moment
    try:
        tensors = safetensors.load(content)
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__", {})
    except (SafetensorError, ValueError, KeyError) as error:
        # asked only now: a safetensors file may begin with the same bytes, its header's length
        if content[:1] == b"\x80" or content[:2] == b"PK":
            raise WeightsError(
                f"{path} is a pickle or a torch.save archive: it is not opened. Expected a safetensors file"
            ) from None
        raise WeightsError(f"{path} cannot be read as a safetensors file, it may be cut: {error}") from None
    header = _header(path, metadata)
    found = tensors_sha256(tensors)
    if found != header["tensors_sha256"]:
        raise WeightsError(
            f"{path} was altered: its tensors have sha256 {found}, its header says {header['tensors_sha256']}"
        )
    return tensors, header


def _header(path: Path, metadata: Mapping[str, str]) -> dict:
    if "header" not in metadata:
        raise WeightsError(
            f"{path} has no header that says its data, seed and source: it is not one of this book's files"
        )
    try:
        header = json.loads(metadata["header"])
    except json.JSONDecodeError as error:
        raise WeightsError(f"{path} was altered: its header is no JSON: {error}") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        found = header.get("format") if isinstance(header, dict) else type(header).__name__
        raise WeightsError(f"{path}: its header has the format {found!r}: expected {FORMAT!r}")
    if "header_sha256" in header and header["header_sha256"] != _header_sha256(header):  # files made before have none
        raise WeightsError(
            f"{path} was altered: its header has sha256 {_header_sha256(header)}, it says {header['header_sha256']}"
        )
    if "tensors_sha256" not in header:
        raise WeightsError(f"{path} was altered: its header names no tensors_sha256")
    return header


def _header_sha256(header: Mapping[str, object]) -> str:
    rest = {key: value for key, value in header.items() if key != "header_sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def fill(network: nn.Module, tensors: Mapping[str, Tensor], origin: str) -> None:
    """Copy tensors into a network's parameters; half precision, in which large ones may be kept, becomes single.

    :raises WeightsError: naming the first missing or unknown key, a shape or a kind of number that differs, or numbers
        that no training ends with: NaN, infinity, or beyond 1e9 in size.
    """
    expected = network.state_dict()
    missing, unknown = sorted(expected.keys() - tensors.keys()), sorted(tensors.keys() - expected.keys())
    if missing or unknown:
        raise WeightsError(
            f"{origin} does not fit {type(network).__name__}: {len(missing)} keys are missing (such as {missing[:1]}), "
            f"{len(unknown)} unknown (such as {unknown[:1]})"
        )
    tensors = {key: _widened(value, expected[key].dtype) for key, value in tensors.items()}
    for key, value in expected.items():
        if value.shape != tensors[key].shape:
            raise WeightsError(
                f"{origin}: {key} has the shape {tuple(tensors[key].shape)}, expected {tuple(value.shape)}"
            )
        if value.dtype != tensors[key].dtype:
            raise WeightsError(f"{origin}: {key} holds {tensors[key].dtype}: expected {value.dtype}")
        if not bool(tensors[key].isfinite().all()):
            raise WeightsError(f"{origin}: {key} holds NaN or infinity")
        if value.is_floating_point() and value.numel() and float(tensors[key].abs().max()) > LARGEST:
            raise WeightsError(f"{origin}: {key} holds a number of {float(tensors[key].abs().max()):g} in size")
    network.load_state_dict(tensors)


def _widened(value: Tensor, kind: torch.dtype) -> Tensor:
    return value.float() if value.dtype == torch.float16 and kind == torch.float32 else value


def tensors_sha256(tensors: Mapping[str, Tensor]) -> str:
    """One hash over names, shapes and values, in the order of the names (file bytes differ from run to run)."""
    digest = hashlib.sha256()
    for key in sorted(tensors):
        value = tensors[key].detach().cpu().contiguous()
        digest.update(f"{key} {tuple(value.shape)} {value.dtype}".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()


def source_sha256(*folders: Path) -> str:
    """One hash over what the Python files of some folders do: which code made this result.

    Comments, docstrings and layout do not count, so that an edited sentence does not disown what was trained.
    """
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.py")):
            tree = ast.parse(path.read_bytes())
            for node in ast.walk(tree):
                body = getattr(node, "body", None)
                if isinstance(body, list):  # a string that stands alone is said, not done
                    node.body = [part for part in body if not _is_text(part)]
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + ast.dump(tree).encode() + b"\0")
    return digest.hexdigest()[:16]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(getattr(statement.value, "value", None), str)

"""Weights files: what is written comes back, and nothing else is opened."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from mddl_lib.training import weights
from mddl_lib.training.plan import LIBRARY, source_hash
from mddl_lib.training.weights import WeightsError


class Trap:
    """An object whose unpickling leaves a trace."""

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return (open, (self.trace, "w"))


@pytest.fixture
def network() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 2)


@pytest.fixture
def path(network: nn.Linear, tmp_path: Path) -> Path:
    file = tmp_path / "net.safetensors"
    weights.save(file, network.state_dict(), {"kind": "weights", "seed": 5, "data": {"heads": "ab"}})
    return file


def test_round_trip(network: nn.Linear, path: Path) -> None:
    tensors, header = weights.read(path)
    assert header["kind"] == "weights"
    assert header["seed"] == 5
    assert header["data"] == {"heads": "ab"}
    other = nn.Linear(3, 2)
    weights.fill(other, tensors, "a test")
    for a, b in zip(network.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_numbers_of_any_kind_come_back(tmp_path: Path) -> None:
    tensors = {
        "half": torch.ones(2).half(),
        "count": torch.tensor(3),
        "empty": torch.zeros(0, 2),
        "turned": torch.ones(2, 3).T,
    }
    weights.save(tmp_path / "a", tensors, {})
    found, _ = weights.read(tmp_path / "a")
    for key, value in tensors.items():
        assert torch.equal(found[key], value)
        assert found[key].dtype == value.dtype


def test_files_of_every_header_length_are_read(tmp_path: Path) -> None:
    """A safetensors file begins with its header's length: some lengths look like the first bytes of a pickle or a zip."""
    starts = set()
    for length in range(0, 512, 8):
        weights.save(tmp_path / "net.safetensors", {"a": torch.ones(1)}, {"note": "x" * length})
        starts.add((tmp_path / "net.safetensors").read_bytes()[0])
        assert weights.read(tmp_path / "net.safetensors")[1]["note"] == "x" * length
    assert 0x80 in starts


FULL_DISK = """
import resource, sys
from pathlib import Path
import torch
from mddl_lib.training import weights
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))  # a disk with room for no more
weights.save(Path(sys.argv[1]), {"a": torch.ones(9000)}, {})
"""


def test_a_full_disk_is_named_and_the_old_file_stays(path: Path) -> None:
    pytest.importorskip("resource", reason="this system has no limits for a process")
    before = path.read_bytes()
    run = subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=False)
    said = run.stderr.strip().splitlines()[-1]
    assert said.startswith("OSError: ")
    assert "the weights are not written, the file that was there stays as it was" in said
    assert str(path) in said
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_file_that_is_replaced_while_it_is_read_is_one_of_the_two(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Header and tensors come from one file: another process may put a new one in its place at any moment."""
    weights.save(tmp_path / "other", {"weight": torch.zeros(2, 3), "bias": torch.zeros(2)}, {"seed": 6})
    read_bytes = Path.read_bytes

    def replaced_after(self: Path) -> bytes:
        content = read_bytes(self)
        (tmp_path / "other").replace(path)
        return content

    monkeypatch.setattr(Path, "read_bytes", replaced_after)
    tensors, header = weights.read(path)
    assert header["seed"] == 5
    assert tensors["weight"].any()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_not_opened(tmp_path: Path, protocol: int) -> None:
    trace, file = tmp_path / "trace", tmp_path / "net.safetensors"
    file.write_bytes(pickle.dumps(Trap(str(trace)), protocol))
    with pytest.raises(WeightsError):
        weights.read(file)
    assert not trace.exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_a_torch_file_is_not_opened_and_called_by_its_name(tmp_path: Path, zipped: bool) -> None:
    trace, file = tmp_path / "trace", tmp_path / "net.safetensors"
    torch.save({"weight": torch.ones(2), "trap": Trap(str(trace))}, file, _use_new_zipfile_serialization=zipped)
    trace.unlink(missing_ok=True)
    with pytest.raises(WeightsError, match=r"is a pickle or a torch\.save archive: it is not opened"):
        weights.read(file)
    assert not trace.exists()


def test_a_cut_file_is_refused_wherever_it_is_cut(path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    for length in [0, 1, 4, 8, 9, 40, len(content) // 2, len(content) - 1]:
        cut = tmp_path / "cut.safetensors"
        cut.write_bytes(content[:length])
        with pytest.raises(WeightsError, match=r"cut\.safetensors"):
            weights.read(cut)


def test_altered_bytes_never_pass_as_other_weights(network: nn.Linear, path: Path, tmp_path: Path) -> None:
    """Turn one bit of every byte in turn: the file is refused, or its tensors are what they were."""
    content = bytearray(path.read_bytes())
    kept = 0
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        file = tmp_path / "changed.safetensors"
        file.write_bytes(changed)
        try:
            tensors, _ = weights.read(file)
        except WeightsError:
            continue
        kept += 1
        assert torch.equal(tensors["weight"], network.weight)
        assert torch.equal(tensors["bias"], network.bias)
    assert kept < len(content) - 4 * 8  # every byte of the eight numbers was noticed


def test_an_altered_number_is_called_so(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="was altered: its tensors have sha256"):
        weights.read(path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "has no header"),
        ({"header": json.dumps({"format": "other-9"})}, "the format 'other-9': expected 'mddl-1'"),
        ({"header": "{not json"}, "header"),
        ({"header": json.dumps({"format": "mddl-1"})}, "sha256"),
        ({"header": "[1, 2]"}, "header"),
    ],
)
def test_a_file_without_our_header_is_refused(tmp_path: Path, metadata: dict | None, message: str) -> None:
    file = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.ones(2)}, file, metadata)
    with pytest.raises(WeightsError, match=message):
        weights.read(file)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        weights.read(tmp_path / "nowhere.safetensors")


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"weight": torch.ones(2, 3)}, r"1 keys are missing \(such as \['bias'\]\)"),
        (
            {"weight": torch.ones(2, 3), "bias": torch.ones(2), "beta": torch.ones(2)},
            r"1 unknown \(such as \['beta'\]\)",
        ),
        ({"weight": torch.ones(3, 2), "bias": torch.ones(2)}, r"weight has the shape \(3, 2\), expected \(2, 3\)"),
        ({"weight": torch.full((2, 3), float("nan")), "bias": torch.ones(2)}, "weight holds NaN or infinity"),
        ({"weight": torch.ones(2, 3), "bias": torch.full((2,), float("inf"))}, "bias holds NaN or infinity"),
    ],
)
def test_what_does_not_fit_is_named_and_leaves_the_network_alone(
    network: nn.Linear, tensors: dict, message: str
) -> None:
    before = network.weight.detach().clone()
    with pytest.raises(WeightsError, match=message):
        weights.fill(network, tensors, "a file")
    assert torch.equal(network.weight, before)


def test_the_hash_of_tensors_knows_names_shapes_and_values_but_not_order() -> None:
    a, b = torch.ones(2, 3), torch.zeros(4)
    one = weights.tensors_sha256({"a": a, "b": b})
    assert one == weights.tensors_sha256({"b": b, "a": a})
    for other in ({"a": b, "b": a}, {"a": a.T, "b": b}, {"a": a + 1e-6, "b": b}, {"a": a.double(), "b": b}):
        assert weights.tensors_sha256(other) != one


def test_the_hash_of_the_source_knows_content_and_names(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    first = weights.source_sha256(tmp_path)
    (tmp_path / "notes.txt").write_text("no code")
    assert weights.source_sha256(tmp_path) == first
    (tmp_path / "a.py").write_text("x = 2\n")
    assert weights.source_sha256(tmp_path) != first
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    (tmp_path / "b.py").write_text("x = 1\n")
    assert weights.source_sha256(tmp_path) != first


def test_the_source_hash_reads_what_code_does_and_not_what_it_says(tmp_path: Path) -> None:
    file = tmp_path / "energy.py"
    file.write_text(
        '"""One."""\nWEIGHT = 2  # kg\n"""a number"""\n\n\ndef f(x):\n    """Double."""\n    return WEIGHT * x\n'
    )
    before = weights.source_sha256(tmp_path)
    file.write_text('"""Other words."""\nWEIGHT = 2\n\n\ndef f(x):\n    return (WEIGHT * x)\n')
    assert weights.source_sha256(tmp_path) == before
    file.write_text(file.read_text().replace("2", "3"))
    assert weights.source_sha256(tmp_path) != before


def test_the_hash_of_a_training_covers_mathematics_training_and_field_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    covered: list[Path] = []
    monkeypatch.setattr(weights, "source_sha256", lambda *folders: covered.extend(folders) or "hash")
    source_hash(LIBRARY / "mri")
    assert {folder.name for folder in covered} == {"core", "models", "training", "mri"}
    assert all(folder.is_dir() for folder in covered)


# ---- well-formed and wrong


def saved(folder: Path, change) -> Path:
    network = nn.Linear(3, 2)
    tensors = change({key: value.detach().clone() for key, value in network.state_dict().items()})
    weights.save(folder / "net.safetensors", tensors, {"kind": "weights"})
    return folder / "net.safetensors"


@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.complex64, torch.float64])
def test_numbers_of_another_kind_are_refused(dtype: torch.dtype, tmp_path: Path) -> None:
    path = saved(tmp_path, lambda tensors: {key: value.to(dtype) for key, value in tensors.items()})
    with pytest.raises(weights.WeightsError, match=rf"weight holds {dtype}: expected torch.float32"):
        weights.fill(nn.Linear(3, 2), weights.read(path)[0], str(path))


def test_numbers_that_no_training_ends_with_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda tensors: {key: torch.full_like(value, 1e38) for key, value in tensors.items()})
    with pytest.raises(weights.WeightsError, match=r"weight holds a number of 1e\+38 in size"):
        weights.fill(nn.Linear(3, 2), weights.read(path)[0], str(path))


def test_a_changed_header_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda tensors: tensors)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"weights", b"WEIGHTS"))
    with pytest.raises(weights.WeightsError, match=r"altered: its header has sha256"):
        weights.read(path)


def test_two_that_save_one_file_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    program = (
        "import sys, torch; from pathlib import Path; from mddl_lib.training import weights\n"
        "for i in range(40): weights.save(Path(sys.argv[1]), {'a': torch.full((20000,), float(sys.argv[2]))}, {})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(path), number]) for number in "12"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            seen.add(float(weights.read(path)[0]["a"][0]))
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen <= {1.0, 2.0}
    assert seen
    assert [file.name for file in tmp_path.iterdir()] == ["net.safetensors"]

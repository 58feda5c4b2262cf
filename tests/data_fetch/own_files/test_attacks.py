"""Files that would start a program, wait for ever, fill the memory, or read another file: refused in one line."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import subprocess
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from PIL import Image

from data_fetch.decoders import matlab
from data_fetch.decoders.guards import compressed
from data_fetch.errors import CannotDecode
from data_fetch.own_files import opening, pictures, read_array
from data_fetch.registry import Group

from .writing import FLOATS, PIXELS, save


def test_a_pickle_in_an_array_file_is_not_opened(tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    class Trap:
        def __reduce__(self) -> tuple:
            return (open, (str(trace), "w"))

    objects = np.array([Trap()], dtype=object)
    np.save(tmp_path / "a.npy", objects, allow_pickle=True)
    (tmp_path / "b.npy").write_bytes(pickle.dumps(Trap()))
    np.savez(tmp_path / "c.npz", x=objects, allow_pickle=True)
    trace.unlink(missing_ok=True)
    for name in ("a.npy", "b.npy", "c.npz:x"):
        with pytest.raises(ValueError, match="pickle"):
            read_array(tmp_path / name)
    assert not trace.exists()


@pytest.mark.parametrize("name", ["a.eps", "a.png", "a.tif"])
def test_a_program_is_no_picture(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow starts Ghostscript for what looks like EPS, whatever the file is called."""
    Image.fromarray(PIXELS).save(tmp_path / "a.eps", "EPS")
    content = (tmp_path / "a.eps").read_bytes()
    (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(subprocess, "check_call", lambda *a, **k: pytest.fail("a program was started"))
    with pytest.raises(ValueError, match="seems to be a PostScript program"):
        read_array(tmp_path / name)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path, what in ((tmp_path / "pipe.png", "a pipe"), (tmp_path, "a folder"), (Path("/dev/zero"), "a device")):
        with pytest.raises(ValueError, match=f"{path} is {what}: expected a file"):
            read_array(path)
    (tmp_path / "link.png").symlink_to("/dev/zero")
    with pytest.raises(ValueError, match="a device"):
        read_array(tmp_path / "link.png")


def test_a_loop_of_links_and_a_missing_file_are_errors_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "a.png")
    for name in ("a.png", "none.png", "none.png:0", "x" * 300):
        with pytest.raises(OSError, match=name[:20]):
            read_array(tmp_path / name)


def test_files_and_pictures_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "large.npy").open("wb") as file:
        file.truncate(2 * opening.LARGEST)
    with pytest.raises(ValueError, match=r"large\.npy has more than 1024 MB: nothing so large is read"):
        read_array(tmp_path / "large.npy")
    monkeypatch.setattr(pictures, "LARGEST_PIXELS", 10)
    with pytest.raises(ValueError, match="has 9 × 6 pixels: nothing so large is read"):
        read_array(save(tmp_path / "a.png", PIXELS))


def test_what_is_compressed_is_let_out_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = np.zeros((1000, 1000))
    paths = [save(tmp_path / "a.nii.gz", zeros), save(tmp_path / "a.npz", zeros)]
    scipy.io.savemat(tmp_path / "a.mat", {"x": {"inside": zeros}}, do_compression=True)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=zeros, compression="gzip")
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(b"") * 3 + paths[0].read_bytes())
    for path in tmp_path.iterdir():
        if path.name != "b.nii.gz":
            assert read_array(Path(f"{path}:x:inside") if path.suffix == ".mat" else path).shape == (1000, 1000)
    for function in (compressed.require_bounded, compressed.unzipped, compressed.require_bounded_matlab):
        defaults = tuple(3 * 10**6 if value == compressed.LARGEST else value for value in function.__defaults__)
        monkeypatch.setattr(function, "__defaults__", defaults)
    for path in tmp_path.iterdir():
        assert path.stat().st_size < 50_000
        with pytest.raises(ValueError, match="more than 3 MB inside"):
            read_array(path)


def test_a_head_that_promises_more_than_the_file_has(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**6)})
    (tmp_path / "a.npy").write_bytes(stream.getvalue() + b"\0" * 100)
    with pytest.raises(ValueError, match="is cut: its head promises"):
        read_array(tmp_path / "a.npy")


def hostile(path: Path, other: Path) -> None:
    """HDF5 that reads other files, or holds itself."""
    np.full((3, 3), 0.5).tofile(other)
    with h5py.File(other.with_suffix(".h5"), "w") as file:
        file["x"] = np.full((3, 3), 0.5)
    with h5py.File(path, "w") as file:
        file["link"] = h5py.ExternalLink(str(other.with_suffix(".h5")), "/x")
        file["soft"] = h5py.SoftLink("/stored")
        file.create_dataset("stored", (3, 3), dtype="f8", external=[(str(other), 0, 72)])
        layout = h5py.VirtualLayout((3, 3), "f8")
        layout[...] = h5py.VirtualSource(str(other.with_suffix(".h5")), "x", (3, 3))
        file.create_virtual_dataset("virtual", layout)
        group = file.create_group("group")
        group["one"] = group["two"] = group
        cell = file.create_dataset("cell", (2,), dtype=h5py.ref_dtype)
        cell[:] = [cell.ref, cell.ref]


@pytest.mark.parametrize("ending", ["mat", "h5"])
def test_no_other_file_is_read_and_no_circle_is_followed(ending: str, tmp_path: Path) -> None:
    path, other = tmp_path / f"a.{ending}", tmp_path / "other"
    hostile(path, other)
    for name in ("link", "soft", "stored", "virtual", "group", "cell"):
        alone = tmp_path / f"{name}.{ending}"
        with h5py.File(path) as source, h5py.File(alone, "w") as target:
            if name in ("link", "soft"):
                target[name] = source.get(name, getlink=True)
            elif name == "group":
                group = target.create_group("group")
                group["again"] = group
            else:
                source.copy(source[name], target, name)
        with pytest.raises(ValueError, match=rf"{name}\.{ending}"):
            read_array(alone)


@pytest.mark.parametrize("key", ["link", "stored", "virtual", "group", "cell"])
def test_nor_by_the_decoder_of_registered_files(key: str, tmp_path: Path) -> None:
    hostile(tmp_path / "a.mat", tmp_path / "other")
    content = (tmp_path / "a.mat").read_bytes()
    with pytest.raises((CannotDecode, RecursionError)):
        matlab.read(content, Group(kind="values", decoder="matlab", key=key))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (Image.fromarray(np.dstack([PIXELS, PIXELS[::-1], PIXELS])), r"in colour \(its channels differ by up to \d+"),
        (Image.fromarray(PIXELS).convert("CMYK"), "picture in CMYK"),
        (Image.fromarray(np.dstack([PIXELS] * 3 + [PIXELS * 0])), r"transparent \(alpha from 0 to 0\)"),
        (Image.fromarray(PIXELS).convert("LA"), None),
        (Image.fromarray(np.dstack([PIXELS] * 3)), None),
        (Image.fromarray(np.dstack([PIXELS] * 3)).quantize(256), None),
        (Image.fromarray(np.dstack([PIXELS, PIXELS[::-1], PIXELS])).quantize(64), "in colour"),
    ],
    ids=["colours", "inks", "transparent", "opaque", "three equal channels", "grey palette", "palette"],
)
def test_colours_and_transparency(picture: Image.Image, message: str | None, tmp_path: Path) -> None:
    path = tmp_path / ("a.tif" if picture.mode == "CMYK" else "a.png")
    picture.save(path)
    if message is None:
        np.testing.assert_array_equal(read_array(path), PIXELS)
        return
    with pytest.raises(ValueError, match=message):
        read_array(path)


def test_a_level_that_stands_for_transparent(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png", transparency=int(PIXELS[2, 2]))
    with pytest.raises(ValueError, match="transparent"):
        read_array(tmp_path / "a.png")


def test_a_zip_without_arrays(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npy", "w") as archive:
        archive.writestr("words.txt", "words")
    with pytest.raises(ValueError, match=r"a\.npy is a zip archive without arrays"):
        read_array(tmp_path / "a.npy")


def test_floats_stay_floats(tmp_path: Path) -> None:
    assert read_array(save(tmp_path / "a.tif", FLOATS)).dtype == np.float32

"""What a chapter sees: names, numbers, suggestions, and the embedded sets."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image

import data_fetch
from data_fetch.embedded.heads import phantom

from .conftest import COUNT, World


def test_samples_by_number_by_name_and_in_turn(world: World) -> None:
    data = data_fetch.load("heads")
    assert (len(data), data.embedded, data.paper_used, data.licence) == (COUNT, False, "others", "none")
    names = [name for name, _ in data]
    assert names == [str(n) for n in range(COUNT)]
    expected = np.asarray(Image.open(world.folder / "train/3.png")) / np.float32(255)
    for which in (3, -3, np.int64(3), "3"):
        np.testing.assert_array_equal(data[which].array, expected)
    assert data[3].array.dtype == np.float32
    assert data.path("train/3.png") == world.folder / "train/3.png"


def test_samples_are_decoded_when_asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    monkeypatch.setattr("data_fetch.dataset.read", lambda content, group, name: (decoded.append(name), [np.eye(3)])[1])
    data = data_fetch.load("heads")
    assert decoded == []
    data[1]
    assert decoded == ["train/1.png"]


def test_the_hash_of_a_set_is_over_its_files(world: World) -> None:
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in world.files.items())
    assert data_fetch.load("heads").sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert data_fetch.load("heads/train").sha256 != data_fetch.load("heads").sha256


def test_wrong_numbers_and_names(world: World) -> None:
    data = data_fetch.load("heads")
    for index in (COUNT, -COUNT - 1):
        with pytest.raises(IndexError, match=f"sample {index} of heads: it has {COUNT}"):
            data[index]
    with pytest.raises(TypeError):
        data[1.5]
    with pytest.raises(data_fetch.UnknownName, match="no sample 'x' in heads"):
        data["x"]
    with pytest.raises(data_fetch.UnknownName, match=r"no file .train/33\.png. in heads; did you mean .train/3\.png."):
        data.path("train/33.png")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("brain_mr_tset", "brain_mr_test"),
        ("BSD68", "bsd68"),
        ("siat", "siat_brain"),
        ("chest_mr/trian", "chest_mr/train"),
        ("phantom_brains", "phantom_brain"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(name: str, nearest: str) -> None:
    for call in (data_fetch.load, data_fetch.fetch, data_fetch.available, data_fetch.load_or_embedded):
        with pytest.raises(data_fetch.UnknownName, match=f"did you mean '{nearest}'"):
            call(name)


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(data_fetch.UnknownName, match="no data set 'zzz'") as raised:
        data_fetch.load("zzz")
    assert "did you mean" not in str(raised.value)


@pytest.mark.parametrize("trouble", ["offline", 404])
def test_the_embedded_set_stands_in_and_says_so(world: World, trouble: str | int) -> None:
    if trouble == "offline":
        world.server.close()
        data = data_fetch.load_or_embedded("heads")
    else:
        world.server.behaviour = {f"/{name}": trouble for name in world.files}
        with pytest.warns(UserWarning, match=r"phantom_brain stands in for heads: .* refuses .* 404"):
            data = data_fetch.load_or_embedded("heads")
    assert (data.embedded, data.name) == (True, "phantom_brain")
    assert "phantom_brain" in repr(data)


def test_the_real_set_comes_where_it_can_be_had(world: World) -> None:
    assert data_fetch.load_or_embedded("heads").embedded is False


def test_trouble_with_a_set_that_nothing_stands_in_for(world: World) -> None:
    world.change_card(stand_in=None)
    world.server.close()
    with pytest.raises(data_fetch.NoNetwork):
        data_fetch.load_or_embedded("heads")


@pytest.mark.parametrize("name", ["phantom_brain", "phantom_brain_train"])
def test_phantoms(name: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDDL_DATA", str(tmp_path / "nowhere"))
    data = data_fetch.load(name)
    assert (len(data), data.embedded, data_fetch.available(name)) == (8, True, True)
    for sample in data:
        assert (sample.array.shape, sample.array.dtype) == ((256, 256), np.float32)
        assert (sample.array.min(), sample.array.max()) == (0, 1)
        assert 0.05 < sample.array.mean() < 0.4
    assert len({sample.array.tobytes() for sample in data}) == 8
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(data_fetch.UnknownName, match="made by code and has no files"):
        data.path("x.png")


def test_phantoms_are_drawn_the_same_each_time() -> None:
    first = data_fetch.load("phantom_brain").sha256
    phantom.cache_clear()
    assert data_fetch.load("phantom_brain").sha256 == first


def test_no_phantom_to_train_on_is_tested_on() -> None:
    test, train = (
        {sample.array.tobytes() for sample in data_fetch.load(n)} for n in ("phantom_brain", "phantom_brain_train")
    )
    assert not test & train

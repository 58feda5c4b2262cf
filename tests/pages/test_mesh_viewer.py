"""The mesh viewer's HTML: what it holds, what it weighs, what it refuses."""

from __future__ import annotations

import base64
import json
import re
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mddl_lib.pages.mesh_viewer import mesh_viewer
from mddl_lib.pages.mesh_viewer.picture import draw_mesh

VERTICES = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]])
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
VALUES = {"first <wave>": [-1.0, 0, 0.5, 1], "second": np.arange(4.0)}
ALT = "A tetrahedron coloured by a function"


def held(html: str) -> dict:
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S).group(1))


def test_the_page_holds_the_mesh_and_its_values() -> None:
    html = mesh_viewer(VERTICES, FACES, VALUES, alt=ALT, name="four").data
    data = held(html)
    points = np.frombuffer(base64.b64decode(data["points"]), "<u2").reshape(-1, 3) / 32767.5 - 1
    middle, radius = np.ones(3), np.sqrt(3)
    assert np.abs(points - (VERTICES - middle) / radius).max() < 1e-4
    assert np.array_equal(np.frombuffer(base64.b64decode(data["faces"]), "<u2").reshape(-1, 3), FACES)
    levels = np.frombuffer(base64.b64decode(data["levels"]), "<u1").reshape(2, 4)
    assert levels[0].tolist() == [0, 128, 191, 255]
    assert levels[1, 0] == 128, "symmetric about 0"
    assert data["names"] == list(VALUES)
    assert "<wave>" not in html, "text that would be read as a tag"
    assert html == mesh_viewer(VERTICES, FACES, VALUES, alt=ALT, name="four").data


def test_without_a_sign_the_whole_range_is_used() -> None:
    data = held(mesh_viewer(VERTICES, FACES, VALUES, alt=ALT, diverging=False).data)
    assert np.frombuffer(base64.b64decode(data["levels"]), "<u1").reshape(2, 4)[1].tolist() == [0, 85, 170, 255]


def test_the_code_is_small() -> None:
    folder = files("mddl_lib.pages.mesh_viewer")
    assert sum(len(folder.joinpath(name).read_bytes()) for name in ("viewer.js", "viewer.css")) <= 30_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vertices": VERTICES[:, :2]}, r"vertices have the shape \(4, 2\)"),
        ({"vertices": VERTICES * np.nan}, "expected .*finite"),
        ({"faces": FACES + 1}, "faces name the vertices 1 to 4: expected 0 to 3"),
        ({"faces": FACES * 1.0}, "faces are float64"),
        ({"values": {}}, "values is empty"),
        ({"values": {"f": [1.0, 2.0]}}, r"values of 'f' have the shape \(2,\)"),
        ({"values": {"f": [np.nan] * 4}}, "finite"),
        ({"alt": "short"}, "alt text 'short' has 5 characters"),
        ({"name": "no name"}, "cannot stand in an address"),
        ({"kilobytes": 0.1}, r"weighs \d+ kB with 4 vertices and 2 functions, the limit is 0 kB"),
    ],
)
def test_what_it_refuses(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mesh_viewer(**{"vertices": VERTICES, "faces": FACES, "values": VALUES, "alt": ALT, **change})


def test_a_still_picture_shows_the_near_side() -> None:
    """Two squares, the red one in front of the blue one: the picture is red; from behind it is blue."""
    square = np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    vertices = np.vstack([square, np.add(square, [0, 0, 0.2])])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    for yaw, near in ((0, 0), (180, 2)):
        figure, axis = plt.subplots(figsize=(2, 2))
        draw_mesh(axis, vertices, faces, [0.0] * 4 + [1.0] * 4, yaw=yaw, pitch=0, colours="bwr")
        figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
        plt.close(figure)
        middle = pixels[pixels.shape[0] // 2 + 7, pixels.shape[1] // 2 - 9]
        assert middle.argmax() == near, (yaw, middle)
    with pytest.raises(ValueError, match="values have the shape"):
        draw_mesh(plt.figure().gca(), vertices, faces, [1.0])
    plt.close("all")

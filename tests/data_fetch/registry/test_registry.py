"""The shipped registry: complete, safe and, where the manifests lie at hand, equal to them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import PurePosixPath

import pytest

from data_fetch import available, registry
from data_fetch.cache import cache_folder
from data_fetch.decoders import EXPECTED
from data_fetch.page.cards import card, overview
from data_fetch.registry import lookup
from data_fetch.registry.make import as_text, build, natural_order

ENTRIES = registry.entries()
NAMES = [name for name, entry in ENTRIES.items() if not entry.embedded]
EMBEDDED = [name for name, entry in ENTRIES.items() if entry.embedded]
COUNTS = {
    "aanlib_mrct": 294,
    "admm_csnet_author": 5,
    "admm_net_author": 1,
    "blur_kernels": 1,
    "brain_mr_test": 50,
    "bsd400": 400,
    "bsd68": 68,
    "chest_mr": 150,
    "coded_diffraction": 1,
    "complex_brain_mr": 10,
    "dehaze_author": 5,
    "dehaze_author_photos": 13,
    "dehaze_baseline_nets": 5,
    "dncnn_kair": 1,
    "faust_5k": 100,
    "hazy_classic": 11,
    "hippocampus": 400,
    "mcgill": 254,
    "middlebury": 36,
    "mnist": 25,
    "radial_masks": 5,
    "set11": 11,
    "set12": 12,
    "siat_brain": 50,
    "sots_indoor": 32,
    "sunnybrook": 1325,
    "syndiff_t1t2": 2,
}


def test_every_set_is_there_with_all_its_files() -> None:
    assert {name: len(ENTRIES[name].files) for name in NAMES} == COUNTS


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_complete(name: str) -> None:
    entry = registry.find(name)
    assert all((entry.title, entry.licence, entry.citation, entry.paper_used, entry.source.startswith("https://")))
    assert {entry.stand_in, *(group.stand_in for group in entry.groups)} <= {None, *EMBEDDED}
    for file in entry.files:
        path = PurePosixPath(file.name)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert re.match(r"https://[^/]+/.*/[0-9a-f]{40}/", file.url), "a URL names a commit, so that it cannot change"
        assert file.bytes > 0
        assert entry.group(file).decoder in ("none", *EXPECTED)
    assert len({file.name for file in entry.files}) == len(entry.files)
    assert all(any(group.matches(file) for file in entry.files) for group in entry.groups), "a group without a file"


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_made_of_files_and_their_parts_have_one_name_each(name: str) -> None:
    entry = registry.find(name)
    made = entry.plan
    used = {source.file.name for sources in made.values() for source in sources}
    beside = {file.name for file in entry.files if entry.group(file).kind == "file"}
    assert used | beside == {file.name for file in entry.files}
    assert not used & beside
    for sample, sources in made.items():
        parts = [source.group.part_name for source in sources]
        assert len(set(parts)) == len(parts), sample


def test_an_embedded_set_is_an_ordinary_entry() -> None:
    for name in EMBEDDED:
        entry = registry.find(name)
        assert (entry.kind, entry.files, entry.bytes) == ("embedded", (), 0)
        assert all((entry.title, entry.licence, entry.citation, entry.paper_used, entry.embedded.count > 0))
    assert registry.find("bsd68").kind == "fetched"


@pytest.mark.parametrize("name", NAMES)
def test_subsets_share_out_the_files(name: str) -> None:
    entry = registry.find(name)
    parts = [file for subset in entry.subsets for file in registry.find(f"{name}/{subset}").files]
    shared = sorted(file.name for file in entry.files if entry.group(file).kind != "file")
    assert not parts or sorted(f.name for f in parts) == shared


def test_order_is_that_of_the_numbers() -> None:
    assert sorted(["lsq101", "lsq5", "lsq1"], key=natural_order) == ["lsq1", "lsq5", "lsq101"]
    assert [f.stem for f in registry.find("siat_brain").files][:3] == ["lsq1", "lsq5", "lsq9"]


def test_chest_has_its_two_parts() -> None:
    assert [len(registry.find(f"chest_mr/{part}").files) for part in ("train", "test")] == [100, 50]


@pytest.mark.parametrize("halves", [({}, {}), ({"files": [{}]}, {"embedded": {}})])
def test_halves_that_do_not_fit_are_refused(halves: tuple[dict, dict]) -> None:
    with pytest.raises(ValueError, match=r"b needs either files/b\.json or `embedded` on its card"):
        lookup.parse("b", *halves)


def test_every_decoder_and_every_maker_has_its_module() -> None:
    folder = lookup.FOLDER.parent
    readers = {p.stem for p in (folder / "decoders").glob("*.py") if "\ndef read(" in p.read_text()} - {"__init__"}
    makers = {p.stem for p in (folder / "embedded").glob("*.py") if "\ndef make(" in p.read_text()}
    assert readers == set(EXPECTED)
    assert makers == {ENTRIES[name].embedded.maker for name in EMBEDDED}


def test_every_list_has_its_card() -> None:
    assert sorted(path.stem for path in (lookup.FOLDER / "files").glob("*.json")) == NAMES
    assert list(registry.names()) == sorted(NAMES + EMBEDDED)


READ = """
import os, sys
opened = []
sys.addaudithook(lambda event, what: opened.append(str(what[0])) if event == "open" else None)
import data_fetch
data_fetch.load(sys.argv[1])
print(*sorted({os.path.basename(path) for path in opened if path.endswith((".json", ".yaml"))}))
print(*sorted({"requests", "pooch", "yaml", "torch", "scipy", "h5py", "nibabel", "skimage"} & set(sys.modules)))
"""


def test_an_import_reads_only_what_it_uses() -> None:
    """Other sets' cards and lists, and libraries for other formats and for the network, are left alone."""
    command = [sys.executable, "-c", READ, "phantom_volume"]
    files, modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[:2]
    assert files == "phantom_volume.yaml"
    assert modules == "yaml"


@pytest.mark.data
@pytest.mark.skipif(not available("radial_masks"), reason="not in the cache: radial_masks")
def test_a_load_reads_one_card_and_one_list() -> None:
    command = [sys.executable, "-c", READ, "radial_masks"]
    files = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[0]
    assert files == "radial_masks.json radial_masks.yaml"


@pytest.mark.parametrize("name", ENTRIES)
def test_a_card_tells_what_a_reader_must_know(name: str) -> None:
    text = card(name)
    parts = ("What it is", "Content", "What the paper used", "Licence", "Cite", "Load it")
    assert all(f"**{part}**: " in text for part in parts)
    assert str(cache_folder()) not in text
    if name in NAMES and registry.find(name).people:
        assert "CC-BY licence does not cover" in text


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_for_the_page_exists_and_is_not_lena(name: str) -> None:
    entry = registry.find(name)
    assert entry.shown is None or entry.shown in entry.plan
    assert (name, entry.shown) not in {("set11", "lena256"), ("set12", "08")}


def test_sets_with_pictures_of_people_are_marked() -> None:
    people = {name for name in NAMES if registry.find(name).people}
    heads = {"brain_mr_test", "siat_brain", "complex_brain_mr", "hippocampus", "aanlib_mrct", "syndiff_t1t2"}
    assert people == heads | {"chest_mr", "sunnybrook", "faust_5k"}


def test_what_may_not_be_passed_on_is_marked_and_never_shown() -> None:
    kept = {name for name in NAMES if not registry.find(name).redistributable}
    assert kept == {"faust_5k", "aanlib_mrct", "sots_indoor", "hazy_classic", "dehaze_author_photos"}
    assert all(registry.find(name).shown is None for name in kept)
    assert all("does not cover" in card(name) and "this page shows none" in card(name) for name in kept)


def test_the_overview_names_every_set() -> None:
    assert all(f"| `{name}` |" in overview() for name in ENTRIES)


@pytest.mark.data
@pytest.mark.skipif(not list(cache_folder().glob("*/manifest.json")), reason="no manifests in $MDDL_DATA")
def test_the_registry_is_what_the_manifests_say() -> None:
    lists = {path.stem: path.read_text(encoding="utf-8") for path in (lookup.FOLDER / "files").glob("*.json")}
    assert {name: as_text(entry) for name, entry in build(cache_folder()).items()} == lists

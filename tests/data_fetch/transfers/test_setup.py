"""A failure of the first contact is named by its cause; a mistake in the set-up is no missing network, and nothing stands in."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
import requests
import urllib3.exceptions

import data_fetch
from data_fetch import causes
from data_fetch.registry import lookup

from ..conftest import World, register


def move(world: World, to: str) -> None:
    """The files of ``heads`` have other addresses: ``to`` in place of the server's."""
    files, card = lookup.stored("heads")
    listed = [{**file, "url": file["url"].replace(world.server.url, to)} for file in files["files"]]
    register(world.registry, "heads", {**files, "files": listed}, card)


def said(world: World) -> str:
    """The one line of both calls, which raise the same; nothing stands in, nothing is left behind."""
    lines = []
    for call in (data_fetch.load, data_fetch.load_or_embedded):
        with pytest.raises(data_fetch.WrongSetup) as raised:
            call("heads")
        lines.append(str(raised.value))
    assert lines[0] == lines[1]
    assert "\n" not in lines[0]
    assert "0x" not in lines[0]
    assert "no network" not in lines[0]
    assert not world.folder.exists()
    return lines[0]


def test_a_certificate_that_nobody_trusts(world: World, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    world.server.http.socket = context.wrap_socket(world.server.http.socket, server_side=True)
    move(world, world.server.url.replace("http:", "https:"))
    line = said(world)
    assert "no secure connection" in line
    assert "certificate verify failed" in line
    assert "REQUESTS_CA_BUNDLE" in line


def test_a_host_that_speaks_no_tls(world: World) -> None:
    move(world, world.server.url.replace("http:", "https:"))
    assert "no secure connection" in said(world)


def test_a_file_of_certificates_that_is_not_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/certificates.pem")
    move(world, world.server.url.replace("http:", "https:"))
    line = said(world)
    assert "/nowhere/certificates.pem" in line
    assert "REQUESTS_CA_BUNDLE" in line


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "http://[bad", "socks5://127.0.0.1:9"])
def test_a_proxy_that_is_not_there(world: World, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("NO_PROXY", "no_proxy", "http_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy)
    assert "HTTPS_PROXY" in said(world)


@pytest.mark.parametrize(
    "address", ["htp://127.0.0.1", "no address", "http://[bad", "http://" + "x" * 70 + ".org", "http://"]
)
def test_an_address_that_is_none(world: World, address: str) -> None:
    move(world, address)
    assert "is no address that can be asked" in said(world)


@pytest.mark.parametrize(("status", "words"), [(407, "a name and a password"), (511, "a login first")])
def test_what_stands_between(world: World, status: int, words: str) -> None:
    world.server.behaviour = {f"/{name}": status for name in world.files}
    assert words in said(world)


def test_a_folder_that_cannot_be_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Path.mkdir

    def refuse(path: Path, *arguments: object, **options: object) -> None:
        if path == world.folder:
            raise PermissionError(13, "Permission denied")
        original(path, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", refuse)
    line = said(world)
    assert "cannot be written (Permission denied): set MDDL_DATA" in line


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (requests.exceptions.ConnectTimeout("timed out"), data_fetch.NoNetwork),
        (
            requests.exceptions.ConnectionError(
                urllib3.exceptions.MaxRetryError(
                    None, "/", urllib3.exceptions.NameResolutionError("h", None, OSError(-2))
                )
            ),
            data_fetch.NoNetwork,
        ),
        (requests.exceptions.ReadTimeout("read timed out"), None),
        (requests.exceptions.ConnectionError("the connection broke"), None),
    ],
)
def test_what_is_no_mistake_in_the_setup(error: Exception, expected: type | None) -> None:
    cause = causes.of_contact(error, "http://host/x", "host")
    assert (type(cause) if cause else None) is expected

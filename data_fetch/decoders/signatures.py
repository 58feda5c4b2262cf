"""What a file seems to be by its first bytes, for messages: "expected a NIfTI volume, it seems to be a web page"."""

from __future__ import annotations

HDF5 = b"\x89HDF\r\n\x1a\n"
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"II+\0", "a TIFF picture"),
    (b"MM\0+", "a TIFF picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"%!PS", "a PostScript program"),
    (b"%PDF", "a PDF document"),
    (b"\x93NUMPY", "an .npy file"),
    (b"PK\x03\x04", "a zip archive (.npz, or a new torch file)"),
    (b"\x1f\x8b", "a file compressed by gzip"),
    (b"MATLAB 5.0", "a MATLAB v5 file"),
    (b"MATLAB 7.3", "a MATLAB v7.3 file"),
    (HDF5, "an HDF5 file"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"OFF", "an OFF mesh"),
    (b"version https://git-lfs", "the pointer that stands for a large file"),
    (b"\0\0\x08", "an IDX file"),
)


def is_hdf5(content: bytes) -> bool:
    """Whether it is HDF5: at once, or after the 512 bytes of text that MATLAB v7.3 puts before it."""
    return HDF5 in (content[:8], content[512:520])


def seems(content: bytes) -> str:
    """A few words on what these bytes are."""
    if not content:
        return "empty"
    if content[128:132] == b"DICM":  # what stands before it is free, and may be the head of a TIFF picture
        return "a DICOM file"
    for start, words in SIGNATURES:
        if content.startswith(start):
            return words
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "a WebP picture"
    if content[:1] == b"P" and content[1:2] in b"123456" and content[2:3].isspace():
        return "a PNM picture"
    if content[344:347] in (b"n+1", b"ni1") or content[4:7] == b"n+2":
        return "a NIfTI volume"
    if b"<html" in content[:1000].lower() or content[:15].lower().startswith(b"<!doctype html"):
        return "a web page"
    try:
        content[:1000].decode("ascii")
    except UnicodeDecodeError:
        return "of an unknown kind, or cut"
    return "text"

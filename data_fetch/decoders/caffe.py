"""Caffe's trained networks: a protobuf of layers, each with a name and blobs of floats. Only those are looked at."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import CannotDecode

LAYER, LAYER_NAME, LAYER_BLOBS = 100, 1, 7  # numbers of fields in caffe.proto: NetParameter, LayerParameter
BLOB_LENGTHS, BLOB_DATA, BLOB_SHAPE, SHAPE_LENGTHS = (1, 2, 3, 4), 5, 7, 1  # BlobProto, BlobShape


def blobs(content: bytes) -> dict[str, np.ndarray]:
    """``conv1.0`` → weights (out, in, height, width), ``conv1.1`` → biases, float32; for every layer that has any.

    :raises CannotDecode: for bytes that are no protobuf, or a blob whose shape and values do not fit.
    """
    result = {}
    for number, layer in fields(content):
        if number != LAYER or not isinstance(layer, bytes):
            continue
        inside = list(fields(layer))
        name = next((bytes(value).decode() for field, value in inside if field == LAYER_NAME), "")
        for place, blob in enumerate(value for field, value in inside if field == LAYER_BLOBS):
            result[f"{name}.{place}"] = array(blob, f"{name}.{place}")
    return result


def array(blob: bytes, name: str) -> np.ndarray:
    """One blob; older files give four lengths, newer ones a shape."""
    values, lengths, old = np.empty(0, np.float32), None, {}
    for field, value in fields(blob):
        if field == BLOB_DATA and isinstance(value, bytes):
            values = np.frombuffer(value, "<f4")
        elif field == BLOB_SHAPE:
            lengths = [
                n for f, v in fields(value) if f == SHAPE_LENGTHS for n in (packed(v) if isinstance(v, bytes) else [v])
            ]
        elif field in BLOB_LENGTHS:
            old[field] = value
    shape = tuple(lengths) if lengths is not None else tuple(old.get(field, 1) for field in BLOB_LENGTHS)
    if int(np.prod(shape)) != values.size:
        raise CannotDecode(f"blob {name} has {values.size} values, expected {shape}")
    return values.reshape(shape).astype(np.float32)


def packed(content: bytes) -> list[int]:
    """Whole numbers that lie one behind the other."""
    numbers, place = [], 0
    while place < len(content):
        number, place = varint(content, place)
        numbers.append(number)
    return numbers


def fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a protobuf message, in their order.

    :raises CannotDecode: for bytes that are none, or cut.
    """
    place = 0
    while place < len(content):
        tag, place = varint(content, place)
        kind = tag & 7
        if kind == 0:
            value, place = varint(content, place)
        elif kind in (1, 2, 5):
            length, place = varint(content, place) if kind == 2 else ({1: 8, 5: 4}[kind], place)
            if place + length > len(content):
                raise CannotDecode("a protobuf that is cut")
            value, place = content[place : place + length], place + length
        else:
            raise CannotDecode("no protobuf, or cut")
        yield tag >> 3, value


def varint(content: bytes, place: int) -> tuple[int, int]:
    """A whole number of seven bits a byte, and the place behind it."""
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(content):
            raise CannotDecode("a protobuf that is cut")
        number |= (content[place] & 127) << shift
        place += 1
        if content[place - 1] < 128:
            return number, place
    raise CannotDecode("no protobuf")

"""Small made files for the format tests."""

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


class Made:
    """Builders of image bytes, folders and archives."""

    def image(self, width=12, height=8, *, seed=0, form="PNG", **options) -> bytes:
        pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
        return self.encode(pixels, form, **options)

    def encode(self, array, form="PNG", *, orientation=None, **options) -> bytes:
        image = array if isinstance(array, Image.Image) else Image.fromarray(np.asarray(array))
        if orientation:
            exif = Image.Exif()
            exif[0x0112] = orientation
            options["exif"] = exif
        out = io.BytesIO()
        image.save(out, form, **options)
        return out.getvalue()

    def png_that_claims(self, width, height, *, bits=8, color=2, rows=bytes(100)) -> bytes:
        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
        body = chunk(b"IDAT", zlib.compress(rows))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")

    def tree(self, root: Path, files: dict) -> Path:
        """Write files: bytes as they are, arrays as PNG, everything else as JSON."""
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, np.ndarray):
                content = self.encode(content)
            path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return root

    def zip(self, path: Path, entries, compression=zipfile.ZIP_DEFLATED) -> Path:
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in entries:
                archive.writestr(name, content)
        return path


@pytest.fixture(scope="session")
def made() -> Made:
    return Made()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not DATA.is_dir():
        pytest.skip("the shared data sets are not on this machine")
    return DATA

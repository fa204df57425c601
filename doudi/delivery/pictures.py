"""Pictures and documents brought as evidence, made harmless in a process of its own which a bad file may kill.

`python -m doudi.delivery.pictures IN OUT`: exit 0 and the media type, or exit 2 and one object with `zh` and `en`.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import orjson

MOST_PIXELS = 60_000_000  # a telephone's camera of 2020 has 48 million
WIDEST = 2_000  # pixels of the longer side that are kept
JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
MAGIC = {b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG, b"%PDF-": PDF}


def type_of(head: bytes) -> str:
    """The media type by a file's first bytes; empty for what is not taken."""
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), "")


def main(source: str, target: str) -> int:
    """Write a picture anew, upright, small and without what the camera added; a document as it is."""
    body = Path(source).read_bytes()
    kind = type_of(body)
    try:
        if kind == PDF:
            Path(target).write_bytes(_document(body))
        elif kind:
            _picture(source, target, kind)
        else:
            raise ValueError("no picture")
    except (ValueError, OSError, SyntaxError, Warning) as error:
        told = {
            "zh": "图片损坏或过大,读不出来",
            "en": "the picture is damaged or too large to be read",
            "why": str(error),
        }
        sys.stderr.write(orjson.dumps(told).decode())
        return 2
    sys.stdout.write(kind)
    return 0


def _document(body: bytes) -> bytes:
    if b"%%EOF" not in body[-2048:]:
        raise ValueError("cut off")
    return body


def _picture(source: str, target: str, kind: str) -> None:
    from PIL import Image, ImageOps

    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(source, formats=["JPEG" if kind == JPEG else "PNG"]) as image:
        image.draft("RGB", (WIDEST, WIDEST))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((WIDEST, WIDEST))
    clean = Image.new("RGB", upright.size)
    clean.paste(upright)
    if kind == JPEG:
        clean.save(target, "JPEG", quality=85, optimize=True)
    else:
        clean.save(target, "PNG", optimize=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))

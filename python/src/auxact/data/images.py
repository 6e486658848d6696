# images.py - JPEG and PNG files in folders and tar archives, a folder a class
"""Images that are decoded when a batch asks for them."""

from __future__ import annotations

import io
import os
import tarfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..errors import DataError

__all__ = ["Images"]

_SUFFIXES = (".jpg", ".jpeg", ".png")


class Images:
    """Images and their classes: ``images[indices]`` decodes these to (rows, height, width, 3), bytes.

    A folder is read file by file; an archive's files are held in memory as they are, compressed.

    Args:
        path: a folder ``CLASS/NAME.jpg``, or a tar archive of one, compressed or not.
        size: (height, width) that every image is brought to: the shorter side is scaled, the middle is cut out.
            ``None``: all must have the first one's size.
        classes: the classes by label; ``None``: the folders' names, sorted. Give the training set's to the test set.

    Attributes:
        labels: (rows,), int32.
        classes: names by label.
        names: of the files, in the order of the rows: sorted in a folder, the archive's own in an archive.

    Raises:
        DataError: no image is there, a folder is no class, or the archive is damaged.
        ImportError: Pillow is not installed.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        size: tuple[int, int] | None = None,
        classes: list[str] | None = None,
    ) -> None:
        _pillow()
        self.path = Path(path)
        members = dict(_folder_members(self.path) if self.path.is_dir() else _archive_members(self.path))
        if not members:
            raise DataError(path, "no CLASS/NAME.jpg or .png in it")
        self.names = list(members)
        self._contents = list(members.values())
        folders = [PurePosixPath(name).parent.name for name in self.names]
        self.classes = sorted(set(folders)) if classes is None else list(classes)
        label = {name: index for index, name in enumerate(self.classes)}
        for name, folder in zip(self.names, folders, strict=True):
            if folder not in label:
                raise DataError(path, f"{name}: '{folder or '.'}' is none of the classes {', '.join(self.classes)}")
        self.labels = np.array([label[folder] for folder in folders], np.int32)
        self.size = size if size is not None else self._decode(0, None).shape[:2]
        self._resize = size is not None

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, chosen: Any) -> np.ndarray:
        indices = np.arange(len(self))[chosen]
        if indices.ndim == 0:
            return self._row(int(indices))
        return np.stack([self._row(int(index)) for index in indices]) if len(indices) else np.empty((0, *self.size, 3), np.uint8)

    def array(self, threads: int | None = None) -> np.ndarray:
        """All images decoded, for a set that fits in memory."""
        result = np.empty((len(self), *self.size, 3), np.uint8)

        def fill(start: int) -> None:
            for index in range(start, min(start + 256, len(self))):
                result[index] = self._row(index)

        with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            for done in [pool.submit(fill, start) for start in range(0, len(self), 256)]:
                done.result()
        return result

    def _row(self, index: int) -> np.ndarray:
        image = self._decode(index, self.size if self._resize else None)
        if image.shape[:2] != tuple(self.size):
            raise DataError(
                self.path, f"{self.names[index]} has {image.shape[0]}×{image.shape[1]} pixels, not {self.size[0]}×{self.size[1]}; size= brings all to one"
            )
        return image

    def _decode(self, index: int, size: tuple[int, int] | None) -> np.ndarray:
        pillow = _pillow()
        content = self._contents[index]
        try:
            raw = content if isinstance(content, bytes) else content.read_bytes()
            with pillow.open(io.BytesIO(raw)) as image:
                return np.asarray(_fitted(image.convert("RGB"), size))
        except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError) as error:
            # Pillow's messages name an object in memory.
            raise DataError(self.path, f"{self.names[index]} is no readable image ({str(error).split('<_io')[0].strip()})") from error


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("reading images needs Pillow; pip install auxact[data]") from error
    return Image


def _fitted(image: Any, size: tuple[int, int] | None) -> Any:
    """The middle of the image, after its shorter side was scaled to fit."""
    if size is None:
        return image
    height, width = size
    scale = max(height / image.height, width / image.width)
    scaled = (max(width, round(image.width * scale)), max(height, round(image.height * scale)))
    if scaled != image.size:
        image = image.resize(scaled, _pillow().Resampling.BILINEAR)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _folder_members(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _archive_members(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if not member.isfile() or PurePosixPath(member.name).suffix.lower() not in _SUFFIXES:
                    continue
                extracted = archive.extractfile(member)
                content = extracted.read() if extracted is not None else b""
                if len(content) != member.size:
                    raise DataError(path, f"truncated in {member.name}")
                yield member.name, content
            _check_end(path, archive)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(path, f"a damaged or truncated archive ({error})") from error
    except OSError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(path, f"cannot be read ({error.strerror or error})") from error


def _check_end(path: Path, archive: tarfile.TarFile) -> None:
    """An archive ends with a block of zeros; tarfile takes one that was cut between two files for whole."""
    source = archive.fileobj
    if source is None:
        return
    source.seek(archive.offset)
    if source.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise DataError(path, "a truncated archive: its end is missing")
    # A compressed file's own end is behind that; reading up to it checks the sum.
    while source.read(1 << 20):
        pass

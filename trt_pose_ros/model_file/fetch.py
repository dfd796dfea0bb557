"""Fetch a known model from its official address into a folder, where it runs by its name."""

from __future__ import annotations

import lzma
import os
import shutil
import zipfile
import zlib
from pathlib import Path

from .download import Told, download, file_sha256
from .file import ModelFile
from .known import KnownFile, KnownModel

_MOST = 4 << 30  # bytes that a file in a .zip may have
# What zipfile raises of an archive that is none, of a password or an unknown compression (RuntimeError), of one that is
# cut short, and of damaged data.
_BROKEN = (zipfile.BadZipFile, RuntimeError, EOFError, zlib.error, lzma.LZMAError)


def fetch(model: KnownModel, folder: Path, told: Told | None = None, pause: float = 1.0) -> ModelFile:
    """Fetch a model's files, but for those that are there already.

    Beside each file comes one that tells its SHA-256, as sha256sum writes it. What is fetched anew must have it again:
    where the publisher tells no checksum, at least a change does not go unseen.

    Args:
        model: the row of the table.
        folder: where its files are put.
        told, pause: see :func:`.download.download`; likewise what it raises.

    Raises:
        ValueError: the model cannot be fetched, a file is not the one that it was, or it is not what the table says.
    """
    if not model.files:
        raise ValueError(f"{model.name} is not to be fetched: {model.how} ({model.about})")
    for file in model.files:
        _fetch_file(file, folder, told, pause)
    found = ModelFile.load(folder / model.files[0].name)
    if found.manifest.family != model.family:
        raise ValueError(f"{found.path} is of the family {found.manifest.family}, not {model.family}: it was changed")
    return found


def _fetch_file(file: KnownFile, folder: Path, told: Told | None, pause: float) -> None:
    target, receipt = folder / file.name, folder / f"{file.name}.sha256"
    before = receipt.read_text(encoding="utf-8").split()[:1] if receipt.is_file() else []
    if target.is_file():
        if before and file_sha256(target) != before[0]:
            raise ValueError(f"{target} is not the file that was fetched: remove it, or give it another name")
        return
    new = folder / f"{file.name}.new"
    if file.member:
        archive = folder / f"{file.name}.zip"
        download(file.url, archive, size=file.size, sha256=file.sha256, told=told, pause=pause)
        _unpack(archive, file, new)
        archive.unlink()
    else:
        download(file.url, new, size=file.size, sha256=file.sha256, told=told, pause=pause)
    digest = file_sha256(new)
    if before and digest != before[0]:
        new.unlink()
        raise ValueError(
            f"{file.url} gives another file than before (SHA-256 {digest}, was {before[0]}): it is not taken. If that "
            f"is right, remove {receipt} and fetch it again"
        )
    receipt.write_text(f"{digest}  {file.name}\n", encoding="utf-8")
    os.replace(new, target)


def _unpack(archive: Path, file: KnownFile, target: Path) -> None:
    """The one file of that name in a .zip, in whatever folder of it."""
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [m for m in packed.infolist() if m.filename.rpartition("/")[2] == file.member]
            if len(members) != 1 or members[0].file_size > _MOST:
                raise zipfile.BadZipFile(f"it holds {len(members)} files {file.member}")
            with packed.open(members[0]) as source, target.open("wb") as new:
                shutil.copyfileobj(source, new)
    except _BROKEN as error:
        archive.unlink()
        target.unlink(missing_ok=True)
        raise ValueError(f"{file.url} is not the archive that it should be: {error}") from None

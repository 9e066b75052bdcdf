"""Unpack a zip that nobody trusts: nothing outside the target folder, nothing beyond the limits."""

import re
import shutil
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from annotator.imagefile import BadFile
from annotator.phrase import Phrase

CHUNK_BYTES = 1 << 20
NESTED_SUFFIXES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar"})
DESKTOP_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
# A central directory record takes 46 bytes plus name and extra fields; this leaves room for long names.
DIRECTORY_BYTES_PER_FILE = 512


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may cost: files, bytes after expansion, and expanded bytes per packed byte."""

    max_files: int = 200_000
    max_total_bytes: int = 50 << 30
    max_file_bytes: int = 2 << 30
    max_ratio: float = 100.0
    ratio_free_bytes: int = 64 << 20  # small archives of flat masks may expand a lot and harm nobody


@dataclass
class ExtractionReport:
    """The files written (absolute paths, in archive order) and (name, reason) of each refused one."""

    files: list[Path] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def extract_archive(path: Path, into: Path, *, limits: ArchiveLimits) -> ExtractionReport:
    """Unpack the good files of a zip into the empty or missing folder `into`.

    A bad entry is refused by itself. What no honest archive does (too many files, too many bytes,
    too high a ratio) stops everything: BadFile is raised and `into` is left empty. Bytes are counted
    as they come out; what the headers claim is never believed.
    """
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise ValueError("archives are extracted into an empty folder only")
    with _open_zip(path, limits) as archive:
        try:
            return _Extraction(archive, path, into, limits).run()
        except BadFile:
            for leftover in into.iterdir():
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            raise


def _open_zip(path: Path, limits: ArchiveLimits) -> zipfile.ZipFile:
    directory_bytes = _directory_bytes(path)
    if directory_bytes > limits.max_files * DIRECTORY_BYTES_PER_FILE:
        raise BadFile(path.name, Phrase("the archive lists more than {most:,} files", most=limits.max_files))
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise BadFile(path.name, Phrase("not a readable zip archive ({reason})", reason=error)) from error
    if len(archive.infolist()) > limits.max_files:
        archive.close()
        raise BadFile(path.name, Phrase("the archive lists more than {most:,} files", most=limits.max_files))
    return archive


def _directory_bytes(path: Path) -> int:
    """Size of the central directory (APPNOTE 4.3.14, 4.3.16), read first: zipfile loads it whole."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - (1 << 16) - 98))
        tail = stream.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) - end < 22:
        raise BadFile(path.name, Phrase("not a zip archive, or cut short"))
    end64 = tail.rfind(b"PK\6\6", 0, end)
    classic = int(struct.unpack_from("<L", tail, end + 12)[0])
    if end64 >= 0 and end - end64 >= 56:
        return int(max(struct.unpack_from("<Q", tail, end64 + 40)[0], classic % 0xFFFFFFFF))
    return classic


class _Extraction:
    """One run over one archive, with the running count of expanded bytes."""

    def __init__(self, archive: zipfile.ZipFile, path: Path, into: Path, limits: ArchiveLimits):
        self.archive = archive
        self.name = path.name
        self.into = into
        self.limits = limits
        ratio_bytes = int(max(limits.ratio_free_bytes, limits.max_ratio * path.stat().st_size))
        self.allowed_bytes = min(limits.max_total_bytes, ratio_bytes)
        self.total_bytes = 0
        self.seen: set[str] = set()
        self.report = ExtractionReport()

    def run(self) -> ExtractionReport:
        for entry in self.archive.infolist():
            name = entry.filename.replace("\\", "/")
            if entry.is_dir() or name.endswith("/") or _is_litter(name):
                continue
            reason = _refusal(entry, name) or self._repeated(name)
            if reason is None:
                reason = self._extract(entry, self.into.joinpath(*PurePosixPath(name).parts))
            if reason is not None:
                self.report.refused.append((entry.filename, reason))
        return self.report

    def _repeated(self, name: str) -> str | None:
        key = str(PurePosixPath(name)).casefold()
        if key in self.seen:
            return Phrase("the archive holds this name twice; the first one was kept")
        self.seen.add(key)
        return None

    def _extract(self, entry: zipfile.ZipInfo, target: Path) -> str | None:
        """Write one file; None when it is whole, else the reason why it was dropped."""
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with self.archive.open(entry) as source, target.open("xb") as sink:
                reason = self._copy(source, sink)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            reason = Phrase("damaged in the archive ({reason})", reason=error)
        except (NotImplementedError, RuntimeError) as error:
            reason = Phrase("packed in a way that cannot be read ({reason})", reason=error)
        except (FileExistsError, NotADirectoryError):
            return Phrase("another file of the archive stands where this one belongs")
        if reason is None:
            self.report.files.append(target)
        else:
            target.unlink(missing_ok=True)
        return reason

    def _copy(self, source, sink) -> str | None:
        file_bytes = 0
        while chunk := source.read(CHUNK_BYTES):
            file_bytes += len(chunk)
            self.total_bytes += len(chunk)
            if self.total_bytes > self.allowed_bytes:
                raise BadFile(self.name, self._bomb_reason())
            if file_bytes > self.limits.max_file_bytes:
                return Phrase("larger than {most:,} bytes", most=self.limits.max_file_bytes)
            sink.write(chunk)
        return None

    def _bomb_reason(self) -> str:
        if self.allowed_bytes == self.limits.max_total_bytes:
            return Phrase("the archive expands to more than {most:,} bytes", most=self.limits.max_total_bytes)
        return Phrase(
            "the archive expands to more than {most} times its size, as zip bombs do", most=f"{self.limits.max_ratio:g}"
        )


def _is_litter(name: str) -> bool:
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1] in DESKTOP_LITTER or parts[-1].startswith("._")


def _refusal(entry: zipfile.ZipInfo, name: str) -> str | None:
    """Why this entry is not unpacked, judged by its name and header alone; None when it may be."""
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return Phrase("the path is absolute; only paths inside the archive are unpacked")
    if ".." in name.split("/"):
        return Phrase("the path leads out of the archive")
    if any(ord(letter) < 32 for letter in name):
        return Phrase("the name holds control characters")
    if any(len(part.encode()) > 255 for part in name.split("/")) or len(name.encode()) > 2000:
        return Phrase("the name is too long")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return Phrase("a symbolic link")
    if kind not in (0, stat.S_IFREG):
        return Phrase("not an ordinary file")
    if entry.flag_bits & 1:
        return Phrase("encrypted")
    if PurePosixPath(name).suffix.lower() in NESTED_SUFFIXES:
        return Phrase("an archive inside the archive; unpack it first")
    return None

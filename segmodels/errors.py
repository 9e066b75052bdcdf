"""What can go wrong, as types a caller can tell apart. Every message is meant to be shown to a user."""

from pathlib import Path

from segmodels.phrase import Phrase


class SegmodelsError(Exception):
    """Base of every error this package raises on purpose."""


class SettingsError(SegmodelsError, ValueError):
    """A training setting is unknown or out of range; `field` and `reason` say which and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(Phrase("{name}: {reason}", name=field, reason=reason))
        self.field = field
        self.reason = reason


class DataError(SegmodelsError, ValueError):
    """The images or targets handed over cannot be trained on."""


class WeightsNotFound(SegmodelsError):
    """Asked-for pretrained weights are nowhere to be had; `tried` lists every place that was looked at."""

    def __init__(self, encoder: str, tried: list[str], remedy: str) -> None:
        places = "\n".join(f"  - {place}" for place in tried)
        super().__init__(
            Phrase(
                "No ImageNet weights for the encoder {encoder}. Looked at:\n{places}\n{remedy}",
                encoder=encoder,
                places=places,
                remedy=remedy,
            )
        )
        self.encoder = encoder
        self.tried = tried


class CheckpointError(SegmodelsError):
    """A weights or state file is missing, damaged or made by something else."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(Phrase("{name}: {reason}", name=path.name, reason=reason))
        self.path = path
        self.reason = reason


class CheckpointNotWritten(CheckpointError, OSError):
    """A weights or state file could not be written, as on a full disk; the one before it is still there."""

    def __init__(self, path: Path, cause: Exception) -> None:
        super().__init__(
            path, Phrase("cannot be written ({reason}); an earlier file of that name is kept", reason=cause)
        )
        self.errno = cause.errno if isinstance(cause, OSError) else None


class TrainingStopped(SegmodelsError):
    """`should_stop` turned true; the state is on disk and the same call goes on from it."""


class TrainingFailed(SegmodelsError):
    """Training cannot go on; the best checkpoint so far, if any, is kept at `checkpoint`."""

    def __init__(self, reason: str, checkpoint: Path | None = None) -> None:
        super().__init__(reason)
        self.checkpoint = checkpoint

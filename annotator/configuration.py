"""Every environment variable that Maskloop reads: name, default, meaning; `docs/configuration.md` lists them too."""

import hashlib
import os
import secrets
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# Linux allows 107 bytes in the path of a Unix socket, macOS 103.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Variable:
    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("DATA", "data", "Folder of everything that is stored: database, files, models, private Redis."),
    Variable("HOST", "127.0.0.1", "Address that `manage.py up` and `demo` listen on."),
    Variable("PORT", "8000", "Port that `manage.py up` and `demo` listen on."),
    Variable("DATABASE_URL", "SQLite in DATA", "Database, e.g. postgres://user:password@host/name."),
    Variable("REDIS_URL", "private Redis in DATA", "Broker of the workers, e.g. redis://host:6379/0."),
    Variable("SECRET_KEY", "made once, kept in DATA", "Django's signing key; set the same on every host."),
    Variable("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "Host names the web server answers to, with commas."),
    Variable("CSRF_TRUSTED_ORIGINS", "", "Origins such as https://labels.example.org behind a proxy."),
    Variable("SECURE", "false", "true behind HTTPS: secure cookies, X-Forwarded-Proto is trusted."),
    Variable(
        "DEBUG",
        "false",
        "Django's debug pages, and files that browsers do not keep; never true where others can reach the server.",
    ),
    Variable("S3_BUCKET", "", "Store files in this bucket (extra `s3`) instead of DATA/files."),
    Variable("S3_ENDPOINT_URL", "", "Address of an S3-compatible store; empty means AWS."),
    Variable("WEIGHTS", "DATA/weights", "Folder with pretrained encoder weights as <encoder>.safetensors."),
    Variable("CLICK_WEIGHTS", "WEIGHTS/mobile_sam.pt", "MobileSAM's file, which `manage.py fetch_weights` puts there."),
    Variable("TORCH_THREADS", "0", "CPU threads of training and prediction; 0 leaves it to torch."),
    Variable("CLAIM_MINUTES", "30", "How long an image stays claimed after its last save."),
    Variable("MAX_IMAGE_PIXELS", "150000000", "Largest image that is taken, in pixels."),
    Variable("PYRAMID_PIXELS", "32000000", "Images larger than this, in pixels, are sent to the editor tile by tile."),
    Variable("MAX_UPLOAD_BYTES", "2147483648", "Largest single upload, in bytes."),
    Variable("MAX_ARCHIVE_FILES", "200000", "Most files that an uploaded zip may hold."),
    Variable("MAX_ARCHIVE_BYTES", "53687091200", "Most bytes that an uploaded zip may unpack to."),
    Variable("WEB_THREADS", "8", "Requests that the web server works on at once."),
    Variable("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR."),
)


def private_redis_socket(data: Path) -> Path:
    """Where the private Redis of this data folder listens; in the temporary folder if DATA's own path is too long."""
    socket = data / "redis.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH:
        return socket
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"maskloop-{digest}.sock"


def kept_secret_key(data: Path) -> str:
    """The signing key of this data folder, made on first use and readable by its owner only."""
    path = data / "secret_key"
    try:
        # "x": two processes that start together must not each keep a key of their own.
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    # Another process may have made the file a moment ago and not written to it yet.
    deadline = time.monotonic() + 5.0
    while not (key := path.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return key

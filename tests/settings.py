"""Settings of the test run: a data folder of its own, a quick password hasher, no throttled log-ins."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="maskloop-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["DATA"] = _folder

from annotator.settings import *  # noqa: E402, F403
from annotator.settings import DATA, DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in use: threads of a test meet the same locks as users do.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA / "test.sqlite3")}

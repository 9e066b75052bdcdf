"""What a web server process loads."""

import subprocess
import sys

import pytest

IMPORTS = "import annotator.wsgi, annotator.urls, annotator.api, annotator.pages.urls, annotator.tasks"


@pytest.mark.parametrize("library", ["torch", "timm", "segmentation_models_pytorch"])
def test_a_web_process_starts_without(library):
    script = f"import sys, django; django.setup(); {IMPORTS}; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

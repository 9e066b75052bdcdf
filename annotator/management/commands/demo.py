"""Run Maskloop with a demo project of made-up microscopy, until Ctrl-C."""

import sys
from typing import Any

from django.conf import settings

from annotator.demo.project import ensure_administrator, ensure_project
from annotator.management.commands.up import Command as Up
from annotator.management.progress import ProgressBar
from annotator.models import User


class Command(Up):
    help = __doc__

    def prepare(self) -> None:
        self.username, self.password = ensure_administrator(settings.DATA)
        bar: Any = ProgressBar(sys.stderr, "images of the demo project")
        ensure_project(User.objects.get(username=self.username), bar.update)

    def ready_line(self) -> str:
        return f"{super().ready_line()}  {self.username} / {self.password}"

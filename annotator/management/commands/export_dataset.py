"""Export the labelled images of a project as a zip, in one of the dataset formats."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.formats import WRITERS
from annotator.management.people import acting_user, find_project
from annotator.management.progress import ProgressBar
from annotator.models import Project
from annotator.services import exports, snapshots
from annotator.services.errors import ServiceError
from annotator.workflow import State


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="id or name")
        parser.add_argument("path", type=Path, help="zip file to write; one that is there is replaced at the end")
        parser.add_argument("--format", required=True, choices=sorted(WRITERS))
        parser.add_argument("--state", choices=list(State), default=State.ACCEPTED.value)
        parser.add_argument("--snapshot", type=int, help="id of an earlier snapshot, to write the same again")
        parser.add_argument("--user", help="who exports (default: the first superuser)")

    def handle(self, *args: Any, **options: Any) -> None:
        project = find_project(options["project"])
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        try:
            snapshot = self._snapshot(project, options)
            bar = ProgressBar(sys.stderr, "images")
            target: Path = options["path"]
            with tempfile.TemporaryDirectory(prefix=".maskloop-", dir=target.parent) as folder:
                written = Path(folder) / target.name
                exports.write_snapshot(snapshot=snapshot, format=options["format"], path=written, progress=bar.update)
                written.replace(target)
            bar.finish()
        except (ServiceError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{snapshot.items.count()} images written to {target} (snapshot {snapshot.pk}).")

    def _snapshot(self, project: Project, options: dict[str, Any]):
        if options["snapshot"] is None:
            user = acting_user(options["user"])
            states = (options["state"],)
            return snapshots.create_snapshot(project=project, user=user, name="Export", states=states)
        found = project.snapshots.filter(pk=options["snapshot"]).first()
        if found is None:
            raise CommandError(f"{project.name} has no snapshot {options['snapshot']}.")
        return found

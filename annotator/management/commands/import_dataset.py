"""Import a dataset from a folder or a zip, with a progress bar and a report of what was refused."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.archive import extract_archive
from annotator.formats import READERS
from annotator.imagefile import BadFile
from annotator.management.people import acting_user, find_project
from annotator.management.progress import ProgressBar
from annotator.models import Project
from annotator.services import imports
from annotator.services.errors import ServiceError
from annotator.services.images import archive_limits
from annotator.services.projects import create_project, delete_project


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="id or name; a name that does not exist yet makes a new project")
        parser.add_argument("path", type=Path, help="folder or .zip")
        parser.add_argument("--format", required=True, choices=sorted(READERS))
        parser.add_argument("--user", help="who imports (default: the first superuser)")
        parser.add_argument("--task", choices=Project.Task.values, help="of a new project (default: semantic)")
        parser.add_argument("--mask-values", choices=imports.MASK_VALUES, default="auto")
        parser.add_argument("--without-labels", action="store_true", help="take the images only")
        parser.add_argument(
            "--to-review", action="store_true", help="labels come in as submitted work, not as accepted"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        if not path.exists():
            raise CommandError(f"{path} does not exist.")
        user = acting_user(options["user"])
        found = find_project(options["project"])
        project = found
        try:
            if project is None:
                project = create_project(user=user, name=options["project"], task=options["task"] or "semantic")
            report = self._import(project, user, path, options)
        except (ServiceError, BadFile) as error:
            if found is None and project is not None and not project.images.exists():
                delete_project(project=project)
            raise CommandError(str(error)) from error
        self._print(project, report)

    def _import(self, project: Project, user: Any, path: Path, options: dict[str, Any]) -> imports.Report:
        bar = ProgressBar(sys.stderr, "images")
        chosen = {
            "with_labels": not options["without_labels"],
            "accept": not options["to_review"],
            "mask_values": options["mask_values"],
        }
        with tempfile.TemporaryDirectory(prefix="maskloop-") as folder:
            refused: list[tuple[str, str]] = []
            root = path
            if path.is_file():
                root = Path(folder) / "content"
                refused = extract_archive(path, root, limits=archive_limits()).refused
            report = imports.import_folder(
                project=project, user=user, root=root, format=options["format"], options=chosen, progress=bar.update
            )
        bar.finish()
        report["refused"] = [{"name": name, "reason": reason} for name, reason in refused] + report["refused"]
        return report

    def _print(self, project: Project, report: imports.Report) -> None:
        for row in report["refused"]:
            self.stdout.write(f"refused  {row['name']}: {row['reason']}")
        for note in report["notes"]:
            self.stdout.write(f"note     {note}")
        self.stdout.write(
            f"{report['images']} images imported into {project.name} (id {project.pk}), "
            f"{report['labelled']} with labels, "
            f"{len(report['duplicates'])} known already, {len(report['refused'])} refused."
        )

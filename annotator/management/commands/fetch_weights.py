"""Set up click-to-segment: put MobileSAM's published weights where CLICK_WEIGHTS says."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from segmodels.clicks.fetching import WeightsRefused, fetch_weights


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", help="mobile_sam.pt: a path, or the https address of the file in the MobileSAM repository"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            fetch_weights(options["source"], settings.CLICK_WEIGHTS)
        except WeightsRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Click-to-segment is set up: {settings.CLICK_WEIGHTS}. No restart is needed.")

"""Run everything on this machine: web server, workers and a private Redis, until Ctrl-C."""

import signal
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from annotator.supervision import services
from annotator.supervision.group import Group


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            services.check_port(settings.HOST, settings.PORT)
        except services.StartError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0, interactive=False)
        self.prepare()
        run_group(self)

    def prepare(self) -> None:
        """What has to be there before the start; the demo makes its project here."""

    def ready_line(self) -> str:
        shown = "localhost" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST
        return f"Maskloop is ready: http://{shown}:{settings.PORT}"


def run_group(command: Command) -> None:
    """Start the group, say that it is ready, and run until a signal asks to stop."""
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, frame: stopping.append(received))
    group = Group(settings.DATA / "logs")
    try:
        services.start_all(group, host=settings.HOST, port=settings.PORT)
        if not stopping:
            command.stdout.write(command.ready_line())
            command.stdout.flush()
        group.watch(lambda: bool(stopping))
    except services.StartError as error:
        raise CommandError(str(error)) from error
    finally:
        group.stop()
        command.stdout.write("Maskloop has stopped.")

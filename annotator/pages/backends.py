"""How fast a model runs on the machines of this site, as bars."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from annotator.models import MeasuredBackend, ModelVersion
from segmodels.backends.figures import BackendChoice, BackendFigures


@dataclass(frozen=True)
class BackendBar:
    """One backend; `share` is its speed over that of the fastest."""

    figures: BackendFigures
    share: float
    is_kept: bool


@dataclass(frozen=True)
class MeasuredMachine:
    """What was measured on one machine, the fastest backend first; those that cannot run come last."""

    row: MeasuredBackend
    choice: BackendChoice
    bars: list[BackendBar]

    @property
    def title(self) -> str:
        """The name of the machine; where it is a processor, with its threads in words."""
        name, comma, rest = self.row.machine.rpartition(", ")
        number, _, _ = rest.partition(" ")
        if not comma or not number.isdigit():
            return self.row.machine
        return f"{name}, {_threads(int(number))}"

    @property
    def threads(self) -> str:
        return _threads(self.choice.threads)

    @property
    def size(self) -> list[int]:
        """Height and width of the images in px."""
        return list(self.choice.image_size)


def measured_machines(model: ModelVersion) -> list[MeasuredMachine]:
    return [_machine(row) for row in model.backends.all()]


def _machine(row: MeasuredBackend) -> MeasuredMachine:
    choice = BackendChoice.from_dict(row.choice)
    fastest_first = sorted(choice.figures, key=lambda figures: -(figures.speedup or 0.0))
    most = max((figures.speedup or 0.0 for figures in choice.figures), default=0.0) or 1.0
    bars = [BackendBar(of, (of.speedup or 0.0) / most, of.name == row.name) for of in fastest_first]
    return MeasuredMachine(row, choice, bars)


def _threads(count: int) -> str:
    return ngettext("{count} thread", "{count} threads", count).format(count=count)

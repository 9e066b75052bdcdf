"""`python -m segmodels train | predict | evaluate | bench | fetch-weights`, without the application."""

import argparse
import signal
import sys
from types import FrameType

from segmodels.commands.bench import add_bench
from segmodels.commands.evaluate import add_evaluate
from segmodels.commands.fetch_weights import add_fetch_weights
from segmodels.commands.predict import add_predict
from segmodels.commands.train import add_train
from segmodels.errors import SegmodelsError, TrainingStopped

STOPPED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code, 1 with a message on stderr for anything that went wrong."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except TrainingStopped as stop:
        print(stop, file=sys.stderr)
        return STOPPED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return STOPPED
    except (SegmodelsError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m segmodels", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for add in (add_train, add_predict, add_evaluate, add_bench, add_fetch_weights):
        add(commands)
    return parser


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # A polite kill ends a run as Ctrl-C does: what it has made so far is kept.
    signal.signal(signal.SIGTERM, _interrupted)
    sys.exit(main())

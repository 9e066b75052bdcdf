"""`fetch-weights`: a folder of ImageNet weights for machines that reach no hub."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from segmodels.catalogue import ENCODERS
from segmodels.commands.progress import ProgressLine
from segmodels.commands.result_files import open_to_readers
from segmodels.encoders import WEIGHTS_VARIABLE, chosen_folder
from segmodels.errors import SegmodelsError, SettingsError
from segmodels.weights_folder import ALREADY_THERE, expected_source, fetch_weights


class SomeNotFetched(SegmodelsError):
    """Weights of some encoders could not be had; those of the others are in the folder."""


def add_fetch_weights(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("fetch-weights", help="put encoders' ImageNet weights into a folder")
    command.add_argument("names", nargs="*", metavar="NAME", help="encoders; --list names all")
    command.add_argument(
        "--out", type=Path, metavar="FOLDER", help=f"default: the folder that {WEIGHTS_VARIABLE} names"
    )
    command.add_argument("--list", action="store_true", help="every encoder and where its weights would come from")
    command.set_defaults(run=run_fetch_weights)


def run_fetch_weights(options: argparse.Namespace) -> None:
    """Each name is reported when it is done; what could not be had is an error at the end."""
    if options.list:
        print(source_table(options.out))
        return
    if not options.names:
        raise SettingsError("NAME", "name at least one encoder; --list shows them")
    folder = chosen_folder(options.out)
    if folder is None:
        raise SettingsError("out", f"name a folder for the weights, or set {WEIGHTS_VARIABLE}")
    folder.mkdir(parents=True, exist_ok=True)
    fetch_all(list(dict.fromkeys(options.names)), folder)


def fetch_all(names: Sequence[str], folder: Path) -> None:
    """Raises SomeNotFetched with the reason for each that is missing, once all were tried."""
    failures: list[str] = []
    with ProgressLine("fetching encoder", len(names)) as progress:
        for name in names:
            try:
                fetched = fetch_weights(name, folder)
                if fetched.source != ALREADY_THERE:
                    open_to_readers(fetched.path)
            except SegmodelsError as error:
                failures.append(f"{name}: {error}")
                progress.say(f"{name}: not fetched")
            else:
                progress.clear()
                print(f"{name}: {fetched.path} ({fetched.source})", flush=True)
            progress.advance()
    if failures:
        raise SomeNotFetched(f"{len(failures)} of {len(names)} encoders have no weights.\n" + "\n".join(failures))


def source_table(folder: Path | None = None) -> str:
    """One line for each encoder: name, title, source."""
    width = max(map(len, ENCODERS)) + 2
    titles = max(len(card.title) for card in ENCODERS.values()) + 2
    return "\n".join(
        f"{name:{width}}{card.title:{titles}}{expected_source(name, folder)}" for name, card in ENCODERS.items()
    )

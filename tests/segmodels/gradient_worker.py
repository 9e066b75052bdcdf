"""Started by torchrun: a step of each loss on this process' share of a batch, then a training run on a folder."""

import sys
from pathlib import Path

import numpy as np
import torch

from segmodels.__main__ import main
from segmodels.processes import joined_by_torchrun
from tests.segmodels.plain_run import gradients, learn, object_run, plain_run

RECIPES = ("cross_entropy", "dice", "focal", "lovasz", "cross_entropy+dice")


def write_gradients(folder: Path, rank: int) -> None:
    for recipe in RECIPES:
        for micro in (2, 1):
            run = plain_run(folder, loss=dict.fromkeys(recipe.split("+"), 1.0), micro_batch_size=micro)
            loss = learn(run)
            np.savez(folder / f"{recipe}-{micro}-{rank}.npz", loss=loss, **gradients(run))
    run = object_run(folder)
    loss = learn(run)
    np.savez(folder / f"objects-{rank}.npz", loss=loss, **gradients(run))


if __name__ == "__main__":
    torch.set_num_threads(1)
    with joined_by_torchrun("cpu") as processes:
        write_gradients(Path(sys.argv[1]), processes.rank)
        sys.exit(main(sys.argv[2:]))

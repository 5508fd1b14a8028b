"""Rediffuse: two studies of CLIP and diffusion models as one reproducible pipeline."""

"""Distillation: a trained network shows another one what to put out."""

"""From a trained network to the model file that is deployed: normalisation, export, 8 bits."""

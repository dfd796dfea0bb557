"""The training loop: network, losses and optimiser, step by step, and what a run writes down."""

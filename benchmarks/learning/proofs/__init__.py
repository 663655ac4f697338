"""Claims about learning, each proved or refuted in the simulated world: one claim a file, no gate in between."""

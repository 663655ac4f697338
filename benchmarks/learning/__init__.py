"""Does it learn? Simulated people with real tastes use the real engine, and every learner reads the same log."""

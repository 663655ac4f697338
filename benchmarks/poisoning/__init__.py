"""The parts of `benchmarks.poison`: who attacks how, and a site that learns with a part of its defence."""

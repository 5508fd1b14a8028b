"""Speed of the networks and of the stages; ``make bench`` writes ``results.json``."""

"""Speed of the networks and of the stages (``make bench``, ``results.json``), blind tests, an independent judge."""

"""Pure functions and networks: arrays in, arrays out. No files, no network, no orchestrator."""

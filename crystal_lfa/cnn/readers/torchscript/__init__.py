"""TorchScript programs: objects as names and attributes, code as text; nothing is run."""

"""`mas doctor`: check settings, machine, stores and GitHub access."""

"""The security review agent: scanner hits before and after a change -> findings."""

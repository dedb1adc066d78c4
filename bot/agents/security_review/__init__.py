"""Security review agent: turns scanner hits before and after a change into findings."""

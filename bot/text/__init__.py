"""Pure text tools."""

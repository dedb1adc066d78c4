"""The document update agent: facts and documents -> verified edits and notices."""

"""The knowledge of a repository, as far as it is pure: from files to chunks, from a query to the best of them.

files      which files are searched, and as what
chunk      a passage: sections of documents, symbols of programs, within a budget of tokens
passage    what an embedder reads of it
terms      the words of a text, and the parts of its names
lexical    how much each counts in a chunk
columns    chunks as arrays
view       those of one commit
query      what a query asks for, by its shape
ranking    the best sections and symbols
"""

"""The RAG management agent: split files into chunks and rank them for a query, without I/O.

files            which files are searched, and how they are read
chunk            a passage: part of a section or symbol, within a token budget
sections         the chunks of a document
symbols          the chunks of a source file
embedding_text   the text of a chunk that is embedded
terms            index terms of a text
vocabulary       word lists
lexical          weights of terms in a chunk
column_store     chunks as arrays
snapshot         the chunks of one commit
query            what a query asks for, by its shape
ranking          the best sections and symbols
answering        results with their text, and the passages that answer a question
"""

"""Find known vulnerabilities of pinned packages in a local OSV database.

versions   compare versions
advisory   affected and fixed versions of an advisory
database   read the database files
"""

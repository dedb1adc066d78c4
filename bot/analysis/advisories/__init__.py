"""Known vulnerabilities of the packages that files pin, from an OSV database on this machine.

versions  which version comes first
advisory  an advisory, whom it concerns, which version mends it
database  the files they lie in
"""

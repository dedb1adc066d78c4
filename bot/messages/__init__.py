"""The words that people see on GitHub. Pure.

Text from a repository stands in code spans and fences only, so that it can neither mention people,
nor close issues, nor draw anything of its own.

markdown       text as code, as fences, as inert sentences; what fits
facts          a fact of code in a few words
entries        an edited section with its cause; a noticed one; addresses of lines
diagram        from code change to doc section, as a picture
pull_request   title, body, commit message and marker of a documentation pull request
check          title, summary and annotations of a check run
comments       answers to commands, and what is said unasked
replies        replies to commands, apart from refusals and explanations
"""

"""All text that MAS writes on GitHub, as pure functions.

Text from a repository appears only in code spans, fenced blocks and escaped sentences, so it cannot mention people,
close issues or render markup.

markdown         code spans, fenced blocks, escaped sentences, length limits
facts            a change of code in a few words
entries          an edited section with its cause, a place to review, permalinks
diagram          a Mermaid diagram from code changes to sections
pull_request     title, body, commit message and marker of a documentation pull request
check            the documentation check
security         the security check
review_comments  the comments and the summary of a security review
config           the check and the issue about `.github/mas.yml`, and the reply to `/mas config`
comments         refusals and explanations in reply to commands, and unprompted comments
replies          other replies to commands
usage            replies to commands with a missing or wrong argument
help             the reply to `/mas help`
search_results   the reply to `/mas ask`
history          the reply to `/mas status`
outcomes         the results of jobs, which `/mas status` and some replies include
sarif            a security review as SARIF
"""

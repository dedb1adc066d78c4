"""Document update agent: derive verified edits and notices from facts about the code."""

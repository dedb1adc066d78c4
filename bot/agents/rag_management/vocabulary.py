"""Words of English that tell what a text is, rather than what it is about."""

from __future__ import annotations

_STOP_WORD_LIST = (
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it its may not "
    "no of on or our shall should so such than that the their them then there these they this those to too was we "
    "were what when where which while who why will with would you your"
)
STOP_WORDS = frozenset(_STOP_WORD_LIST.split())
"""They say nothing of what a text is about."""

_QUESTION_WORD_LIST = "how what why when where which who can should does do is are could"
QUESTION_WORDS = frozenset(_QUESTION_WORD_LIST.split())
"""Questions begin with them."""

_ADDRESS_WORD_LIST = "you your we let's our please i"
ADDRESS_WORDS = frozenset(_ADDRESS_WORD_LIST.split())
"""Somebody is spoken to."""

_COMMIT_VERB_LIST = (
    "add adds added allow avoid bring change clarify clean cleanup correct deprecate disable document drop enable "
    "enhance ensure expose extend extract fix fixed fixes handle implement improve inline introduce make migrate "
    "minor move optimize prefer prevent raise reduce refactor remove rename replace reorganize restore rework rewrite "
    "simplify skip split stop support switch test tweak unify update upgrade use"
)
COMMIT_VERBS = frozenset(_COMMIT_VERB_LIST.split())
"""What commits do, in the imperative of their subjects."""

_FUNCTION_VERB_LIST = (
    "add allow append apply ask assert assign attach begin bind block build calculate call cancel cast change check "
    "choose clean clear clone close collect combine commit compare compile complete compute configure connect consume "
    "control convert copy count create decode decorate define delegate delete derive describe detect determine "
    "disable discard dispatch display download drop dump emit enable encode ensure escape estimate evaluate execute "
    "expand expose extract fail fetch fill filter find finish fix flatten flush force fork format forward generate "
    "get give guess handle hold identify import include increment indicate initialize inject insert inspect install "
    "instantiate intercept invalidate invoke iterate join keep launch limit link list load locate lock log look make "
    "manage map mark match measure merge modify move negotiate normalize notify obtain open override overwrite pack "
    "parse pass patch perform permit pick ping poll pop post prepare prevent print process produce promote protect "
    "provide prune purge push put query quote raise read receive record redirect reduce refresh register reject "
    "release reload remove rename render reorder repeat replace report represent request reset resolve respond "
    "restore resume retrieve return rewrite round run save scan schedule search seek select send serialize serve set "
    "setup show shut sign simulate skip sleep sort spawn split start stop store stream strip submit subscribe suspend "
    "swap sync synchronize take tell terminate test throw toggle trace track transfer transform translate trigger "
    "truncate try turn unpack unregister unset update upload validate verify visit wait walk watch wrap write yield"
)
FUNCTION_VERBS = frozenset(_FUNCTION_VERB_LIST.split())
"""What functions do, in the words of their documentation."""

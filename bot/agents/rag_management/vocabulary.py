"""Words of English that tell what a text is, rather than what it is about."""

from __future__ import annotations

_EMPTY = (
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it its may not "
    "no of on or our shall should so such than that the their them then there these they this those to too was we "
    "were what when where which while who why will with would you your"
)
EMPTY = frozenset(_EMPTY.split())
"""They say nothing of what a text is about."""

_ASKS = "how what why when where which who can should does do is are could"
ASKS = frozenset(_ASKS.split())
"""Questions begin with them."""

_ADDRESSED = "you your we let's our please i"
ADDRESSED = frozenset(_ADDRESSED.split())
"""Somebody is spoken to."""

_CHANGES = (
    "add adds added allow avoid bring change clarify clean cleanup correct deprecate disable document drop enable "
    "enhance ensure expose extend extract fix fixed fixes handle implement improve inline introduce make migrate "
    "minor move optimize prefer prevent raise reduce refactor remove rename replace reorganize restore rework rewrite "
    "simplify skip split stop support switch test tweak unify update upgrade use"
)
CHANGES = frozenset(_CHANGES.split())
"""What commits do, in the imperative of their subjects."""

_DEEDS = (
    "apply ask attach build call cast check clear close collect compare compile compute configure convert copy count "
    "create decode decorate define delete describe detect determine dispatch display dump emit encode escape evaluate "
    "execute extract filter find flush format forward generate get give handle hold identify indicate initialize "
    "insert inspect instantiate invoke iterate join list load locate log look make map mark match merge normalize "
    "notify open override parse pass patch perform pop prepare print process produce provide push put raise read "
    "receive record register render replace report represent request reset resolve retrieve return run save search "
    "select send serialize serve set setup show sort split start stop store strip take tell test throw transform "
    "translate trigger try turn update validate verify wait walk wrap write yield"
)
DEEDS = frozenset(_DEEDS.split())
"""What functions do, in the words of their documentation."""

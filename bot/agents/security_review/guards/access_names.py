"""How code asks who may: the names of decorators, filters and handlers, in any framework."""

from __future__ import annotations

import re

from bot.agents.security_review.guards.code import subwords
from bot.agents.security_review.guards.threats import ACCESS
from bot.domain.findings import Hit, Level

_ACCESS_CHECK = re.compile(
    r"^(?:login|permission|permissions|auth|admin|staff|superuser|user|role|roles|scope|scopes|token|jwt"
    r"|session|sudo|mfa|two_factor"
    r"|csrf|owner|access)(?:_\w+)*_required$"
    r"|^(?:requires?|ensure|check|verify|validate|assert|enforce|protect|must|needs?|only|has|is|deny"
    r"|authenticate|authori[sz]e"
    r"|user_passes)_(?:\w+_)?(?:auth|authenticated|authori[sz]ed|authentication|authori[sz]ation|login"
    r"|logged_in|admin|permissions?"
    r"|perms?|roles?|scopes?|access|csrf|owner|ownership|csrf_token|authenticity_token|user|test|all|superuser"
    r"|staff|accounting"
    r"|anonymous|signature|api_key|token|jwt)$"
    r"|^(?:authenticate|authori[sz]e|pre_authori[sz]e|post_authori[sz]e|roles_allowed|secured|csrf_protect"
    r"|deny_all|permission_classes"
    r"|authentication_classes|protect_from_forgery|load_and_authorize_resource|use_guards|authori[sz]e_resource"
    r"|is_granted"
    r"|requires_auth|validate_anti_forgery_token|check_permissions?|check_object_permissions|authenticate_user"
    r"|rate_?limit"
    r"|throttle_classes|csrf|require_authorization)$"
)
ACCESS_WORDING = re.compile(
    r"\b\w*(?:[aA]uthenticat|[aA]uthori[sz]|[lL]ogin_?[rR]equired|[pP]ermission|[rR]oles_?[aA]llowed|[cC]srf"
    r"|CSRF|[dD]eny_?[aA]ll|[aA]dmin"
    r"|[sS]ecured|_required|forgery|[lL]ogged_?[iI]n|[uU]se_?[gG]uards|passes_test|[cC]heck_?[pP]erm|[rR]ate_?[lL]imit"
    r"|[tT]hrottle|[sS]uperuser|[sS]taff|[rR]equire\w*[aA]uth|[vV]erify\w*[tT]oken|[vV]erify\w*[sS]ignature)\w*"
)
"""Any mention of such a name, for weighing what goes against what comes."""


def is_access_check(name: str) -> bool:
    """Whether a name is that of something that asks for a login, a right or a token."""
    return bool(_ACCESS_CHECK.match("_".join(subwords(name))))


def missing_check_hit(rule: str, line: int, name: str) -> Hit:
    """What is said where nothing of that name asks any more."""
    forgery = re.search("csrf|forgery|authenticity", name, re.I)
    return Hit(
        rule,
        line,
        line,
        Level.HIGH,
        Level.MEDIUM,
        f"`{name.strip(' =')}` no longer stands before it",
        "A foreign page can act in the name of who is logged in."
        if forgery
        else "It can be reached by those who were kept out of it.",
        "Ask for the right again, here or where the call comes from.",
        352 if forgery else 862,
        ACCESS,
    )

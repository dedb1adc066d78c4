"""Recognise access checks by the names of decorators, filters and handlers, in any framework."""

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
"""Any mention of an access check; used to compare counts of removed and added ones."""


def is_access_check(name: str) -> bool:
    """Return whether a name is that of a check of a login, a permission or a token."""
    return bool(_ACCESS_CHECK.match("_".join(subwords(name))))


def missing_check_hit(rule: str, line: int, name: str) -> Hit:
    """Build the hit for a removed access check."""
    forgery = re.search("csrf|forgery|authenticity", name, re.I)
    return Hit(
        rule,
        line,
        line,
        Level.HIGH,
        Level.MEDIUM,
        f"`{name.strip(' =')}` no longer protects this code",
        "Another site can send requests in the name of a logged-in user."
        if forgery
        else "Users without permission can reach it.",
        "Restore the check here or in the caller.",
        352 if forgery else 862,
        ACCESS,
    )

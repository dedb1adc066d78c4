"""Routes of Django: https://docs.djangoproject.com/en/stable/topics/http/urls/"""

from __future__ import annotations

from collections.abc import Iterator

from bot.frameworks.calls import PYTHON, calls, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample


def declarations(data: bytes) -> Iterator[Declaration]:
    """`path("users/<int:id>/", views.user)`; what is included under a prefix is declared elsewhere."""
    for call in calls(PYTHON, data):
        given = call.positional
        if call.name == "path" and not call.owner and len(given) > 1 and not given[1].startswith("include("):
            path = literal(given[0])
            if path and " " not in path:
                yield Declaration("route", "/" + path.lstrip("/"), call.line, binding=given[1])


DJANGO_ROUTES = Framework(
    name="Django",
    suffixes=("urls.py",),
    markers=(b"urlpatterns",),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'urlpatterns = [\n    path("users/<int:id>/", views.user),\n    path("api/", include("api.urls")),\n]\n',
            (("/users/<int:id>/", None),),
        ),
    ),
)

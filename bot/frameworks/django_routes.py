"""Django routes: https://docs.djangoproject.com/en/stable/topics/http/urls/"""

from __future__ import annotations

from collections.abc import Iterator

from bot.frameworks.calls import PYTHON, calls, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `path("users/<int:id>/", views.user)`; `include(…)` is skipped, its routes are declared elsewhere."""
    for call in calls(PYTHON, data):
        arguments = call.positional
        if call.name == "path" and not call.owner and len(arguments) > 1 and not arguments[1].startswith("include("):
            path = literal(arguments[0])
            if path and " " not in path:
                yield Declaration("route", "/" + path.lstrip("/"), call.line, binding=arguments[1])


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

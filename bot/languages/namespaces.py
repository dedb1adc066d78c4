"""What a module, a class or a package offers by name: the siblings of a symbol, in the order of the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from bot.languages.language import Binding, Symbol
from bot.languages.surface import Surface, is_public


@dataclass(frozen=True, slots=True)
class Offer:
    """A public name of a namespace: what it is (as in `Fact.what`), the file that defines it, its symbol if any."""

    name: str
    what: str
    path: str
    symbol: Symbol | None = None


class Namespaces:
    """One tree's namespaces, each read once, when it is asked for."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._known: dict[str, Mapping[str, Offer]] = {}

    def offers(self, container: str) -> Mapping[str, Offer]:
        """The public names of a module or a class; empty for any other name."""
        if container not in self._known:
            self._known[container] = {}  # for a module that imports from itself
            found = self._of_module(container) if container in self._surface.modules else self._of_class(container)
            self._known[container] = {offer.name: offer for offer in found}
        return self._known[container]

    def modules(self, package: str) -> Mapping[str, Offer]:
        """The public modules that lie directly in a package."""
        return self._modules.get(package, {})

    def _of_module(self, module: str) -> Iterator[Offer]:
        """What its files define, and what those take from elsewhere that speak for their folder or list names."""
        surface = self._surface
        for path in surface.modules[module]:
            outline, language = surface.outline(path), surface.sources[path]
            taken = outline.bindings if language.package(path) or outline.exports is not None else ()
            own = (Offer(s.name, s.what, path, s) for s in outline.symbols if not s.owner and s.public)
            for offer in chain(*(self._taken(binding) for binding in taken), own):
                listed = outline.exports is None or offer.name in outline.exports
                if listed and is_public(offer.name) and not language.private(path):
                    yield offer

    def _taken(self, binding: Binding) -> Iterator[Offer]:
        """What a file has under its own names from another one."""
        offers = self.offers(binding.source)
        if binding.name == "*":
            yield from offers.values()
        elif binding.name is not None and binding.name in offers:
            yield replace(offers[binding.name], name=binding.local)
        elif binding.name is not None and f"{binding.source}.{binding.name}" not in self._surface.modules:
            found = self._surface.resolve(f"{binding.source}.{binding.name}")
            if found is not None:
                yield Offer(binding.local, found.symbol.what, found.path, found.symbol)

    def _of_class(self, name: str) -> Iterator[Offer]:
        owner = self._surface.resolve(name)
        for symbol in self._surface.outline(owner.path).symbols if owner is not None else ():
            if owner is not None and symbol.owner == owner.symbol.name and symbol.public and is_public(symbol.bare):
                yield Offer(symbol.bare, symbol.what, owner.path, symbol)

    @cached_property
    def _modules(self) -> Mapping[str, dict[str, Offer]]:
        found: dict[str, dict[str, Offer]] = {}
        for module, paths in sorted(self._surface.modules.items()):
            package, _, name = module.rpartition(".")
            if is_public(module) and package:
                found.setdefault(package, {})[name] = Offer(name, "module", paths[0])
        return found

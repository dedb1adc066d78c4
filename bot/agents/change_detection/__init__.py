"""The change detection agent: two trees -> facts."""

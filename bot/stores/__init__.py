"""Persistent state: implementations of `bot.ports.Store`, one package per database family."""

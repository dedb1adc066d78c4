"""MAS: the documentation bot."""

__version__ = "0.1.0"

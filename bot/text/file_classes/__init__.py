"""Decide what each file of a repository is: a living document, a record of the past, generated, a test, program code…

classes      the classes, and a decision with its reason
kinds        what a file is made of, by its suffix: prose, code, settings
languages    codes and names of natural languages, for translations
rules        the table: which names of folders and files mean which class, with examples and exceptions
paths        a path alone -> its class
siblings     the other files of the tree: which of several versions is today's, what a translation translates
content      the head of a file: "generated, do not edit", front matter, headings that are versions
attributes   `linguist-*` attributes of `.gitattributes`
overrides    the globs of `.github/mas.yml`
tree         all of these, strongest first: overrides, attributes, paths with siblings, content
"""

from bot.text.file_classes.classes import Classification, FileClass
from bot.text.file_classes.overrides import NO_OVERRIDES, Overrides
from bot.text.file_classes.paths import classify_path
from bot.text.file_classes.tree import ClassifiedTree, FileClasses, class_in_change, classes_of, classified

__all__ = [
    "NO_OVERRIDES",
    "Classification",
    "ClassifiedTree",
    "FileClass",
    "FileClasses",
    "Overrides",
    "class_in_change",
    "classes_of",
    "classified",
    "classify_path",
]

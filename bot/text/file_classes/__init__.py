"""Classify the files of a repository: living document, record of the past, generated file, test, program code…

classes      the classes, and a classification with its reason
kinds        the kind of content, by suffix: prose, code, settings
languages    codes and names of natural languages, for translations
rules        the table: names of folders and files for each class, with examples and exceptions
paths        classification by path
siblings     classification by the other files of the tree: versions and translations
content      classification by the head of a file: "generated, do not edit", front matter, headings that are versions
attributes   `linguist-*` attributes in `.gitattributes`
overrides    globs in `.github/mas.yml`
tree         all of these, in order of precedence: overrides, attributes, paths and siblings, content
"""

from bot.text.file_classes.classes import Classification, FileClass
from bot.text.file_classes.overrides import NO_OVERRIDES, Overrides
from bot.text.file_classes.paths import classify_path
from bot.text.file_classes.tree import ClassifiedTree, FileClasses, class_in_change, classes_of, classify_change

__all__ = [
    "NO_OVERRIDES",
    "Classification",
    "ClassifiedTree",
    "FileClass",
    "FileClasses",
    "Overrides",
    "class_in_change",
    "classes_of",
    "classify_change",
    "classify_path",
]

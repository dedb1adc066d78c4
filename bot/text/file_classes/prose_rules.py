"""Rules for prose: records of the past, other versions, translations, and text for tools."""

from __future__ import annotations

import re

from bot.text.file_classes.classes import FileClass
from bot.text.file_classes.rule import PROSE, FileRule
from bot.text.file_classes.words import words

_SUFFIX = r"(?:\.[\w.-]+)?"
_VERSION = r"v?\d[\w.-]*"
_README = re.compile(r"(?i)/readme(?:[._-][\w.-]+)?$")

PROSE_RULES = (
    FileRule(
        "a template",
        FileClass.OTHER,
        kinds=PROSE,
        folders=words(
            "issue_template pull_request_template merge_request_templates issue_templates _templates archetypes"
        ),
        file=re.compile(r"(?:pull_request|issue|merge_request)_template(?:\.\w+)?"),
        path=re.compile(r"\{\{|%7B%7B"),
        examples=(".github/ISSUE_TEMPLATE/bug.md", "PULL_REQUEST_TEMPLATE.md", "{{cookiecutter.name}}/README.md"),
        counterexamples=("docs/templates/a.md",),
    ),
    FileRule(
        "a folder of releases",
        FileClass.RECORD,
        kinds=PROSE,
        folders=words(
            "changelog changelogs change-log change-logs change_log changelog.d changelog_unreleased "
            "changelog-unreleased changes changes.d .changes .changeset .changelog .changesets .chronus news news.d "
            "newsfragments newsfragment release-notes release_notes releasenotes releasenote release-note releases "
            "release relnotes relnote whatsnew whats-new whats_new what's-new what's_new unreleased history "
            "towncrier .towncrier .unreleased"
        ),
        path=re.compile(r"(?i)(?:^|/)(?:changes|changelogs?|release[-_]?notes|releases|news|history)[-_]v?\d[\w.-]*/"),
        exception=_README,
        examples=("docs/releases/1.0.md", "docs/whatsnew/v1.0.0.rst", ".changeset/a.md", "docs/unreleased/fix_1.md"),
        counterexamples=("docs/release-a-library.md", "apps/news/README.md"),
    ),
    FileRule(
        "a folder of decisions or meetings",
        FileClass.RECORD,
        kinds=PROSE,
        folders=words(
            "adr adrs decisions decision-records decision_records architecture-decisions "
            "architecture-decision-records architecture_decisions design-decisions rfc rfcs rfds proposals proposal "
            "enhancements keps meeting-notes meeting_notes meetings minutes postmortems post-mortems retrospectives"
        ),
        path=re.compile(r"(?:^|/)specs/\d{3,}-[^/]*/|(?:^|/)(?:adr|rfc|kep|pep)[-_]\d+[^/]*/", re.IGNORECASE),
        exception=_README,
        examples=("docs/adr/0001-use-x.md", "rfcs/1234.md", "docs/decisions/a.md"),
        counterexamples=("docs/adr/README.md", "docs/decision-trees.md"),
    ),
    FileRule(
        "a folder of posts",
        FileClass.RECORD,
        kinds=PROSE,
        folders=words("_posts _drafts posts blog blogs announcements newsletter newsletters"),
        exception=_README,
        examples=("blog/x.md", "website/blog/2020-01-01-a/index.md", "_posts/a.md"),
        counterexamples=("docs/blog-engine.md", "apps/blog/README.md"),
    ),
    FileRule(
        "a folder of upgrade guides",
        FileClass.RECORD,
        kinds=PROSE,
        folders=words(
            "migration migrations migrating migration-guide migration-guides migration_guides upgrade upgrades "
            "upgrading upgrade-guide upgrade-guides upgrade_guides deprecations "
            "breaking-changes breaking_changes upgrade-notes upgrade_notes upgrading-guides"
        ),
        exception=_README,
        examples=("docs/upgrading/2.0.md", "docs/migration/v2.md"),
        counterexamples=("docs/migrations.md",),
    ),
    FileRule(
        "a file name of changelogs or release notes",
        FileClass.RECORD,
        kinds=PROSE,
        file=re.compile(
            r"(?:.*[-_ ])?(?:change[-_ ]?log|release[-_ ]?note|relnote)s?(?:[-_. ].*)?"
            r"|what'?s?[-_ ]?(?:is[-_ ])?new(?:[-_. ].*)?"
            rf"|(?:changes?|history|news|releases?)(?:[-_. ]?{_VERSION})?{_SUFFIX}"
            rf"|(?:breaking|api)[-_ ]?changes(?:[-_. ].*)?|unreleased{_SUFFIX}|deprecations?{_SUFFIX}"
        ),
        examples=("CHANGELOG.md", "docs/changelog.rst", "CHANGES", "HISTORY-1.x.md", "docs/release-notes.md"),
        counterexamples=("docs/history-view.md", "docs/release-a-library.md", "docs/changing.md", "docs/releasing.md"),
    ),
    FileRule(
        "a file name of upgrade guides",
        FileClass.RECORD,
        kinds=PROSE,
        file=re.compile(
            r"(?:upgrading|migrating)(?:[-_ ].*)?"
            rf"{_SUFFIX}|(?:upgrade|migrate|migration)"
            rf"(?:[-_ ]?(?:guides?|notes?|instructions|steps|path|to|from)(?:[-_. ].*)?|[-_. ]?{_VERSION}|){_SUFFIX}"
            rf"|.*[-_ ]migration(?:[-_ ](?:guides?|notes?))?{_SUFFIX}|.*[-_ ]to[-_ ]v?\d[\w.-]*"
        ),
        examples=("UPGRADING.md", "docs/migration-guide.md", "docs/upgrade-2.0.md", "docs/v1-to-v2.md", "MIGRATION.md"),
        counterexamples=("docs/migrations.md", "docs/upgrade-command.md", "docs/how-to-migrate-data.md"),
    ),
    FileRule(
        "a date or a version as file name",
        FileClass.RECORD,
        kinds=PROSE,
        file=re.compile(
            r"(?:.*[-_ ])?(?:19|20)\d\d[-_.](?:0\d|1[0-2])(?:[-_. ].*)?|(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d(?:[-_. ].*)?"
            r"|(?:v|version|release)?[-_]?\d+(?:\.(?:\d+|x))+(?:[.-]?(?:rc|alpha|beta|dev|a|b|post|final|lts)[.-]?\d*)?"
            r"\.(?:md|mdx|markdown|rst|adoc|asciidoc|txt)"
        ),
        path=re.compile(r"(?:^|/)(?:19|20)\d\d-(?:0\d|1[0-2])(?:-[0-3]\d)?(?:[-_. ][^/]*)?/"),
        examples=(
            "docs/2020-01-31-outage.md",
            "board-report-2022-04.md",
            "runs/2018-01-08-arch/README.md",
            "docs/notes/v2.3.0.md",
            "notes/1.x.rst",
        ),
        counterexamples=("docs/01-intro.md", "docs/1.1-intro.md", "docs/2020.md", "docs/v1.md"),
    ),
    FileRule(
        "a licence, or a list of people or projects",
        FileClass.RECORD,
        kinds=PROSE,
        file=re.compile(
            r"(?:licen[sc]es?|unlicense)(?:[-_.](?:mit|apache|bsd|l?gpl|agpl|mpl|cc|isc|boost|zlib|third|3rd)[\w.-]*)?"
            rf"{_SUFFIX}|(?:copying|copyright|notices?|patents|third[-_]?party[-_]?(?:notices?|licen[sc]es?)){_SUFFIX}"
            rf"|(?:authors|contributors|maintainers|thanks|credits|acknowledge?ments|sponsors?|backers|adopters|owners"
            rf"|governance|ecosystem|(?:code[-_]of[-_])?conduct|codeowners|funding){_SUFFIX}|cla{_SUFFIX}"
        ),
        path=re.compile(r"(?:^|/)SECURITY(?:\.\w+)?$|(?i:^(?:\.github/)?security(?:\.\w+)?$)"),
        examples=("LICENSE", "LICENSE-MIT", "AUTHORS.md", "SECURITY.md", "docs/CODE_OF_CONDUCT.md", "NOTICE.txt"),
        counterexamples=("docs/security.md", "docs/notice-board.md", "docs/license-server.md", "docs/copying-files.md"),
    ),
    FileRule(
        "an archive of documentation",
        FileClass.VERSION,
        kinds=PROSE,
        folders=words("archive archives archived old old-docs old_docs"),
        file=re.compile(r".*[-_.](?:old|archived|bak)\.\w+"),
        path=re.compile(r"(?i)(?:^|/)(?:version[-_]v?\d[\w.-]*|versions?/v?\d[\w.-]*)/"),
        examples=("docs/version-1.0/a.md", "docs/versions/1.0/a.md", "docs/old/a.md", "docs/archive/a.md"),
        counterexamples=("docs/versions/about.md", "docs/archive.md", "docs/version-control/a.md"),
    ),
    FileRule(
        "a folder of translations",
        FileClass.TRANSLATION,
        kinds=PROSE,
        folders=words("translated_docs lc_messages"),
        examples=("website/translated_docs/fr/a.md",),
        counterexamples=("docs/translations/guide.md",),
    ),
    FileRule(
        "a hidden file or folder",
        FileClass.OTHER,
        kinds=PROSE,
        path=re.compile(r"(?:^|/)\.(?!github/|gitlab/|well-known/)[^/]+"),
        examples=(".claude/commands/a.md", ".cursor/rules/a.md"),
        counterexamples=(".github/CONTRIBUTING.md",),
    ),
)

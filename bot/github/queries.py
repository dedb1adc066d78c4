"""GraphQL queries and mutations (https://docs.github.com/en/graphql/reference).

`bot.github.responses` has the models of their responses.
"""

from __future__ import annotations

from collections.abc import Sequence

_COMMIT_FIELDS = """
      target { oid ... on Commit {
        message
        author { email }
        committer { email }
        parents(first: 2) { nodes { oid } }
      } }"""

OBSERVE_QUERY = f"""\
query Observe($owner: String!, $name: String!, $baseRef: String!, $base: String!, $ref: String!, $branch: String!) {{
  repository(owner: $owner, name: $name) {{
    base: ref(qualifiedName: $baseRef) {{ target {{ oid }} }}
    branch: ref(qualifiedName: $ref) {{ {_COMMIT_FIELDS}
    }}
    pullRequests(
      headRefName: $branch, baseRefName: $base, first: 20, orderBy: {{field: CREATED_AT, direction: DESC}}
    ) {{
      nodes {{
        number state title body url headRefOid
        author {{ __typename login }}
      }}
    }}
  }}
}}
"""

BRANCH_QUERY = f"""\
query Branch($owner: String!, $name: String!, $ref: String!) {{
  repository(owner: $owner, name: $name) {{
    id
    branch: ref(qualifiedName: $ref) {{ {_COMMIT_FIELDS}
    }}
  }}
}}
"""

UPDATE_REFS_MUTATION = """\
mutation UpdateRefs($repositoryId: ID!, $ref: GitRefname!, $before: GitObjectID!, $after: GitObjectID!) {
  updateRefs(input: {
    repositoryId: $repositoryId, refUpdates: [{name: $ref, beforeOid: $before, afterOid: $after, force: true}]
  }) { clientMutationId }
}
"""

COMMIT_MUTATION = """\
mutation Commit(
  $repository: String!, $branch: String!, $expected: GitObjectID!, $headline: String!, $body: String!,
  $additions: [FileAddition!]!
) {
  createCommitOnBranch(input: {
    branch: {repositoryNameWithOwner: $repository, branchName: $branch}, expectedHeadOid: $expected,
    message: {headline: $headline, body: $body}, fileChanges: {additions: $additions}
  }) { commit { oid url } }
}
"""

_PULL_FIELDS = """
      number state body headRefOid headRefName baseRefName isCrossRepository
      author { __typename login }
      labels(first: 50) { nodes { name } }
      commits(last: 1) { nodes { commit { message } } }"""

PULL_QUERY = f"""\
query Pull($owner: String!, $name: String!, $number: Int!) {{
  repository(owner: $owner, name: $name) {{
    pullRequest(number: $number) {{ {_PULL_FIELDS}
    }}
  }}
}}
"""

REVIEW_QUERY = f"""\
query Review($owner: String!, $name: String!, $number: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    pullRequest(number: $number) {{ {_PULL_FIELDS}
      reviewThreads(first: 100, after: $after) {{
        pageInfo {{ hasNextPage endCursor }}
        nodes {{
          id isResolved
          resolvedBy {{ login }}
          comments(first: 1) {{ nodes {{ body author {{ __typename login }} }} }}
        }}
      }}
    }}
  }}
}}
"""

RESOLVE_MUTATION = """\
mutation Resolve($thread: ID!) {
  resolveReviewThread(input: {threadId: $thread}) { thread { id isResolved } }
}
"""

UNRESOLVE_MUTATION = """\
mutation Unresolve($thread: ID!) {
  unresolveReviewThread(input: {threadId: $thread}) { thread { id isResolved } }
}
"""


def tree_query(commit: str, folders: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return a query for a commit's tree and the entries of some of its folders, and its variables.

    GraphQL accepts no list of paths here, so each folder has a variable and an alias: `f0`, `f1`….
    """
    parameters = "".join(f", $f{n}: String!" for n in range(len(folders)))
    objects = "".join(
        f"\n    f{n}: object(expression: $f{n}) {{ ... on Tree {{ entries {{ name mode }} }} }}"
        for n in range(len(folders))
    )
    query = f"""\
query Tree($owner: String!, $name: String!, $onto: GitObjectID!{parameters}) {{
  repository(owner: $owner, name: $name) {{
    commit: object(oid: $onto) {{ ... on Commit {{ tree {{ oid }} }} }}{objects}
  }}
}}
"""
    return query, {"onto": commit, **{f"f{n}": f"{commit}:{folder}" for n, folder in enumerate(folders)}}

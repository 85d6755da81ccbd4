"""A hook of MkDocs: links from the pages to other files of the repository lead to its website."""

import posixpath
import re
from typing import Any

_LINK = re.compile(r"(\]\()(?![a-z]+:|#|/)([^)\s#]+)")
"""The beginning of a Markdown link, and a relative path in it."""

_DOCS = "docs"


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Rewrite the links that leave the pages' folder; MkDocs calls this for each page.

    Args:
        markdown: The page's source.
        page: The page.
        config: MkDocs' configuration.
        **_: The collection of files, which is not needed.

    Returns:
        The page's source, in which these links are addresses.
    """
    folder = posixpath.dirname(posixpath.join(_DOCS, page.file.src_uri))

    def rewritten(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, match[2]))
        if path.startswith(f"{_DOCS}/"):
            return match[0]
        return f"{match[1]}{config['repo_url']}/blob/main/{path}"

    return _LINK.sub(rewritten, markdown)

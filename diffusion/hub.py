"""Folders that come from, and go to, the Hugging Face hub; whatever goes wrong there ends in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

HUB_ID = re.compile(r"(?!.*(?:\.\.|--|\.safetensors$))[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def is_hub_id(name: str) -> bool:
    """Whether a name looks like owner/name, and like no file."""
    return HUB_ID.fullmatch(name) is not None


def fetched(hub_id: str, files: list[str], revision: str | None = None) -> Path:
    """A folder with these files of a model on the hub, all of one commit; from the cache when the hub is out of reach.

    Raises ValueError when there is no such model or revision, or it cannot be reached and was never fetched.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        return Path(snapshot_download(hub_id, revision=revision, allow_patterns=files))
    except GatedRepoError:
        reason = "its owner has to grant access first; ask there, then `hf auth login`"
    except RepositoryNotFoundError:
        reason = "the hub has no such model, or a private one; check the name, or `hf auth login`"
    except RevisionNotFoundError:
        reason = f"it has no revision {revision!r}; check the name"
    except LocalEntryNotFoundError:
        reason = "the hub cannot be reached and it is not in the cache; go online, or give a file or folder"
    except Exception as error:  # the hub's client lets through the errors of two HTTP libraries and its own
        reason = f"{_first_line(error)}; try again, or give a file or folder"
    raise ValueError(f"there is no file or folder {hub_id}, and as a model on the hub it cannot be had: {reason}")


def uploaded(folder: Path, hub_id: str, *, private: bool = False, message: str = "Upload of a relation model") -> str:
    """Put a folder's files into a model on the hub, which is made if need be; returns the address of the commit.

    Raises ValueError when nobody is logged in, may not write there, or the hub cannot be reached.
    """
    from huggingface_hub import HfApi

    try:
        api = HfApi()
        api.create_repo(hub_id, private=private, exist_ok=True)
        return str(api.upload_folder(repo_id=hub_id, folder_path=folder, commit_message=message).commit_url)
    except Exception as error:
        reason = f"{_first_line(error)}; check the name, `hf auth login` and the network"
        raise ValueError(f"{hub_id} could not be written on the hub: {reason}") from None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:; ") if lines else type(error).__name__

"""`poseloom release …` and `poseloom verify`: look at releases, and prove them."""

from typing import Annotated

import typer
from rich.table import Table

from poseloom.infra.cli.console import output
from poseloom.schemas.errors import ReleaseError

_app = typer.Typer(help="Releases of a workspace.", no_args_is_help=True)
_Workspace = Annotated[str, typer.Argument(help="Workspace: a directory or s3://bucket/prefix.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="release")
    app.command()(verify)


@_app.command("list")
def list_all(workspace: _Workspace) -> None:
    """List all releases, oldest first."""
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.release import list_releases

    table = Table("version", "created", "digest", "after", box=None, padding=(0, 2, 0, 0))
    for release in list_releases(open_workspace(workspace, create=False).store):
        created = f"{release.created_at:%Y-%m-%d %H:%M}"
        table.add_row(release.version, created, release.digest[:16], release.parent_version or "")
    output.print(table)


@_app.command()
def show(
    workspace: _Workspace,
    version: Annotated[str, typer.Argument(help="Version, or `latest`.")] = "latest",
) -> None:
    """Show what a release holds, video by video."""
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.release import show_release

    found = show_release(open_workspace(workspace, create=False).store, version)
    output.print(f"v{found.release.version}  {found.release.digest}")
    table = Table("video", "id", "frames", "kept", "dropped", "missing frames", box=None, padding=(0, 2, 0, 0))
    for entry in found.manifest.videos:
        missing = ", ".join(f"{start}-{end - 1}" for start, end in entry.missing)
        counts = (entry.frame_count, entry.kept, entry.dropped)
        table.add_row(entry.name, entry.video_id, *(f"{count:,}" for count in counts), missing)
    output.print(table)


@_app.command()
def latest(workspace: _Workspace) -> None:
    """Print the version of the latest release."""
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.release import latest_release

    release = latest_release(open_workspace(workspace, create=False).store)
    if release is None:
        raise ReleaseError(f"expected a release in {workspace}, found none")
    output.print(release.version)


def verify(
    release: Annotated[
        str, typer.Argument(help="Folder of a release (DIR/releases/1.0.0), or a workspace for its latest.")
    ],
) -> None:
    """Hash every file of a release again, and derive again what is derived; works offline on a plain copy."""
    from poseloom.tasks.release import verify_release

    workspace, found, rest = release.rstrip("/").rpartition("/releases/")
    checked = verify_release(workspace, rest.partition("/")[0]) if found else verify_release(release)
    for note in checked.notes:
        output.print(f"note: {note}", highlight=False, markup=False)
    for finding in checked.findings:
        output.print(str(finding), highlight=False, markup=False)
    checked.require()
    size = f"{checked.files:,} files, {checked.size / 1e6:,.1f} MB"
    output.print(
        f"v{checked.release.version} is what was published: {size}, digest {checked.release.digest}", soft_wrap=True
    )

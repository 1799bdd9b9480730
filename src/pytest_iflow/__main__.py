"""The command as a module, ``python -m pytest_iflow``: for machines that block the launchers of a folder."""

from pytest_iflow.cli.main import app

if __name__ == "__main__":
    app()

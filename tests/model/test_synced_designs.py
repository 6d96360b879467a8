"""Designs in the lake: only such files can be named as a folder of designs has."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from model.read_design import WAREHOUSE
from model.synced_designs import SyncedDesigns, design_files


@pytest.mark.parametrize("path", ["../a.yaml", "/etc/a.sql", "mart/../../a.yaml", "mart/a.py", "mart/a/b.sql"])
def test_synced_designs_outside_the_folder_are_refused(path):
    with pytest.raises(ValidationError):
        SyncedDesigns(files={path: "0"})


def test_synced_designs_of_the_project_are_all_taken():
    files = dict.fromkeys(design_files(WAREHOUSE), "0")
    assert "sources.yaml" in files and SyncedDesigns(files=files).files == files

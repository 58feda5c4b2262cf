"""A mesh that turns in the page: a small canvas of ours, no library, by mouse, finger and keyboard, without a kernel."""

from mddl_lib.pages.mesh_viewer.viewer import mesh_viewer

__all__ = ["mesh_viewer"]

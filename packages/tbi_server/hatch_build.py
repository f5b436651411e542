"""Build hook: puts the built editor (web/build, web/build-render) into the server's wheel and sdist."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EditorHook(BuildHookInterface):  # type: ignore[type-arg]  # takes no configuration
    """An editable install reads web/build in place; a wheel carries a copy."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the editor beside the code.

        Raises:
            RuntimeError: if the editor has not been built.
        """
        if version == "editable":
            return
        web = Path(self.root).parents[1] / "web"
        built = web / "build"
        if (built / "index.html").is_file():
            package = "tbi_server" if self.target_name == "wheel" else "src/tbi_server"
            build_data["force_include"][str(built)] = f"{package}/editor"
            build_data["force_include"][str(web / "build-render")] = f"{package}/render"
        elif not (Path(self.root) / "src/tbi_server/editor/index.html").is_file():  # an unpacked sdist has it
            raise RuntimeError(f"The editor is not built: {built}/index.html is missing. Run `make build` first.")

"""What the pointer does on the canvas: one file per tool, all of them in TOOLS."""

from annotator.canvas.tool import Tool
from annotator.tools.trace import TraceTool

TOOLS: dict[str, type[Tool]] = {"trace": TraceTool}
"""Tools by identifier, the default first."""

"""What the pointer does on the canvas: one file per tool, all of them in TOOLS."""

from annotator.canvas.tool import Tool
from annotator.tools.box import BoxTool
from annotator.tools.brush import BrushTool, EraserTool
from annotator.tools.contour import ContourTool
from annotator.tools.polygon import PolygonTool
from annotator.tools.ruler import RulerTool
from annotator.tools.select import SelectTool
from annotator.tools.trace import TraceTool

TOOLS: dict[str, type[Tool]] = {
    "trace": TraceTool,
    "select": SelectTool,
    "brush": BrushTool,
    "eraser": EraserTool,
    "polygon": PolygonTool,
    "contour": ContourTool,
    "box": BoxTool,
    "ruler": RulerTool,
}
"""Tools by identifier, the default first."""

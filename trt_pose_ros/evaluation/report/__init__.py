"""Reports of an evaluation, and comparisons of several, as one HTML file each that needs nothing else."""

from .comparison import render_comparison as render_comparison
from .pictures import Picture as Picture
from .pictures import worst as worst
from .report import render as render

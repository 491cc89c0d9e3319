"""The parts of the run report: what is read, how numbers are worded, charts, sections and the page."""

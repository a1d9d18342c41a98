"""Backends: what a stage can be done with besides the embedded defaults. Each is a frozen dataclass; its fields are its settings.

Which there are is written in `configs/<stage>/<name>.yaml`: `class` names the dataclass, the rest differs from its defaults.
"""

"""Characters that a text may not contain, with the standard that forbids them."""

from __future__ import annotations

import re

_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f"
"""Controls but tab and line ends."""
_DISGUISES = "\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
"""More controls, what ends a line for some terminals, bidi controls that can disguise a text, and no characters."""

NOT_XML = re.compile(f"[{_CONTROLS}\ufffe\uffff\ud800-\udfff]")
"""What XML 1.0 §2.2 cannot hold: every edition shows the replacement character."""
NOT_TEXT = re.compile(f"[{_CONTROLS}\r{_DISGUISES}]")
"""What no text of a setting may hold."""
NOT_IN_A_LINE = re.compile(f"[\x00-\x1f{_DISGUISES}]")
"""What no text of one line may hold."""

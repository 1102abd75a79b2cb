"""The fonts of a renderer: those that style sheets declare, and none of the machine.

WeasyPrint begins with all fonts that are installed, so that a letter that no font of the theme has would be taken from whatever a machine
happens to have: the same book would be another file on another machine. Here a set of fonts begins empty.

Pango cannot work without any font. Pages for which none is served, which are no pages of a book, have one of Handbound's.
"""

from __future__ import annotations

import os
import weakref
from typing import Any

from weasyprint.text.ffi import ffi, fontconfig, gobject, pangoft2
from weasyprint.text.fonts import FontConfiguration

from book.seal import scratch
from book.theme import house

ffi.cdef("FcConfig * FcConfigCreate (void);")


class OwnFonts(FontConfiguration):  # type: ignore[misc]
    """A configuration of fonts for WeasyPrint that knows no font of the machine, and no settings for them."""

    def __init__(self, *, served: bool) -> None:
        """Begin a set of fonts; *served* says whether style sheets can add some."""
        self._config = fontconfig.FcConfigCreate()
        if not served:
            serif = house() / "_fonts" / "source-serif-4" / "Regular.ttf"
            fontconfig.FcConfigAppFontAddFile(self._config, os.fsencode(serif))
        self.font_map = ffi.gc(pangoft2.pango_ft2_font_map_new(), gobject.g_object_unref)
        fonts = ffi.cast("PangoFcFontMap *", self.font_map)
        pangoft2.pango_fc_font_map_set_config(fonts, self._config)
        fontconfig.FcConfigDestroy(self._config)  # the map keeps a reference to it
        self.strut_layouts: dict[Any, Any] = {}
        self.font_features: dict[Any, Any] = {}
        # WeasyPrint removes the folder when the object is destroyed, which Python need not do at the end of a process; but finalizers run.
        self._folder, handle = scratch.begin()
        weakref.finalize(self, scratch.end, self._folder, handle)

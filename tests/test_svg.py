"""Drawings of other programs become pictures in which nothing loads or runs."""

from __future__ import annotations

import re
import subprocess
import time

import pytest
from lxml import etree

from book.html_names import SVG
from book.images import rasters, svg
from book.images.svg import vocabulary
from book.settings import Limits

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def clean(text: str | bytes, **most: int) -> svg.Drawing:
    """Return a cleaned drawing, after checking the laws for clean drawings."""
    made = svg.cleaned(text if isinstance(text, bytes) else text.encode(), "x.svg", Limits(**most))
    sound(made)
    return made


def sound(made: svg.Drawing) -> None:
    """Check the laws: well-formed, of the lists alone, without anything that loads or runs; and a second time changes nothing."""
    root = etree.fromstring(made.data)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        name = etree.QName(element)
        assert (name.namespace, name.localname in vocabulary.ELEMENTS) == (SVG, True)
        for key, value in element.attrib.items():  # may be empty: an element without attributes
            short = etree.QName(key).localname
            assert short in vocabulary.PRESENTED | vocabulary.NUMERIC | vocabulary.WORDED | {
                "href",
                "space",
                "width",
                "height",
            }
            assert key in (vocabulary.HREF, vocabulary.SPACE) or etree.QName(key).namespace is None
            if short == "href":
                assert value.startswith(
                    (
                        "#",
                        "data:image/png;base64,",
                        "data:image/jpeg;base64,",
                        "data:image/gif;base64,",
                        "data:image/svg+xml;base64,",
                    )
                )
            assert not re.search(r"url\((?!#)", value)
    assert 1 <= made.width <= 100_000
    assert 1 <= made.height <= 100_000
    box = [float(number) for number in root.get("viewBox", "").split()]
    assert len(box) == 4
    assert min(box[2:]) > 0
    again = svg.cleaned(made.data, "x.svg", Limits())
    assert (again.data, again.faults) == (made.data, ())


def codes(made: svg.Drawing) -> list[str]:
    return [kind.code for kind, _, _ in made.faults]


def words(made: svg.Drawing) -> list[str]:
    return [" ".join("".join(text.itertext()).split()) for text in etree.fromstring(made.data).iter(f"{{{SVG}}}text")]


# Drawings in the style of the programs that write them.

GRAPHVIZ = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"
 "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<!-- a graph -->
<svg width="62pt" height="116pt" viewBox="0.00 0.00 62.00 116.00" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
<g id="graph0" class="graph" transform="scale(1 1) rotate(0) translate(4 112)"><title>G</title>
<polygon fill="white" stroke="transparent" points="-4,4 -4,-112 58,-112 58,4 -4,4"/>
<g id="node1" class="node"><title>a</title><g id="a_node1"><a xlink:href="https://example.org/" xlink:title="tip">
<ellipse fill="none" stroke="black" cx="27" cy="-90" rx="27" ry="18"/><text text-anchor="middle" x="27" y="-86.3" font-family="Times,serif" font-size="14.00">Ä &amp; b</text></a></g></g></g></svg>"""
MATPLOTLIB = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="460.8pt" height="345.6pt" viewBox="0 0 460.8 345.6" xmlns="http://www.w3.org/2000/svg" version="1.1">
<metadata><rdf:RDF xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://creativecommons.org/ns#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><cc:Work><dc:date>2026-01-01</dc:date></cc:Work></rdf:RDF></metadata>
<defs><style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style></defs>
<g id="figure_1"><path d="M 0 345.6 L 460.8 0 z" style="fill: #ffffff; clip-path: url(#p123)"/><defs><path id="m1" d="M 0 0 L 0 3.5" style="stroke: #000000; stroke-width: 0.8"/></defs>
<use xlink:href="#m1" x="95" y="307" style="stroke: #000000"/><text style="font: 10px 'DejaVu Sans', sans-serif; text-anchor: middle" x="95" y="322">0.5</text></g>
<defs><clipPath id="p123"><rect x="57" y="41" width="357" height="266"/></clipPath></defs></svg>"""
DRAWIO = f"""{OPEN} width="161px" height="81px" viewBox="-0.5 -0.5 161 81" content="&lt;mxfile/&gt;" style="background: rgb(255, 255, 204); color-scheme: light dark;"><defs/>
<g><rect x="0" y="0" width="160" height="80" fill="#dae8fc" stroke="#6c8ebf" pointer-events="all" style="fill: light-dark(#dae8fc, var(--x, #121212));"/>
<g transform="translate(-0.5 -0.5)"><switch><foreignObject pointer-events="none" width="100%" height="100%" requiredFeatures="http://www.w3.org/TR/SVG11/feature#Extensibility" style="overflow: visible;"><div xmlns="http://www.w3.org/1999/xhtml" style="display: flex;"><div>Ask the<br/>neighbour first</div></div></foreignObject><text x="80" y="44" fill="#000" font-family="Helvetica" font-size="12px" text-anchor="middle">Ask the...</text></switch></g>
<g><switch><foreignObject width="100%" height="100%"><div xmlns="http://www.w3.org/1999/xhtml">Short</div></foreignObject><text x="20" y="70">Short</text></switch></g></g>
<switch><g requiredFeatures="http://www.w3.org/TR/SVG11/feature#Extensibility"/><a transform="translate(0,-5)" xlink:href="https://example.org/faq" target="_blank"><text x="50%" y="100%">Text is not SVG - cannot display</text></a></switch></svg>"""
MERMAID = f"""{OPEN} id="my-svg" width="100%" class="flowchart" style="max-width: 200px; background-color: white;" viewBox="0 0 200 100" role="graphics-document document">
<style>#my-svg{{font-family:"trebuchet ms",verdana;font-size:16px;fill:#333;}}@keyframes edge{{from{{stroke-dashoffset:9}}}}#my-svg .node rect,#my-svg .node circle{{fill:#ECECFF;stroke:#9370DB}}#my-svg .nodeLabel p{{color:#123456}}@media (prefers-color-scheme: dark){{#my-svg .node rect{{fill:#000}}}}#my-svg .edge:hover{{stroke:red}}</style>
<g class="node default" id="flowchart-A-0" transform="translate(100, 50)"><rect class="basic" style="" x="-50" y="-27" width="100" height="54"/><g class="label" transform="translate(-40, -12)"><foreignObject width="80" height="24"><div xmlns="http://www.w3.org/1999/xhtml"><span class="nodeLabel"><p>Start here</p></span></div></foreignObject></g></g></svg>"""
ILLUSTRATOR = """<?xml version="1.0" encoding="utf-8"?>
<!-- made by hand -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
	<!ENTITY ns_extend "http://ns.adobe.com/Extensibility/1.0/">
	<!ENTITY ns_ai "http://ns.adobe.com/AdobeIllustrator/10.0/">
	<!ENTITY ns_svg "http://www.w3.org/2000/svg">
	<!ATTLIST svg xmlns:a CDATA #FIXED "http://ns.adobe.com/AdobeSVGViewerExtensions/3.0/">
]>
<svg version="1.1" xmlns:x="&ns_extend;" xmlns:i="&ns_ai;" xmlns="&ns_svg;" x="0px" y="0px" viewBox="0 0 100 60" style="enable-background:new 0 0 100 60;" xml:space="preserve">
<style type="text/css">.st0{fill:#E6332A;} .st1{font-family:'MyriadPro-Regular';} .st0, .st2 {stroke-miterlimit:10}</style>
<switch><foreignObject requiredExtensions="&ns_ai;" x="0" y="0" width="1" height="1"><i:aipgfRef xlink:href="#adobe_illustrator_pgf" xmlns:xlink="http://www.w3.org/1999/xlink"/></foreignObject>
<g i:extraneous="self"><rect class="st0" width="50" height="30"/><text class="st1" x="9" y="20">Plate&nbsp;1</text></g></switch><i:aipgf id="adobe_illustrator_pgf">AAAA</i:aipgf></svg>"""
INKSCAPE = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" width="210mm" height="297mm" viewBox="0 0 210 297" sodipodi:docname="a.svg" inkscape:version="1.3">
<sodipodi:namedview pagecolor="#ffffff"><inkscape:grid type="xygrid"/></sodipodi:namedview><defs><linearGradient id="l1"><stop style="stop-color:#ff0000;stop-opacity:0.5" offset="0"/></linearGradient></defs>
<g inkscape:label="Layer 1" inkscape:groupmode="layer"><rect style="fill:url(#l1);-inkscape-stroke:none;stroke-width:0.26" width="80" height="40" x="20" y="20"/><text xml:space="preserve" style="font-size:10.6px;line-height:1.25" x="20" y="90"><tspan sodipodi:role="line" x="20" y="90">In <tspan style="font-weight:bold">bold</tspan> words</tspan></text></g></svg>"""
EXCALIDRAW = f"""{OPEN} version="1.1" viewBox="0 0 200 80" width="200" height="80"><!-- svg-source:excalidraw --><defs><style class="style-fonts">@font-face {{ font-family: "Virgil"; src: url("https://example.org/Virgil.woff2"); }}</style></defs><rect x="0" y="0" width="200" height="80" fill="#ffffff"></rect><g stroke-linecap="round"><path d="M1 1 C9 9,3 4,5 5" stroke="#1e1e1e" stroke-width="1" fill="none"></path></g><text x="9" y="20" font-family="Virgil, Segoe UI Emoji" font-size="20px" fill="#1e1e1e" style="white-space: pre;" direction="ltr" dominant-baseline="alphabetic">By hand</text></svg>"""
PLANTUML = """<?xml version="1.0" encoding="us-ascii" standalone="no"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" contentStyleType="text/css" height="120px" preserveAspectRatio="none" style="width:113px;height:120px;background:#FFFFFF;" version="1.1" viewBox="0 0 113 120" width="113px" zoomAndPan="magnify"><?plantuml 1.2026?><defs/><g><line style="stroke:#181818;stroke-width:0.5;stroke-dasharray:5.0,5.0;" x1="25" x2="25" y1="36" y2="85"/><text fill="#000000" font-family="sans-serif" font-size="14" lengthAdjust="spacing" textLength="27" x="12" y="24">Bob</text><!--SRC=[SoWkIImgAStD]--></g></svg>"""
D2 = f"""{OPEN} data-d2-version="0.6" preserveAspectRatio="xMinYMin meet" viewBox="0 0 256 434"><svg class="d2-1 d2-svg" width="256" height="434" viewBox="-101 -101 256 434"><rect x="-101" y="-101" width="256" height="434" rx="0" fill="#FFFFFF" class=" fill-N7" stroke-width="0" /><style type="text/css"><![CDATA[ .d2-1 .text-bold {{ font-family: "d2-1-font-bold"; }} @font-face {{ font-family: d2-1-font-bold; src: url("data:application/font-woff;base64,d09GRgABAAA="); }} .d2-1 .fill-N1{{fill:#0A0F25;}} @media screen and (prefers-color-scheme:dark) {{ .d2-1 .fill-N1{{fill:#CDD6F4;}} }} ]]></style><g id="eA=="><g class="shape"><rect x="0" y="0" width="53" height="66" stroke="#0D32B2" fill="#F7F8FE"/></g><text x="26.5" y="38.5" class="text-bold fill-N1" style="text-anchor:middle;font-size:16px">x</text></g><mask id="d2-1" maskUnits="userSpaceOnUse" x="-101" y="-101" width="256" height="434"><rect x="-101" y="-101" width="256" height="434" fill="white"></rect></mask></svg></svg>"""


@pytest.mark.parametrize(
    ("drawing", "size", "told", "says", "holds"),
    [
        (GRAPHVIZ, (83, 155), [], ["Ä & b"], ['fill="none"', 'stroke-opacity="0"']),
        (
            MATPLOTLIB,
            (614, 461),
            [],
            ["0.5"],
            ['stroke-linecap="butt"', 'clip-path="url(#p123)"', 'font-size="10px"', 'xlink:href="#m1"'],
        ),
        (DRAWIO, (161, 81), ["I115"], ["Ask theneighbour first", "Short"], ['fill="#dae8fc"', 'fill="#ffffcc"']),
        (MERMAID, (200, 100), ["I115"], ["Start here"], ['fill="#ECECFF"', 'fill="white"', 'fill="#123456"']),
        (ILLUSTRATOR, (100, 60), [], ["Plate 1"], ['fill="#E6332A"', 'stroke-miterlimit="10"']),
        (
            INKSCAPE,
            (794, 1123),
            [],
            ["In bold words"],
            ['stop-color="#ff0000"', 'fill="url(#l1)"', 'font-weight="bold"'],
        ),
        (EXCALIDRAW, (200, 80), ["I110"], ["By hand"], ['fill="#1e1e1e"']),
        (PLANTUML, (113, 120), [], ["Bob"], ['stroke-dasharray="5.0,5.0"']),
        (D2, (256, 434), [], ["x"], ['fill="#0A0F25"', 'text-anchor="middle"']),
    ],
    ids=["graphviz", "matplotlib", "drawio", "mermaid", "illustrator", "inkscape", "excalidraw", "plantuml", "d2"],
)
def test_what_a_program_writes_becomes_a_picture(
    drawing: str, size: tuple[int, int], told: list[str], says: list[str], holds: list[str]
) -> None:
    made = clean(drawing)
    assert (made.width, made.height) == size
    assert codes(made) == told
    assert words(made) == says
    for piece in holds:  # may be empty: a case that only counts words
        assert piece in made.data.decode()


@pytest.mark.needs_graphviz
def test_what_graphviz_itself_writes_becomes_a_picture() -> None:
    graph = b'digraph { a -> b [label="yes & no"]; b [shape=box, style=filled, fillcolor="#ff000080", URL="http://example.org/"] }'
    made = clean(subprocess.run(["dot", "-Tsvg"], input=graph, capture_output=True, check=True).stdout)
    assert codes(made) == []
    assert sorted(words(made)) == ["a", "b", "yes & no"]


# What loads or runs.


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<script xlink:href="http://evil.example/a.js"/>',
        '<rect onclick="alert(1)"/>',
        '<image href="../secret.png"/>',
        '<image xlink:href="http://evil.example/a.png"/>',
        '<image href="data:text/html,x"/>',
        '<use href="http://evil.example/a.svg#a"/>',
        '<rect fill="url(http://evil.example/a.svg#a)"/>',
        '<rect style="fill:url(//evil.example)"/>',
        '<rect style="fill:u\\72l(http://evil.example)"/>',
        "<rect style=\"background-image:image-set('http://evil.example' 1x)\"/>",
        "<style>@import 'http://evil.example/a.css';</style>",
        "<style>@import url(a.css);</style>",
        "<style>@font-face { font-family: x; src: url(http://evil.example/a.woff2) }</style>",
        "<style>rect { filter: url(http://evil.example/a.svg#f) }</style>",
        '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        '<filter id="f"><feImage href="http://evil.example/a.png"/></filter>',
        '<iframe src="http://evil.example/"/>',
        '<g xml:base="http://evil.example/"/>',
        '<linearGradient xlink:href="http://evil.example/a.svg#a"/>',
        '<html:script xmlns:html="http://www.w3.org/1999/xhtml">alert(1)</html:script>',
        '<mask id="m" mask="url(&quot;http://evil.example/a.svg#m&quot;)"/>',
        '<path marker-mid="URL(http://evil.example/a.svg#m)" d="M0 0"/>',
        '<handler xmlns="http://www.w3.org/2000/svg">x</handler>',
        '<?xml-stylesheet href="http://evil.example/a.css"?>',
        '<text cursor="url(http://evil.example/a.cur)">x</text>',
    ],
)
def test_parts_that_load_or_run_are_dropped_and_reported_and_the_rest_is_drawn(inside: str) -> None:
    made = clean(f'{OPEN} viewBox="0 0 9 9">{inside}<circle r="4"/></svg>')
    assert "evil.example" not in made.data.decode()
    assert "alert" not in made.data.decode()
    assert b'<circle r="4"/>' in made.data
    assert codes(made) == ["I110"] or "cursor" in inside


@pytest.mark.parametrize("shape", ["<path/>", '<rect width="3"/>', "<circle/>", "<polyline/>", "<polygon/>"])
def test_a_shape_without_a_shape_is_left_out(shape: str) -> None:
    made = clean(f'{OPEN} viewBox="0 0 9 9">{shape}<ellipse rx="4"/></svg>')
    assert made.data.count(b"<") == 3
    assert not codes(made)


def test_the_name_of_a_typeface_is_not_an_address() -> None:
    assert b"url(" not in clean(f"{OPEN}><text style=\"font-family: 'url(http://x.example)'\">x</text></svg>").data


def test_a_style_sheet_before_the_drawing_is_dropped_and_told() -> None:
    made = clean(
        f'<?xml-stylesheet href="http://evil.example/a.css"?>{OPEN} onload="x()" xml:base="http://evil.example/"/>'
    )
    assert codes(made) == ["I110"]
    assert b"evil" not in made.data


LAUGHS = "".join(f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 6))
MANY = "".join(f'<!ENTITY a{n} "x">' for n in range(99))


@pytest.mark.parametrize(
    "drawing",
    [
        f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>{OPEN}><text>&a;</text></svg>',
        f'<!DOCTYPE svg [<!ENTITY a "xx"><!ENTITY b "&a;&a;">]>{OPEN}><text>&b;</text></svg>',
        f'<!DOCTYPE svg [<!ENTITY % a SYSTEM "http://evil.example/a.dtd"> %a;]>{OPEN}/>',
        f'<!DOCTYPE svg [<!ENTITY a "{"x" * 500}">]>{OPEN}/>',
        f'<!DOCTYPE svg [<!NOTATION a SYSTEM "x">]>{OPEN}/>',
        f"<!DOCTYPE svg [{MANY}]>{OPEN}/>",
        f'<!ENTITY a "x">{OPEN}/>',
        f"{OPEN}>{'<g>' * 200}{'</g>' * 200}</svg>",
        f"{OPEN}>{'<g/>' * 100_001}</svg>",
        f'{OPEN}><defs><g id="a0"><rect/></g>{LAUGHS}</defs><use href="#a5"/></svg>',
        f'{OPEN}><defs><marker id="m">{"<g/>" * 1000}</marker></defs><path marker-mid="url(#m)" d="{"M0 0L1 1" * 100}"/></svg>',
    ],
    ids=["outside", "nested", "parameter", "long", "notation", "many", "nowhere", "deep", "nodes", "uses", "markers"],
)
def test_a_drawing_that_cannot_be_made_safe_is_refused_alone(drawing: str) -> None:
    with pytest.raises(rasters.Refused) as refused:
        svg.cleaned(drawing.encode(), "x.svg", Limits())
    assert refused.value.kind in (svg.UNSAFE_SVG, rasters.BROKEN)


@pytest.mark.parametrize(
    "inside",
    [
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
        '<pattern id="p"><rect width="1" height="1" fill="url(#p)"/></pattern><rect width="1" height="1" fill="url(#p)"/>',
        '<mask id="m" mask="url(#m)"/>',
        '<clipPath id="c"><rect width="1" height="1" clip-path="url(#d)"/></clipPath><clipPath id="d"><rect width="1" height="1" clip-path="url(#c)"/></clipPath>',
        '<linearGradient id="l" href="#l"/>',
        '<marker id="m"><path d="M0 0" marker-end="url(#m)"/></marker>',
    ],
)
def test_a_reference_that_leads_round_in_a_circle_is_dropped(inside: str) -> None:
    assert codes(clean(f"{OPEN}>{inside}</svg>")) == ["I110"]


def test_ids_are_unique_and_what_refers_to_them_follows() -> None:
    twice = '<rect id="1 a:b" width="1" height="1"/><rect id="1 a:b" width="1" height="1"/><use href="#1 a:b"/>'
    made = clean(f"{OPEN}>{twice}<clipPath id='2/c'/><g clip-path=\"url('#2/c')\"/></svg>")
    text = made.data.decode()
    assert text.count('id="') == 2
    assert 'id="n-1-a-b"' in text
    assert 'xlink:href="#n-1-a-b"' in text
    assert 'clip-path="url(#n-2-c)"' in text


@pytest.mark.parametrize(
    "inside",
    [
        '<clipPath id="a"/><use href="#a"/>',
        '<linearGradient id="a"/><use xlink:href="#a"/>',
        '<mask id="a"/><g clip-path="url(#a)"/>',
        '<clipPath id="a"/><g mask="url(#a)"/>',
        '<g id="a"/><g filter="url(#a)" stroke="url(#a)" marker-end="url(#a)"/>',
        '<g id="a"/><pattern href="#a"/><linearGradient href="#a"/>',
        '<use href="#none"/><g fill="url(#none)"/>',
    ],
)
def test_a_reference_leads_to_what_it_can_mean_or_is_left_out(inside: str) -> None:
    text = clean(f"{OPEN}>{inside}</svg>").data.decode()
    assert "#a" not in text
    assert "#none" not in text


# Sizes and numbers.


@pytest.mark.parametrize(
    ("attributes", "size", "told"),
    [
        ("", (300, 150), False),
        ('viewBox="0 0 40 30"', (40, 30), False),
        ('viewBox="0,0,40.4,30.6"', (40, 31), False),
        ('width="20" viewBox="0 0 40 30"', (20, 15), False),
        ('height="60" viewBox="0 0 40 30"', (80, 60), False),
        ('width="20px" height=" 10 "', (20, 10), False),
        ('width="1in" height="25.4mm"', (96, 96), False),
        ('width="72pt" height="6pc"', (96, 96), False),
        ('width="2.54cm" height="2em"', (96, 32), False),
        ('width="100%" height="100%" viewBox="0 0 40 30"', (40, 30), False),
        ('width="auto" viewBox="0 0 40 30"', (40, 30), False),
        ('width="nan" viewBox="a b c d"', (300, 150), True),
        ('viewBox="0 0 1e999 5"', (300, 150), True),
        ('viewBox="0 0 NaN Infinity"', (300, 150), True),
        ('viewBox="0 0 -5 5"', (300, 150), True),
        ('viewBox="0 0 0 5"', (300, 150), True),
        ('viewBox="0 0 5"', (300, 150), True),
        ('width="-5" height="1e400"', (300, 150), True),
        (f'width="{"9" * 5000}"', (300, 150), True),
        ('width="Infinity" viewBox="0 0 40 30"', (40, 30), True),
    ],
)
def test_a_drawing_is_printed_in_the_size_that_it_states(attributes: str, size: tuple[int, int], told: bool) -> None:
    made = clean(f"{OPEN} {attributes}/>")
    assert (made.width, made.height) == size
    assert codes(made) == (["I116"] if told else [])


@pytest.mark.parametrize(
    "shape",
    [
        '<rect width="NaN" height="5"/>',
        '<circle r="Infinity"/>',
        '<path d="M0 0 L1e999 5"/>',
        '<path d="M0 0 Lnan 5"/>',
        '<polygon points="0,0 1e40,3"/>',
        '<g transform="scale(1e999)"/>',
        '<g style="stroke-width: 1e99"/>',
        '<g stroke-dasharray="NaN"/>',
        f'<rect x="{"9" * 4000}"/>',
    ],
)
def test_an_invalid_number_is_reported_and_left_out(shape: str) -> None:
    made = clean(f'{OPEN} viewBox="0 0 9 9">{shape}<circle r="1"/></svg>')
    assert codes(made) == ["I116"]
    assert not re.search(r"nan|inf(?!\w)|e99|9{9}", made.data.decode(), re.I)


@pytest.mark.parametrize("name", ["d", "points", "transform", "viewBox", "x", "stroke-width", "fill"])
@pytest.mark.parametrize("piece", ["1", "1 ", "1.", "-1", "1e1", "rotate(1)", "matrix(1 ", ",", "("])
def test_the_time_for_a_long_value_is_linear(name: str, piece: str) -> None:
    began = time.process_time()
    clean(f'{OPEN} viewBox="0 0 9 9"><g {name}="{piece * 4_000}x" style="{name}: {piece * 4_000}"/></svg>')
    clean(f"{OPEN}><style>g {{ {name}: {piece * 4_000} }}</style><g/></svg>")
    assert time.process_time() - began < 2

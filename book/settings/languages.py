"""Language tags: which are known, and which tag is meant by an unknown one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from book.problems import nearest
from book.settings.keys import LANGUAGE

LANGUAGES = frozenset(
    # ISO 639-1, with the old codes that BCP 47 keeps.
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu "
    "fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj "
    "kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny "
    "oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl "
    "tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
REGIONS = frozenset(
    # ISO 3166-1, and Kosovo.
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG "
    "CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL "
    "GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA "
    "LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
    "NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW".split()
)
NAMES: Mapping[str, str] = {
    # Names of a language: in English, in the language itself, its country, or a code of three letters.
    "arabic": "ar", "العربية": "ar", "ara": "ar", "bulgarian": "bg", "български": "bg", "bengali": "bn", "catalan": "ca", "català": "ca",
    "czech": "cs", "čeština": "cs", "cz": "cs", "ces": "cs", "danish": "da", "dansk": "da", "dk": "da", "german": "de", "deutsch": "de",
    "deu": "de", "ger": "de", "greek": "el", "ελληνικά": "el", "gr": "el", "english": "en", "eng": "en", "gb": "en-GB", "us": "en-US",
    "british": "en-GB", "american": "en-US", "spanish": "es", "español": "es", "espanol": "es", "castellano": "es", "spa": "es",
    "estonian": "et", "persian": "fa", "farsi": "fa", "فارسی": "fa", "ir": "fa", "finnish": "fi", "suomi": "fi", "french": "fr",
    "français": "fr", "francais": "fr", "fra": "fr", "fre": "fr", "hebrew": "he", "עברית": "he", "hindi": "hi", "हिन्दी": "hi",
    "croatian": "hr", "hrvatski": "hr", "hungarian": "hu", "magyar": "hu", "indonesian": "id", "italian": "it", "italiano": "it",
    "ita": "it", "japanese": "ja", "日本語": "ja", "jp": "ja", "jpn": "ja", "korean": "ko", "한국어": "ko", "kor": "ko",
    "dutch": "nl", "nederlands": "nl", "nld": "nl", "norwegian": "nb", "norsk": "nb", "polish": "pl", "polski": "pl", "pol": "pl",
    "portuguese": "pt", "português": "pt", "portugues": "pt", "brazilian": "pt-BR", "por": "pt", "romanian": "ro", "română": "ro",
    "russian": "ru", "русский": "ru", "rus": "ru", "slovak": "sk", "slovenian": "sl", "serbian": "sr", "српски": "sr",
    "swedish": "sv", "svenska": "sv", "swe": "sv", "thai": "th", "turkish": "tr", "türkçe": "tr", "ukrainian": "uk",
    "українська": "uk", "ua": "uk", "vietnamese": "vi", "tiếng việt": "vi", "vn": "vi", "chinese": "zh", "中文": "zh", "简体中文": "zh-Hans",
    "繁體中文": "zh-Hant", "cn": "zh", "zho": "zh", "simplified chinese": "zh-Hans", "traditional chinese": "zh-Hant",
}  # fmt: skip
MEANT_REGIONS: Mapping[str, str] = {
    "UK": "GB",
    "EN": "",
    "JA": "JP",
    "KO": "KR",
    "CS": "CZ",
    "DA": "DK",
    "UKR": "UA",
    "USA": "US",
    "GBR": "GB",
}
"""A wrong region, and the region that is meant; empty for none."""


def doubt(tag: str) -> tuple[str, str | None] | None:
    """Return the fault of a language *tag*, and the tag that is probably meant; None if the tag is known.

    Codes of three letters are accepted unless a shorter one exists (BCP 47 §4.1).

    >>> doubt("en-GB"), doubt("gsw"), doubt("zh-Hant-TW")
    (None, None, None)
    >>> doubt("english"), doubt("en_UK"), doubt("xq")
    (('it is no language tag', 'en'), ('it is no language tag', 'en-GB'), ("there is no language 'xq'", None))
    """
    formed = re.fullmatch(LANGUAGE, tag) is not None
    pieces = re.split("[-_]", tag.split(".", maxsplit=1)[0])
    single = next(
        (at for at, piece in enumerate(pieces) if at and len(piece) == 1), len(pieces)
    )  # extensions, private use
    language = pieces[0].lower()
    region = next((piece for piece in pieces[1:single] if len(piece) == 2 or piece.upper() in MEANT_REGIONS), "")
    unknown = len(language) == 2 and language not in LANGUAGES
    strange = region and region.upper() not in REGIONS
    if formed and not unknown and not strange and language not in NAMES:
        return None
    if not formed:
        why = "it is no language tag"
    elif unknown:
        why = f"there is no language '{pieces[0]}'"
    elif strange:
        why = f"there is no region '{region}'"
    else:
        why = "the tag of that language has two letters"
    return why, _meant(tag, pieces, region)


def _meant(tag: str, pieces: list[str], region: str) -> str | None:
    """Return the known tag that is nearest to *tag*."""
    if name := NAMES.get(tag.strip().casefold()):
        return name
    language = NAMES.get(pieces[0].casefold(), pieces[0].lower())
    if language.partition("-")[0] not in LANGUAGES and len(language) != 3:
        near = nearest(pieces[0].casefold(), [name for name in NAMES if len(name) > 3], alike=0.8)
        return NAMES[near] if near else None
    rest = [MEANT_REGIONS.get(piece.upper(), piece.upper()) if piece == region else piece for piece in pieces[1:]]
    pieces_left = [piece for piece in rest if piece and (piece.upper() in REGIONS or piece != region.upper())]
    written = "-".join([language, *pieces_left])
    return written if re.fullmatch(LANGUAGE, written) else language


def tag_of(text: str) -> str | None:
    """Return the language tag for *text* of another tool, written as ``en-US`` or as a locale; None if it is not one.

    >>> tag_of("pt_BR"), tag_of("en_US.UTF-8"), tag_of("english")
    ('pt-BR', 'en-US', None)
    """
    tag = text.strip().split(".")[0].replace("_", "-")
    return tag if re.fullmatch(LANGUAGE, tag) else None

"""The language of a book whose settings give none."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import cli, press
from book.model import Book
from book.source.language import of
from tests.making import write_book, write_files

SAMPLE = Path(__file__).parent / "typeset" / "sample"
EDITED = [path for path in sorted(SAMPLE.glob("*.md")) if path.stem not in ("en-conjure", "nb-kielland")]
"""Without the two in dialect, and in a Norwegian that was Danish."""
TEXTS = {
    "en": "This is the text of a book that you have not read yet, and it is for all of those who will read it with care.",
    "de": "Das ist ein Buch, das wir nicht auch mit der Hand schreiben; wenn es die Zeit und das Geld gibt, wird sich das ändern, oder nicht.",
    "fr": "C’est un livre que nous avons écrit pour vous, dans une langue qui est la vôtre, et les mots sont plus courts que dans les autres.",
    "es": "Este es un libro que no se puede leer sin los ojos, pero también hay una manera de leer con las manos cuando está muy oscuro.",
    "it": "Questo è un libro che non si può leggere senza gli occhi, ma anche con le mani nel buio; una delle cose più belle che sono per chi legge, come questa o quella della vita.",
    "pt": "Este é um livro que você não pode ler sem os olhos, mas também com as mãos; uma das coisas mais belas que são para quem lê, por isso dos seus ou do seu.",
    "nl": "Dit is het boek dat niet van een ander is; wij hebben het voor je gemaakt, en ook de mensen die bij ons werken zijn er met hart aan.",
    "sv": "Det här är en bok som vi inte har skrivit för att den ska vara till hjälp, och när ni läser den kan ni också skratta från början.",
    "da": "Det er en bog, som jeg ikke har skrevet af pligt, og når den også blev læst efter skole, hvad kan man så sige, at den er til?",
    "fi": "Se ei ole kirja, joka olisi myös hyvä, mutta kun he ovat sitä mieltä että niin on, voi hän olla jos tahtoo sekä siellä että täällä.",
    "pl": "To nie jest książka, o której się mówi, że może być dla wszystkich, ale tylko czy jak przez nią są oraz które już tego chcą.",
    "cs": "To není kniha, která by se mohla líbit, ale také nebo jako pro ty, kteří když jsou doma, už mají podle něj to, že je na nic.",
    "hu": "Ez egy könyv, amely nem csak azt mondja, hogy mit kell, hanem azt is, hogy már volt, és ha minden meg van, azt lehet vagy kell.",
    "ro": "Aceasta este o carte care nu poate fi citită din mers, dar după când ai fost acest om, sunt mai multe pentru lor și în sau cu ea.",
    "tr": "Bu bir kitap değil, ama her şey gibi ve daha çok için olarak sonra ne var ancak veya kadar olan bir şey ile en iyi bir yol.",
    "vi": "Đây là một cuốn sách và không được cho những người có thể đọc từ khi bạn đã để các trang này trong của tôi với như vậy.",
    "id": "Ini adalah buku yang tidak dapat dibaca dari jauh dan untuk itu anda juga akan bisa dengan mata pada atau dalam karena ada oleh dapat.",
    "ru": "Это книга, которую мы написали для тех, кто её прочтёт, и ни для кого больше.",
    "uk": "Це книжка, яку ми написали для тих, хто її прочитає, і більше ні для кого; її слова прості й короткі.",
    "ja": "これは本です。わたしたちはこれを読むひとのために書きました。",
    "zh": "这是一本书，我们为读它的人写了它，别的人不用看这本书。",
    "zh-Hant": "這是一本書，我們為讀它的人寫了它，別的人不用來看這本書，說過的話還在裡面。",
    "ko": "이것은 책입니다. 우리는 이 책을 읽는 사람을 위해 썼습니다.",
    "ar": "هذا كتاب كتبناه لمن يقرؤه، وليس لغيره من الناس.",
    "fa": "این کتابی است که ما برای کسی نوشتیم که آن را می‌خواند و چیزی پیش از آن ندیده است.",
    "he": "זה ספר שכתבנו למי שיקרא אותו, ולא לאף אחד אחר.",
    "el": "Αυτό είναι ένα βιβλίο που γράψαμε για όποιον το διαβάσει.",
    "th": "นี่คือหนังสือที่เราเขียนให้คนที่จะอ่าน",
    "hi": "यह एक किताब है जो हमने पढ़ने वालों के लिए लिखी है।",
}  # fmt: skip


@pytest.mark.parametrize("tag", TEXTS)
def test_a_language_is_known_by_its_letters_or_its_commonest_words(tag: str) -> None:
    guess = of([TEXTS[tag]])
    assert guess is not None
    assert guess.tag == tag


@pytest.mark.parametrize("path", EDITED, ids=lambda path: path.stem)
def test_edited_books_are_known(path: Path) -> None:
    guess = of([path.read_text("utf-8")])
    assert guess is not None
    assert guess.tag == path.stem[:2]


def test_code_names_and_nothing_speak_for_no_language() -> None:
    assert of([]) is None
    assert of(["`der die das und ist nicht` " * 20, "```\nder die das und ist nicht\n```\n" * 20]) is None
    assert of(["Ada Lovelace, Charles Babbage, 1842."]) is None


def read(folder: Path, files: dict[str, str], settings: str = "") -> tuple[Book, list[tuple[str, str]]]:
    book = write_files(folder, files) if not settings else write_book(folder, files, settings)
    proofread = press.read(book, dated=False)
    return proofread.book, [(p.code, p.fix) for p in proofread.problems if p.code.startswith("S15")]


def test_a_book_without_a_language_is_set_in_the_one_it_is_written_in(tmp_path: Path) -> None:
    book, told = read(tmp_path / "a", {"a.md": f'# Eins\n\n{TEXTS["de"]} "Ja", sagte sie.\n'})
    assert book.metadata.language == book.spine[0].lang == "de"
    assert "„Ja“, sagte sie." in str(book.spine[0].body)
    assert told == [("S150", 'write language = "de" in handbound.toml, or the right one')]


def test_marks_that_a_guessed_language_does_not_have_stay(tmp_path: Path) -> None:
    text = '彼は「はい」と言った。『本』を読む。 He said «Oui» and „ja“ and "yes".'
    body = str(read(tmp_path / "a", {"a.md": f"# One\n\n{text}\n"})[0].spine[0].body)
    assert all(marked in body for marked in ("「はい」", "『本』", "«Oui»", "„ja“", "“yes”"))
    body = str(read(tmp_path / "b", {"a.md": f"# One\n\n{text}\n"}, 'title = "T"\nlanguage = "en"\n')[0].spine[0].body)
    assert all(marked in body for marked in ("“Oui”", "“ja”", "“yes”"))


def test_a_declared_language_is_preferred_to_the_language_of_the_text(tmp_path: Path) -> None:
    german = {"a.md": f"# Eins\n\n{TEXTS['de']}\n"}
    assert read(tmp_path / "a", german, 'title = "T"\nlanguage = "en"\n')[0].metadata.language == "en"
    book, told = read(tmp_path / "b", {"a.md": f"---\nlang: de-CH\n---\n# Eins\n\n{TEXTS['en']}\n"})
    assert (book.metadata.language, told) == ("de-CH", [])
    site = {
        "book.toml": '[book]\ntitle = "T"\nlanguage = "fr"\n',
        "src/SUMMARY.md": "- [A](a.md)\n",
        "src/a.md": german["a.md"],
    }
    book, told = read(tmp_path / "c", site)
    assert (book.metadata.language, told) == ("fr", [])


def test_a_book_without_a_language_that_is_treated_as_english_is_noted_unless_it_has_few_words(tmp_path: Path) -> None:
    noted = [("S151", 'write language = "en" in handbound.toml')]
    assert read(tmp_path / "a", {"a.md": "# One\n\n" + TEXTS["en"] * 12})[1] == noted
    assert read(tmp_path / "b", {"a.md": "# One\n\nWords.\n"})[1] == []
    assert read(tmp_path / "c", {"a.md": "# One\n\n" + "Lorem dolor sit amet. " * 60 + "\n"})[1] == noted
    assert read(tmp_path / "d", {"a.md": "# One\n\n" + TEXTS["en"] * 12}, 'title = "T"\nlanguage = "en"\n')[1] == []


def test_fix_writes_no_marks_of_another_language(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "a", {"a.md": f'# Eins\n\n{TEXTS["de"]} "Ja", sagte sie. «Nein» bleibt.\n'})
    assert cli.main(["fix", str(folder)]) == 0
    text = (folder / "a.md").read_text("utf-8")
    assert "„Ja“, sagte sie. «Nein» bleibt." in text

"""The languages other than English, with what tests know of each of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bot.texts import Texts, packaged_catalogue
from fake_discord.simcord_additions import labels_of, parts_of, text_of

_OURS = re.compile(r"`[^`]*`|https?://\S+|<[^>]+>|block\S+|[A-Z]{3,}s?|WebP")
"""Texts in no language: commands, links, timestamps, layers, formats."""
_HANGUL = re.compile("[가-힣]")
_LATIN_WORD = re.compile(r"[A-Za-z]{3,}")


@dataclass(frozen=True)
class Language:
    """A language of the bot.

    Attributes:
        locale: Discord's locale.
        catalogue: The name of its catalogue.
        thing: The name of jellyfish in this language.
        typed_thing: How a user may also type it.
        misspelled_thing: A misspelled name, for which jellyfish is suggested.
        numbers: What the form that adjusts a dream shows for the size 128 and the seed 5.
        unknown_line: A line that the form does not know.
        says: The beginnings or parts of sentences that the bot must say, by what they are about.
    """

    locale: str
    catalogue: str
    thing: str
    typed_thing: str
    misspelled_thing: str
    numbers: str
    unknown_line: str
    says: Mapping[str, str]

    @property
    def texts(self) -> Texts:
        """The texts of the language."""
        return packaged_catalogue().texts(self.locale)

    def check(self, text: str) -> None:
        """Assert that a text is in this language, and complete."""
        words = _OURS.sub("", text)
        assert words_of(words) & english_words(self.catalogue) == set(), text
        assert "{" not in text, text
        if self.catalogue == "ko":
            assert _HANGUL.search(text), text
            assert not _LATIN_WORD.search(words), text

    def check_all(self, message) -> None:
        """Assert that every text of a message is in this language."""
        texts = [text for text in (text_of(message), *labels_of(message), *descriptions_of(message)) if text]
        assert texts
        for text in texts:
            self.check(text)


def words_of(text):
    """Return the words of a text in lower case."""
    return set(re.findall(r"[^\W\d_]+", text.casefold()))


@cache
def vocabulary(language):
    """Return the words that a catalogue's sentences contain."""
    lines = (resources.files("bot.texts") / f"{language}.ftl").read_text("utf-8").splitlines()
    sentences = [line for line in lines if not line.startswith("#") and not line.startswith("command-")]
    return words_of(re.sub(r"\{[^}]*\}|^[a-z0-9-]+ =", " ", "\n".join(sentences), flags=re.MULTILINE))


@cache
def english_words(language):
    """Return the words that only English texts contain, and those of a language do not."""
    names = packaged_catalogue().texts(language).thing_names.values()
    return vocabulary("en") - vocabulary(language) - words_of(" ".join(names))


def descriptions_of(message):
    """Return the descriptions and placeholders of a message's parts."""
    found = []
    for part in parts_of(message):
        found += [part.get("description"), part.get("placeholder")]
        found += [option.get(name) for option in part.get("options", ()) for name in ("label", "description")]
        found += [item.get("description") for item in part.get("items", ())]
    return [text for text in found if text]


KOREAN = Language(
    locale="ko",
    catalogue="ko",
    thing="해파리",
    typed_thing="jellyfish",
    misspelled_thing="해파라",
    numbers="크기: 128\n시드: 5",
    unknown_line="너비: 3",
    says={
        "next": "바로 다음 차례",
        "video": "여기서는 동영상을",
        "cancelled": "취소됨: 강렬하게",
        "stopped": "꿈을 멈췄어요.",
        "failed": "문제가 생겨",
        "damaged": "사진이 손상됐거나",
        "not a picture": "읽을 수 있는 사진이 아니에요.",
        "size": "여기서 만들 수 있는 최대 크기는 256픽셀이에요.",
        "rate": "지금 쓸 수 있는 꿈을 다 썼어요.",
        "gallery": "프리셋: 클래식 딥드림",
        "no last picture": "꿈꿀 사진이 없어요.",
        "comparison rate": "비교는 1분에 한 번 할 수 있어요.",
        "place": "대기 1번째",
        "help": "함께 꿈꾸는 방법",
        "privacy": "개인정보",
        "delete": "모두에게서 이 꿈을 삭제할까요?",
        "form": "이 꿈 조정하기",
        "bad number": "“5”",
        "bad line": "“너비: 3”",
        "no picture": "그 메시지에서 사진을 찾지 못했어요.",
        "not yours": "다른 사람의 꿈이에요.",
        "strength": "1.5",
    },
)
PORTUGUESE = Language(
    locale="pt-BR",
    catalogue="pt-BR",
    thing="água-viva",
    typed_thing="agua viva",
    misspelled_thing="agua-vivo",
    numbers="Tamanho: 128\nSemente: 5",
    unknown_line="Cor: 3",
    says={
        "next": "O próximo sonho é o seu.",
        "video": "Aqui não consigo abrir nem salvar vídeos.",
        "cancelled": "Cancelado: Intenso",
        "stopped": "Parei este sonho.",
        "failed": "Algo deu errado",
        "damaged": "Essa imagem está",
        "not a picture": "Esse arquivo não é uma imagem que eu consiga ler.",
        "size": "O maior tamanho aqui é de 256 pixels.",
        "rate": "Você já usou todos os seus sonhos",
        "gallery": "Estilos: DeepDream clássico",
        "no last picture": "Ainda não tenho nenhuma imagem sua para transformar em sonho.",
        "comparison rate": "Dá para comparar estilos uma vez por minuto.",
        "place": "1º da fila",
        "help": "Como sonhar comigo",
        "privacy": "Sua privacidade",
        "delete": "Apagar este sonho para todo mundo?",
        "form": "Ajustar este sonho",
        "bad number": "“5” não serve para",
        "bad line": "Não entendi “Cor: 3”.",
        "no picture": "Não encontrei nenhuma imagem nessa mensagem.",
        "not yours": "Esse sonho é de outra pessoa.",
        "strength": "1,5",
    },
)


def _spanish(locale):
    return Language(
        locale=locale,
        catalogue="es",
        thing="medusa",
        typed_thing="Medusa",
        misspelled_thing="medussa",
        numbers="Tamaño: 128\nSemilla: 5",
        unknown_line="Ancho: 3",
        says={
            "next": "Tu sueño es el siguiente.",
            "video": "Aquí no puedo abrir ni guardar videos.",
            "cancelled": "Cancelado: Intenso",
            "stopped": "Detuve este sueño.",
            "failed": "Algo salió mal de mi lado",
            "damaged": "Esa imagen está dañada, incompleta o en un formato poco común",
            "not a picture": "Eso no es una imagen que pueda leer.",
            "size": "El tamaño máximo aquí es de 256 píxeles.",
            "rate": "Por ahora no te quedan sueños.",
            "gallery": "Estilos: DeepDream clásico",
            "no last picture": "No tengo ninguna imagen tuya con la que soñar.",
            "comparison rate": "Puedes comparar estilos una vez por minuto.",
            "place": "puesto 1 de la cola",
            "help": "Cómo soñar conmigo",
            "privacy": "Tu privacidad",
            "delete": "¿Eliminar este sueño para todo el mundo?",
            "form": "Ajustar este sueño",
            "bad number": "“5” no es válido para la opción tamaño. Usa un número entero de 32 a 2048.",
            "bad line": "No entiendo “Ancho: 3”. Escribe cada valor en su propia línea, como “Tamaño: ",
            "no picture": "No encuentro ninguna imagen en ese mensaje.",
            "not yours": "Ese sueño es de otra persona.",
            "strength": "1,5",
        },
    )


LANGUAGES = (KOREAN, _spanish("es-ES"), _spanish("es-419"), PORTUGUESE)

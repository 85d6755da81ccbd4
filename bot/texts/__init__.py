"""Everything that the bot says to people, in one file for each language."""

from bot.texts.catalogue import Catalogue, Texts, packaged_catalogue
from bot.texts.translator import CommandTranslator, said

__all__ = ["Catalogue", "CommandTranslator", "Texts", "packaged_catalogue", "said"]

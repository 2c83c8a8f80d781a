"""Question to cited answer. Imports index, never ui."""

from rag.assistant import Assistant
from rag.retrieve import Retriever
from rag.types import Answer, ChatModel, Citation, Hit, Turn

__all__ = ["Answer", "Assistant", "ChatModel", "Citation", "Hit", "Retriever", "Turn"]

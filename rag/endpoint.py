"""A language model behind an OpenAI-compatible address, asked through the `openai` package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import ModelFailed
from index.remote import key_from_environment, require_address

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletionChunk

# Seconds until there is a connection, and until the first token. The latter is also the longest
# silence within an answer.
CONNECT_TIMEOUT, FIRST_TOKEN_TIMEOUT = 5.0, 30.0

_REFUSED = {
    400: "请求不被接受，可能超出了模型的上下文长度",
    401: "密钥不被接受，请检查环境变量 OPENAI_API_KEY",
    403: "没有使用这个模型的权限",
    404: "找不到这个模型或地址，请检查 --model 和 --base-url，后者通常以 /v1 结尾",
    413: "请求太长",
    429: "请求太多或额度已用完",
}
_UNFINISHED = {"length": "超过了长度上限", "content_filter": "被服务端拦截"}


class Endpoint:
    """The chat model `name` at `base_url`; may be shared by threads.

    The key is read from the environment variable OPENAI_API_KEY. No temperature is sent: what suits
    a model its server knows, and some models refuse any.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        first_token_timeout: float = FIRST_TOKEN_TIMEOUT,
    ) -> None:
        """Prepare to ask; nothing is sent yet. Timeouts are in seconds.

        Raises ModelFailed if `openai` is not installed, or the address or the key cannot be one.
        """
        try:
            require_address(base_url)
            key = key_from_environment()
        except ValueError as error:
            raise ModelFailed(str(error)) from None
        try:
            import openai
        except ModuleNotFoundError as error:
            if error.name != "openai":
                raise
            message = "用模型回答需要 openai，请安装：pip install 'wenju[llm]'"
            raise ModelFailed(message) from error
        self._name = name
        self._timeouts = connect_timeout, first_token_timeout
        self._client = openai.OpenAI(
            api_key=key,
            base_url=base_url,
            timeout=openai.Timeout(first_token_timeout, connect=connect_timeout),
            # Sentences of the reports are there at once; a second try only delays them.
            max_retries=0,
        )

    def stream(self, messages: list[dict[str, str]]) -> Iterator[str]:
        """Yield the answer to `messages` in pieces as they come; thoughts that the server keeps
        apart are left out. Raises ModelFailed, whose message never holds the key."""
        import openai

        finish, silent = None, True
        try:
            with self._client.chat.completions.create(
                model=self._name,
                messages=messages,
                stream=True,
            ) as chunks:
                for chunk in chunks:
                    silent = False
                    piece, finish = _read(chunk, finish)
                    if piece:
                        yield piece
        except openai.OpenAIError as error:
            fault = self._fault(error)
        except ValueError:  # not JSON, or not UTF-8
            fault = "模型的回应读不懂"
        else:
            fault = "模型的回应里什么也没有" if silent else _why_unfinished(finish)
        # Raised out here and without its cause: a server may repeat the key in its complaint.
        if fault:
            raise ModelFailed(fault)

    def _fault(self, error: openai.OpenAIError) -> str:
        """Return what went wrong, in words for the user; nothing of what the server said."""
        import openai

        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            default = "服务端出错" if status >= 500 else "请求被拒绝"
            return f"模型没有应答（{_REFUSED.get(status) or f'{default}，状态码 {status}'}）"
        if isinstance(error, openai.APIConnectionError):
            return self._connection_fault(error)
        return "模型的回答中途断了（服务端报错）"

    def _connection_fault(self, error: openai.APIConnectionError) -> str:
        causes = list(_causes(error))
        kinds = {type(cause).__name__ for cause in causes}
        connect, first_token = self._timeouts
        if "ConnectTimeout" in kinds:
            return f"模型没有应答（{connect:g} 秒内没有连上）"
        if kinds & {"ReadTimeout", "WriteTimeout", "PoolTimeout"}:
            return f"模型没有应答（{first_token:g} 秒内没有回应）"
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
            return "模型没有应答（连接被拒绝）"
        if "ConnectError" in kinds:
            return "模型没有应答（连不上这个地址）"
        return "模型的回答没有写完（连接断了）"


def _read(chunk: ChatCompletionChunk, finish: str | None) -> tuple[str, str | None]:
    """Return the text of a piece of the answer, and why the answer ended, if it has.

    The client does not check what it was sent: raises ValueError for anything but a piece.
    """
    try:
        if not chunk.choices:  # a note on usage
            return "", finish
        choice = chunk.choices[0]
        text = (choice.delta.content if choice.delta else None) or ""
        finish = choice.finish_reason or finish
    except (AttributeError, TypeError, LookupError) as error:
        message = "not a piece of a chat completion"
        raise ValueError(message) from error
    if not (isinstance(text, str) and isinstance(finish, str | None)):
        message = f"expected text, got {type(text).__name__} and {type(finish).__name__}"
        raise ValueError(message)
    # Half a character, as some servers send it, cannot be shown.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), finish


def _why_unfinished(finish: str | None) -> str:
    """Return why an answer is not whole, "" where it is: a server says how each one ended."""
    if finish is None:
        return "模型的回答没有写完（连接断了）"
    reason = _UNFINISHED.get(finish)
    return f"模型的回答没有写完（{reason}）" if reason else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those behind it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__

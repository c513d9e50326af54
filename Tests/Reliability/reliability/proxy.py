"""A TCP proxy that can be slow, reset its connections, or refuse them."""

import asyncio
import contextlib
import socket
import struct
import threading

_CALL_SECONDS = 10
_PIECE_BYTES = 65_536


class Proxy:
    """Passes everything on to a loopback port until told otherwise."""

    def __init__(self, target_port: int):
        self.target_port = target_port
        #: Each piece of an answer is held back for so long.
        self.delay_seconds = 0.0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._questions: set[asyncio.StreamWriter] = set()
        self._is_refusing = False
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.listen()

    def listen(self) -> None:
        """Accepts connections, always at the same port."""
        self._call(self._listen())

    def refuse(self) -> None:
        """Accepts no more connections, and lets those there are end with what is already being answered.

        So nothing that the target counts as sent is destroyed on its way.
        """
        self._call(self._refuse())

    def reset(self) -> None:
        """Ends all connections with RST."""
        self._call(self._reset())

    def close(self) -> None:
        """Ends the proxy."""
        self.refuse()
        self.reset()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CALL_SECONDS)
        self._loop.close()

    def _call(self, coroutine) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_CALL_SECONDS)

    async def _listen(self) -> None:
        self._is_refusing = False
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        self._is_refusing = True
        self._server.close()
        for questions in list(self._questions):
            with contextlib.suppress(OSError):
                questions.write_eof()

    async def _reset(self) -> None:
        for writer in list(self._writers):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, questions = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, questions}
        self._writers |= both
        self._questions.add(questions)
        try:
            await asyncio.gather(self._ask(reader, questions), self._answer(answers, writer))
        finally:
            self._writers -= both
            self._questions.discard(questions)

    async def _ask(self, reader: asyncio.StreamReader, questions: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_PIECE_BYTES):
                if not self._is_refusing:
                    questions.write(data)
                    await questions.drain()
        questions.close()

    async def _answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await answers.read(_PIECE_BYTES):
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(data)
                await writer.drain()
        writer.close()

"""A real SMTP server for tests: writes each mail that it takes to a folder, refuses recipients whose name begins with "nobody"."""

import asyncio
import pathlib
import sys

from aiosmtpd.smtp import SMTP


class Keeper:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.count = len(list(self.folder.glob("*.eml")))

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        part = self.folder / f"{self.count}.part"
        part.write_bytes(envelope.content)
        part.rename(self.folder / f"{self.count}.eml")
        return "250 taken"


async def serve(port, folder):
    keeper = Keeper(folder)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(keeper), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))

"""Reads a mail as a mail program does and prints it as JSON: headers decoded, and the text of each part."""

import email
import email.policy
import json
import sys

with open(sys.argv[1], "rb") as file:
    mail = email.message_from_binary_file(file, policy=email.policy.default)
parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
print(json.dumps({"headers": dict(mail.items()), "parts": parts, "defects": [str(d) for d in mail.defects]}))

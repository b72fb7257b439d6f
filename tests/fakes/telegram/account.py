"""The bot's own account in the fake."""

#: Shaped like a token, of a bot that there is not.
TOKEN = "110201543:" + "fake-token-of-a-test-" + "x" * 14
BOT = {"id": 110201543, "is_bot": True, "first_name": "相伴", "username": "xiangban_test_bot"}

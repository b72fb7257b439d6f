"""The aiohttp site: health, metrics, webhooks, the chat page."""

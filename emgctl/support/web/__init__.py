"""The HTTP server of emgctl studio and of the output ``http``: Starlette and uvicorn, with limits for odd clients."""

"""How the pixels of a series leave the server."""

from starlette.responses import Response


def pixels_response(pixels: bytes) -> Response:
    """As they are. Streamlit packs what has no encoding anew at each request, a second for each series, which
    is more than their way to the browser takes."""
    return Response(pixels, media_type="application/octet-stream", headers={"Content-Encoding": "identity"})

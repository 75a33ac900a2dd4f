"""The app: ``discern app``, or ``streamlit run app.py``. Its pages and routes are in ``web/``."""

from pathlib import Path

import streamlit as st

from web.routes import all_routes
from web.service import service
from web.style import use_settings
from web.work_beside import work_beside

use_settings()
app = st.App(Path(__file__).parent / "web" / "pages.py", routes=all_routes(service), lifespan=work_beside)

if __name__ == "__main__":
    app.run()

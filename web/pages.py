"""Run by Streamlit for every page view: whose it is, and which pages are theirs."""

from web.views.frame import show_app

show_app()

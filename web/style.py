"""One look for our own pages, Streamlit's and the component, and how Streamlit runs."""

from typing import Any

COLOURS = {
    "background": "#0d1117",
    "panel": "#161c24",
    "raised": "#1f2833",
    "border": "#2c3644",
    "text": "#e8edf3",
    "muted": "#9aa7b6",
    "accent": "#56b4e9",
    "on-accent": "#06121b",
    "good": "#4fb286",
    "warn": "#f0a35e",
    "error": "#e05d5d",
}
"""Their names are also the CSS variables', as in ``var(--accent)``."""
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif'
CSS_VARIABLES = (
    ":root, :host { "
    + " ".join(f"--{name}: {value};" for name, value in COLOURS.items())
    + f" --font: {FONT}; color-scheme: dark; }}\n"
)

STREAMLIT_SETTINGS: dict[str, Any] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,
    "logger.level": "error",
    "runner.magicEnabled": False,
    "server.fileWatcherType": "none",
    "server.headless": True,
    # What Streamlit takes is a plan or a list; studies come by our own route.
    "server.maxUploadSize": 1,
    "server.showEmailPrompt": False,
    "theme.base": "dark",
    "theme.primaryColor": COLOURS["accent"],
    "theme.backgroundColor": COLOURS["background"],
    "theme.secondaryBackgroundColor": COLOURS["raised"],
    "theme.textColor": COLOURS["text"],
    "theme.borderColor": COLOURS["border"],
    "theme.redColor": COLOURS["error"],
    "theme.orangeColor": COLOURS["warn"],
    "theme.yellowColor": COLOURS["warn"],
    "theme.greenColor": COLOURS["good"],
    "theme.blueColor": COLOURS["accent"],
    "theme.font": FONT,
    "theme.headingFont": FONT,
    "theme.baseRadius": "6px",
    "theme.buttonRadius": "6px",
    "theme.headingFontWeights": [600, 600, 600, 600, 600, 600],
    "theme.headingFontSizes": ["1.75rem", "1.3rem", "1.1rem", "1rem", "1rem", "1rem"],
}
"""No statistics to anybody, no page in the terminal's way, one dark theme."""


def use_settings(settings: dict[str, Any] = STREAMLIT_SETTINGS) -> None:
    """Make Streamlit run so, except where its own options say otherwise."""
    from streamlit import config, net_util

    for name, value in settings.items():
        if not config.is_manually_set(name):
            config.set_option(name, value)
    # Streamlit asks the internet for its own address where a page of another site wants to open a socket.
    net_util.get_external_ip = lambda: None

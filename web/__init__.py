"""The app: routes and pages over the rooms."""

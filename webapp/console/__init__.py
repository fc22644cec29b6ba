"""The office at a glance: landing page by role, navigation, system page."""

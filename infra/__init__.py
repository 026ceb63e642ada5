"""Infrastructure as code: templates, and what joins them with the functions of app.py."""

"""Jobs on CI: its workflows made, its plan, and what decides whether a pull request passes."""

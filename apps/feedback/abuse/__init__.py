"""Why a form that came in is held for a person to look at: never why it would be thrown away."""

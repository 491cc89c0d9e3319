"""How what happened is told: response and effect of campaigns, and how predictions turned out."""

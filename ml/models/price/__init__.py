"""How units answer to prices: own and cross elasticities by category and product, with intervals."""

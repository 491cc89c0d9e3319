"""Where in their life with the shop customers will be four weeks on."""

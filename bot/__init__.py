"""The Discord bot: the door through which a picture walks in and its dream walks out."""

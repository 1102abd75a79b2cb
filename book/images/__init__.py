"""What an image must be for every edition: upright, still, 8 bits a channel, and a drawing without anything that loads or runs."""

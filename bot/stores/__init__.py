"""Where the product's state lies: implementations of `bot.ports.Store`, one file a database family."""
